package org.trivet.aeron;

import java.util.concurrent.TimeUnit;

/**
 * After what silence others are taken for dead. What stood still for as long, and goes on, has lost
 * its sessions, and begins others.
 *
 * @param streamNs silence of the other end of a stream.
 * @param processMs silence of a driver, or a client; a little longer, because all that they have
 *     goes with them.
 */
record Liveness(long streamNs, long processMs) {
    /** So that it is seen in about a second that a node is dead. */
    static final Liveness DEFAULT = new Liveness(TimeUnit.SECONDS.toNanos(1), 1_500);

    long processNs() {
        return TimeUnit.MILLISECONDS.toNanos(processMs);
    }
}
