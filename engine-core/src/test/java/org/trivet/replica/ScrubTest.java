package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.replica.NodeCounters.Counter;

import java.util.Random;

/** Reading through what is stored, in the background. */
class ScrubTest {
    private static final int LENGTH = 4096;
    private static final int BLOCKS = 200;
    private static final int STEPS_PER_SECOND = 10_000;
    private static final long RATE = 256 << 10;

    /** The whole of a strip is one extent here, and read at once. */
    private static final long STRIP_LENGTH = BLOCKS / 4 * LENGTH;

    /** What a node stores: it is a member of three of the four groups. */
    private static final long ALL = 3 * STRIP_LENGTH;

    private static final int INTERVAL_STEPS =
            (int) (ClusterHarness.SCRUB_INTERVAL_NS * STEPS_PER_SECOND / 1_000_000_000L);

    private final ClusterHarness cluster =
            new ClusterHarness(
                    new VolumeConfig(11, 4, 3, LENGTH, ChecksumType.CRC32C, Durability.PROCESS), 1);
    private final FileBlocks file = cluster.file(77);
    private final int group = Placement.startGroup(77, 4);
    private final int node = (group + 1) % 4;

    @BeforeEach
    void fill() {
        final byte[] bytes = new byte[BLOCKS * LENGTH];
        new Random(1).nextBytes(bytes);
        cluster.await(cluster.write(file, 0, bytes));
        cluster.mustConverge();
        cluster.scrubBytesPerSecond = RATE;
        restart();
    }

    private void restart() {
        for (int each = 0; each < 4; each++) {
            cluster.stop(each);
        }
        for (int each = 0; each < 4; each++) {
            cluster.start(each);
        }
    }

    private StoredCopy.State state(final long unit) {
        return cluster.nodes[node].inspect(group, 77, unit, unit + 1).state();
    }

    @Test
    void aCopyThatWentBadUnseenIsFoundAndMended() {
        assertTrue(cluster.stores[node].flipBit(group, 77, 7));
        assertEquals(StoredCopy.State.BAD, stateOnceUp(7));
        cluster.run(5 * STEPS_PER_SECOND);
        assertEquals(StoredCopy.State.GOOD, state(7));
        assertEquals(1, cluster.count(Counter.REPAIRS));
        assertEquals(1, cluster.count(Counter.FOUND_BY_SCRUB));
        cluster.mustConverge();
    }

    @Test
    void aRowThatIsMissingFromTheIndexIsFoundAndMended() {
        assertTrue(cluster.stores[node].loseRow(group, 77, 7));
        cluster.run(5 * STEPS_PER_SECOND);
        assertEquals(StoredCopy.State.GOOD, state(7));
        assertTrue(cluster.count(Counter.FOUND_BY_SCRUB) > 0);
        cluster.mustConverge();
    }

    /** Its bytes are good, and can be read: but a start, or a lost index, would not find them. */
    @Test
    void aRecordThatIsDamagedBesideItsBytesIsReplaced() {
        assertTrue(cluster.stores[node].spoilRecord(group, 77, 7));
        assertEquals(StoredCopy.State.GOOD, stateOnceUp(7));
        cluster.run(5 * STEPS_PER_SECOND);
        assertEquals(StoredCopy.State.GOOD, state(7));
        assertEquals(1, cluster.count(Counter.FOUND_BY_SCRUB));
        assertEquals(1, cluster.nodes[node].status().scrub().found().damaged());
        assertEquals(1, cluster.nodes[node].status().scrub().found().repaired());
        cluster.mustConverge();
        assertTrue(cluster.stores[node].spoilRecord(group, 77, 7), "it lies in another record now");
    }

    @Test
    void whatNobodyHasIsPassedOverAndSaid() {
        for (int copy = 0; copy < 3; copy++) {
            assertTrue(cluster.stores[(group + copy) % 4].flipBit(group, 77, 7));
        }
        assertTrue(cluster.stores[node].flipBit(group, 77, 30));
        cluster.run(8 * STEPS_PER_SECOND);
        assertEquals(StoredCopy.State.UNKNOWN, state(7));
        assertEquals(StoredCopy.State.GOOD, state(30));
        final NodeStatus.ScrubStatus status = cluster.nodes[node].status().scrub();
        assertFalse(status.isUnderWay());
        assertTrue(status.lastPassMs() > 0);
        assertEquals(1, status.unknownRanges());
        cluster.nodes[node].scrubNow();
        cluster.run(8 * STEPS_PER_SECOND);
        assertTrue(cluster.nodes[node].status().scrub().lastPassMs() > status.lastPassMs());
    }

    private StoredCopy.State stateOnceUp(final long unit) {
        StoredCopy.State state = state(unit);
        for (int i = 0; i < 1000 && state == StoredCopy.State.UNKNOWN; i++) {
            cluster.step();
            state = state(unit);
        }
        return state;
    }

    @Test
    void itReadsNoFasterThanItMay() {
        cluster.run(STEPS_PER_SECOND);
        final long inOne = scrubbed();
        assertTrue(inOne > RATE / 2 && inOne < RATE + STRIP_LENGTH, () -> "" + inOne);
        cluster.run(STEPS_PER_SECOND);
        final long inTwo = scrubbed();
        assertTrue(inTwo > inOne && inTwo < 2 * RATE + STRIP_LENGTH, () -> "" + inTwo);
    }

