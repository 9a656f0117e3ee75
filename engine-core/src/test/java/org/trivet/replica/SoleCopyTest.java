package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.trivet.ErrorCode;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.client.FileBlocks;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A volume with one copy of each block: what is bad cannot be fetched, but it can be given up. */
class SoleCopyTest {
    private static final int LENGTH = 512;
    private static final int UNITS = 10;
    private static final int HOLE = 5;
    private static final long DATA_ID = 77;
    private static final long UNUSED = 100;

    private final ClusterHarness cluster =
            new ClusterHarness(
                    new VolumeConfig(11, 1, 1, LENGTH, ChecksumType.CRC32C, Durability.PROCESS), 1);
    private final FileBlocks file = cluster.file(DATA_ID);
    private final byte[] bytes = new byte[UNITS * LENGTH];

    private ErrorCode errorOf(final int unit) {
        final ClusterHarness.Result result = read(unit, new byte[LENGTH]);
        cluster.until(() -> result.ended);
        return result.error.code();
    }

    private ClusterHarness.Result read(final int unit, final byte[] into) {
        return cluster.read(file, unit * LENGTH, into);
    }

    private void assertReads(final int unit) {
        final byte[] read = new byte[LENGTH];
        cluster.await(read(unit, read));
        assertArrayEquals(
                Arrays.copyOfRange(bytes, unit * LENGTH, (unit + 1) * LENGTH),
                read,
                "unit " + unit);
    }

    @Test
    void aReadOfABadUnitWaitsUntilItIsGivenUp() {
        new Random(1).nextBytes(bytes);
        cluster.await(cluster.write(file, 0, bytes));
        cluster.await(cluster.trim(file, HOLE * LENGTH, LENGTH));
        Arrays.fill(bytes, HOLE * LENGTH, (HOLE + 1) * LENGTH, (byte) 0);
        cluster.mustConverge();
        assertTrue(cluster.stores[0].flipBit(0, DATA_ID, HOLE - 1));
        assertTrue(cluster.stores[0].flipBit(0, DATA_ID, HOLE + 1));

        final ClusterHarness.Result waiting =
                cluster.read(file, 0, new byte[bytes.length]); // finds both, and the hole between
        cluster.run(30_000);
        assertFalse(waiting.ended);
        assertEquals(
                List.of(
                        new LostRange(0, DATA_ID, HOLE - 1, DATA_ID, HOLE),
                        new LostRange(0, DATA_ID, HOLE + 1, DATA_ID, HOLE + 2)),
                GroupLosses.of(cluster.volume, cluster.nodes, 0).ranges());
        for (final int good : new int[] {HOLE - 2, HOLE, HOLE + 2}) {
            assertReads(good);
        }

        cluster.nodes[0].acceptLoss(List.of(LostRange.ofGroup(0)), UNUSED);
        cluster.until(() -> waiting.ended);
        assertEquals(ErrorCode.LOST, waiting.error.code());
        assertFalse(cluster.nodes[0].isBusy());
        cluster.kill(0, true);
        cluster.start(0);
        cluster.mustConverge();
        assertEquals(ErrorCode.LOST, errorOf(HOLE - 1));
        assertEquals(ErrorCode.LOST, errorOf(HOLE + 1));
        assertReads(HOLE);
        cluster.await(cluster.write(file, 0, bytes));
        assertReads(HOLE - 1);
    }

    @Test
    void aNodeThatWaitsForNobodyRests() {
        new Random(2).nextBytes(bytes);
        cluster.await(cluster.write(file, 0, bytes));
        cluster.mustConverge();
        assertTrue(cluster.stores[0].flipBit(0, DATA_ID, HOLE));
        cluster.nodes[0].group(0).onRepair(DATA_ID, HOLE, HOLE + 1);
        cluster.run(1_000);
        assertFalse(cluster.nodes[0].group(0).coverage.isComplete());
        assertFalse(cluster.nodes[0].isBusy());
    }
}
