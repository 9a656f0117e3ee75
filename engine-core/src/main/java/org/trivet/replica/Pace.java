package org.trivet.replica;

/**
 * How fast something gets on that takes long: as fast as in the second half of the time since it
 * began, and in the last ten seconds at least. So one slow second counts for little, and what has
 * changed for good counts in the end.
 */
final class Pace {
    /** When there are so many samples, every other one is forgotten. */
    private static final int MAX_SAMPLES = 64;

    /** After so long without anything it begins anew. */
    private static final long STALL_NS = 5_000_000_000L;

    /** What changes within this time may change again as soon. */
    private static final long SHORTEST_WINDOW_NS = 10_000_000_000L;

    private static final long FIRST_INTERVAL_NS = 10_000_000L;

    private final long[] timesNs = new long[MAX_SAMPLES];
    private final long[] totals = new long[MAX_SAMPLES];
    private int count;
    private long intervalNs;
    private long total;
    private long lastNs;

    /** So many units more are done. */
    void advanced(final long units, final long nowNs) {
        total += units;
        if (count == 0 || nowNs - lastNs > STALL_NS) {
            count = 0;
            intervalNs = FIRST_INTERVAL_NS;
            add(nowNs);
        } else if (nowNs - timesNs[count - 1] >= intervalNs) {
            if (count == MAX_SAMPLES) {
                forgetEveryOther();
            }
            add(nowNs);
        }
        lastNs = nowNs;
    }

    private void forgetEveryOther() {
        count /= 2;
        for (int i = 0; i < count; i++) {
            timesNs[i] = timesNs[2 * i];
            totals[i] = totals[2 * i];
        }
        intervalNs *= 2;
    }

    private void add(final long nowNs) {
        timesNs[count] = nowNs;
        totals[count] = total;
        count++;
    }

    /** 0 if that is not known yet, or it has stopped. */
    double unitsPerSecond(final long nowNs) {
        if (count < 2 || nowNs - lastNs > STALL_NS) {
            return 0;
        }
        final long windowNs = Math.max((nowNs - timesNs[0]) / 2, SHORTEST_WINDOW_NS);
        int from = 0;
        while (from < count - 2 && nowNs - timesNs[from + 1] >= windowNs) {
            from++;
        }
        return (total - totals[from]) * 1e9 / (nowNs - timesNs[from]);
    }
}
