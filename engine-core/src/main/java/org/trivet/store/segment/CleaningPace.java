package org.trivet.store.segment;

/**
 * How much the cleaner may look at in a duty cycle: small steps while nobody appends, of which
 * cycles that have nothing else to do take as many as there are, and otherwise a share of what is
 * appended, which grows with what there is to be gained. So a stream of small synced writes does
 * not wait for the cleaner, and however long it lasts, garbage stops growing when there is about as
 * much as is alive, and {@link #SMALL_GARBAGE} more.
 */
final class CleaningPace {
    /** So long after the last append nobody is thought to wait for the next. */
    static final long QUIET_NS = 50_000_000;

    /** So long after that nobody is thought to overwrite soon what is alive. */
    static final long IDLE_NS = 10_000_000_000L;

    /** Of what the cleaner may do at most, in a cycle into which the next append may come. */
    static final int QUIET_PART = 8;

    /** Garbage that is no trouble however little is alive. */
    static final long SMALL_GARBAGE = 1L << 30;

    /** Bytes looked at for each byte appended, at most. */
    static final long MOST_PER_BYTE = 8;

    private final int most;
    private long appended;
    private long quietAtNs;

    CleaningPace(final int most) {
        this.most = most;
    }

    /**
     * Whether nothing has been appended for long, as of the last {@link #share}: what is alive is
     * likely to stay so, and worth being moved for little.
     */
    boolean isIdle(final long nowNs) {
        return nowNs - quietAtNs >= IDLE_NS;
    }

    /**
     * The share of a duty cycle.
     *
     * @param appendedBytes what has been appended since the beginning, the cleaner's copies apart.
     * @param liveBytes what is alive.
     * @param usedBytes what the segments take.
     * @param scarce whether there is little space left.
     * @return bytes.
     */
    int share(
            final long nowNs,
            final long appendedBytes,
            final long liveBytes,
            final long usedBytes,
            final boolean scarce) {
        final long more = appendedBytes - appended;
        appended = appendedBytes;
        if (more > 0) {
            quietAtNs = nowNs + QUIET_NS;
        } else if (nowNs - quietAtNs >= 0) {
            return Math.max(1, most / QUIET_PART);
        }
        final double garbage = (double) (usedBytes - liveBytes) / (liveBytes + SMALL_GARBAGE);
        final double perByte = scarce ? MOST_PER_BYTE : Math.clamp(garbage, 0, MOST_PER_BYTE);
        return (int) Math.min(most, more * perByte);
    }
}
