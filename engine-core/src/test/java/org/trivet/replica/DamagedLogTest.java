package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.replica.ClusterHarness.Message;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.LogEntriesDecoder;
import org.trivet.wire.sbe.PrepareDecoder;

import java.util.List;
import java.util.Random;

/** Entries that go bad before every member has them. */
class DamagedLogTest {
    private static final int LENGTH = 4096;
    private static final int LOG_ENTRIES = LogEntriesDecoder.TEMPLATE_ID;
    private static final int PREPARE = PrepareDecoder.TEMPLATE_ID;

    private final ClusterHarness cluster =
            new ClusterHarness(
                    new VolumeConfig(11, 4, 3, LENGTH, ChecksumType.CRC32C, Durability.PROCESS), 1);
    private final FileBlocks file = cluster.file(77);

    /** The group of the file's first block, and the nodes of its members. */
    private final int group = Placement.startGroup(77, 4);

    private final int primary = group;
    private final int near = (group + 1) % 4;
    private final int far = (group + 2) % 4;

    private static byte[] bytes(final long seed, final int length) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private void mustRead(final byte[] expected) {
        final byte[] read = new byte[expected.length];
        cluster.await(cluster.read(file, 0, read));
        assertArrayEquals(expected, read);
    }

    /** A write that reaches those who are up. */
    private ClusterHarness.Result writePending(final long offset, final int value) {
        final ClusterHarness.Result write = cluster.write(file, offset, bytes(value, LENGTH));
        cluster.run(100);
        return write;
    }

    private void spoilNewest(final int node) {
        spoil(node, 0);
    }

    private void spoil(final int node, final int back) {
        final EntryView found = new EntryView();
        assertTrue(cluster.stores[node].flipBitOfRecent(back, found));
        assertEquals(group, found.group());
    }

    @Test
    void anEntryThatIsBadAtThePrimaryComesFromABackupThatHasIt() {
        cluster.await(cluster.write(file, 0, bytes(1, LENGTH)));
        cluster.run(100);
        cluster.kill(far, false);
        final ClusterHarness.Result write = writePending(0, 2);
        spoilNewest(primary);
        cluster.start(far);
        cluster.await(write);
        assertEquals(1, cluster.count(Counter.ENTRIES_RESTORED));
        assertEquals(0, cluster.count(Counter.VOIDED));
        mustRead(bytes(2, LENGTH));
        cluster.mustConverge();
        cluster.kill(primary, false);
        cluster.mustConverge();
        mustRead(bytes(2, LENGTH));
    }

    @Test
    void anEntryThatNobodyHasIsVoidAndItsClientSendsItAgain() {
        cluster.await(cluster.write(file, 0, bytes(1, LENGTH)));
        cluster.run(100);
        cluster.kill(near, false);
        cluster.kill(far, false);
        final ClusterHarness.Result write = writePending(0, 2);
        spoilNewest(primary);
        cluster.start(near);
        cluster.start(far);
        cluster.await(write);
        assertEquals(3, cluster.count(Counter.VOIDED));
        mustRead(bytes(2, LENGTH));
        cluster.mustConverge();
    }

    @Test
    void whatFollowsAVoidEntryIsVoidTooSinceItMayHoldBytesOfIt() {
        cluster.await(cluster.write(file, 0, bytes(1, LENGTH)));
        cluster.run(100);
        cluster.kill(far, false);
        final ClusterHarness.Result first = writePending(0, 2);
        spoilNewest(primary);
        spoilNewest(near);
        final ClusterHarness.Result other = writePending(LENGTH * 4L, 3);
        cluster.start(far);
        cluster.await(first);
        cluster.await(other);
        assertEquals(0, cluster.count(Counter.ENTRIES_RESTORED));
        assertEquals(6, cluster.count(Counter.VOIDED));
        mustRead(bytes(2, LENGTH));
        cluster.mustConverge();
        for (int node = 0; node < 4; node++) {
            cluster.kill(node, false);
        }
        cluster.mustConverge();
        mustRead(bytes(2, LENGTH));
    }

    /** The entry is of an epoch before the one in which it was made void. */
    @Test
    void aLateMessageThatSpeaksOfAVoidEntryIsNoDisagreementOfLogs() {
        cluster.await(cluster.write(file, 0, bytes(1, LENGTH)));
        cluster.run(100);
        cluster.held.hold(PREPARE, primary, far);
        final ClusterHarness.Result write = writePending(0, 2);
        cluster.kill(primary, false);
        cluster.start(primary);
        final GroupPrimary recovered = (GroupPrimary) cluster.nodes[primary].group(group);
        cluster.until(recovered::isActive);
        cluster.run(100);
        cluster.held.hold(PREPARE, primary, near);
        cluster.until(() -> cluster.held.has(PREPARE, primary, near));
        final List<Message> late = cluster.held.release(PREPARE, primary, near);
        spoilNewest(primary);
        spoilNewest(near);
        cluster.held.release(PREPARE, primary, far); // lost: what is sent again is read back
        final ReplicaLog log = cluster.nodes[near].group(group).log;
        cluster.until(() -> log.end() >= 3);
        assertEquals(3, log.get(2).voidedBy);
        cluster.deliver(late);
        cluster.await(write);
        mustRead(bytes(2, LENGTH));
        cluster.mustConverge();
    }

