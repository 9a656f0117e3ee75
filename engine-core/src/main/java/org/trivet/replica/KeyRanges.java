package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A set of keys of a group, as ranges: in order, none of them empty, no two of them adjacent.
 *
 * <p>Keys are (data id, unit), the data id unsigned; the end of all keys is (-1, Long.MAX_VALUE).
 * No unit has the number Long.MAX_VALUE: the end of a strip is the begin of the next one.
 *
 * <pre>
 *   encoded, little-endian:  int32 count | each: int64 from data id | int64 from unit | int64 to data id | int64 to unit
 * </pre>
 */
final class KeyRanges {
    /** Bytes of an encoded range. */
    static final int RANGE_LENGTH = 4 * Long.BYTES;

    static final long END_DATA_ID = -1L;
    static final long END_UNIT = Long.MAX_VALUE;

    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    /** A range of keys: from inclusive, to exclusive. */
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

        /** Units of one strip. */
        static Range ofStrip(final long dataId, final long firstUnit, final long endUnit) {
            return new Range(dataId, firstUnit, dataId, endUnit);
        }

        boolean isEmpty() {
            return compare(fromDataId, fromUnit, toDataId, toUnit) >= 0;
        }

        /** Whether there can be such a range, and something in it. */
        boolean isProper() {
            return fromUnit >= 0 && toUnit >= 0 && !isEmpty();
        }

        /** Whether units of one strip lie within it. */
        boolean contains(final long dataId, final long firstUnit, final long endUnit) {
            return compare(fromDataId, fromUnit, dataId, firstUnit) <= 0
                    && compare(dataId, endUnit - 1, toDataId, toUnit) < 0;
        }

        boolean overlaps(final Range other) {
            return compare(fromDataId, fromUnit, other.toDataId, other.toUnit) < 0
                    && compare(other.fromDataId, other.fromUnit, toDataId, toUnit) < 0;
        }

        /** Behind its last unit in the strip in which it begins. */
        long endIn(final long dataId) {
            return toDataId == dataId ? toUnit : END_UNIT;
        }

        /** What is left of it from a key on. */
        Range from(final long dataId, final long unit) {
            return compare(fromDataId, fromUnit, dataId, unit) >= 0
                    ? this
                    : new Range(dataId, unit, toDataId, toUnit);
        }

        /** What is left of it before a key. */
        Range upTo(final long dataId, final long unit) {
            return compare(toDataId, toUnit, dataId, unit) <= 0
                    ? this
                    : new Range(fromDataId, fromUnit, dataId, unit);
        }

        /** What is left of it up to the end of another. */
        Range upToEndOf(final Range other) {
            return upTo(other.toDataId, other.toUnit);
        }

