package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.trivet.replica.KeyRanges.Range;

/**
 * Which keys of a group this node's index is complete for. Kept as the ranges that are <em>not</em>
 * covered: what they hold is unknown, which is different from a hole.
 *
 * <p>At most {@value #MAX_RANGES} ranges are kept apart when more becomes unknown: beyond that
 * neighbours are joined, which makes more unknown, never less. What becomes known may split ranges,
 * up to {@value #MAX_SPLIT} of them.
 */
final class Coverage {
    /** Most ranges kept apart. */
    static final int MAX_RANGES = 1024;

    /** With so many ranges none is split any more. */
    static final int MAX_SPLIT = 4096;

    private final KeyRanges unknown = new KeyRanges();

    boolean isComplete() {
        return unknown.isEmpty();
    }

    /** Whether all is unknown. */
    boolean isNothing() {
        return unknown.isAll();
    }

    boolean covers(final long dataId, final long firstUnit, final long endUnit) {
        return !unknown.overlaps(dataId, firstUnit, endUnit);
    }

    boolean covers(final Range range) {
        return !unknown.overlaps(range);
    }

    /** The first uncovered range that ends behind a key, or null. */
    Range firstFrom(final long dataId, final long unit) {
        return unknown.firstFrom(dataId, unit);
    }

    void uncoverAll() {
        unknown.clear();
        unknown.add(Range.ALL);
    }

    void uncover(final Range range) {
        final int at = unknown.add(range);
        if (unknown.count() > MAX_RANGES) {
            unknown.joinNeighbours(at);
        }
    }

    void cover(final Range covered) {
        unknown.remove(covered);
    }

    /**
     * Whether there are so many ranges that what becomes known within one of them cannot be noted.
     */
    boolean isTooSplitFor(final Range range) {
        return unknown.count() >= MAX_SPLIT && unknown.isSplitBy(range);
    }

    int rangeCount() {
        return unknown.count();
    }

    /** What is not covered; a copy. */
    KeyRanges unknown() {
        return unknown.copy();
    }

    /** What is not covered of a range. */
    KeyRanges unknownWithin(final Range range) {
        return unknown.within(KeyRanges.of(range));
    }

    int encodedLength() {
        return unknown.encodedLength();
    }

    int encode(final MutableDirectBuffer buffer, final int offset) {
        return unknown.encode(buffer, offset);
    }

    int decode(final DirectBuffer buffer, final int offset) {
        return unknown.decode(buffer, offset);
    }
}
