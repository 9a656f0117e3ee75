package org.trivet.sim;

import org.trivet.block.Placement;

import java.util.Arrays;

/**
 * Virtual time: what is to happen, in the order in which it will; of what happens at the same
 * instant, first what was put in first.
 */
final class EventQueue {
    private static final int NOWHERE = -1;

    /** Something that is to happen: once, or again each time it is put in. */
    static final class Event {
        private final Runnable action;
        private long timeNs;
        private long order;

        /** Its index in the heap. */
        private int place = NOWHERE;

        Event(final Runnable action) {
            this.action = action;
        }

        private boolean precedes(final Event other) {
            return timeNs != other.timeNs ? timeNs < other.timeNs : order < other.order;
        }
    }

    /** A heap: none precedes the one at half its index. */
    private Event[] heap = new Event[256];

    private int size;
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
        put(timeNs, new Event(action));
    }

    void after(final long delayNs, final Runnable action) {
        at(nowNs + delayNs, action);
    }

    /** Has an event happen at an instant, and not when it was to happen until now. */
    void put(final long timeNs, final Event event) {
        if (timeNs < nowNs) {
            throw new IllegalArgumentException(timeNs + " ns is past: it is " + nowNs);
        }
        remove(event);
        event.timeNs = timeNs;
        event.order = order++;
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        rise(size++, event);
    }

    /** Has an event not happen, if it was to. */
    void remove(final Event event) {
        final int place = event.place;
        if (place == NOWHERE) {
            return;
        }
        event.place = NOWHERE;
        final Event last = heap[--size];
        heap[size] = null;
        if (last != event) {
            sink(place, last);
            if (last.place == place) {
                rise(place, last);
            }
        }
    }

    private void rise(final int from, final Event event) {
        int at = from;
        while (at > 0) {
            final int parent = at - 1 >>> 1;
            if (!event.precedes(heap[parent])) {
                break;
            }
            set(at, heap[parent]);
            at = parent;
        }
        set(at, event);
    }

    private void sink(final int from, final Event event) {
        int at = from;
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && heap[child + 1].precedes(heap[child])) {
                child++;
            }
            if (event.precedes(heap[child])) {
                break;
            }
            set(at, heap[child]);
            at = child;
        }
        set(at, event);
    }

    private void set(final int place, final Event event) {
        heap[place] = event;
        event.place = place;
    }

    /** Has the next thing happen; false if nothing is left, or nothing before an instant. */
    boolean step(final long endNs) {
        final Event next = heap[0];
        if (next == null || next.timeNs >= endNs) {
            return false;
        }
        remove(next);
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
