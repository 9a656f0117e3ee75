package org.trivet.meta;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.InvalidateAckEncoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.util.ArrayDeque;

/**
 * Which invalidations a client has taken, and which of them its caches have obeyed. It acknowledges
 * them in order, each when it and all before it are done.
 *
 * <p>A cache may be held up by what itself waits for another client: so one that takes longer than
 * {@value #PATIENCE_NS} ns is acknowledged all the same, and obeyed when it can be.
 */
final class InvalidationAcks {
    private static final long PATIENCE_NS = 250_000_000L;

    private final long volumeId;
    private final Transport transport;
    private final ArrayDeque<Taken> open = new ArrayDeque<>();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final InvalidateAckEncoder encoder = new InvalidateAckEncoder();
    private long session;
    private long life;
    private long taken;
    private long acknowledged;
    private long nowNs;

    private static final class Taken {
        private final long number;
        private final long sinceNs;
        private boolean isDone;

        private Taken(final long number, final long sinceNs) {
            this.number = number;
            this.sinceNs = sinceNs;
        }
    }

    InvalidationAcks(final long volumeId, final Transport transport) {
        this.volumeId = volumeId;
        this.transport = transport;
    }

    /**
     * An invalidation has come.
     *
     * @param mayFollowAny whether it stands for all before it, too.
     * @return what to run once it is obeyed; null if it is not the next one, and is to be dropped.
     */
    Runnable take(
            final long ofSession,
            final long ofLife,
            final long number,
            final boolean mayFollowAny) {
        if (ofSession != session || ofLife != life) {
            session = ofSession;
            life = ofLife;
            taken = 0;
            acknowledged = 0;
            open.clear();
        }
        if (number <= taken) {
            if (acknowledged > 0) {
                send(); // the acknowledgement was lost, or is on its way
            }
            return null;
        }
        if (number != taken + 1 && !mayFollowAny) {
            return null; // the one before was lost, and will come again
        }
        taken = number;
        final Taken next = new Taken(number, nowNs);
        open.add(next);
        return () -> {
            next.isDone = true;
            acknowledge();
        };
    }

    void doWork(final long instantNs) {
        nowNs = instantNs;
        acknowledge();
    }

    private void acknowledge() {
        long upTo = acknowledged;
        while (!open.isEmpty()
                && (open.peek().isDone || nowNs - open.peek().sinceNs >= PATIENCE_NS)) {
            upTo = open.remove().number;
        }
        if (upTo != acknowledged) {
            acknowledged = upTo;
            send();
        }
    }

    private void send() {
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(transport.endpointId())
                .session(session)
                .life(life)
                .upTo(acknowledged);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
        transport.offer(EndpointId.METADATA, buffer, 0, length); // lost, it is asked for again
    }
}
