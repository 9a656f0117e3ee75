package org.trivet.inproc;

import org.agrona.BitUtil;
import org.agrona.collections.Int2ObjectHashMap;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportFactory;

/** A network of endpoints in this JVM that can reach each other. */
public final class InprocNetwork implements TransportFactory {
    /** Bytes of messages that wait at an endpoint unless another length is asked for. */
    public static final int DEFAULT_QUEUE_LENGTH = 32 << 20;

    /** The fewest bytes that may wait. */
    public static final int MIN_QUEUE_LENGTH = 16 << 20;

    /** The most bytes that may wait. */
    public static final int MAX_QUEUE_LENGTH = 512 << 20;

    private final int queueLength;
    private final MessagePool pool = new MessagePool();

    /** Replaced, never changed, so that senders look endpoints up without a lock. */
    private volatile Int2ObjectHashMap<InprocTransport> endpoints = new Int2ObjectHashMap<>();

    private boolean isClosed;

    /** A network with queues of the default length. */
    public InprocNetwork() {
        this(DEFAULT_QUEUE_LENGTH);
    }

    /**
     * A network.
     *
     * @param queueLength bytes that may wait at each endpoint: a power of two, 16 MiB to 512 MiB.
     *     Memory is taken only for what is used of it.
     */
    public InprocNetwork(final int queueLength) {
        if (queueLength < MIN_QUEUE_LENGTH
                || queueLength > MAX_QUEUE_LENGTH
                || !BitUtil.isPowerOfTwo(queueLength)) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "inproc: queue is "
                            + queueLength
                            + ", and must be a power of two from 16777216 to 536870912");
        }
        this.queueLength = queueLength;
    }

    @Override
    public synchronized Transport open(final int endpointId) {
        if (isClosed) {
            throw new TrivetException(
                    ErrorCode.CLOSED,
                    "inproc: the network is closed, endpoint " + endpointId + " cannot be opened");
        }
        if (endpointId < 0) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "inproc: endpoint id is " + endpointId + ", and must be 0 or more");
        }
        if (endpoints.containsKey(endpointId)) {
            throw new TrivetException(
                    ErrorCode.EXISTS, "inproc: endpoint " + endpointId + " is open already");
        }
        final InprocTransport endpoint = new InprocTransport(this, pool, endpointId, queueLength);
        final var changed = new Int2ObjectHashMap<>(endpoints);
        changed.put(endpointId, endpoint);
        endpoints = changed;
        return endpoint;
    }

    /** Closes all endpoints for sending and receiving. Each owner should still close its own. */
    @Override
    public synchronized void close() {
        isClosed = true;
        for (final InprocTransport endpoint : endpoints.values()) {
            endpoint.disconnect();
        }
    }

    int queueLength() {
        return queueLength;
    }

    InprocTransport find(final int endpointId) {
        return endpoints.get(endpointId);
    }

    synchronized void remove(final InprocTransport endpoint) {
        if (endpoints.get(endpoint.endpointId()) == endpoint) {
            final var changed = new Int2ObjectHashMap<>(endpoints);
            changed.remove(endpoint.endpointId());
            endpoints = changed;
        }
    }
}
