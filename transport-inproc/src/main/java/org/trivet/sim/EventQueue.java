package org.trivet.sim;

import org.trivet.block.Placement;

import java.util.PriorityQueue;

/**
 * Virtual time: what is to happen, in the order in which it will; of what happens at the same
 * instant, first what was put in first.
 */
final class EventQueue {
    private record Event(long timeNs, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(final Event other) {
            return timeNs != other.timeNs
                    ? Long.compare(timeNs, other.timeNs)
                    : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowNs;
    private long order;
    private long executed;
    private long hash;

    long nowNs() {
        return nowNs;
    }

    /** Events that have happened. */
    long executed() {
        return executed;
    }

    /** Has something happen at an instant, which must not be past. */
    void at(final long timeNs, final Runnable action) {
        if (timeNs < nowNs) {
            throw new IllegalArgumentException(timeNs + " ns is past: it is " + nowNs);
        }
        events.add(new Event(timeNs, order++, action));
    }

    void after(final long delayNs, final Runnable action) {
        at(nowNs + delayNs, action);
    }

    /** Has the next thing happen; false if nothing is left, or nothing before an instant. */
    boolean step(final long endNs) {
        final Event next = events.peek();
        if (next == null || next.timeNs >= endNs) {
            return false;
        }
        events.remove();
        nowNs = next.timeNs;
        executed++;
        trace(nowNs);
        next.action.run();
        return true;
    }

    /** Lets time pass in which nothing happens. */
    void passTo(final long timeNs) {
        nowNs = timeNs;
    }

    /** Makes something a part of the trace, whose hash tells one run from another. */
    void trace(final long value) {
        hash = Placement.mix64(hash * 31 + value);
    }

    long traceHash() {
        return hash;
    }
}
