package org.trivet.fs;

import java.util.ArrayDeque;

/** Counts requests that are under way, for those who have to wait until none is. */
final class Outstanding {
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int count;

    void begun() {
        count++;
    }

    void ended() {
        count--;
        while (count == 0 && !waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    /** Goes on when none is under way. */
    void afterAll(final Runnable next) {
        if (count == 0) {
            next.run();
        } else {
            waiting.add(next);
        }
    }
}
