package org.trivet.meta;

import org.agrona.collections.Long2LongHashMap;

/**
 * Until when each session lives without being heard of. Not durable: a start grants everybody a
 * full lease.
 */
final class Leases {
    private static final long NONE = Long.MIN_VALUE;
    private static final long SCANS_PER_LEASE = 64;

    private final long leaseNs;
    private final Long2LongHashMap deadlines = new Long2LongHashMap(NONE);
    private final long[] expired = new long[64];
    private long scanDeadlineNs;

    Leases(final long leaseNs) {
        this.leaseNs = leaseNs;
    }

    void touch(final long session, final long nowNs) {
        deadlines.put(session, nowNs + leaseNs);
    }

    void remove(final long session) {
        deadlines.remove(session);
    }

    /**
     * Finds sessions that are over, now and then.
     *
     * @return how many there are in {@link #expired}.
     */
    int scan(final long nowNs) {
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

    long expired(final int index) {
        return expired[index];
    }
}
