package org.trivet.sim;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** Seeds that failed once, and what for. */
class PastFailuresTest {
    @ParameterizedTest(name = "seed={0}: {1}")
    @CsvSource({
        "514, a backup called a primary gone that another one still heard",
        "147, a node that was killed lost its log, there being no other copy",
        "737, a primary waited for the log of a backup that had lost it since it testified",
        "1581, a late answer gave a node the incarnation of an earlier start of it",
        "101376, damage done from outside counted as a call of the process that was to die at one",
        "2628, a node that was killed lost its log, and an acknowledged write with it",
        "104105, a pending entry went bad at the primary and was not fetched from the backup that"
                + " had it",
        "104276, a pending entry went bad at the primary and held up its group",
        "17100, what a failed sync had given up counted as synced after a restart, and was awaited",
    })
    void hold(final long seed, final String reason) {
        Seeds.assertHolds(SimulationPlan.of(seed));
    }

    @ParameterizedTest(name = "seed={0}: {1}")
    @CsvSource({
        "6499, a late answer to a question of a node's earlier start was taken for one to its own",
        "8685, the answer to a search came when the entry was committed and gone from the log",
        "8821, the answer to a search came when the entry was committed and gone from the log",
        "206536, what a failed sync had given up counted as synced after a restart",
        "3243205, a late message that spoke of an entry void by then was taken for a disagreement",
        "501971, a storage seemed new once more after a loss of power, and knew of nothing",
        "500208, a storage seemed new once more after a loss of power, and knew of nothing",
        "131, what was written to a file that another client had emptied was kept for ever",
        "2019338, a primary with new storage did a cut of long ago again, to what was written"
                + " since",
        "75, a cut could not be told to a group that knew a newer one, and was never done with",
        "2017402, an entry that was fetched anew left the index at the copy of it that was torn by"
                + " a loss of power",
        "3015978, a hole punched while another client truncated the file made it grow again",
        "4020845, a client that had stood still read zeros in place of a file that was gone",
        "4021173, a client that had stood still read zeros in place of a file that was gone",
        "4039180, what was given up of a write to an empty file was stored when that was gone",
        "4039901, what was given up of a write to an empty file was stored when that was gone",
        "2497, a file did not grow by an allocation during which a given up write was cut off",
        "9006700, what was written in a new session before the file was open in it was stored when"
                + " the file was gone",
        "11007311, a unit that had been lost for the trial was written anew by a late message",
        "12059176, what was given up was not waited for, and then missed",
        "12079247, two storages were put back, and who had the newest entry did not know that it"
                + " was committed",
        "12140229, a read of a file that was emptied meanwhile found what had been cut off before",
        "12182931, a read of a file that was emptied meanwhile found what had been cut off before",
        "13040819, a late list of the sessions revived one that was over, and a repeated write was"
                + " done again",
        "13165685, a loss of power before the first commit of the index, of a log with void"
                + " entries, made all unknown on two members",
        "13181091, a member whose next entry was bad at the primary heard nothing of it any more",
        "13319514, a member that had joined counted before it had synced anything",
        "13460822, the longest log was lost while it was fetched, and a shorter one adopted",
        "14000334, a message that was cut short ended a client",
        "444, a client that heard late of an earlier life of the metadata node was told of nothing"
                + " any more",
        "85010701, a client that heard late of an earlier life of the metadata node, and of the"
                + " first change of this one again, was told of nothing any more",
        "15234630, a write that the end of a session cut off was not expected to be done again",
        "15210167, what had gone astray was read from memory, until a unit was lost for the trial",
        "15297451, what had gone astray was read from memory, until a unit was lost for the trial",
        "17101556, nodes saved their state whenever they were told which sessions live",
        "17204579, a late request to join hid what its member had acknowledged since",
        "17222237, what was accepted of a damaged index was not undone by a loss of power",
        "18011879, in the first millisecond of all time a node scrubbed again and again",
        "19084390, what was to go bad soon went bad after all faults were over",
        "19225546, what was removed while it was looked up was called stale",
        "19279734, of an entry that a disk had lost nobody knew any more that it had been"
                + " committed",
        "19315068, what was to go bad soon went bad after all faults were over",
        "60033746, a write went bad that its primary had lost with power",
        "13454905, a repeated write was done again, perhaps as in 13040819",
        "13475207, a repeated write was done again, perhaps as in 13040819",
        "13478436, zeros where data had been written, perhaps as in 13319514",
        "13487187, zeros where data had been written, perhaps as in 13319514",
        "9643, units torn by a loss of power stayed so for as long as nobody read them",
    })
    void holdInShortRuns(final long seed, final String reason) {
        Seeds.assertHolds(SimulationPlan.of(SimulationProfile.SHORT, seed));
    }

    /**
     * An append that was under way while another was given up was sent, with the number of that
     * cut, to the place that a third had got since. (The seed has clients stand still by now.)
     */
    @Test
    void seed5008447WhereNoClientStandsStill() {
        Seeds.assertHolds(
                SimulationPlan.of(SimulationProfile.SHORT, 5008447L)
                        .withFaults(
                                List.of(
                                        new Fault(
                                                36941250L,
                                                FaultKind.JUMP_CLOCK,
                                                1,
                                                3,
                                                21544855L,
                                                1879781312712557764L),
                                        new Fault(
                                                110613763L,
                                                FaultKind.LOSE_POWER_EVERYWHERE,
                                                0,
                                                0,
                                                112092144L,
                                                2276328791864444630L),
                                        new Fault(
                                                399233890L,
                                                FaultKind.KILL_NODE,
                                                1,
                                                4,
                                                69191360L,
                                                -6512695665703637677L))));
    }
}
