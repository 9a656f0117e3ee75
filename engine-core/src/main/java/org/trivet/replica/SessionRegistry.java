package org.trivet.replica;

import org.agrona.collections.LongHashSet;
import org.trivet.wire.sbe.Refusal;

/**
 * Which sessions live, as the metadata node has said. A session above the highest one that it has
 * spoken of is newer than what it said, and taken. One that is over is never taken again, whatever
 * a late list says: its results are forgotten, and what was done would be done once more.
 */
final class SessionRegistry {
    /**
     * So far above the highest one that it has spoken of a session may be: what is further is taken
     * once it has spoken of it, so that nobody can make up any number of them.
     */
    static final int MAX_UNHEARD = 1024;

    /** More are never given out, and not so many more while a process lives. */
    private static final long MAX_SESSION = 1L << 60;

    private static final long MAX_GIVEN_OUT = 1L << 40;

    private final LongHashSet live = new LongHashSet();
    private long highest = -1;

    boolean isKnown() {
        return highest >= 0;
    }

    long highest() {
        return highest;
    }

    LongHashSet live() {
        return live;
    }

    /** Whether so many sessions can have been given out. */
    boolean isPlausible(final long newHighest) {
        return newHighest >= 0
                && newHighest <= MAX_SESSION
                && (!isKnown() || newHighest - highest <= MAX_GIVEN_OUT);
    }

    /**
     * Takes a list of those that live.
     *
     * @param newHighest the highest that had been given out.
     * @param listed those that lived; changed here.
     * @return false if it is older than what is known.
     */
    boolean update(final long newHighest, final LongHashSet listed) {
        if (newHighest < highest) {
            return false;
        }
        if (isKnown()) {
            listed.removeIfLong(session -> session <= highest && !live.contains(session));
        }
        highest = newHighest;
        live.clear();
        live.addAll(listed);
        return true;
    }

    Refusal check(final long session) {
        if (!isKnown() || session > highest + MAX_UNHEARD) {
            return Refusal.RETRY;
        }
        return session > highest || live.contains(session) ? Refusal.NONE : Refusal.SESSION_EXPIRED;
    }
}
