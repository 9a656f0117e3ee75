package org.trivet.replica;

import org.agrona.collections.LongHashSet;
import org.trivet.wire.sbe.Refusal;

/**
 * Which sessions live, as the metadata node last said. A session above the highest one that it has
 * spoken of is newer than what it said, and taken.
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

    /** Begins an update; the live ones are added next. False if it is older than what is known. */
    boolean update(final long newHighest) {
        if (newHighest < highest) {
            return false;
        }
        highest = newHighest;
        live.clear();
        return true;
    }

    Refusal check(final long session) {
        if (!isKnown()) {
            return Refusal.RETRY;
        }
        return session > highest || live.contains(session) ? Refusal.NONE : Refusal.SESSION_EXPIRED;
    }
}
