package org.trivet.replica;

import org.agrona.collections.LongHashSet;
import org.trivet.wire.sbe.Refusal;

/**
 * Which sessions live, as the metadata node has said. A session above the highest one that it has
 * spoken of is newer than what it said, and taken. One that is over is never taken again, whatever
 * a late list says: its results are forgotten, and what was done would be done once more.
 */
final class SessionRegistry {
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
        if (!isKnown()) {
            return Refusal.RETRY;
        }
        return session > highest || live.contains(session) ? Refusal.NONE : Refusal.SESSION_EXPIRED;
    }
}
