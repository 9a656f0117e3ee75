package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.agrona.collections.LongHashSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.transport.EndpointId;
import org.trivet.wire.sbe.Refusal;

/** How long clients are kept waiting for space before they are told that there is none. */
class AdmissionTest {
    private static final int LENGTH = 64 * 1024;
    private static final long MS = 1_000_000L;
    private static final long STEP_MS = 100;

    /** What the members say, and the clock, are moved by hand; the primary is a real one. */
    private final Member[] members = {new Member(1, 1), new Member(2, 2)};

    private GroupPrimary group;
    private Admission admission;
    private long request = 1_000;

    @BeforeEach
    void start() {
        final VolumeConfig volume =
                new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, Durability.PROCESS);
        final ClusterHarness cluster = new ClusterHarness(volume, 1);
        cluster.mustConverge();
        group = (GroupPrimary) cluster.nodes[0].group(0);
        for (final Member member : members) {
            member.heard = true;
            member.match = 0;
            member.freeBytes = 1L << 30;
            member.roomBytes = 1L << 30;
        }
        admission = new Admission(group, members);
        assertEquals(Refusal.NONE, ask());
    }

    private Refusal ask() {
        request++;
        return admission.admit(
                EndpointId.FIRST_CLIENT, ClusterHarness.SESSION, request, request, LENGTH);
    }

    /** Asks again and again; how many milliseconds it is until the answer is another one. */
    private long msUntil(final Refusal expected) {
        final long beganNs = group.node.nowNs;
        Refusal refusal = ask();
        while (refusal == Refusal.BUSY) {
            group.node.nowNs += STEP_MS * MS;
            refusal = ask();
        }
        assertEquals(expected, refusal);
        return (group.node.nowNs - beganNs) / MS;
    }

    @Test
    void clientsWaitLongWhileAllMembersSayThatCleaningWillMakeRoom() {
        members[1].freeBytes = 0;
        assertEquals(20_000, msUntil(Refusal.NO_SPACE));
    }

    @Test
    void theyAreTakenAsSoonAsCleaningHasMadeRoom() {
        members[1].freeBytes = 0;
        for (int i = 0; i < 190; i++) {
            assertEquals(Refusal.BUSY, ask());
            group.node.nowNs += STEP_MS * MS;
        }
        members[1].freeBytes = 1 << 20;
        assertEquals(0, msUntil(Refusal.NONE));
    }

    @Test
    void theyAreToldSoonWhenOneMemberHasNothingToClean() {
        members[1].freeBytes = 0;
        members[0].roomBytes = LENGTH / 2;
        assertEquals(3_000, msUntil(Refusal.NO_SPACE));
    }

    @Test
    void theyAreToldAtOnceWhenThatIsFoundOutLate() {
        members[1].freeBytes = 0;
        for (int i = 0; i < 100; i++) {
            assertEquals(Refusal.BUSY, ask());
            group.node.nowNs += STEP_MS * MS;
        }
        members[1].roomBytes = 0;
        assertEquals(Refusal.NO_SPACE, ask());
    }

    /** Its results were forgotten with it, and what was in the log has left some again. */
    @Test
    void aSessionThatIsOverIsRefusedThoughThereAreResultsOfIt() {
        group.node.sessions.update(ClusterHarness.SESSION, new LongHashSet());
        group.results.retain(ClusterHarness.SESSION, group.node.sessions.live());
        group.results.commit(ClusterHarness.SESSION, request, request);
        assertEquals(Refusal.SESSION_EXPIRED, ask());
    }
}
