package org.trivet.meta;

import org.agrona.collections.Long2LongHashMap;

/**
 * Until when each session lives without being heard of. Not durable: a start grants everybody a
 * full lease. Time in which this node could hear of nobody, since its process stood still, its
 * transport was gone, or it took no request for want of room for answers, does not count.
 */
final class Leases {
    private static final long NONE = Long.MIN_VALUE;
    private static final long SCANS_PER_LEASE = 64;

    /** A pause of this part of a lease is none that an idle process makes. */
    private static final long STANDSTILLS_PER_LEASE = 4;

    private final long leaseNs;
    private final Long2LongHashMap deadlines = new Long2LongHashMap(NONE);
    private final long[] expired = new long[64];
    private long scanDeadlineNs;
    private long cycleNs;

    /** Whether nobody can be heard of since the last cycle. */
    private boolean isDeaf;

    /** Time that does not count, and by which nothing has been postponed yet. */
    private long missedNs;

    Leases(final long leaseNs) {
        this.leaseNs = leaseNs;
    }

    /** Time begins, and counts from now on. */
    void start(final long nowNs) {
        cycleNs = nowNs;
    }

    void touch(final long session, final long nowNs) {
        deadlines.put(session, nowNs + leaseNs);
    }

    void remove(final long session) {
        deadlines.remove(session);
    }

    /**
     * Finds sessions that are over, now and then. To be asked in each duty cycle.
     *
     * @param canHear whether anybody could be heard of in this duty cycle.
     * @return how many there are in {@link #expired}.
     */
    int scan(final long nowNs, final boolean canHear) {
        final long sinceNs = nowNs - cycleNs;
        cycleNs = nowNs;
        if (isDeaf || sinceNs > leaseNs / STANDSTILLS_PER_LEASE) {
            missedNs += sinceNs;
        }
        isDeaf = !canHear;
        if (isDeaf) {
            return 0;
        }
        if (missedNs > 0) {
            postpone(missedNs, nowNs + leaseNs);
            missedNs = 0;
        }
        if (scanDeadlineNs - nowNs > 0) {
            return 0;
        }
        scanDeadlineNs = nowNs + Math.max(1, leaseNs / SCANS_PER_LEASE);
        int count = 0;
        final var entries = deadlines.entrySet().iterator();
        while (entries.hasNext() && count < expired.length) {
            entries.next();
            if (entries.getLongValue() - nowNs <= 0) {
                expired[count++] = entries.getLongKey();
            }
        }
        return count;
    }

    /** Nobody gets more than a full lease: some may have been heard of since. */
    private void postpone(final long durationNs, final long latestNs) {
        final var entries = deadlines.entrySet().iterator();
        while (entries.hasNext()) {
            entries.next();
            final long overNs = entries.getLongValue() + durationNs - latestNs;
            entries.setValue(latestNs + Math.min(0, overNs));
        }
    }

    long expired(final int index) {
        return expired[index];
    }
}
