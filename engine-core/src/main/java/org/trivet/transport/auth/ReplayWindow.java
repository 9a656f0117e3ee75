package org.trivet.transport.auth;

/**
 * Which sequence numbers of a session have been taken: of the highest and the {@value #WIDTH} - 1
 * before it, each; of what is older, all, so to speak (RFC 6479). Numbers begin with 1.
 */
final class ReplayWindow {
    private static final int WORDS = 32;
    private static final int WORD_SHIFT = 6;

    /** How many numbers are told apart. One word of the ring is being cleared at any time. */
    static final int WIDTH = (WORDS - 1) << WORD_SHIFT;

    private final long[] taken = new long[WORDS];
    private long highest;

    /** Whether a number may be taken. */
    boolean isFresh(final long sequence) {
        if (sequence > highest) {
            return true;
        }
        return sequence > 0
                && highest - sequence < WIDTH
                && (taken[word(sequence)] & 1L << sequence) == 0;
    }

    /** Takes a number that {@link #isFresh}. Only once its message has been found genuine. */
    void take(final long sequence) {
        if (sequence > highest) {
            final long from = highest >>> WORD_SHIFT;
            final long ahead = Math.min((sequence >>> WORD_SHIFT) - from, WORDS);
            for (long i = 1; i <= ahead; i++) {
                taken[(int) (from + i) & WORDS - 1] = 0;
            }
            highest = sequence;
        }
        taken[word(sequence)] |= 1L << sequence;
    }

    private static int word(final long sequence) {
        return (int) (sequence >>> WORD_SHIFT) & WORDS - 1;
    }
}
