package org.trivet.bench.network;

import java.util.List;

/**
 * A kind of work, and how much of it at once.
 *
 * @param work what.
 * @param window operations at once.
 */
record Task(Work work, int window) {
    /** All that are measured. */
    static List<Task> all(final int window) {
        return List.of(
                new Task(Work.ECHO, 1),
                new Task(Work.WRITE, 1),
                new Task(Work.WRITE, window),
                new Task(Work.READ, 1),
                new Task(Work.READ, window));
    }

    /** Whether the time of one counts, not how many there are in a second. */
    boolean isOneAtATime() {
        return window == 1;
    }

    @Override
    public String toString() {
        return switch (work) {
                    case ECHO -> "round trip";
                    case WRITE -> "write";
                    case READ -> "read";
                }
                + (isOneAtATime() ? "" : ", " + window + " at once");
    }
}
