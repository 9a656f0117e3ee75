package org.trivet.store.segment;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

/**
 * The ring in which records are encoded, in the order of the journal, until they are written.
 *
 * <p>Places are counted by bytes ever staged; a place modulo the ring's length is where it lies. A
 * <em>span</em> is a stretch that lies together both in the ring and in one segment. One thread
 * stages; one at a time, under {@link JournalWriter}'s lock, takes spans and reports them written.
 * The two meet in the three volatile counters only.
 */
final class Staging {
    private static final int MAX_SPANS = 1024;

    /**
     * While all is written soon, so much of the ring is used, over and over: it stays in the
     * processor's caches.
     */
    private static final int REUSED_LENGTH = 128 << 10;

    /** A stretch of one segment. Reused. */
    static final class Span {
        Segment segment;
        int segmentOffset;
        long begin;

        /** Behind the last byte; known when the next span has begun. */
        long end;
    }

    final UnsafeBuffer buffer;
    final ByteBuffer memory;
    private final int length;
    private final Span[] spans = new Span[MAX_SPANS];
    private volatile long spanCount;
    private volatile long staged;
    private volatile long written;
    private volatile long spansTaken;
    private long claimed;
    private int claimedLength;
    private Segment claimedSegment;
    private int claimedOffset;

    Staging(final int length) {
        this.length = length;
        memory = ByteBuffer.allocateDirect(length);
        buffer = new UnsafeBuffer(memory);
    }

    /**
     * Finds room; -1 if what was staged must be written first. Otherwise where it lies in the ring.
     */
    int claim(final Segment segment, final int segmentOffset, final int claimLength) {
        if (index(staged) >= REUSED_LENGTH && written == staged) {
            beginAgain();
        }
        final int at = index(staged);
        claimed = at + claimLength > length ? staged + length - at : staged;
        if (claimed + claimLength - written > length || spanCount - spansTaken >= MAX_SPANS) {
            return -1;
        }
        claimedLength = claimLength;
        claimedSegment = segment;
        claimedOffset = segmentOffset;
        return index(claimed);
    }

    /** Goes on where the ring begins, nothing being staged: so nobody else changes the counters. */
    private void beginAgain() {
        final long next = staged + length - index(staged);
        written = next;
        staged = next;
    }

    /** Hands what was claimed over to be written. */
    void publish() {
        final long count = spanCount;
        final Span last = count == 0 ? null : spans[spanIndex(count - 1)];
        final boolean continues =
                last != null
                        && last.segment == claimedSegment
                        && claimed == staged
                        && index(claimed) != 0 // a span does not go round the end of the ring
                        && last.segmentOffset + (staged - last.begin) == claimedOffset;
        final long end = claimed + claimedLength;
        if (!continues) {
            if (last != null) {
                last.end = staged;
            }
            if (spans[spanIndex(count)] == null) {
                spans[spanIndex(count)] = new Span();
            }
            final Span next = spans[spanIndex(count)];
            next.segment = claimedSegment;
            next.segmentOffset = claimedOffset;
            next.begin = claimed;
            spanCount = count + 1;
        }
        staged = end;
    }

    /** Bytes behind what is staged that hold nothing, up to the end of the ring. */
    int roomBehind() {
        final int toEnd = length - index(staged);
        return toEnd == length ? 0 : (int) Math.min(toEnd, length - pending());
    }

    /** Bytes that wait to be written. */
    long pending() {
        return staged - written;
    }

    long staged() {
        return staged;
    }

    long written() {
        return written;
    }

    void written(final long place) {
        written = place;
    }

    long spanCount() {
        return spanCount;
    }

    long spansTaken() {
        return spansTaken;
    }

    void spansTaken(final long count) {
        spansTaken = count;
    }

    Span span(final long number) {
        return spans[spanIndex(number)];
    }

    int index(final long place) {
        return (int) (place & length - 1);
    }

    private static int spanIndex(final long number) {
        return (int) (number & MAX_SPANS - 1);
    }
}
