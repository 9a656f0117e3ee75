package org.trivet.sim;

/**
 * Something that goes wrong at an instant, and is over some time later. What cannot happen then,
 * because no good copy would be left of something, does not happen.
 *
 * @param atNs when, since the start.
 * @param kind what.
 * @param target which node or client it is about.
 * @param other another node, where there are two.
 * @param durationNs how long it lasts.
 * @param salt decides what else is to be decided.
 */
record Fault(long atNs, FaultKind kind, int target, int other, long durationNs, long salt) {
    /** As it can stand in a program. */
    String asSource() {
        return "new Fault(%dL, FaultKind.%s, %d, %d, %dL, %dL)"
                .formatted(atNs, kind, target, other, durationNs, salt);
    }
}
