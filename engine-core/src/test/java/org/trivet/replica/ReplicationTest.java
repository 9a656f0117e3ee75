package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.client.FileMap;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.ExtentList;
import org.trivet.store.MemoryBlockStore;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

class ReplicationTest {
    private static VolumeConfig volume(final int nodes, final int replicas, final int blockLength) {
        return new VolumeConfig(
                11, nodes, replicas, blockLength, ChecksumType.CRC32C, Durability.PROCESS);
    }

    private static byte[] bytes(final long seed, final int length) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private final ClusterHarness cluster = new ClusterHarness(volume(4, 3, 4096), 1);
    private final FileBlocks file = cluster.file(77);

    @Test
    void writesAreReadBackAndAllCopiesAreEqual() {
        final byte[] written = bytes(1, 300_001);
        cluster.await(cluster.write(file, 5, written));
        final byte[] read = new byte[written.length];
        cluster.await(cluster.read(file, 5, read));
        assertArrayEquals(written, read);
        cluster.mustConverge();
    }

    @Test
    void aComparisonOfCopiesFindsWhatIsMissingAndWhatDiffers() {
        final FileBlocks small = cluster.file(78);
        for (int i = 0; i < 40; i++) {
            cluster.await(cluster.write(small, i * 16_384L, bytes(i, 16_384)));
        }
        cluster.mustConverge();
        final int start = Placement.startGroup(78, 4);
        final int group = (start + 1) % 4;
        cluster.stores[(group + 1) % 4].removeRows(group, 78, 21, 78, 22, Long.MAX_VALUE);
        assertEquals(
                List.of(
                        "group "
                                + group
                                + ": units 21 to 21 of 78 are missing at node "
                                + (group + 1) % 4),
                cluster.differences());
        cluster.stores[(group + 1) % 4].setCut(group, 79, 5);
        assertEquals(3, cluster.differences().size(), cluster.differences()::toString);
        cluster.kill(group, false);
        assertEquals(
                "node " + group + " is down",
                new CopyComparison(cluster.volume, group).obstacle(cluster.nodes));
    }

    @Test
    void copiesOfManySmallBlocksAreCompared() {
        final ClusterHarness small = new ClusterHarness(volume(4, 3, 8), 2);
        small.await(small.write(small.file(5), 3, bytes(1, 400_000)));
        small.await(small.write(small.file(5), 1003, bytes(2, 100)));
        small.mustConverge();
    }

    @Test
    void readsGoOnWhileNodesAreDownAndAWriteWaitsForThem() {
        final byte[] written = bytes(2, 200_000);
        cluster.await(cluster.write(file, 0, written));
        cluster.kill(1, false);
        cluster.kill(3, false);
        final byte[] read = new byte[written.length];
        cluster.await(cluster.read(file, 0, read));
        assertArrayEquals(written, read);

        final ClusterHarness.Result waiting = cluster.write(file, 0, bytes(3, 200_000));
        cluster.run(20_000);
        assertFalse(waiting.ended);
        cluster.start(1);
        cluster.start(3);
        cluster.await(waiting);
        cluster.await(cluster.read(file, 0, read));
        assertArrayEquals(bytes(3, 200_000), read);
        cluster.mustConverge();
    }

    @Test
    void aWipedNodeIsRebuiltWhileReadsAndWritesGoOn() {
        final byte[] written = bytes(4, 900_000);
        cluster.await(cluster.write(file, 0, written));
        cluster.run(5_000);
        cluster.kill(2, false);
        cluster.wipe(2);
        cluster.start(2);
        final byte[] more = bytes(5, 100_000);
        cluster.await(cluster.write(file, 900_000, more));
        final byte[] read = new byte[written.length];
        cluster.await(cluster.read(file, 0, read));
        assertArrayEquals(written, read);
        cluster.mustConverge();
    }

    @Test
    void everyNodeCanBeWipedInTurn() {
        final byte[] written = bytes(6, 400_000);
        cluster.await(cluster.write(file, 0, written));
        cluster.mustConverge();
        for (int node = 0; node < 4; node++) {
            cluster.kill(node, false);
            cluster.wipe(node);
            cluster.start(node);
            cluster.mustConverge();
        }
        final byte[] read = new byte[written.length];
        cluster.await(cluster.read(file, 0, read));
        assertArrayEquals(written, read);
    }

