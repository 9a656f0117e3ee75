package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;
import java.util.ArrayList;

/**
 * Which keys of a group this node's index is complete for. Kept as the list of ranges that are
 * <em>not</em> covered: what they hold is unknown, which is different from a hole.
 *
 * <p>Keys are (data id, unit), the data id unsigned; the end of all keys is (-1, Long.MAX_VALUE).
 * There are at most {@value #MAX_RANGES} ranges: beyond that neighbours are joined, which makes
 * more unknown, never less.
 */
final class Coverage {
    /** Most ranges kept apart. */
    static final int MAX_RANGES = 1024;

    static final long END_DATA_ID = -1L;
    static final long END_UNIT = Long.MAX_VALUE;

    /**
     * A range of keys: from inclusive, to exclusive. No unit has the number {@link #END_UNIT}: the
     * end of a strip is the begin of the next one.
     */
    record Range(long fromDataId, long fromUnit, long toDataId, long toUnit) {
        Range {
            if (fromUnit == END_UNIT && fromDataId != END_DATA_ID) {
                fromDataId++;
                fromUnit = 0;
            }
            if (toUnit == END_UNIT && toDataId != END_DATA_ID) {
                toDataId++;
                toUnit = 0;
            }
        }

        static final Range ALL = new Range(0, 0, END_DATA_ID, END_UNIT);

        boolean isEmpty() {
            return compare(fromDataId, fromUnit, toDataId, toUnit) >= 0;
        }

        /** What is left of it from a key on. */
        Range from(final long dataId, final long unit) {
            return compare(fromDataId, fromUnit, dataId, unit) >= 0
                    ? this
                    : new Range(dataId, unit, toDataId, toUnit);
        }

        /** What is left of it up to the end of another. */
        Range upToEndOf(final Range other) {
            return compare(toDataId, toUnit, other.toDataId, other.toUnit) <= 0
                    ? this
                    : new Range(fromDataId, fromUnit, other.toDataId, other.toUnit);
        }
    }

    private ArrayList<Range> uncovered = new ArrayList<>();

    static int compare(final long dataIdA, final long unitA, final long dataIdB, final long unitB) {
        final int byDataId = Long.compareUnsigned(dataIdA, dataIdB);
        return byDataId != 0 ? byDataId : Long.compare(unitA, unitB);
    }

    boolean isComplete() {
        return uncovered.isEmpty();
    }

    boolean covers(final long dataId, final long firstUnit, final long endUnit) {
        if (uncovered.isEmpty()) {
            return true;
        }
        for (final Range range : uncovered) {
            if (compare(range.fromDataId, range.fromUnit, dataId, endUnit) < 0
                    && compare(dataId, firstUnit, range.toDataId, range.toUnit) < 0) {
                return false;
            }
        }
        return true;
    }

    boolean covers(final Range range) {
        final Range next = firstFrom(range.fromDataId, range.fromUnit);
        return next == null
                || compare(range.toDataId, range.toUnit, next.fromDataId, next.fromUnit) <= 0;
    }

    /** The first uncovered range that ends behind a key, or null. */
    Range firstFrom(final long dataId, final long unit) {
        for (final Range range : uncovered) {
            if (compare(dataId, unit, range.toDataId, range.toUnit) < 0) {
                return range;
            }
        }
        return null;
    }

    void uncoverAll() {
        uncovered.clear();
        uncovered.add(Range.ALL);
    }

    void uncover(final Range range) {
        cover(range);
        int at = 0;
        while (at < uncovered.size()
                && compare(
                                uncovered.get(at).fromDataId,
                                uncovered.get(at).fromUnit,
                                range.fromDataId,
                                range.fromUnit)
                        < 0) {
            at++;
        }
        uncovered.add(at, range);
        if (uncovered.size() > MAX_RANGES) {
            final int left = Math.min(at, uncovered.size() - 2);
            final Range a = uncovered.get(left);
            final Range b = uncovered.remove(left + 1);
            uncovered.set(left, new Range(a.fromDataId, a.fromUnit, b.toDataId, b.toUnit));
        }
    }

    void cover(final Range covered) {
        final ArrayList<Range> left = new ArrayList<>(uncovered.size() + 1);
        for (final Range range : uncovered) {
            if (compare(range.toDataId, range.toUnit, covered.fromDataId, covered.fromUnit) <= 0
                    || compare(covered.toDataId, covered.toUnit, range.fromDataId, range.fromUnit)
                            <= 0) {
                left.add(range);
                continue;
            }
            final Range before =
                    new Range(
                            range.fromDataId, range.fromUnit, covered.fromDataId, covered.fromUnit);
            final Range after =
                    new Range(covered.toDataId, covered.toUnit, range.toDataId, range.toUnit);
            if (!before.isEmpty()) {
                left.add(before);
            }
            if (!after.isEmpty()) {
                left.add(after);
            }
        }
        uncovered = left;
    }

    int rangeCount() {
        return uncovered.size();
    }

    int encodedLength() {
        return 4 + uncovered.size() * 32;
    }

    int encode(final MutableDirectBuffer buffer, final int offset) {
        buffer.putInt(offset, uncovered.size(), ByteOrder.LITTLE_ENDIAN);
        int at = offset + 4;
        for (final Range range : uncovered) {
            buffer.putLong(at, range.fromDataId, ByteOrder.LITTLE_ENDIAN);
            buffer.putLong(at + 8, range.fromUnit, ByteOrder.LITTLE_ENDIAN);
            buffer.putLong(at + 16, range.toDataId, ByteOrder.LITTLE_ENDIAN);
            buffer.putLong(at + 24, range.toUnit, ByteOrder.LITTLE_ENDIAN);
            at += 32;
        }
        return at - offset;
    }

    int decode(final DirectBuffer buffer, final int offset) {
        uncovered.clear();
        final int count = buffer.getInt(offset, ByteOrder.LITTLE_ENDIAN);
        int at = offset + 4;
        for (int i = 0; i < count; i++, at += 32) {
            uncovered.add(
                    new Range(
                            buffer.getLong(at, ByteOrder.LITTLE_ENDIAN),
                            buffer.getLong(at + 8, ByteOrder.LITTLE_ENDIAN),
                            buffer.getLong(at + 16, ByteOrder.LITTLE_ENDIAN),
                            buffer.getLong(at + 24, ByteOrder.LITTLE_ENDIAN)));
        }
        return at - offset;
    }
}
