package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;

import java.util.Arrays;
import java.util.Random;

/** Units that go bad in a run of good ones: they alone are unknown, and only where they are bad. */
class BadUnitsTest {
    private static final int LENGTH = 512;
    private static final int BLOCKS = 200;
    private static final int UNITS = BLOCKS / 4;

    private final ClusterHarness cluster =
            new ClusterHarness(
                    new VolumeConfig(11, 4, 3, LENGTH, ChecksumType.CRC32C, Durability.PROCESS), 1);
    private final FileBlocks file = cluster.file(77);
    private final int group = Placement.startGroup(77, 4);
    private final byte[] bytes = new byte[BLOCKS * LENGTH];

    @BeforeEach
    void fill() {
        new Random(1).nextBytes(bytes);
        cluster.await(cluster.write(file, 0, bytes));
        cluster.mustConverge();
    }

    private int member(final int copy) {
        return (group + copy) % 4;
    }

    private void flipBit(final int copy, final long unit) {
        assertTrue(cluster.stores[member(copy)].flipBit(group, 77, unit));
    }

    private StoredCopy.State state(final int copy, final long unit) {
        return cluster.nodes[member(copy)].inspect(group, 77, unit, unit + 1).state();
    }

    @Test
    void anotherUnitBadInEachCopyLosesNone() {
        for (int copy = 0; copy < 3; copy++) {
            flipBit(copy, 7 + copy);
        }
        for (int copy = 0; copy < 3; copy++) {
            cluster.nodes[member(copy)].group(group).onRepair(77, 0, UNITS);
        }
        final byte[] read = new byte[bytes.length];
        cluster.await(cluster.read(file, 0, read));
        assertArrayEquals(bytes, read);
        cluster.until(() -> allGood(0) && allGood(1) && allGood(2));
        cluster.mustConverge();
    }

    @Test
    void aUnitThatNobodyHasKeepsNothingBehindItAway() {
        flipBit(0, 7);
        flipBit(1, 7);
        final int wiped = member(2);
        cluster.stop(wiped);
        cluster.wipe(wiped);
        cluster.start(wiped);
        cluster.until(() -> state(2, UNITS - 1) == StoredCopy.State.GOOD);
        for (long unit = 0; unit < UNITS; unit++) {
            final StoredCopy.State expected =
                    unit == 7 ? StoredCopy.State.UNKNOWN : StoredCopy.State.GOOD;
            assertEquals(expected, state(2, unit), "unit " + unit);
        }
        final byte[] read = new byte[6 * 4 * LENGTH];
        cluster.await(cluster.read(file, 8 * 4 * LENGTH, read));
        assertArrayEquals(
                Arrays.copyOfRange(bytes, 8 * 4 * LENGTH, 8 * 4 * LENGTH + read.length), read);
    }

    private boolean allGood(final int copy) {
        for (long unit = 0; unit < UNITS; unit++) {
            if (state(copy, unit) != StoredCopy.State.GOOD) {
                return false;
            }
        }
        return true;
    }
}
