package org.trivet.transport.auth;

import org.agrona.concurrent.NanoClock;
import org.trivet.block.Placement;

import java.util.concurrent.TimeUnit;

/**
 * Counts what one endpoint refuses, and tells the log, of each cause and sender at most once a
 * minute. Who the sender is may be a lie. For the endpoint's thread.
 */
final class Refusals {
    private static final System.Logger LOG = System.getLogger(Refusals.class.getName());
    private static final long INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);

    /** Causes and senders share these: a flood in many names is told less than once for each. */
    private static final int SLOTS = 128;

    private final int self;
    private final AuthCounters counters;
    private final NanoClock clock;
    private final long[] nextNs = new long[SLOTS];
    private final boolean[] isUsed = new boolean[SLOTS];

    Refusals(final int self, final AuthCounters counters, final NanoClock clock) {
        this.self = self;
        this.counters = counters;
        this.clock = clock;
    }

    /** Of a message. The sender is the one that it says. */
    void refuse(final RefusalCause cause, final int sender) {
        counters.onRefused(cause);
        final boolean isUsual =
                cause == RefusalCause.SESSION
                        || cause == RefusalCause.REPLAYED
                        || cause == RefusalCause.STALE;
        final System.Logger.Level level =
                isUsual ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING;
        if (LOG.isLoggable(level) && isDue(cause.ordinal(), sender)) {
            LOG.log(level, text(cause, sender));
        }
    }

    /** A peer has been asked many times. */
    void tellUnanswered(final int peer) {
        if (isDue(RefusalCause.values().length, peer)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "endpoint "
                            + self
                            + ": endpoint "
                            + peer
                            + " is sent handshakes and does not answer: it has another cluster key"
                            + " or none, belongs to another volume, or stands still; its log may"
                            + " tell");
        }
    }

    private boolean isDue(final int what, final int endpointId) {
        final long nowNs = clock.nanoTime();
        final int slot =
                (int) Placement.mix64((long) what << Integer.SIZE ^ endpointId) & SLOTS - 1;
        if (isUsed[slot] && nextNs[slot] - nowNs > 0) {
            return false;
        }
        isUsed[slot] = true;
        nextNs[slot] = nowNs + INTERVAL_NS;
        return true;
    }

    String text(final RefusalCause cause, final int sender) {
        final String who = "endpoint " + sender;
        return "endpoint "
                + self
                + ": "
                + switch (cause) {
                    case UNAUTHENTICATED ->
                            "a message without authentication: somebody has no cluster key";
                    case VERSION -> who + " authenticates by another version of the protocol";
                    case MALFORMED -> "a message of " + who + " that is malformed";
                    case RECEIVER -> "a message of " + who + " that was meant for another endpoint";
                    case VOLUME -> who + " belongs to another volume";
                    case KEY -> who + " has another cluster key";
                    case FORGED -> "a message of " + who + " that is damaged or forged";
                    case SESSION -> "a message of " + who + " in a session that is over";
                    case REPLAYED -> "a message of " + who + " that has come before";
                    case STALE -> "a message of " + who + " of a handshake that is over";
                    case RATE ->
                            "too many handshakes at once in the name of "
                                    + who
                                    + ", as after a time in which one of the two stood still";
                }
                + "; it was refused (told once a minute at most)";
    }
}
