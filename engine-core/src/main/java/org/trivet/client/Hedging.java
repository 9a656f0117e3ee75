package org.trivet.client;

/**
 * Decides when a read that is not answered is asked of another copy as well: when it takes longer
 * than nearly all reads of late have taken. At most one read of {@value #SHARE} is, on average,
 * with a few saved up for when a node dies: hedging is for the one slow node, and must not add to
 * the load when all of them are slow. Who waits for a node that answers nobody needs no such right.
 */
final class Hedging {
    /** One of so many reads may be asked twice. */
    static final int SHARE = 20;

    /** So many may be saved up. */
    static final int MAX_SAVED = 16;

    private static final int DEVIATIONS = 4;
    private static final int MEAN_WEIGHT = 8;
    private static final int DEVIATION_WEIGHT = 4;

    private final long leastNs;
    private final long mostNs;
    private long meanNs;
    private long deviationNs;
    private int credit = MAX_SAVED * SHARE;

    Hedging(final long leastNs, final long mostNs) {
        this.leastNs = leastNs;
        this.mostNs = Math.max(leastNs, mostNs);
    }

    /** A read has been asked for the first time. */
    void asked() {
        credit = Math.min(credit + 1, MAX_SAVED * SHARE);
    }

    /** A copy has answered. */
    void answered(final long latencyNs) {
        final long error = latencyNs - meanNs;
        meanNs += error / MEAN_WEIGHT;
        deviationNs += (Math.abs(error) - deviationNs) / DEVIATION_WEIGHT;
    }

    /** How long to wait for an answer before another copy is asked as well. */
    long delayNs() {
        return Math.clamp(meanNs + DEVIATIONS * deviationNs, leastNs, mostNs);
    }

    /** Takes the right to ask once more than needed; false if there is none now. */
    boolean take() {
        if (credit < SHARE) {
            return false;
        }
        credit -= SHARE;
        return true;
    }
}
