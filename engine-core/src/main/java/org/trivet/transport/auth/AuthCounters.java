package org.trivet.transport.auth;

import java.util.concurrent.atomic.LongAdder;

/**
 * What the endpoints of an {@link AuthenticatedNetwork} have counted since it was made. Any thread
 * may read; what is read grows while endpoints are in use.
 */
public final class AuthCounters {
    private final LongAdder[] refused = new LongAdder[RefusalCause.values().length];
    private final LongAdder handshakes = new LongAdder();
    private final LongAdder unanswered = new LongAdder();
    private final LongAdder sessions = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LongAdder evicted = new LongAdder();

    AuthCounters() {
        for (int i = 0; i < refused.length; i++) {
            refused[i] = new LongAdder();
        }
    }

    void onRefused(final RefusalCause cause) {
        refused[cause.ordinal()].increment();
    }

    void onHandshake() {
        handshakes.increment();
    }

    void onUnanswered() {
        unanswered.increment();
    }

    void onSession() {
        sessions.increment();
    }

    void onLost() {
        lost.increment();
    }

    void onEvicted() {
        evicted.increment();
    }

    /**
     * Messages refused for a cause.
     *
     * @param cause the cause.
     * @return how many, 0 or more.
     */
    public long refused(final RefusalCause cause) {
        return refused[cause.ordinal()].sum();
    }

    /**
     * Messages refused, whatever the cause.
     *
     * @return how many, 0 or more.
     */
    public long refused() {
        long total = 0;
        for (final LongAdder count : refused) {
            total += count.sum();
        }
        return total;
    }

    /**
     * Handshakes begun by endpoints of this network.
     *
     * @return how many, 0 or more.
     */
    public long handshakes() {
        return handshakes.sum();
    }

    /**
     * Handshakes given up because the other did not answer while somebody wanted to send to it.
     *
     * @return how many, 0 or more.
     */
    public long unanswered() {
        return unanswered.sum();
    }

    /**
     * Sessions begun, with whoever began the handshake; each end counts it.
     *
     * @return how many, 0 or more.
     */
    public long sessions() {
        return sessions.sum();
    }

    /**
     * Sessions ended because the other end has proved that it does not know them: it has started
     * again.
     *
     * @return how many, 0 or more.
     */
    public long lost() {
        return lost.sum();
    }

    /**
     * Peers forgotten to make room for others. Above 0 an endpoint has more peers than it keeps
     * sessions with.
     *
     * @return how many, 0 or more.
     */
    public long evicted() {
        return evicted.sum();
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        text.append("sessions=").append(sessions()).append(", handshakes=").append(handshakes());
        text.append(", unanswered=").append(unanswered()).append(", lost=").append(lost());
        text.append(", evicted=").append(evicted());
        for (final RefusalCause cause : RefusalCause.values()) {
            text.append(", ").append(cause).append('=').append(refused(cause));
        }
        return text.toString();
    }
}