    @Test
    void theWholeClusterRestartsWithEverythingAcknowledged() {
        final byte[] written = bytes(7, 400_000);
        cluster.await(cluster.write(file, 0, written));
        for (int node = 0; node < 4; node++) {
            cluster.kill(node, false);
        }
        for (int node = 0; node < 4; node++) {
            cluster.start(node);
        }
        final byte[] read = new byte[written.length];
        cluster.await(cluster.read(file, 0, read));
        assertArrayEquals(written, read);
        cluster.mustConverge();
    }

    private static void writeFor(
            final ClusterHarness sim, final FileBlocks to, final long nanoseconds) {
        final long untilNs = sim.nowNs() + nanoseconds;
        for (int i = 0; sim.nowNs() - untilNs < 0; i++) {
            sim.await(sim.write(to, i % 50 * 4096L, bytes(i, 4096)));
        }
    }

    private static void killAll(final ClusterHarness sim) {
        for (int node = 0; node < sim.nodes.length; node++) {
            sim.kill(node, false);
        }
    }

    private static void startAll(final ClusterHarness sim) {
        for (int node = 0; node < sim.nodes.length; node++) {
            sim.start(node);
        }
    }

    private static void stopAll(final ClusterHarness sim) {
        for (int node = 0; node < sim.nodes.length; node++) {
            sim.stop(node);
        }
    }

    private static void mustNotHaveRebuilt(final ClusterHarness sim) {
        assertEquals(0, sim.count(Counter.JOINS), "joins");
        assertEquals(0, sim.count(Counter.LOGS_LOST), "logs lost");
        assertEquals(0, sim.count(Counter.CHUNKS_INSTALLED), "chunks installed");
    }

    /** The log lets go of entries between the saving of a state and the commit of the index. */
    @Test
    void killsWhileItIsWrittenToCostNoLog() {
        for (int round = 0; round < 12; round++) {
            writeFor(cluster, file, 400_000_000L);
            killAll(cluster);
            startAll(cluster);
            cluster.mustConverge();
            mustNotHaveRebuilt(cluster);
        }
    }

    @Test
    void cleanStopsWhileItIsWrittenToCostNoLog() {
        for (int round = 0; round < 12; round++) {
            writeFor(cluster, file, 400_000_000L);
            stopAll(cluster);
            startAll(cluster);
            cluster.mustConverge();
            mustNotHaveRebuilt(cluster);
        }
    }

    /** More entries than a log holds, and no commit of the index meanwhile. */
    @Test
    void aLogThatHasComeRoundSeveralTimesSurvivesAKill() {
        final ClusterHarness one = new ClusterHarness(volume(1, 1, 8), 3);
        final FileBlocks small = one.file(5);
        final ClusterHarness.Result[] open = new ClusterHarness.Result[40];
        for (int i = 0; i < 90_000; i++) {
            final int slot = i % open.length;
            if (open[slot] != null) {
                one.await(open[slot]);
            }
            open[slot] = one.write(small, i % 1000 * 8L, bytes(i, 8));
        }
        for (final ClusterHarness.Result last : open) {
            one.await(last);
        }
        one.kill(0, false);
        one.start(0);
        final byte[] read = new byte[8000];
        one.await(one.read(small, 0, read));
        for (int i = 89_000; i < 90_000; i++) {
            final int at = i % 1000 * 8;
            assertArrayEquals(bytes(i, 8), Arrays.copyOfRange(read, at, at + 8));
        }
    }

    /** Rows that were pulled are in the journal, and so is the trim that removed them. */
    @Test
    void whatWasPulledAndRemovedDoesNotComeBackWithAStart() {
        cluster.await(cluster.write(file, 0, bytes(1, 400_000)));
        cluster.mustConverge();
        cluster.kill(2, false);
        cluster.wipe(2);
        cluster.start(2);
        cluster.mustConverge();
        cluster.await(cluster.trim(file, 0, 300_000));
        cluster.mustConverge();
        cluster.run(3_000);
        stopAll(cluster);
        startAll(cluster);
        cluster.mustConverge();
        mustNotHaveRebuilt(cluster);
    }

    @Test
    void cutNumbersThatWerePulledSurviveAKill() {
        cluster.await(cluster.write(file, 0, bytes(1, 400_000)));
        file.update(77, 3, new long[] {3, 10_000});
        cluster.cutEverywhere(file);
        cluster.mustConverge();
        cluster.run(10_000);
        cluster.kill(2, false);
        cluster.wipe(2);
        cluster.start(2);
        cluster.mustConverge();
        cluster.kill(2, false);
        cluster.start(2);
        cluster.mustConverge();
    }

