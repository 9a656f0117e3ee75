package org.trivet.transport.auth;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Doorbell;
import org.trivet.transport.Transport;
import org.trivet.transport.auth.KeySchedule.Party;

import java.security.SecureRandom;

/**
 * An endpoint whose messages are sealed on their way, above one that carries them. Driven by its
 * owner's calls; handshakes go on in {@link #poll}.
 *
 * <p>A message is copied into an array, sealed there, and offered; one that has come is copied into
 * another, opened into a third, and handed on.
 */
final class AuthenticatedTransport implements Transport {
    /** The longest message that is kept until there is a session: one for each peer. */
    static final int MAX_HELD_LENGTH = 4096;

    /** A poll takes so many messages at most that are not for its handler, besides its limit. */
    static final int MAX_OWN_MESSAGES = 256;

    /** Messages that take longer to seal than to look at the clock. */
    private static final int LONG_LENGTH = 4096;

    private static final int FIRST_CAPACITY = 4096;

    private final AuthenticatedNetwork network;
    private final Transport transport;
    private final int endpointId;
    private final int maxMessageLength;
    private final NanoClock clock;
    private final KeySchedule keys;
    private final SecureRandom random;
    private final Party self;
    private final Peers peers;
    private final Peer own;
    private final Refusals refusals;
    private final SealedPublisher publisher;
    private final Handshakes handshakes;
    private final Handler arrivals = this::onArrived;

    private byte[] sealed = new byte[FIRST_CAPACITY];
    private byte[] opened = new byte[FIRST_CAPACITY];
    private final UnsafeBuffer openedBuffer = new UnsafeBuffer(opened);

    // The poll that is under way.
    private boolean isPolling;
    private Handler handler;
    private int delivered;

    private volatile Runnable wakeUp = () -> {};
    private volatile boolean isClosed;

    AuthenticatedTransport(
            final AuthenticatedNetwork network,
            final Transport transport,
            final KeySchedule keys,
            final AuthLimits limits,
            final NanoClock clock,
            final SecureRandom random) {
        this.network = network;
        this.transport = transport;
        this.keys = keys;
        this.clock = clock;
        this.random = random;
        endpointId = transport.endpointId();
        maxMessageLength = transport.maxMessageLength() - AuthHeader.OVERHEAD;
        self = new Party(endpointId, random.nextLong());
        own = new Peer(endpointId, 0);
        peers = new Peers(limits.maxPeers(), network.counters());
        refusals = new Refusals(endpointId, network.counters(), clock);
        publisher = new SealedPublisher(transport);
        handshakes =
                new Handshakes(
                        transport,
                        self,
                        keys,
                        peers,
                        publisher,
                        refusals,
                        network.counters(),
                        clock,
                        random,
                        limits.maxHandshakes());
    }

    @Override
    public int endpointId() {
        return endpointId;
    }

    @Override
    public int maxMessageLength() {
        return maxMessageLength;
    }

    @Override
    public long offer(
            final int destination, final DirectBuffer buffer, final int offset, final int length) {
        return offer(destination, buffer, offset, length, buffer, offset, 0);
    }

    @Override
    public long offer(
            final int destination,
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
        first.boundsCheck(firstOffset, firstLength);
        second.boundsCheck(secondOffset, secondLength);
        if (isClosed) {
            return CLOSED;
        }
        if ((long) firstLength + secondLength > maxMessageLength) {
            return TOO_LONG;
        }
        final int length = firstLength + secondLength;
        final Peer peer = destination == endpointId ? own(length) : peers.get(destination);
        if (peer == null || peer.current() == null || !peer.current().hasRoom(length)) {
            return offerWithoutSession(
                    destination,
                    first,
                    firstOffset,
                    firstLength,
                    second,
                    secondOffset,
                    secondLength);
        }
        if (peer.held != null) {
            final long result = publisher.flush(peer);
            if (result < 0) {
                return result;
            }
        }
        if (peer.isPushedBack && length > LONG_LENGTH && peer.sealNextNs - clock.nanoTime() > 0) {
            return BACK_PRESSURED;
        }
        final long result =
                publisher.send(
                        peer,
                        AuthHeader.DATA,
                        first,
                        firstOffset,
                        firstLength,
                        second,
                        secondOffset,
                        secondLength);
        onOffered(peer, length, result);
        return result;
    }

    private void onOffered(final Peer peer, final int length, final long result) {
        peers.onUse(peer);
        peer.isPushedBack = result == BACK_PRESSURED && length > LONG_LENGTH;
        if (peer.isPushedBack) {
            // A byte is sealed in less than 1 ns: little of the time goes into messages that are
            // refused.
            peer.sealNextNs = clock.nanoTime() + length;
        }
        if (peer != own && peer.current().isWorn()) {
            handshakes.renew(peer);
        }
    }

    /** This endpoint, to itself. */
    private Peer own(final int length) {
        if (own.current() == null || !own.current().hasRoom(length)) {
            own.establish(keys.ownSession(self.instance(), random));
        }
        return own;
    }

