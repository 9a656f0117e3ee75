package org.trivet.meta;

import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongHashSet;

/**
 * Who was told of what a short while ago, and may have it in a cache: only these need to hear of a
 * change. Not durable, and never too little: what does not fit counts as everything.
 *
 * <p>A client may trust names and attributes for {@value #CACHED_NS} ns, from when it was told of
 * them. What it has open it may trust for longer; of that the openings tell.
 */
final class Callbacks {
    /** For how long a client may trust what it was told. */
    static final long CACHED_NS = 1_000_000_000L;

    /** The most inodes that are remembered of a session in one period. */
    static final int MAX_TOLD = 1 << 15;

    /** What was told in one period is remembered until the end of the next. */
    private static final long PERIOD_NS = 3 * CACHED_NS;

    private final Long2ObjectHashMap<Told> sessions = new Long2ObjectHashMap<>();

    /** What one session was told of. */
    private static final class Told {
        private LongHashSet present = new LongHashSet();
        private LongHashSet former = new LongHashSet();
        private boolean hasOverflowed;
        private boolean hadOverflowed;
        private long endNs;

        private Told(final long endNs) {
            this.endNs = endNs;
        }

        private void advance(final long nowNs) {
            if (endNs - nowNs > 0) {
                return;
            }
            final LongHashSet emptied = former;
            emptied.clear();
            former = present;
            present = emptied;
            hadOverflowed = hasOverflowed;
            hasOverflowed = false;
            if (endNs + PERIOD_NS - nowNs <= 0) {
                former.clear(); // nothing was told for a whole period
                hadOverflowed = false;
            }
            endNs = nowNs + PERIOD_NS;
        }

        private void add(final LongArrayList inodes) {
            if (present.size() + inodes.size() > MAX_TOLD) {
                hasOverflowed = true;
                return;
            }
            for (int i = 0; i < inodes.size(); i++) {
                present.add(inodes.getLong(i));
            }
        }

        private boolean has(final long inode) {
            return hasOverflowed
                    || hadOverflowed
                    || present.contains(inode)
                    || former.contains(inode);
        }
    }

    /** A session was, or will be, told of inodes. */
    void told(final long session, final LongArrayList inodes, final long nowNs) {
        Told told = sessions.get(session);
        if (told == null) {
            told = new Told(nowNs + PERIOD_NS);
            sessions.put(session, told);
        }
        told.advance(nowNs);
        told.add(inodes);
    }

    /** Whether a session may have something of an inode in a cache, if it has not opened it. */
    boolean mayCache(final long session, final long inode, final long nowNs) {
        final Told told = sessions.get(session);
        if (told == null) {
            return false;
        }
        told.advance(nowNs);
        return told.has(inode);
    }

    void remove(final long session) {
        sessions.remove(session);
    }
}