    @Test
    void aDamagedUnitCostsNoLogInAStart() {
        final byte[] written = bytes(1, 200_000);
        cluster.await(cluster.write(file, 0, written));
        final int group = Placement.startGroup(77, 4);
        for (int copy = 0; copy < 3; copy++) {
            final int node = (group + copy) % 4;
            assertTrue(cluster.stores[node].flipBit(group, 77, 0));
            cluster.kill(node, false);
            cluster.start(node);
            for (int i = 0; i < 50; i++) {
                final byte[] read = new byte[written.length];
                cluster.await(cluster.read(file, 0, read));
                assertArrayEquals(written, read);
            }
            cluster.mustConverge();
            assertEquals(0, cluster.count(Counter.JOINS));
        }
    }

    /** One backup has let go of the entry, and with the other it is damaged. */
    @Test
    void aPrimaryThatWasRolledBackPullsWhatNoLogCanGiveIt() {
        final ClusterHarness sim = new ClusterHarness(volume(4, 3, 4096), 1, 1, 0.01);
        final FileBlocks blocks = sim.file(77);
        final int group = Placement.startGroup(77, 4);
        final int first = (group + 1) % 4;
        sim.await(sim.write(blocks, 0, bytes(1, 4096)));
        sim.mustConverge();
        sim.run(3_000);
        sim.kill(group, false);
        final MemoryBlockStore older = sim.snapshot(group);
        sim.start(group);
        sim.mustConverge();
        final byte[] written = bytes(2, 4096);
        sim.await(sim.write(blocks, 0, written));
        final Group backup = sim.nodes[first].group(group);
        while (backup.applied < 2) {
            sim.step();
        }
        assertEquals(1, backup.log.low(), "it must still keep the entry");
        assertTrue(sim.stores[first].flipBit(group, 77, 0));
        sim.kill(first, false);
        sim.run(3_000);
        assertEquals(2, sim.nodes[(first + 1) % 4].group(group).log.low(), "let go of");
        sim.kill(group, false);
        sim.rollBack(group, older);
        sim.start(first);
        sim.start(group);
        final byte[] read = new byte[4096];
        for (int i = 0; i < 50; i++) {
            sim.await(sim.read(blocks, 0, read));
            assertArrayEquals(written, read);
            sim.run(400); // so that the damaged copy, too, is looked at: its node has just been
            // down
        }
        sim.mustConverge();
        assertTrue(sim.count(Counter.DAMAGED_ON_ARRIVAL) > 0, "what was fetched was damaged");
    }

    /**
     * A backup has lost the end of its log, and the primary's record of it has become unreadable.
     */
    @Test
    void aBackupGetsTheContentOfAnEntryThatThePrimaryCannotReadAnyMore() {
        final ClusterHarness sim = new ClusterHarness(volume(4, 3, 4096), 1, 1, 0.01);
        final FileBlocks blocks = sim.file(77);
        final int group = Placement.startGroup(77, 4);
        final int backup = (group + 1) % 4;
        sim.await(sim.write(blocks, 0, bytes(1, 4096)));
        sim.mustConverge();
        sim.run(3_000);
        final byte[] written = bytes(2, 4096);
        sim.await(sim.write(blocks, 0, written));
        sim.kill(backup, true);
        final Group primary = sim.nodes[group].group(group);
        while (primary.applied < 2) {
            sim.step();
        }
        assertEquals(1, primary.log.low(), "the backup has not synced the entry");
        assertTrue(sim.stores[group].loseRecord(group, 77, 0));
        sim.start(backup);
        assertEquals(1, sim.nodes[backup].group(group).log.end(), "the backup has lost the entry");
        final byte[] read = new byte[4096];
        for (int i = 0; i < 50; i++) {
            sim.await(sim.read(blocks, 0, read));
            assertArrayEquals(written, read);
            sim.run(400); // so that all copies are looked at
        }
        sim.mustConverge();
        assertEquals(1, sim.count(Counter.JOINS));
    }

    @Test
    void aPrimaryAloneAfterACrashAnswersWhatIsInDoubt() {
        final byte[] written = bytes(12, 4096);
        cluster.await(cluster.write(file, 0, written));
        for (int node = 0; node < 4; node++) {
            cluster.kill(node, false);
        }
        cluster.start(Placement.startGroup(77, 4));
        final byte[] read = new byte[written.length];
        cluster.await(cluster.read(file, 0, read));
        assertArrayEquals(written, read);
        cluster.mustConverge();
    }

