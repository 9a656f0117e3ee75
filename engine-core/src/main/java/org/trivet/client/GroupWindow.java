package org.trivet.client;

import java.util.ArrayDeque;

/**
 * The requests of this session to one group: numbered densely from 1, at most {@link #CAPACITY}
 * from the lowest open one; more wait in line.
 */
final class GroupWindow {
    static final int CAPACITY = 256;

    private final WritePart[] parts = new WritePart[CAPACITY];
    private final int maxBytes;
    private long next = 1;
    private long lowestOpen = 1;
    private long openBytes;
    final ArrayDeque<WritePart> waiting = new ArrayDeque<>();

    GroupWindow(final int maxBytes) {
        this.maxBytes = maxBytes;
    }

    boolean hasRoom(final WritePart part) {
        return next - lowestOpen < CAPACITY
                && (openBytes == 0 || openBytes + part.length() <= maxBytes);
    }

    void open(final WritePart part) {
        assert next - lowestOpen < CAPACITY : "window is full";
        part.request = next++;
        part.state = WritePart.State.OPEN;
        parts[(int) part.request & (CAPACITY - 1)] = part;
        openBytes += part.length();
    }

    WritePart find(final long request) {
        return request >= lowestOpen && request < next
                ? parts[(int) request & (CAPACITY - 1)]
                : null;
    }

    void close(final WritePart part) {
        assert find(part.request) == part : "not open";
        parts[(int) part.request & (CAPACITY - 1)] = null;
        openBytes -= part.length();
        while (lowestOpen < next && parts[(int) lowestOpen & (CAPACITY - 1)] == null) {
            lowestOpen++;
        }
    }

    /** A part that is open has become shorter. */
    void shortened(final int bytes) {
        openBytes -= bytes;
    }

    long lowestOpen() {
        return lowestOpen;
    }

    /** A new session numbers from 1 again. */
    void restart() {
        assert lowestOpen == next : "requests are open";
        next = 1;
        lowestOpen = 1;
    }
}
