package org.trivet.bench.measure;

import java.util.Arrays;

/** How long operations took that followed each other for some time. By one thread. */
public final class Latencies {
    /**
     * What is measured first is left out: whoever takes part has been waiting, and dozes, and the
     * caches hold what others have done.
     */
    public static final long RAMP_NS = 50_000_000L;

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
    public Latencies(final long beginNs) {
        this.beginNs = beginNs;
        endNs = beginNs;
    }

    /**
     * Does something again and again, one after the other, on the caller's thread.
     *
     * @param durationNs how long, besides {@link #RAMP_NS}; longer if nothing ends in that time.
     * @param operation what.
     * @return how long each took that began and ended in that time.
     */
    public static Latencies of(final long durationNs, final Runnable operation) {
        long nowNs = System.nanoTime();
        final long beginNs = nowNs + RAMP_NS;
        final Latencies latencies = new Latencies(beginNs);
        while (!latencies.isOver(nowNs, beginNs + durationNs)) {
            final long startNs = nowNs;
            operation.run();
            nowNs = System.nanoTime();
            latencies.add(startNs, nowNs);
        }
        return latencies;
    }

    /**
     * Whether time is over, and there is something to tell.
     *
     * @param nowNs the time.
     * @param deadlineNs when it is over.
     * @return true if no more is to be begun.
     */
    public boolean isOver(final long nowNs, final long deadlineNs) {
        return nowNs - deadlineNs >= 0 && count > 0;
    }

    /**
     * An operation has ended.
     *
     * @param startNs when it began.
     * @param nowNs the time.
     */
    public void add(final long startNs, final long nowNs) {
        if (startNs - beginNs < 0) {
            return;
        }
        if (count == sampleNs.length) {
            sampleNs = Arrays.copyOf(sampleNs, 2 * count);
        }
        sampleNs[count++] = nowNs - startNs;
        endNs = nowNs;
    }

    /**
     * What came of it.
     *
     * @return figures, the rate being that of operations.
     */
    public Figures figures() {
        return figures(1);
    }

    /**
     * What came of it, where each operation does several things at once.
     *
     * @param each how many.
     * @return figures, the rate being that of these.
     */
    public Figures figures(final int each) {
        if (count == 0) {
            throw new IllegalStateException("no operation has ended in time");
        }
        final long[] sorted = Arrays.copyOf(sampleNs, count);
        Arrays.sort(sorted);
        return new Figures(
                count,
                percentileUs(sorted, 0.5),
                percentileUs(sorted, 0.99),
                (double) each * count * 1e9 / (endNs - beginNs));
    }

    private static double percentileUs(final long[] sorted, final double part) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (part * sorted.length))] / 1e3;
    }
}
