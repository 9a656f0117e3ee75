package org.trivet.meta;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.fs.InvalidationListener;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.InvalidateAckEncoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.util.ArrayDeque;

/**
 * Which invalidations a client has taken, and which of them its caches have obeyed. It acknowledges
 * them in order, each when it and all before it are obeyed.
 *
 * <p>A cache may be held up by what itself waits for another client. Such a one is acknowledged all
 * the same, but not forgotten: until it has obeyed, what tells of a lock waits (see {@link
 * #hasObeyed}), for who has a lock must not see what was before. At most {@value #MAX_UNOBEYED} are
 * remembered; more are not taken.
 */
final class InvalidationAcks {
    /** The most that caches have yet to obey. */
    static final int MAX_UNOBEYED = 4096;

    private final long volumeId;
    private final Transport transport;
    private final ArrayDeque<Taken> unacknowledged = new ArrayDeque<>();
    private final ArrayDeque<Taken> unobeyed = new ArrayDeque<>();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final InvalidateAckEncoder encoder = new InvalidateAckEncoder();
    private long session;
    private long life;
    private long taken;
    private long acknowledged;

    /** Counts those of all sessions, and those that no message told of. */
    private long position;

    private final class Taken implements InvalidationListener.Outcome {
        private final long number;
        private final long position;
        private boolean isObeyed;
        private boolean isHeldUp;

        private Taken(final long number, final long position) {
            this.number = number;
            this.position = position;
        }

        @Override
        public void obeyed() {
            isObeyed = true;
            while (!unobeyed.isEmpty() && unobeyed.peek().isObeyed) {
                unobeyed.remove();
            }
            acknowledge();
        }

        @Override
        public void heldUp() {
            isHeldUp = true;
            acknowledge();
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
     * @return what to tell how it is obeyed; null if it is not the next one, and is to be dropped.
     */
    InvalidationListener.Outcome take(
            final long ofSession,
            final long ofLife,
            final long number,
            final boolean mayFollowAny) {
        if (ofSession != session || ofLife != life) {
            session = ofSession;
            life = ofLife;
            taken = 0;
            acknowledged = 0;
            unacknowledged.clear();
        }
        if (number <= taken) {
            if (acknowledged > 0) {
                send(); // the acknowledgement was lost, or is on its way
            }
            return null;
        }
        if (number != taken + 1 && !mayFollowAny) {
            send(); // how far it is: the one before was lost, or forgotten with another life
            return null;
        }
        if (unobeyed.size() >= MAX_UNOBEYED) {
            return null; // it will come again
        }
        taken = number;
        final Taken next = next(number);
        unacknowledged.add(next);
        return next;
    }

    /** Something that caches must obey and that nobody waits for: no message told of it. */
    InvalidationListener.Outcome takeOwn() {
        return next(0);
    }

    private Taken next(final long number) {
        position++;
        final Taken next = new Taken(number, position);
        unobeyed.add(next);
        return next;
    }

    /** Up to where invalidations have been taken. */
    long position() {
        return position;
    }

    /** Whether the caches have obeyed all that was taken up to a position. */
    boolean hasObeyed(final long upTo) {
        return unobeyed.isEmpty() || unobeyed.peek().position > upTo;
    }

    private void acknowledge() {
        long upTo = acknowledged;
        while (!unacknowledged.isEmpty()
                && (unacknowledged.peek().isObeyed || unacknowledged.peek().isHeldUp)) {
            upTo = unacknowledged.remove().number;
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
