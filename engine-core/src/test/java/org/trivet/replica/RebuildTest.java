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
import org.trivet.store.MemoryBlockStore;
import org.trivet.wire.sbe.ChunkDecoder;

import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** What a rebuild asks for first, and of whom. */
class RebuildTest {
    private static final long DATA_ID = 77;
    private static final long EARLIER_DATA_ID = 5;
    private static final int CHUNK = ChunkDecoder.TEMPLATE_ID;
    private static final long LAST_UNIT = KeyRanges.END_UNIT - 1;
    private static final int MEBIBYTE = 1 << 20;
    private static final Set<Integer> ALL = Set.of(0, 1, 2);

    private final VolumeConfig volume =
            new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, Durability.PROCESS);
    private final int primary = Placement.startGroup(DATA_ID, 3);
    private final int one = (primary + 1) % 3;
    private final int other = (primary + 2) % 3;

    private static byte[] value(final int number, final int length) {
        final byte[] bytes = new byte[length];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private static void lose(final ClusterHarness cluster, final int node) {
        cluster.kill(node, false);
        cluster.wipe(node);
        cluster.start(node);
    }

    private void holdChunks(final ClusterHarness cluster, final int to) {
        for (final int from : ALL) {
            if (from != to) {
                cluster.held.hold(CHUNK, from, to);
            }
        }
    }

    private void letChunksGo(final ClusterHarness cluster, final int to) {
        for (final int from : ALL) {
            if (from != to) {
                cluster.deliver(cluster.held.release(CHUNK, from, to));
            }
        }
    }

    @Test
    void whatAWriteWaitsForComesFirstThoughTheLogHasSomeOfTheStrip() {
        final ClusterHarness cluster = new ClusterHarness(volume, 1);
        final FileBlocks earlier = cluster.file(EARLIER_DATA_ID);
        for (int i = 0; i < 12; i++) {
            cluster.await(cluster.write(earlier, (long) i * MEBIBYTE, value(i, MEBIBYTE)));
        }
        cluster.mustConverge();
        cluster.run(3_000); // so that the logs let go of it
        final FileBlocks file = cluster.file(DATA_ID);
        cluster.await(cluster.write(file, 0, value(1, 4096))); // the logs hold this
        holdChunks(cluster, primary);
        lose(cluster, primary);
        final Group group = cluster.nodes[primary].group(primary);
        cluster.until(() -> ((GroupPrimary) group).isActive());

        final ClusterHarness.Result part = cluster.write(file, 10, value(2, 100));
        cluster.run(100);
        assertFalse(part.ended, "it is not known yet where the strip was cut");
        letChunksGo(cluster, primary);
        cluster.until(() -> group.coverage.covers(DATA_ID, LAST_UNIT, LAST_UNIT + 1));
        assertFalse(group.coverage.isComplete(), "it has waited for all the rest");
        cluster.await(part);
        cluster.mustConverge();
    }

    @Test
    void noMoreIsFetchedInASecondThanTheNodeIsToldToButWhatAWriteWaitsForIsAtOnce() {
        final ClusterHarness cluster = new ClusterHarness(volume, 1);
        cluster.rebuildBytesPerSecond = MEBIBYTE;
        final FileBlocks earlier = cluster.file(EARLIER_DATA_ID);
        for (int i = 0; i < 12; i++) {
            cluster.await(cluster.write(earlier, (long) i * MEBIBYTE, value(i, MEBIBYTE)));
        }
        final FileBlocks file = cluster.file(DATA_ID);
        cluster.await(cluster.write(file, 0, value(1, 4096)));
        cluster.mustConverge();
        cluster.run(3_000); // so that the logs let go of it
        final long beganNs = cluster.nowNs();
        lose(cluster, primary);
        final Group group = cluster.nodes[primary].group(primary);
        cluster.until(() -> ((GroupPrimary) group).isActive());
        cluster.run(500); // what it was allowed at first is used up

        final long writtenNs = cluster.nowNs();
        cluster.await(cluster.write(file, 10, value(2, 100)));
        assertTrue(cluster.nowNs() - writtenNs < 500_000_000L, "it waited for the rebuild");
        assertFalse(group.coverage.isComplete(), "nothing held it back");
        cluster.mustConverge();
        final double seconds = (cluster.nowNs() - beganNs) / 1e9;
        assertTrue(seconds > 10 && seconds < 20, "12 MiB in " + seconds + " s");
    }

    /** Runs on disks of which some write and sync all, and the others write it only. */
    private static void step(final ClusterHarness slow, final Set<Integer> syncing) {
        for (int node = 0; node < 3; node++) {
            final MemoryBlockStore store = slow.stores[node];
            final long end = store.endPosition();
            store.advance(end, syncing.contains(node) ? end : 0);
        }
        slow.step();
    }

    private static void run(
            final ClusterHarness slow, final int steps, final Set<Integer> syncing) {
        for (int i = 0; i < steps; i++) {
            step(slow, syncing);
        }
    }

    private static void until(
            final ClusterHarness slow, final Set<Integer> syncing, final BooleanSupplier holds) {
        for (int i = 0; i < 40_000 && !holds.getAsBoolean(); i++) {
            step(slow, syncing);
        }
        assertTrue(holds.getAsBoolean(), slow::describe);
    }

    /** Nobody syncs what is not asked for, but who is rebuilt: it is ahead of its sources. */
    @Test
    void aSourceWhoseIndexIsBehindWillDoForWhatTheLogHas() {
        final ClusterHarness slow = new ClusterHarness(volume, 1, 0, 1e-9);
        run(slow, 3_000, ALL);
        final FileBlocks file = slow.file(DATA_ID);
        final ClusterHarness.Result first = slow.write(file, 0, value(1, 4096));
        until(slow, ALL, () -> first.ended);
        run(slow, 3_000, ALL);
        holdChunks(slow, one);
        lose(slow, one);
        final Group member = slow.nodes[one].group(primary);
        until(slow, ALL, () -> member.hasLog && !member.suspect);
        run(slow, 3_000, ALL);
        final ClusterHarness.Result second = slow.write(file, 0, value(2, 4096));
        until(slow, Set.of(one), () -> second.ended && member.applied == 2);
        run(slow, 12_000, Set.of(one)); // until the question is asked again
        letChunksGo(slow, one);
        until(slow, Set.of(one), member.coverage::isComplete);
        assertEquals(1, slow.nodes[primary].group(primary).applied);
        assertEquals(1, slow.nodes[other].group(primary).applied);
        assertArrayEquals(value(2, 4096), NodeReader.ask(slow, one, primary, DATA_ID).await());
    }

    /** Its record in the log is the one that is bad: it cannot be applied again. */
    @Test
    void whatIsBadIsNotTakenFromASourceThatDoesNotHaveItYet() {
        final ClusterHarness slow = new ClusterHarness(volume, 1, 0, 1e-9);
        run(slow, 3_000, ALL);
        final FileBlocks file = slow.file(DATA_ID);
        final ClusterHarness.Result first = slow.write(file, 0, value(1, 4096));
        until(slow, ALL, () -> first.ended);
        run(slow, 3_000, ALL);
        final Group member = slow.nodes[one].group(primary);
        final ClusterHarness.Result second = slow.write(file, 0, value(2, 4096));
        until(slow, Set.of(one), () -> second.ended && member.applied == 2);
        assertTrue(slow.stores[one].flipBit(primary, DATA_ID, 0));
        member.onRepair(DATA_ID, 0, 1);
        assertFalse(member.coverage.isComplete());
        run(slow, 12_000, Set.of(one));
        assertFalse(member.coverage.isComplete(), "the others do not have it in their indexes");
        until(slow, ALL, member.coverage::isComplete);
        assertArrayEquals(value(2, 4096), NodeReader.ask(slow, one, primary, DATA_ID).await());
    }
}
