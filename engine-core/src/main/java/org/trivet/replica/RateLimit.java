package org.trivet.replica;

/**
 * Keeps something to so many bytes a second. What was not used is kept for a short while only, so
 * that nothing comes in a rush after a pause.
 */
final class RateLimit {
    private static final long SECOND_NS = 1_000_000_000L;

    private final long bytesPerSecond;
    private final long burstNs;
    private long nextNs;
    private boolean begun;

    /**
     * One that has not been used yet.
     *
     * @param bytesPerSecond more than 0.
     * @param burstNs how long what is not used is kept.
     */
    RateLimit(final long bytesPerSecond, final long burstNs) {
        this.bytesPerSecond = bytesPerSecond;
        this.burstNs = burstNs;
    }

    /** Whether what has been paid for until now is over. */
    boolean isOpen(final long nowNs) {
        return !begun || nowNs - nextNs >= 0;
    }

    /** Closes it for the time that these bytes take. */
    void pay(final long bytes, final long nowNs) {
        final long unusedNs = begun ? Math.min(nowNs - nextNs, burstNs) : 0;
        begun = true;
        nextNs = nowNs - unusedNs + bytes * SECOND_NS / bytesPerSecond;
    }
}
