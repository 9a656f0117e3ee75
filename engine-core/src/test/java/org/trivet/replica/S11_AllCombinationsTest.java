package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.store.MemoryBlockStore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Each of the three copies of a block in each of five states: the read returns the right bytes if
 * any copy is good, and waits otherwise; afterwards every copy is good.
 */
class S11_AllCombinationsTest {
    private static final long DATA_ID = 77;

    enum State {
        GOOD,
        DOWN,
        CORRUPT,
        MISSING,
        STALE
    }

    record Combination(long seed, int nodes, int blockLength, List<State> copies) {
        @Override
        public String toString() {
            return "seed="
                    + seed
                    + ": "
                    + nodes
                    + " nodes, blocks of "
                    + blockLength
                    + ", "
                    + copies;
        }
    }

    /** Once, or as often as -Dtrivet.seeds says, from -Dtrivet.seed on. */
    static Stream<Combination> combinations() {
        final long first = Long.getLong("trivet.seed", 1);
        final List<Combination> all = new ArrayList<>();
        for (long seed = first; seed < first + Long.getLong("trivet.seeds", 1); seed++) {
            for (final int nodes : new int[] {4, 5, 7}) {
                for (int i = 0; i < 125; i++) {
                    final State[] states = State.values();
                    final List<State> copies =
                            List.of(states[i / 25], states[i / 5 % 5], states[i % 5]);
                    final int blockLength = (i + seed) % 2 == 0 ? 8 : 64 * 1024;
                    all.add(new Combination(seed, nodes, blockLength, copies));
                }
            }
        }
        return all.stream();
    }

    private ClusterHarness cluster;
    private FileBlocks file;
    private byte[] expected;
    private int[] holders;
    private int group;

    @ParameterizedTest(name = "{0}")
    @MethodSource("combinations")
    void S11_readsAreRightOrWaitAndCopiesAreMended(final Combination combination) {
        build(combination);
        final List<State> copies = combination.copies();
        for (int copy = 0; copy < 3; copy++) {
            damage(holders[copy], copies.get(copy));
        }
        for (int copy = 0; copy < 3; copy++) {
            if (copies.get(copy) == State.STALE) {
                cluster.start(holders[copy]);
            }
        }
        final byte[] read = new byte[expected.length];
        final ClusterHarness.Result result = cluster.read(file, 0, read);
        final boolean anyGood = copies.contains(State.GOOD);
        if (anyGood) {
            cluster.await(result);
            assertArrayEquals(expected, read);
            mustMend(copies);
        } else if (copies.stream().anyMatch(s -> s == State.CORRUPT || s == State.MISSING)
                || copies.stream().allMatch(s -> s == State.DOWN)) {
            cluster.run(20_000);
            assertFalse(result.ended, () -> "read without a good copy\n" + cluster.describe());
        }
        if (!anyGood && !copies.contains(State.DOWN)) {
            return; // nothing is left of it
        }
        for (int node = 0; node < cluster.nodes.length; node++) {
            if (!cluster.isUp(node)) {
                cluster.start(node);
            }
        }
        if (!anyGood
                && copies.stream().allMatch(s -> s == State.STALE || s == State.DOWN)
                && copies.contains(State.STALE)) {
            return; // nobody could tell that what was reachable was old: not claimed
        }
        cluster.await(result);
        assertArrayEquals(expected, read);
        mustMend(List.of(State.CORRUPT, State.CORRUPT, State.CORRUPT));
        cluster.mustConverge();
        final byte[] again = new byte[expected.length];
        cluster.await(cluster.read(file, 0, again));
        assertArrayEquals(expected, again);
    }

    private void build(final Combination combination) {
        final int nodes = combination.nodes();
        cluster =
                new ClusterHarness(
                        new VolumeConfig(
                                11,
                                nodes,
                                3,
                                combination.blockLength(),
                                ChecksumType.CRC32C,
                                Durability.PROCESS),
                        combination.seed());
        file = cluster.file(DATA_ID);
        group = Placement.group(Placement.startGroup(DATA_ID, nodes), 0, nodes);
        holders = IntStream.range(0, 3).map(copy -> Placement.node(group, copy, nodes)).toArray();
        expected = new byte[combination.blockLength()];
        Arrays.fill(expected, (byte) 1);
        cluster.await(cluster.write(file, 0, expected));
        if (combination.copies().contains(State.STALE)) {
            cluster.mustConverge();
        }
        snapshots = new MemoryBlockStore[nodes];
        for (int copy = 0; copy < 3; copy++) {
            if (combination.copies().get(copy) == State.STALE) {
                final int node = holders[copy];
                cluster.kill(node, false);
                snapshots[node] = cluster.snapshot(node);
                cluster.start(node);
            }
        }
        new Random(combination.seed()).nextBytes(expected);
        cluster.await(cluster.write(file, 0, expected));
        cluster.mustConverge();
        cluster.run(3_000);
    }

    private MemoryBlockStore[] snapshots;

    private void damage(final int node, final State state) {
        switch (state) {
            case DOWN -> cluster.kill(node, false);
            case CORRUPT -> assertTrue(cluster.stores[node].flipBit(group, DATA_ID, 0));
            case MISSING -> assertTrue(cluster.stores[node].loseRow(group, DATA_ID, 0));
            case STALE -> {
                cluster.kill(node, false);
                cluster.rollBack(node, snapshots[node]);
            }
            default -> {
                // good
            }
        }
    }

    /** Reads, for a copy is looked at only by chance, until the damaged ones are good. */
    private void mustMend(final List<State> copies) {
        for (int i = 0; i < 200; i++) {
            boolean mended = true;
            for (int copy = 0; copy < 3; copy++) {
                final boolean damaged =
                        copies.get(copy) == State.CORRUPT || copies.get(copy) == State.MISSING;
                mended &= !damaged || isGood(holders[copy]);
            }
            if (mended) {
                return;
            }
            final byte[] read = new byte[expected.length];
            cluster.await(cluster.read(file, 0, read));
            assertArrayEquals(expected, read);
            cluster.run(500);
        }
        assertTrue(false, () -> "a copy was not mended\n" + cluster.describe());
    }

    private boolean isGood(final int node) {
        final int units = cluster.volume.unitsPerBlock();
        final StoredCopy copy = cluster.nodes[node].inspect(group, DATA_ID, 0, units);
        return copy.state() == StoredCopy.State.GOOD && copy.length() == expected.length;
    }
}