        /** What both have in common; empty if nothing. */
        Range within(final Range other) {
            return from(other.fromDataId, other.fromUnit).upToEndOf(other);
        }
    }

    private ArrayList<Range> ranges = new ArrayList<>();

    static int compare(final long dataIdA, final long unitA, final long dataIdB, final long unitB) {
        final int byDataId = Long.compareUnsigned(dataIdA, dataIdB);
        return byDataId != 0 ? byDataId : Long.compare(unitA, unitB);
    }

    static KeyRanges of(final Range range) {
        final KeyRanges ranges = new KeyRanges();
        ranges.add(range);
        return ranges;
    }

    KeyRanges copy() {
        final KeyRanges copy = new KeyRanges();
        copy.ranges.addAll(ranges);
        return copy;
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    boolean isAll() {
        return ranges.size() == 1 && ranges.getFirst().equals(Range.ALL);
    }

    int count() {
        return ranges.size();
    }

    /** The ranges, in order; a copy. */
    List<Range> list() {
        return List.copyOf(ranges);
    }

    boolean overlaps(final long dataId, final long firstUnit, final long endUnit) {
        return !ranges.isEmpty() && overlaps(Range.ofStrip(dataId, firstUnit, endUnit));
    }

    boolean overlaps(final Range other) {
        for (final Range range : ranges) {
            if (range.overlaps(other)) {
                return true;
            }
        }
        return false;
    }

    /** Whether taking a range out leaves more ranges than there are: it lies within one. */
    boolean isSplitBy(final Range other) {
        for (final Range range : ranges) {
            if (range.overlaps(other)) {
                return compare(range.fromDataId, range.fromUnit, other.fromDataId, other.fromUnit)
                                < 0
                        && compare(other.toDataId, other.toUnit, range.toDataId, range.toUnit) < 0;
            }
        }
        return false;
    }

    /** The first range that ends behind a key, or null. */
    Range firstFrom(final long dataId, final long unit) {
        for (final Range range : ranges) {
            if (compare(dataId, unit, range.toDataId, range.toUnit) < 0) {
                return range;
            }
        }
        return null;
    }

    void clear() {
        ranges.clear();
    }

    /** Adds a range, and joins it with those that it overlaps or adjoins. Returns where it is. */
    int add(final Range added) {
        if (added.isEmpty()) {
            return -1;
        }
        Range joined = added;
        int at = 0;
        while (at < ranges.size() && isBefore(ranges.get(at), joined)) {
            at++;
        }
        while (at < ranges.size() && !isBefore(joined, ranges.get(at))) {
            joined = join(ranges.remove(at), joined);
        }
        ranges.add(at, joined);
        return at;
    }

    /** Whether a range ends before another one begins, with keys between them. */
    private static boolean isBefore(final Range range, final Range other) {
        return compare(range.toDataId, range.toUnit, other.fromDataId, other.fromUnit) < 0;
    }

    private static Range join(final Range a, final Range b) {
        final boolean aFirst = compare(a.fromDataId, a.fromUnit, b.fromDataId, b.fromUnit) <= 0;
        final boolean aLast = compare(a.toDataId, a.toUnit, b.toDataId, b.toUnit) >= 0;
        return new Range(
                aFirst ? a.fromDataId : b.fromDataId,
                aFirst ? a.fromUnit : b.fromUnit,
                aLast ? a.toDataId : b.toDataId,
                aLast ? a.toUnit : b.toUnit);
    }

    /** Joins a range with the one next to it, and what lies between them. */
    void joinNeighbours(final int at) {
        final int left = Math.min(at, ranges.size() - 2);
        ranges.set(left, join(ranges.get(left), ranges.remove(left + 1)));
    }

    void addAll(final KeyRanges others) {
        others.ranges.forEach(this::add);
    }

    void remove(final Range removed) {
        if (removed.isEmpty() || !overlaps(removed)) {
            return;
        }
        final ArrayList<Range> left = new ArrayList<>(ranges.size() + 1);
        for (final Range range : ranges) {
            if (!range.overlaps(removed)) {
                left.add(range);
                continue;
            }
            final Range before = range.upTo(removed.fromDataId, removed.fromUnit);
            final Range after = range.from(removed.toDataId, removed.toUnit);
            if (!before.isEmpty()) {
                left.add(before);
            }
            if (!after.isEmpty()) {
                left.add(after);
            }
        }
        ranges = left;
    }

    void removeAll(final KeyRanges others) {
        others.ranges.forEach(this::remove);
    }

    /** What both have in common. */
    KeyRanges within(final KeyRanges others) {
        final KeyRanges common = new KeyRanges();
        int at = 0;
        int otherAt = 0;
        while (at < ranges.size() && otherAt < others.ranges.size()) {
            final Range range = ranges.get(at);
            final Range other = others.ranges.get(otherAt);
            if (range.overlaps(other)) {
                common.ranges.add(range.within(other));
            }
            if (compare(range.toDataId, range.toUnit, other.toDataId, other.toUnit) <= 0) {
                at++;
            } else {
                otherAt++;
            }
        }
        return common;
    }

    int encodedLength() {
        return Integer.BYTES + ranges.size() * RANGE_LENGTH;
    }

    /** Bytes of an encoded set. */
    static int encodedLength(final DirectBuffer buffer, final int offset) {
        return Integer.BYTES + buffer.getInt(offset, LE) * RANGE_LENGTH;
    }

    int encode(final MutableDirectBuffer buffer, final int offset) {
        buffer.putInt(offset, ranges.size(), LE);
        int at = offset + Integer.BYTES;
        for (final Range range : ranges) {
            buffer.putLong(at, range.fromDataId, LE);
            buffer.putLong(at + 8, range.fromUnit, LE);
            buffer.putLong(at + 16, range.toDataId, LE);
            buffer.putLong(at + 24, range.toUnit, LE);
            at += RANGE_LENGTH;
        }
        return at - offset;
    }

    /** Whether so many bytes are an encoded set of keys within a range. */
    static boolean isEncoded(
            final DirectBuffer buffer, final int offset, final int length, final Range within) {
        if (length < Integer.BYTES) {
            return false;
        }
        final long count = buffer.getInt(offset, LE);
        if (count < 0 || Integer.BYTES + count * RANGE_LENGTH != length) {
            return false;
        }
        Range last = null;
        for (int at = offset + Integer.BYTES; at < offset + length; at += RANGE_LENGTH) {
            final Range range = rangeAt(buffer, at);
            if (!range.isProper()
                    || last != null && !isBefore(last, range)
                    || !range.within(within).equals(range)) {
                return false;
            }
            last = range;
        }
        return true;
    }

    private static Range rangeAt(final DirectBuffer buffer, final int at) {
        return new Range(
                buffer.getLong(at, LE),
                buffer.getLong(at + 8, LE),
                buffer.getLong(at + 16, LE),
                buffer.getLong(at + 24, LE));
    }

    int decode(final DirectBuffer buffer, final int offset) {
        ranges.clear();
        final int count = buffer.getInt(offset, LE);
        int at = offset + Integer.BYTES;
        for (int i = 0; i < count; i++, at += RANGE_LENGTH) {
            ranges.add(rangeAt(buffer, at));
        }
        return at - offset;
    }

    @Override
    public String toString() {
        return ranges.toString();
    }
}
