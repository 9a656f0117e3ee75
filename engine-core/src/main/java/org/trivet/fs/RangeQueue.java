package org.trivet.fs;

import java.util.ArrayList;

/**
 * Orders changes of one file: a change begins when no earlier one under way overlaps it, so that
 * changes of different ranges run at once. Bounded by what callers have under way.
 */
final class RangeQueue {
    /** A change, waiting or under way. */
    static final class Turn {
        private final long from;
        private final long to;
        private final Runnable start;
        private boolean started;

        private Turn(final long from, final long to, final Runnable start) {
            this.from = from;
            this.to = to;
            this.start = start;
        }
    }

    private final ArrayList<Turn> turns = new ArrayList<>();

    /** Lines up a change of [from, to); it begins in {@link #advance}. */
    Turn enter(final long from, final long to, final Runnable start) {
        final Turn turn = new Turn(from, to, start);
        turns.add(turn);
        return turn;
    }

    /** Begins what can begin. */
    void advance() {
        for (int i = 0; i < turns.size(); i++) {
            final Turn turn = turns.get(i);
            if (!turn.started && isFirst(i)) {
                turn.started = true;
                turn.start.run();
                i = -1;
            }
        }
    }

    /** Ends a change, or gives it up before it began. */
    void leave(final Turn turn) {
        turns.remove(turn);
        advance();
    }

    boolean isEmpty() {
        return turns.isEmpty();
    }

    private boolean isFirst(final int index) {
        final Turn turn = turns.get(index);
        for (int i = 0; i < index; i++) {
            final Turn earlier = turns.get(i);
            if (earlier.from < turn.to && turn.from < earlier.to) {
                return false;
            }
        }
        return true;
    }
}
