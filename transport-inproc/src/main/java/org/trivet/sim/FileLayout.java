package org.trivet.sim;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;

/**
 * Cells of a file. Each lies in one unit, and they need not be of the same length: so writes and
 * cuts at their bounds begin and end anywhere in a unit. Of files of large blocks only patches have
 * cells, around the bounds of blocks: so few bytes touch many groups, and there are holes between.
 */
final class FileLayout {
    /** The fewest bytes of a cell: what a value takes. */
    static final int MIN_CELL_LENGTH = 3;

    private static final int SMALL_BLOCK_LENGTH = 4096;
    private static final int MAX_FILE_LENGTH = 64 * 1024;

    private final int cells;
    private final int cellsPerPatch;
    private final int cellsPerUnit;
    private final int cellLength;
    private final int unitLength;
    private final long patchDistance;
    private final long firstPatch;

    FileLayout(final VolumeConfig volume, final FilePlan plan) {
        unitLength = volume.unitLength();
        cellLength = plan.cellLength();
        cellsPerUnit = unitLength / cellLength;
        cells = Math.min(plan.cells(), MAX_FILE_LENGTH / unitLength * cellsPerUnit);
        final boolean small = volume.blockLength() <= SMALL_BLOCK_LENGTH;
        cellsPerPatch = small ? cells : cellsPerUnit + 2; // at most three units
        patchDistance = volume.blockLength();
        firstPatch = small ? 0 : volume.blockLength() - (long) unitLength;
    }

    int cells() {
        return cells;
    }

    /** Where a cell begins. */
    long startOf(final int cell) {
        final int within = cell % cellsPerPatch;
        return firstPatch
                + cell / cellsPerPatch * patchDistance
                + (long) (within / cellsPerUnit) * unitLength
                + (long) (within % cellsPerUnit) * cellLength;
    }

    /** Where a cell ends: the last one of a unit takes what is left of it. */
    long endOf(final int cell) {
        final boolean last = cell % cellsPerPatch % cellsPerUnit == cellsPerUnit - 1;
        final long start = startOf(cell);
        return last ? (start / unitLength + 1) * unitLength : start + cellLength;
    }

    /** The end of the patch in which a cell lies: cells up to there lie together. */
    int endOfPatch(final int cell) {
        return Math.min(cells, (cell / cellsPerPatch + 1) * cellsPerPatch);
    }

    /** The size of a file that ends before a cell. */
    long sizeOf(final int endCell) {
        return endCell == 0 ? 0 : endOf(endCell - 1);
    }

    /** Before which cell a file of a size ends; -1 if it ends within one, or between patches. */
    int cellsIn(final long size) {
        for (int cell = 0; cell <= cells; cell++) {
            if (sizeOf(cell) == size) {
                return cell;
            }
        }
        return -1;
    }

    /** What the write of a value puts into cells. */
    UnsafeBuffer fill(final int from, final int to, final long value) {
        final long start = startOf(from);
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[(int) (endOf(to - 1) - start)]);
        for (int cell = from; cell < to; cell++) {
            final int at = (int) (startOf(cell) - start);
            final int length = (int) (endOf(cell) - startOf(cell));
            for (int i = 0; i < length; i++) {
                bytes.putByte(at + i, byteOf(cell, value, i));
            }
        }
        return bytes;
    }

    /** The value that is in a cell; -1 if it is none. */
    long valueIn(final UnsafeBuffer bytes, final int at, final int cell) {
        long value = 0;
        for (int i = 0; i < MIN_CELL_LENGTH; i++) {
            value |= (bytes.getByte(at + i) & 0xffL) << 8 * i;
        }
        final int length = (int) (endOf(cell) - startOf(cell));
        for (int i = MIN_CELL_LENGTH; i < length; i++) {
            if (bytes.getByte(at + i) != (value == History.NOTHING ? 0 : byteOf(cell, value, i))) {
                return -1;
            }
        }
        return value;
    }

    private static byte byteOf(final int cell, final long value, final int i) {
        return i < MIN_CELL_LENGTH
                ? (byte) (value >>> 8 * i)
                : (byte) (Placement.mix64(value << 20 ^ (long) cell << 8 ^ i >> 3) >>> 8 * (i & 7));
    }
}