    @Test
    void aCutRemovesTheTailEverywhereBeforeALaterWrite() {
        cluster.await(cluster.write(file, 0, bytes(8, 100_000)));
        file.update(77, 1, new long[] {1, 10_000});
        cluster.await(cluster.write(file, 60_000, bytes(9, 1000)));
        final byte[] read = new byte[61_000];
        cluster.await(cluster.read(file, 0, read));
        final byte[] expected = new byte[61_000];
        System.arraycopy(bytes(8, 100_000), 0, expected, 0, 10_000);
        System.arraycopy(bytes(9, 1000), 0, expected, 60_000, 1000);
        assertArrayEquals(expected, read);
        cluster.mustConverge();
    }

    @Test
    void aRepairHintBringsBackAMissingExtent() {
        cluster.await(cluster.write(file, 0, bytes(10, 50_000)));
        cluster.mustConverge();
        final var store = cluster.stores[1];
        store.removeRows(1, 0, 0, -1L, Long.MAX_VALUE, Long.MAX_VALUE);
        final ExtentList extents = new ExtentList();
        store.scan(1, 0, 0, 10, extents);
        assertEquals(0, extents.size());
        cluster.nodes[1].group(1).onRepair(77, 0, 4);
        cluster.mustConverge();
    }

    @Test
    void theCutNumbersOfManyStripsAreRebuilt() {
        cluster.await(cluster.write(file, 0, bytes(10, 50_000)));
        for (int strip = 100; strip < 10_000; strip++) {
            for (int node = 1; node < 4; node++) {
                cluster.stores[node].setCut(1, strip, 3);
            }
        }
        cluster.run(15_000); // a checkpoint comes by
        cluster.kill(2, false);
        cluster.wipe(2);
        cluster.mustConverge();
        assertEquals(3, cluster.stores[2].cut(1, 9_999));
    }

    @Test
    void aMapShowsWhatWasAcknowledgedWhicheverCopyIsAskedThoughANodeIsDown() {
        final Random random = new Random(12);
        final BitSet stored = new BitSet();
        for (int i = 0; i < 200; i++) {
            final int unit = random.nextInt(200);
            final int count = 1 + random.nextInt(30);
            if (random.nextInt(3) == 0) {
                cluster.await(cluster.trim(file, unit * 4096L, count * 4096L));
                stored.clear(unit, unit + count);
            } else {
                cluster.await(cluster.write(file, unit * 4096L, bytes(i, count * 4096)));
                stored.set(unit, unit + count);
            }
            final boolean kill = random.nextInt(20) == 0;
            final int victim = random.nextInt(4);
            if (kill) {
                cluster.kill(victim, random.nextBoolean());
            }
            final FileMap map = cluster.map(file, 0);
            assertEquals(FileMap.NONE, map.knownEnd());
            assertEquals(stored.cardinality() * 4096L, map.allocated(1 << 20), "step " + i);
            final int from = random.nextInt(230);
            final int data = stored.nextSetBit(from);
            assertEquals(data < 0 ? FileMap.NONE : data * 4096L, map.nextData(from * 4096L));
            assertEquals(stored.nextClearBit(from) * 4096L, map.nextHole(from * 4096L));
            if (kill) {
                cluster.start(victim);
            }
        }
        cluster.mustConverge();
    }

    @Test
    void aMapOfManyRowsComesInParts() {
        final ClusterHarness small = new ClusterHarness(volume(4, 3, 8), 13);
        final FileBlocks dotted = small.file(5);
        for (int i = 0; i < 1500; i++) {
            small.await(small.write(dotted, i * 64L, bytes(i, 8)));
        }
        long at = 0;
        for (int i = 0; i < 1500; ) {
            final FileMap map = small.map(dotted, at);
            final long from = at;
            while (i < 1500 && i * 64L < map.knownEnd()) {
                assertEquals(i * 64L, map.nextData(i * 64L - Math.min(i, 40)));
                assertEquals(i * 64L + 8, map.nextHole(i * 64L));
                i++;
            }
            at = map.knownEnd();
            assertTrue(at > from);
        }
        assertEquals(FileMap.NONE, at);
    }

