package org.trivet.client;

import java.util.BitSet;

/** The part of a read that one group answers in one message. Pooled by {@link Reads}. */
final class ReadPart {
    Operation operation;
    int index;
    int group;
    int firstBlock;
    long dataId;

    /** Range of the strip, in bytes. */
    long from;

    long to;

    /** The units that cover it. */
    long firstUnit;

    int unitCount;

    /** Units not had yet, counted from {@link #firstUnit}; used once a copy was found bad. */
    final BitSet missing = new BitSet();

    boolean partial;

    /** Copies by bit: asked in this round; asked and not answered. */
    int tried;

    int outstanding;
    int firstCopy;
    int round;
    final long[] correlations;
    final long[] askFirst;
    final int[] askCount;
    final long[] copyAskedNs;

    /** Copies by bit that returned something bad; and which units. */
    int bad;

    final long[] badFirst;
    final long[] badEnd;

    /** When to ask another copy, or to begin the next round. */
    long dueNs;

    long askedNs;
    boolean paused;
    long pauseNs;
    long timeoutNs;

    ReadPart(final int replicaCount) {
        correlations = new long[replicaCount];
        askFirst = new long[replicaCount];
        askCount = new int[replicaCount];
        copyAskedNs = new long[replicaCount];
        badFirst = new long[replicaCount];
        badEnd = new long[replicaCount];
    }

    void reset() {
        missing.clear();
        partial = false;
        tried = 0;
        outstanding = 0;
        round = 0;
        bad = 0;
        paused = false;
        pauseNs = 0;
        operation = null;
    }

    /** Notes units that a copy returned bad. */
    void noteBad(final int copy, final long first, final long end) {
        if ((bad & 1 << copy) == 0) {
            bad |= 1 << copy;
            badFirst[copy] = first;
            badEnd[copy] = end;
        } else {
            badFirst[copy] = Math.min(badFirst[copy], first);
            badEnd[copy] = Math.max(badEnd[copy], end);
        }
    }
}
