package org.trivet.transport.auth;

import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportFactory;

import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Opens endpoints whose messages only those can read, make or change who have the cluster's key,
 * above another network. Without a key one uses that other network as it is.
 *
 * <p>Safe for use by several threads. Each endpoint is used by one at a time, and may be closed by
 * any if those of the other network may.
 *
 * <p>Endpoints agree on a session when one first sends to the other. For that both must be polled,
 * also one that only sends. Until there is a session, one message of up to 4 KiB is accepted and
 * kept; for others {@code offer} returns BACK_PRESSURED for the first 50 ms after the other
 * endpoint's transport has taken the handshake, and then NOT_CONNECTED. An endpoint that has
 * started again is sent what was sealed for its earlier life, refuses it, and says so; then the
 * sender begins another session, and what it had sent meanwhile is lost.
 */
public final class AuthenticatedNetwork implements TransportFactory {
    private final TransportFactory network;
    private final KeySchedule keys;
    private final AuthLimits limits;
    private final NanoClock clock;
    private final SecureRandom random;
    private final AuthCounters counters = new AuthCounters();
    private final Set<AuthenticatedTransport> open = ConcurrentHashMap.newKeySet();

    /**
     * A network above another.
     *
     * @param network carries the messages, and must take such as are longer by 48 bytes than the
     *     longest that is offered; closed with this one.
     * @param key the cluster's.
     * @param volumeId endpoints of other volumes are refused, though they have the key.
     */
    public AuthenticatedNetwork(
            final TransportFactory network, final ClusterKey key, final long volumeId) {
        this(
                network,
                key,
                volumeId,
                SystemNanoClock.INSTANCE,
                new SecureRandom(),
                AuthLimits.DEFAULT);
    }

    AuthenticatedNetwork(
            final TransportFactory network,
            final ClusterKey key,
            final long volumeId,
            final NanoClock clock,
            final SecureRandom random,
            final AuthLimits limits) {
        this.network = network;
        this.limits = limits;
        this.clock = clock;
        this.random = random;
        keys = new KeySchedule(key, volumeId, limits);
    }

    /**
     * {@inheritDoc}
     *
     * @throws TrivetException as the network below; INVALID if its messages are too short.
     */
    @Override
    public Transport open(final int endpointId) {
        final Transport transport = network.open(endpointId);
        boolean isDone = false;
        try {
            if (transport.maxMessageLength() < 2 * HandshakeCodec.MAX_LENGTH) {
                throw new TrivetException(
                        ErrorCode.INVALID,
                        "authenticated: messages of "
                                + transport.maxMessageLength()
                                + " bytes are too short for handshakes");
            }
            final AuthenticatedTransport endpoint =
                    new AuthenticatedTransport(this, transport, keys, limits, clock, random);
            open.add(endpoint);
            isDone = true;
            return endpoint;
        } finally {
            if (!isDone) {
                transport.close();
            }
        }
    }

    /**
     * What the endpoints have counted.
     *
     * @return live: it goes on counting.
     */
    public AuthCounters counters() {
        return counters;
    }

    void remove(final AuthenticatedTransport endpoint) {
        open.remove(endpoint);
    }

    /** Closes the network below, and so all endpoints. Each owner should still close its own. */
    @Override
    public void close() {
        open.forEach(AuthenticatedTransport::disconnect);
        network.close();
    }
}
