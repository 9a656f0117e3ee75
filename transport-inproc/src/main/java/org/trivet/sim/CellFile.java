package org.trivet.sim;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;

/**
 * A file as clients see it that write cells: where a cell lies, and what it holds after the write
 * of a value.
 *
 * <p>Cells lie together in patches. With large blocks each patch lies across the border of two
 * blocks, so that a few cells touch many groups.
 */
final class CellFile {
    /** Of these files; no other data id is as high. */
    static final long FIRST_DATA_ID = 1L << 40;

    private static final int SMALL_BLOCK_LENGTH = 4096;
    private static final int CELLS_PER_PATCH = 6;

    private final long dataId;
    private final int cellLength;
    private final int cells;
    private final int cellsPerPatch;
    private final long patchDistance;
    private final long firstPatch;

    CellFile(final int number, final VolumeConfig volume, final WorkloadPlan plan) {
        dataId = FIRST_DATA_ID + number;
        cellLength = plan.cellLength();
        cells = plan.cellsPerFile();
        final boolean small = volume.blockLength() < SMALL_BLOCK_LENGTH;
        cellsPerPatch = small ? cells : CELLS_PER_PATCH;
        patchDistance = Math.max(volume.blockLength(), (long) cellsPerPatch * cellLength);
        firstPatch = small ? 0 : volume.blockLength() - (long) CELLS_PER_PATCH / 2 * cellLength;
    }

    long dataId() {
        return dataId;
    }

    int cells() {
        return cells;
    }

    int cellLength() {
        return cellLength;
    }

    long offsetOf(final int cell) {
        return Math.max(0, firstPatch)
                + cell / cellsPerPatch * patchDistance
                + (long) (cell % cellsPerPatch) * cellLength;
    }

    /** The end of the patch in which a cell lies: cells up to there lie together. */
    int endOfPatch(final int cell) {
        return Math.min(cells, (cell / cellsPerPatch + 1) * cellsPerPatch);
    }

    /** What the write of a value puts into a cell. */
    void fill(final UnsafeBuffer buffer, final int at, final int cell, final long value) {
        buffer.putLong(at, value);
        for (int i = 8; i < cellLength; i += 8) {
            buffer.putLong(at + i, word(cell, value, i));
        }
    }

    /** The value that is in a cell; -1 if it is none. */
    long valueIn(final UnsafeBuffer buffer, final int at, final int cell) {
        final long value = buffer.getLong(at);
        for (int i = 8; i < cellLength; i += 8) {
            final long expected = value == History.NOTHING ? 0 : word(cell, value, i);
            if (buffer.getLong(at + i) != expected) {
                return -1;
            }
        }
        return value;
    }

    private long word(final int cell, final long value, final int at) {
        return Placement.mix64(dataId << 40 ^ value << 20 ^ (long) cell << 12 ^ at);
    }
}
