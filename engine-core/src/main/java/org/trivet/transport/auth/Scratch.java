package org.trivet.transport.auth;

import org.trivet.transport.Transport;

/** How long the arrays are in which messages are sealed and opened: they grow with what comes. */
final class Scratch {
    private Scratch() {}

    /** A capacity for a message; at most that of the longest. */
    static int capacity(final int length, final Transport transport) {
        return Math.max(
                length, Math.min(2 * Integer.highestOneBit(length), transport.maxMessageLength()));
    }
}
