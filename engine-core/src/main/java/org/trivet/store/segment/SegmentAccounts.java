package org.trivet.store.segment;

import java.util.function.IntFunction;

/**
 * Counts what is alive in each segment: index rows that name a record there, and about how many
 * bytes those take.
 */
final class SegmentAccounts {
    /** What a row stands for besides its units: headers, and its own share. */
    private static final int ROW_BYTES = 160;

    private final IntFunction<Segment> segments;
    private final int unitBytes;
    private long liveBytes;

    SegmentAccounts(
            final IntFunction<Segment> segments, final int unitLength, final int checksumLength) {
        this.segments = segments;
        this.unitBytes = unitLength + checksumLength;
    }

    void add(final long position, final long units) {
        change(position, 1, ROW_BYTES + units * unitBytes);
    }

    void remove(final long position, final long units) {
        change(position, -1, -(ROW_BYTES + units * unitBytes));
    }

    void load(final Segment segment, final long rows, final long bytes) {
        segment.liveRows = rows;
        segment.liveBytes = bytes;
        liveBytes += bytes;
    }

    /** Begins to count again, from nothing. */
    void reset(final Iterable<Segment> all) {
        liveBytes = 0;
        for (final Segment segment : all) {
            segment.liveRows = 0;
            segment.liveBytes = 0;
            segment.cleaned = false;
        }
    }

    long liveBytes() {
        return liveBytes;
    }

    private void change(final long position, final int rows, final long bytes) {
        final Segment segment = segments.apply(Positions.segment(position));
        if (segment != null) { // rows of a segment that is lost count for nothing
            segment.liveRows += rows;
            segment.liveBytes += bytes;
            liveBytes += bytes;
        }
    }
}