    @Test
    void theVoidEntryOfAClientThatIsGoneLeavesWhatWasThereBefore() {
        cluster.await(cluster.write(file, 0, bytes(1, LENGTH)));
        cluster.run(100);
        cluster.kill(near, false);
        cluster.kill(far, false);
        cluster.writeAndGiveUp(file, 0, bytes(2, LENGTH));
        spoilNewest(primary);
        cluster.start(near);
        cluster.start(far);
        while (cluster.count(Counter.VOIDED) == 0) {
            cluster.step();
        }
        cluster.await(cluster.write(file, LENGTH * 4L, bytes(3, LENGTH)));
        assertEquals(3, cluster.count(Counter.VOIDED));
        mustRead(bytes(1, LENGTH));
        cluster.mustConverge();
    }

    @Test
    void anEntryThatMayBeAcknowledgedIsNeverVoid() {
        cluster.await(cluster.write(file, 0, bytes(1, LENGTH)));
        cluster.mustConverge();
        // All have it, and the primary does not know.
        cluster.kill(far, false);
        final ClusterHarness.Result write = writePending(0, 2);
        cluster.kill(primary, false);
        cluster.wipe(far);
        spoilNewest(primary);
        spoilNewest(near);
        cluster.start(primary);
        cluster.start(far);
        cluster.run(20_000);
        assertEquals(0, cluster.count(Counter.VOIDED));
        assertFalse(write.ended);
        assertEquals(
                2,
                GroupLosses.of(cluster.volume, cluster.nodes, group).unreadableEntry(),
                "whoever looks is told");
    }

    /** Without a heartbeat it would not learn the epoch in which it is asked for the entry. */
    @Test
    void aMemberWhoseNextEntryIsBadHearsThePrimaryAllTheSame() {
        cluster.await(cluster.write(file, 0, bytes(1, LENGTH)));
        cluster.run(100);
        cluster.held.hold(PREPARE, primary, far);
        cluster.held.hold(LOG_ENTRIES, far, primary); // so that the search does not end
        final ClusterHarness.Result write = writePending(0, 2);
        spoilNewest(primary);
        spoilNewest(near);
        // What was sent is overdue then, before anything else is due.
        cluster.standStill(primary, 2_000);
        cluster.held.release(PREPARE, primary, far);
        cluster.run(30_000);
        assertEquals(1, cluster.nodes[far].group(group).log.end(), "it is bad everywhere");
        assertTrue(cluster.nodes[far].group(group).hearsPrimary());
        cluster.deliver(cluster.held.release(LOG_ENTRIES, far, primary));
        cluster.await(write);
        mustRead(bytes(2, LENGTH));
        cluster.mustConverge();
    }

    @Test
    void aPrimaryThatLostItsLogVoidsWhatOnlyOneBackupHadAndCannotRead() {
        cluster.await(cluster.write(file, 0, bytes(1, LENGTH)));
        cluster.mustConverge();
        cluster.kill(far, false);
        final ClusterHarness.Result write = writePending(0, 2);
        cluster.kill(primary, false);
        cluster.wipe(primary);
        spoilNewest(near);
        cluster.start(far);
        cluster.run(5_000);
        cluster.start(primary);
        cluster.await(write);
        assertTrue(cluster.count(Counter.VOIDED) > 0);
        mustRead(bytes(2, LENGTH));
        cluster.mustConverge();
    }

    @Test
    void readersWithoutThePrimaryNeverSeeWhatIsVoidElsewhere() {
        final long second = LENGTH * 4L;
        cluster.await(cluster.write(file, second, bytes(1, LENGTH)));
        cluster.mustConverge();
        cluster.kill(far, false);
        cluster.writeAndGiveUp(file, 0, bytes(2, LENGTH));
        cluster.writeAndGiveUp(file, second, bytes(3, LENGTH));
        spoil(primary, 1);
        spoil(near, 1);
        cluster.start(far);
        while (cluster.nodes[primary].counters().get(Counter.VOIDED) == 0) {
            cluster.step();
        }
        cluster.kill(near, false);
        while (cluster.nodes[far].counters().get(Counter.VOIDED) == 0) {
            cluster.step();
        }
        cluster.kill(primary, false);
        cluster.start(near);
        cluster.run(25_000); // until the primary counts as gone: another log is longer
        assertArrayEquals(bytes(1, LENGTH), cluster.readAt(near, group, 77, 1));
        assertTrue(cluster.nodes[near].counters().get(Counter.READS_WITHOUT_PRIMARY) > 0);
        cluster.mustConverge();
        assertArrayEquals(bytes(1, LENGTH), cluster.readAt(near, group, 77, 1));
    }
}
