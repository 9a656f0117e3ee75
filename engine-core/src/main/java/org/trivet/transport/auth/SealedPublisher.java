package org.trivet.transport.auth;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Transport;

/** Seals messages in the session of their receiver, and sends them. For the endpoint's thread. */
final class SealedPublisher {
    private static final int FIRST_CAPACITY = 4096;

    private final Transport transport;
    private final int self;
    private byte[] message = new byte[FIRST_CAPACITY];
    private final UnsafeBuffer buffer = new UnsafeBuffer(message);

    SealedPublisher(final Transport transport) {
        this.transport = transport;
        self = transport.endpointId();
    }

    /**
     * Sends a message in a peer's current session, which must have room for it.
     *
     * @return what the transport said.
     */
    long send(
            final Peer peer,
            final byte kind,
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
        final Session session = peer.current();
        final int length = firstLength + secondLength;
        ensureCapacity(AuthHeader.OVERHEAD + length);
        AuthHeader.put(buffer, kind, self, peer.id());
        buffer.putLong(AuthHeader.SESSION_OFFSET, session.id(), AuthHeader.LE);
        buffer.putLong(AuthHeader.SEQUENCE_OFFSET, session.nextSequence(), AuthHeader.LE);
        first.getBytes(firstOffset, message, AuthHeader.PAYLOAD_OFFSET, firstLength);
        second.getBytes(
                secondOffset, message, AuthHeader.PAYLOAD_OFFSET + firstLength, secondLength);
        final int sealedLength = session.seal(message, length);
        return transport.offer(peer.id(), buffer, 0, sealedLength);
    }

    /** Tells an initiator that its session has begun. */
    void sendDone(final Peer peer) {
        if (peer.current().hasRoom(0)) {
            send(peer, AuthHeader.DONE, buffer, 0, 0, buffer, 0, 0);
        }
    }

    /**
     * Sends the message that waits for a session, if there is one and it can be.
     *
     * @return 0 if none waits any more, otherwise what the transport said: the message is kept if
     *     that was BACK_PRESSURED.
     */
    long flush(final Peer peer) {
        final byte[] held = peer.held;
        if (held == null || peer.current() == null || !peer.current().hasRoom(held.length)) {
            return 0;
        }
        final UnsafeBuffer waiting = new UnsafeBuffer(held);
        final long result = send(peer, AuthHeader.DATA, waiting, 0, held.length, waiting, 0, 0);
        if (result != Transport.BACK_PRESSURED) {
            peer.held = null;
        }
        return Math.min(result, 0);
    }

    private void ensureCapacity(final int length) {
        if (length > message.length) {
            message = new byte[Scratch.capacity(length, transport)];
            buffer.wrap(message);
        }
    }
}
