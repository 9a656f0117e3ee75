package org.trivet.aeron;

import org.agrona.collections.Int2ObjectHashMap;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportFactory;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Opens endpoints at an Aeron driver that somebody runs, in this process (see {@link AeronDriver})
 * or another.
 *
 * <p>The driver may be absent, now or later: until it is there, or there again, endpoints neither
 * send nor take anything, and are otherwise as usual. A thread of the network's looks for it, ten
 * times a second; another, of Aeron's, keeps the connection.
 *
 * <p>Safe for use by several threads. Each endpoint is used by one at a time, and may be closed by
 * any. Over shared memory one thread may wait for what arrives at all endpoints of a network: see
 * {@link Transport#doorbell}.
 */
public final class AeronNetwork implements TransportFactory {
    private static final System.Logger LOG = System.getLogger(AeronNetwork.class.getName());
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long CONNECT_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long CLOSE_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long CLOSE_WAIT_MS = 10_000;

    private final AeronConfig config;
    private final Liveness liveness;
    private final NetworkCounters counters = new NetworkCounters();
    private final AeronErrors errors;
    private final Thread thread;

    /** Null where nothing can be woken. */
    private final NetworkDoorbell doorbell;

    /** Held while endpoints are given their place, which waits for the driver. */
    private final Object attaching = new Object();

    /** Replaced, never changed, so that senders look endpoints up without a lock. */
    private volatile Int2ObjectHashMap<AeronTransport> endpoints = new Int2ObjectHashMap<>();

    /** Endpoints that are closed, but may be in a call yet. */
    private final Set<AeronTransport> closing = ConcurrentHashMap.newKeySet();

    private volatile AeronLink link;
    private volatile boolean isClosed;
    private long connectNextNs = System.nanoTime();
    private boolean isAbsenceTold;

    /**
     * A network. Connects to the driver if there is one, which takes some milliseconds.
     *
     * @param config says which driver, and where endpoints are.
     */
    public AeronNetwork(final AeronConfig config) {
        this(config, Liveness.DEFAULT);
    }

    AeronNetwork(final AeronConfig config, final Liveness liveness) {
        this.config = config;
        this.liveness = liveness;
        errors = new AeronErrors("aeron client in " + config.directory(), counters.errors);
        doorbell =
                config.media() == AeronConfig.Media.IPC && SharedBell.isAvailable()
                        ? new NetworkDoorbell()
                        : null;
        connect();
        thread = Thread.ofPlatform().name("trivet-aeron").daemon().start(this::run);
    }

    /**
     * What has been counted.
     *
     * @return a copy.
     */
    public AeronCounters snapshot() {
        return counters.snapshot();
    }

    /**
     * Whether a driver is connected.
     *
     * @return true if so, as far as its heartbeat of the last second tells.
     */
    public boolean isConnected() {
        final AeronLink now = link;
        return now != null && now.isAlive();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Waits for the driver, for some milliseconds; not at all if there is none.
     *
     * @throws TrivetException EXISTS if the endpoint is open already in this network object; CLOSED
     *     if this is closed; INVALID if the id is negative, or a node's without an address; BUSY if
     *     another process has the UDP port; IO if the driver refuses.
     */
    @Override
    public Transport open(final int endpointId) {
        if (endpointId < 0) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "aeron: endpoint id is " + endpointId + ", and must be 0 or more");
        }
        if (config.media() == AeronConfig.Media.UDP
                && endpointId < EndpointId.FIRST_CLIENT
                && config.address(endpointId) == null) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "aeron: endpoint "
                            + endpointId
                            + " has no address: it is not listed, and no port follows from its id");
        }
        final AeronTransport endpoint = add(endpointId);
        boolean isDone = false;
        try {
            final AeronLink now = link;
            if (now != null && now.isAlive()) {
                attach(endpoint, now);
            }
            endpoint.onOpened();
            isDone = true;
            return endpoint;
        } finally {
            if (!isDone) {
                endpoint.close();
            }
        }
    }

    private synchronized AeronTransport add(final int endpointId) {
        if (isClosed) {
            throw new TrivetException(
                    ErrorCode.CLOSED,
                    "aeron: the network is closed, endpoint " + endpointId + " cannot be opened");
        }
        if (endpoints.containsKey(endpointId)) {
            throw new TrivetException(
                    ErrorCode.EXISTS, "aeron: endpoint " + endpointId + " is open already");
        }
        final AeronTransport endpoint = new AeronTransport(this, endpointId);
        final var changed = new Int2ObjectHashMap<>(endpoints);
        changed.put(endpointId, endpoint);
        endpoints = changed;
        return endpoint;
    }

    private void attach(final AeronTransport endpoint, final AeronLink now) {
        synchronized (attaching) {
            final Attachment present = endpoint.attachment();
            if (endpoint.isClosed() || present != null && present.link() == now) {
                return;
            }
            final Attachment place = now.attach(endpoint.endpointId(), config, this::ring);
            if (place != null) {
                if (doorbell != null) {
                    doorbell.attach(now.bell());
                }
                endpoint.attach(place);
            }
        }
    }

    /** What a new sender sent before its session was known here, nobody has rung for in time. */
    private void ring() {
        if (doorbell != null) {
            doorbell.ring();
        }
    }

    private void run() {
        while (!isClosed) {
            connect();
            final AeronLink now = link;
            if (now != null && now.isAlive()) {
                now.runLater(errors);
                for (final AeronTransport endpoint : List.copyOf(endpoints.values())) {
                    attachAgain(endpoint, now);
                }
            }
            LockSupport.parkNanos(this, PAUSE_NS);
        }
        end();
    }

    private void attachAgain(final AeronTransport endpoint, final AeronLink now) {
        final Attachment present = endpoint.attachment();
        if (endpoint.isOpened() && (present == null || present.link() != now)) {
            try {
                attach(endpoint, now);
            } catch (final TrivetException e) {
                errors.onError(e); // tried again; whoever has the port may let go of it
            }
        }
    }

    /** Connects to the driver if that is not done, it is there, and it is time. */
    private void connect() {
        final long nowNs = System.nanoTime();
        if (isConnected() || connectNextNs - nowNs > 0) {
            return;
        }
        connectNextNs = nowNs + CONNECT_INTERVAL_NS;
        try {
            if (AeronLink.isDriverThere(config.directory(), liveness)) {
                link = AeronLink.connect(config.directory(), liveness, errors);
                counters.connects.increment();
                LOG.log(
                        isAbsenceTold ? System.Logger.Level.INFO : System.Logger.Level.DEBUG,
                        "connected to the Aeron driver in " + config.directory());
                isAbsenceTold = false;
            } else if (!isAbsenceTold) {
                isAbsenceTold = true;
                LOG.log(
                        System.Logger.Level.INFO,
                        "there is no Aeron driver in "
                                + config.directory()
                                + ": no messages until there is one");
            }
        } catch (final RuntimeException e) {
            errors.onError(e); // it has just died, or is just being started
        }
    }

    /** Ends the client once nobody is in a call, so that nothing is unmapped under a reader. */
    private void end() {
        final AeronLink last = link;
        if (last == null || !last.isAlive()) {
            return;
        }
        final long deadlineNs = System.nanoTime() + AeronLink.UNMAP_DELAY_NS;
        while (isInUse() && deadlineNs - System.nanoTime() > 0) {
            LockSupport.parkNanos(this, CLOSE_PAUSE_NS);
        }
        last.runLater(errors);
        last.close(!isInUse());
    }

    private boolean isInUse() {
        if (doorbell != null && doorbell.isInUse()) {
            return true;
        }
        for (final AeronTransport endpoint : closing) {
            if (endpoint.isInUse()) {
                return true;
            }
        }
        return false;
    }

    void onError(final Throwable error) {
        errors.onError(error);
    }

    /** Where the thread of this network's endpoints waits; null where it has to look. */
    NetworkDoorbell doorbell() {
        return doorbell;
    }

    AeronConfig config() {
        return config;
    }

    NetworkCounters counters() {
        return counters;
    }

    AeronTransport find(final int endpointId) {
        return endpoints.get(endpointId);
    }

    synchronized void remove(final AeronTransport endpoint) {
        closing.add(endpoint);
        if (endpoints.get(endpoint.endpointId()) == endpoint) {
            final var changed = new Int2ObjectHashMap<>(endpoints);
            changed.remove(endpoint.endpointId());
            endpoints = changed;
        }
    }

    void onReleased(final AeronTransport endpoint) {
        closing.remove(endpoint);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Closes all endpoints, and waits until the client has ended; not so if called by a handler,
     * where it ends afterwards.
     */
    @Override
    public void close() {
        final List<AeronTransport> open;
        synchronized (this) {
            if (isClosed) {
                return;
            }
            open = List.copyOf(endpoints.values());
            isClosed = true;
        }
        if (doorbell != null) {
            doorbell.close();
        }
        boolean isHandler = false;
        for (final AeronTransport endpoint : open) {
            isHandler |= endpoint.user() == Thread.currentThread();
            endpoint.disconnect();
        }
        LockSupport.unpark(thread);
        if (!isHandler) {
            awaitEnd();
        }
    }

    private void awaitEnd() {
        try {
            thread.join(CLOSE_WAIT_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt(); // it ends by itself
        }
    }
}
