package org.trivet.chaos;

import org.trivet.block.Placement;
import org.trivet.sim.History;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a cell of a file of registers holds: a value, and words that follow from it and the place.
 */
final class Cells {
    private final int file;
    private final int length;

    Cells(final int file, final int length) {
        this.file = file;
        this.length = length;
    }

    /** The bytes of some cells that hold a value. */
    void fill(final ByteBuffer bytes, final int firstCell, final int endCell, final long value) {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        for (int cell = firstCell; cell < endCell; cell++) {
            bytes.putLong(value);
            for (int at = Long.BYTES; at < length; at += Long.BYTES) {
                bytes.putLong(word(cell, value, at));
            }
        }
    }

    /** The values in some bytes. */
    long[] values(final ByteBuffer bytes, final int firstCell, final int endCell) {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        final long[] values = new long[endCell - firstCell];
        for (int i = 0; i < values.length; i++) {
            final int from = i * length;
            values[i] = bytes.getLong(from);
            for (int at = Long.BYTES; at < length; at += Long.BYTES) {
                final long word = bytes.getLong(from + at);
                final long expected =
                        values[i] == History.NOTHING ? 0 : word(firstCell + i, values[i], at);
                if (word != expected) {
                    throw new ChaosFailure(
                            "cell %d of file %d begins with value %d, and holds %x at %d, not %x"
                                    .formatted(firstCell + i, file, values[i], word, at, expected));
                }
            }
        }
        return values;
    }

    private long word(final int cell, final long value, final int at) {
        return Placement.mix64((long) file << 56 ^ value << 20 ^ (long) cell << 12 ^ at);
    }
}