    static LongStream seeds() {
        final long first = Long.getLong("trivet.seed", 1);
        return LongStream.range(first, first + Long.getLong("trivet.seeds", 60));
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void randomFaultsLoseNothingAndHealCompletely(final long seed) {
        final Random random = new Random(seed);
        final int nodes = 3 + random.nextInt(5);
        final int replicas = 1 + random.nextInt(Math.min(nodes, 4));
        final int blockLength = new int[] {8, 512, 4096, 65536}[random.nextInt(4)];
        final boolean slow = random.nextBoolean();
        final ClusterHarness sim =
                new ClusterHarness(
                        volume(nodes, replicas, blockLength),
                        seed,
                        slow ? 0.02 + random.nextDouble() * 0.5 : 1,
                        slow ? 0.02 + random.nextDouble() * 0.5 : 1);
        final boolean lossy = random.nextBoolean();
        sim.drop = lossy ? random.nextDouble() * 0.1 : 0;
        sim.repeat = lossy ? random.nextDouble() * 0.2 : 0;
        final FileBlocks blocks = sim.file(1000 + seed);
        final int size = blockLength == 8 ? 4000 : blockLength * 3 * nodes;
        final byte[] model = new byte[size];
        for (int round = 0; round < 12; round++) {
            for (int i = 0; i < 6; i++) {
                final int at = random.nextInt(size);
                final int length = 1 + random.nextInt(size - at);
                final int what = random.nextInt(6);
                if (what == 0) {
                    final ClusterHarness.Result result = sim.trim(blocks, at, length);
                    disturb(sim, random, replicas);
                    settle(sim, result);
                    Arrays.fill(model, at, at + length, (byte) 0);
                } else if (what < 4) {
                    final byte[] bytes = bytes(seed * 1000 + round * 10 + i, length);
                    final ClusterHarness.Result result = sim.write(blocks, at, bytes);
                    disturb(sim, random, replicas);
                    settle(sim, result);
                    System.arraycopy(bytes, 0, model, at, length);
                } else {
                    final byte[] read = new byte[length];
                    final ClusterHarness.Result result = sim.read(blocks, at, read);
                    disturb(sim, random, replicas);
                    settle(sim, result);
                    final String where =
                            "round "
                                    + round
                                    + " op "
                                    + i
                                    + " "
                                    + sim.volume
                                    + "\n"
                                    + sim.describe();
                    assertArrayEquals(Arrays.copyOfRange(model, at, at + length), read, where);
                }
            }
        }
        sim.mustConverge();
        final byte[] read = new byte[size];
        sim.await(sim.read(blocks, 0, read));
        assertArrayEquals(model, read);
    }

    private static void restart(final ClusterHarness sim, final boolean clean) {
        for (int node = 0; node < sim.nodes.length; node++) {
            if (sim.isUp(node)) {
                if (clean) {
                    sim.stop(node);
                } else {
                    sim.kill(node, false);
                }
            }
        }
        startAll(sim);
    }

    private static void settle(final ClusterHarness sim, final ClusterHarness.Result result) {
        sim.run(200);
        for (int node = 0; node < sim.nodes.length && !result.ended; node++) {
            if (!sim.isUp(node)) {
                sim.start(node);
            }
        }
        sim.await(result);
        assertTrue(result.ended);
    }

    /**
     * Takes a node down, sometimes for good; never the storage of one while another is not whole.
     */
    private static void disturb(final ClusterHarness sim, final Random random, final int replicas) {
        sim.run(random.nextInt(30));
        final int node = random.nextInt(sim.nodes.length);
        if (!sim.isUp(node)) {
            sim.start(node);
            return;
        }
        switch (random.nextInt(12)) {
            case 0, 1 -> sim.kill(node, false);
            case 4 -> sim.stop(node);
            case 5 -> restart(sim, random.nextBoolean());
            case 6 -> sim.run(random.nextInt(12_000)); // a checkpoint may come by
            case 2 -> {
                if (replicas >= 2 && isWhole(sim)) {
                    sim.kill(node, false);
                    sim.wipe(node);
                }
            }
            case 3 -> {
                if (replicas >= 2 && isWhole(sim)) {
                    sim.kill(node, true);
                }
            }
            default -> {}
        }
    }

    private static boolean isWhole(final ClusterHarness sim) {
        for (final DataNode node : sim.nodes) {
            if (node == null
                    || node.status().groups().stream()
                            .anyMatch(group -> !group.state().equals("good"))) {
                return false;
            }
        }
        return true;
    }
}
