package org.trivet;

import java.util.concurrent.TimeUnit;

/**
 * How a thread that polls waits while there is nothing to do: what latency costs in CPU time. One
 * that is woken by whoever sends looks by itself every 5, 20 or 50 ms.
 */
public enum IdleMode {
    /**
     * Yields for about 100 us, then looks every 50 us for 100 ms, then every 1 ms. While there is
     * traffic it takes a fifth of a core, and 3 percent when there is none.
     */
    LOW_LATENCY(5_000_000L, true, 100, 50_000L, 2_000, 1_000_000L, 0, 1_000_000L),

    /** Looks every 50 us for 10 ms, then every 1 ms for 100 ms, then every 5 ms. */
    BALANCED(20_000_000L, false, 2, 50_000L, 200, 1_000_000L, 100, 5_000_000L),

    /** Looks every 1 ms for 10 ms, then every 5 ms for 100 ms, then every 10 ms. */
    POWER_SAVE(50_000_000L, false, 0, 1_000_000L, 10, 5_000_000L, 20, 10_000_000L);

    /** How long it waits where it is woken. */
    final long bellNs;

    /** Whether it also yields where it is woken. */
    final boolean yieldsAtBell;

    final int yields;
    final long shortNs;
    final int shortRounds;
    final long mediumNs;
    final int mediumRounds;
    final long longNs;

    IdleMode(
            final long bellNs,
            final boolean yieldsAtBell,
            final int yields,
            final long shortNs,
            final int shortRounds,
            final long mediumNs,
            final int mediumRounds,
            final long longNs) {
        this.bellNs = bellNs;
        this.yieldsAtBell = yieldsAtBell;
        this.yields = yields;
        this.shortNs = shortNs;
        this.shortRounds = shortRounds;
        this.mediumNs = mediumNs;
        this.mediumRounds = mediumRounds;
        this.longNs = longNs;
    }

    /**
     * The longest pause: how late a message may be noticed after a time without any.
     *
     * @return milliseconds.
     */
    public long longestPauseMs() {
        return TimeUnit.NANOSECONDS.toMillis(longNs);
    }
}