    private long offerWithoutSession(
            final int destination,
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
        final long result = handshakes.want(destination);
        final int length = firstLength + secondLength;
        if (result == BACK_PRESSURED && length <= MAX_HELD_LENGTH) {
            final Peer peer = peers.get(destination);
            if (peer.held == null && peer.handshake.isUnderWay) {
                final byte[] message = new byte[length];
                first.getBytes(firstOffset, message, 0, firstLength);
                second.getBytes(secondOffset, message, firstLength, secondLength);
                handshakes.hold(peer, message);
                return 0;
            }
        }
        return result;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Messages of this layer are not counted. It takes no more than {@value #MAX_OWN_MESSAGES}
     * of them; if there may be others behind, and the limit has not been reached, it asks to be
     * woken.
     */
    @Override
    public int poll(final Handler handler, final int limit) {
        if (isPolling) {
            throw new IllegalStateException(
                    "authenticated: poll of endpoint " + endpointId + " within its handler");
        }
        if (isClosed) {
            return 0;
        }
        handshakes.tend();
        isPolling = true;
        this.handler = handler;
        delivered = 0;
        try {
            take(limit);
            return delivered;
        } finally {
            isPolling = false;
            this.handler = null;
        }
    }

    private void take(final int limit) {
        int left = Math.max(limit, 0) + MAX_OWN_MESSAGES;
        while (delivered < limit) {
            final int wanted = Math.min(limit - delivered, left);
            if (wanted == 0) {
                wakeUp.run(); // whoever parks when there was nothing would not be woken for the
                // rest
                return;
            }
            final int taken = transport.poll(arrivals, wanted);
            left -= taken;
            if (taken < wanted || isClosed) {
                return;
            }
        }
    }

    private void onArrived(final DirectBuffer buffer, final int offset, final int length) {
        if (!AuthHeader.isOfThisLayer(buffer, offset, length)) {
            refusals.refuse(RefusalCause.UNAUTHENTICATED, -1);
            return;
        }
        final int sender = AuthHeader.sender(buffer, offset);
        final byte kind = AuthHeader.kind(buffer, offset);
        if (AuthHeader.version(buffer, offset) != AuthHeader.VERSION) {
            refusals.refuse(RefusalCause.VERSION, sender);
        } else if (AuthHeader.receiver(buffer, offset) != endpointId) {
            refusals.refuse(RefusalCause.RECEIVER, sender);
        } else if (kind == AuthHeader.DATA || kind == AuthHeader.DONE) {
            onSealed(kind, sender, buffer, offset, length);
        } else if (sender == endpointId) {
            refusals.refuse(RefusalCause.RECEIVER, sender);
        } else {
            handshakes.onMessage(kind, sender, buffer, offset, length);
        }
    }

    private void onSealed(
            final byte kind,
            final int sender,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (length < AuthHeader.OVERHEAD
                || length - AuthHeader.OVERHEAD > maxMessageLength
                || kind == AuthHeader.DONE && length != AuthHeader.OVERHEAD) {
            refusals.refuse(RefusalCause.MALFORMED, sender);
            return;
        }
        final long sessionId = AuthHeader.session(buffer, offset);
        final Peer peer = sender == endpointId ? own : peers.get(sender);
        final Session session = peer == null ? null : peer.find(sessionId);
        if (session == null) {
            refusals.refuse(RefusalCause.SESSION, sender);
            if (sender != endpointId) {
                handshakes.onUnknownSession(sender, sessionId);
            }
            return;
        }
        final long sequence = AuthHeader.sequence(buffer, offset);
        if (!session.isFresh(sequence)) {
            refusals.refuse(RefusalCause.REPLAYED, sender);
            return;
        }
        ensureCapacity(length);
        buffer.getBytes(offset, sealed, 0, length);
        if (!session.open(sealed, length, sequence, opened)) {
            refusals.refuse(RefusalCause.FORGED, sender);
            return;
        }
        if (peer.isPending(sessionId)) {
            handshakes.onBegun(peer);
        }
        peers.onUse(peer);
        if (kind == AuthHeader.DATA) {
            delivered++;
            handler.onMessage(
                    openedBuffer, AuthHeader.PAYLOAD_OFFSET, length - AuthHeader.OVERHEAD);
        }
    }

    private void ensureCapacity(final int length) {
        if (length > opened.length) {
            sealed = new byte[Scratch.capacity(length, transport)];
            opened = new byte[sealed.length];
            openedBuffer.wrap(opened);
        }
    }

    @Override
    public boolean isConnected() {
        return transport.isConnected();
    }

    @Override
    public boolean onArrival(final Runnable wakeUp) {
        this.wakeUp = wakeUp;
        return transport.onArrival(wakeUp);
    }

    @Override
    public Doorbell doorbell() {
        return transport.doorbell();
    }

    /** Peers that are remembered. For the owner. */
    int peerCount() {
        return peers.size();
    }

    /** Handshakes under way. For the owner. */
    int handshakeCount() {
        return handshakes.size();
    }

    /** Ends sending and taking, as the network is closed. Any thread. */
    void disconnect() {
        isClosed = true;
    }

    @Override
    public void close() {
        isClosed = true;
        network.remove(this);
        transport.close();
    }
}