    @Test
    void aPaceOfLessThanAByteInADutyCycleIsKeptToo() {
        cluster.scrubBytesPerSecond = STEPS_PER_SECOND / 2;
        restart();
        final int seconds = (int) (STRIP_LENGTH / cluster.scrubBytesPerSecond) + 5;
        cluster.run(seconds * STEPS_PER_SECOND);
        assertEquals(2 * STRIP_LENGTH, scrubbed());
    }

    private long scrubbed() {
        return cluster.nodes[node].counters().get(Counter.BYTES_SCRUBBED);
    }

    @Test
    void aRestartGoesOnWhereItWasAndTheNextPassIsDueInTime() {
        cluster.run(STEPS_PER_SECOND);
        final long before = scrubbed();
        assertTrue(cluster.nodes[node].status().scrub().isUnderWay());
        restart();
        cluster.run(5 * STEPS_PER_SECOND);
        assertEquals(ALL, before + scrubbed());
        final long lastMs = cluster.nodes[node].status().scrub().lastPassMs();
        assertTrue(lastMs > 0);
        cluster.run(INTERVAL_STEPS - 8 * STEPS_PER_SECOND);
        assertEquals(ALL, before + scrubbed());
        cluster.run(8 * STEPS_PER_SECOND);
        assertEquals(2 * ALL, before + scrubbed());
        assertTrue(cluster.nodes[node].status().scrub().lastPassMs() > lastMs);
    }

    @Test
    void howFarItIsAndWhatItHasFoundOutlivesARestart() {
        assertTrue(cluster.stores[node].flipBit(group, 77, 7));
        awaitFindings(1);
        final NodeStatus.ScrubStatus before = scrub();
        assertTrue(before.isUnderWay());
        restart();
        assertTrue(scrub().found().damaged() == 1, () -> "" + scrub());
        assertEquals(before.passBytes(), scrub().passBytes());
        assertEquals(before.percentDone(), scrub().percentDone());
        cluster.kill(node, false);
        cluster.start(node);
        cluster.run(STEPS_PER_SECOND / 10);
        assertEquals(1, scrub().found().damaged());
        cluster.run(5 * STEPS_PER_SECOND);
        assertEquals(new NodeStatus.ScrubFound(1, 0, 1, 0), scrub().found());
        assertEquals(100, scrub().percentDone());
        assertEquals(0, scrub().millisLeft());
        assertEquals(ALL, scrub().passBytes());
        cluster.nodes[node].scrubNow();
        cluster.run(STEPS_PER_SECOND / 10);
        assertEquals(0, scrub().found().damaged());
        assertEquals(new NodeStatus.ScrubFound(1, 0, 1, 0), scrub().foundBefore());
    }

    @Test
    void howMuchIsDoneAndHowLongTheRestTakesFitEachOther() {
        cluster.run(STEPS_PER_SECOND);
        assertTrue(scrub().isUnderWay());
        assertEquals(ALL, scrub().totalBytes());
        final long done = scrub().doneBytes();
        assertTrue(done > 0 && done < ALL, () -> "" + scrub());
        assertEquals(100 * done / ALL, scrub().percentDone());
        final long leftMs = scrub().millisLeft();
        final long atBudgetMs = (ALL - done) * 1000 / RATE;
        assertTrue(leftMs > atBudgetMs / 2 && leftMs < 2 * atBudgetMs, () -> "" + scrub());
        final long sinceNs = cluster.nowNs();
        while (scrub().isUnderWay()) {
            cluster.step();
        }
        final long tookMs = (cluster.nowNs() - sinceNs) / 1_000_000L;
        assertTrue(tookMs > leftMs / 2 && tookMs < 2 * leftMs, tookMs + " instead of " + leftMs);
    }

    private NodeStatus.ScrubStatus scrub() {
        return cluster.nodes[node].status().scrub();
    }

    private void awaitFindings(final long damaged) {
        for (int i = 0; i < 10 * STEPS_PER_SECOND && scrub().found().damaged() < damaged; i++) {
            cluster.step();
        }
        assertEquals(damaged, scrub().found().damaged());
    }

    @Test
    void aPassIsCompleteOnlyWhenAllGroupsAre() {
        cluster.run(5 * STEPS_PER_SECOND);
        final long lastMs = cluster.nodes[node].status().scrub().lastPassMs();
        cluster.nodes[node].scrubNow();
        for (int i = 0; i < 50 && scrubbed() < 2 * ALL; i++) {
            assertEquals(lastMs, cluster.nodes[node].status().scrub().lastPassMs());
            cluster.run(STEPS_PER_SECOND / 10);
        }
        assertEquals(2 * ALL, scrubbed());
        final long allReadMs = cluster.nowNs() / 1_000_000L;
        cluster.run(STEPS_PER_SECOND);
        assertFalse(cluster.nodes[node].status().scrub().isUnderWay());
        assertTrue(cluster.nodes[node].status().scrub().lastPassMs() > allReadMs - 100);
    }

    @Test
    void aPassThatIsWantedBeginsAtOnce() {
        cluster.run(5 * STEPS_PER_SECOND);
        assertEquals(ALL, scrubbed());
        cluster.nodes[node].scrubNow();
        cluster.run(5 * STEPS_PER_SECOND);
        assertEquals(2 * ALL, scrubbed());
    }
}
