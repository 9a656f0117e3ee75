package org.trivet.store.segment;

/**
 * A position in a journal: the number of a segment in the upper half, the offset in it, in bytes,
 * in the lower.
 */
final class Positions {
    private Positions() {}

    static long of(final int segment, final int offset) {
        return (long) segment << 32 | offset;
    }

    static int segment(final long position) {
        return (int) (position >>> 32);
    }

    static int offset(final long position) {
        return (int) position;
    }
}
