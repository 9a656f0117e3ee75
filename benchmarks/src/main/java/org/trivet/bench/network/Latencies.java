package org.trivet.bench.network;

import java.util.Arrays;

/** How long operations took that followed each other for some time. By one thread. */
final class Latencies {
    private static final int FIRST_CAPACITY = 1 << 16;

    private final long beginNs;
    private long[] sampleNs = new long[FIRST_CAPACITY];
    private int count;
    private long endNs;

    /**
     * None yet.
     *
     * @param beginNs what began before does not count.
     */
    Latencies(final long beginNs) {
        this.beginNs = beginNs;
        endNs = beginNs;
    }

    /** Whether time is over, and there is something to tell. */
    boolean isOver(final long nowNs, final long deadlineNs) {
        return nowNs - deadlineNs >= 0 && count > 0;
    }

    /** An operation has ended. */
    void add(final long startNs, final long nowNs) {
        if (startNs - beginNs < 0) {
            return;
        }
        if (count == sampleNs.length) {
            sampleNs = Arrays.copyOf(sampleNs, 2 * count);
        }
        sampleNs[count++] = nowNs - startNs;
        endNs = nowNs;
    }

    /** What came of it. */
    Figures figures() {
        if (count == 0) {
            throw new IllegalStateException("no operation has ended in time");
        }
        final long[] sorted = Arrays.copyOf(sampleNs, count);
        Arrays.sort(sorted);
        return new Figures(
                count,
                percentileUs(sorted, 0.5),
                percentileUs(sorted, 0.99),
                count * 1e9 / (endNs - beginNs));
    }

    private static double percentileUs(final long[] sorted, final double part) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (part * sorted.length))] / 1e3;
    }
}
