package org.trivet.aeron;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.Counter;
import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.exceptions.AeronException;
import io.aeron.exceptions.RegistrationException;

import org.agrona.ErrorHandler;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.SleepingIdleStrategy;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;

import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;

/**
 * A client of one life of a driver. When the driver is gone the client ends by itself, and with it
 * all publications and subscriptions; another link takes over.
 *
 * <p>Whoever polls never waits here. Aeron guards its client by a lock, and holds it for seconds
 * when it ends; so the lock is ours, and those threads try it: what they ask for then does not
 * happen now, or is done by the network's thread.
 */
final class AeronLink {
    /** No registration. */
    static final long NONE = Aeron.NULL_VALUE;

    /**
     * How long the memory of what the client has closed stays mapped: a thread may be reading a
     * message there, and would crash the process. No handler takes so long.
     */
    static final long UNMAP_DELAY_NS = TimeUnit.SECONDS.toNanos(3);

    private static final long KEEP_ALIVE_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /** How often the client looks for news of the driver: what a new publication waits for. */
    private static final long CONDUCTOR_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final long AWAIT_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long AWAIT_PAUSE_NS = 500_000L;
    private static final int FIRST_IPC_STREAM = 1_000_000;
    private static final int IPC_STREAM_MASK = 0x3FFF_FFFF;

    /** Grows with each endpoint opened in this process, and from one process to the next. */
    private static final AtomicLong INCARNATION =
            new AtomicLong(TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis()));

    private final Aeron aeron;
    private final ReentrantLock lock;
    private final EndpointRegistry registry;
    private final Queue<Runnable> later = new ConcurrentLinkedQueue<>();

    /** Where the threads of this process's endpoints wait; made with the first of them. */
    private LinkBell bell;

    private AeronLink(final Aeron aeron, final ReentrantLock lock) {
        this.aeron = aeron;
        this.lock = lock;
        registry = new EndpointRegistry(aeron.countersReader());
    }

    /** Whether a driver is alive in a directory, as far as its heartbeat tells. */
    static boolean isDriverThere(final Path directory, final Liveness liveness) {
        return CommonContext.isDriverActive(directory.toFile(), liveness.processMs(), text -> {});
    }

    /** Connects to the driver in a directory; takes a while. Throws what Aeron throws. */
    static AeronLink connect(
            final Path directory, final Liveness liveness, final ErrorHandler errors) {
        final ReentrantLock lock = new ReentrantLock();
        final Aeron.Context context =
                new Aeron.Context()
                        .aeronDirectoryName(directory.toString())
                        .clientLock(lock)
                        .errorHandler(errors)
                        .subscriberErrorHandler(errors)
                        .driverTimeoutMs(liveness.processMs())
                        .keepAliveIntervalNs(KEEP_ALIVE_NS)
                        .idleStrategy(new SleepingIdleStrategy(CONDUCTOR_PAUSE_NS))
                        .awaitingIdleStrategy(new SleepingIdleStrategy(AWAIT_PAUSE_NS))
                        .resourceLingerDurationNs(UNMAP_DELAY_NS)
                        .closeLingerDurationNs(UNMAP_DELAY_NS)
                        .threadFactory(
                                task ->
                                        Thread.ofPlatform()
                                                .name("aeron-client")
                                                .daemon()
                                                .unstarted(task));
        return new AeronLink(Aeron.connect(context), lock);
    }

    boolean isAlive() {
        return !aeron.isClosed();
    }

    EndpointRegistry registry() {
        return registry;
    }

    /**
     * Gives an endpoint its place. Waits for the driver.
     *
     * @param onSession called when another begins to send to it, on a thread of the client's.
     * @return null if the link is dead.
     */
    Attachment attach(final int endpointId, final AeronConfig config, final Runnable onSession) {
        final Queue<Image> gone = new ConcurrentLinkedQueue<>();
        long subscriptionId = NONE;
        long counterId = NONE;
        boolean isDone = false;
        try {
            final boolean isUdp = config.media() == Media.UDP;
            final int streamId = isUdp ? Channels.UDP_STREAM_ID : newStreamId();
            final String wanted = isUdp ? ownAddress(endpointId, config) : "";
            subscriptionId =
                    aeron.asyncAddSubscription(
                            isUdp ? Channels.udpSubscription(wanted) : Channels.ipcSubscription(),
                            streamId,
                            image -> onSession.run(),
                            gone::add);
            final Subscription subscription = await(aeron::getSubscription, subscriptionId);
            final String address = isUdp ? resolved(subscription, wanted) : "";
            if (!isUdp) {
                counterId = EndpointRegistry.add(aeron, endpointId, streamId);
                final Counter counter = await(aeron::getCounter, counterId);
                if (SharedBell.isAvailable()) {
                    EndpointRegistry.setBell(counter, bell().counterId());
                }
            }
            final var announcement =
                    new Announcement(endpointId, INCARNATION.incrementAndGet(), address).encode();
            isDone = true;
            return new Attachment(
                    this, subscription, counterId, streamId, address, announcement, gone);
        } catch (final RegistrationException e) {
            if (e.correlationId() == subscriptionId) {
                subscriptionId = NONE; // there is none to be removed
            }
            throw new TrivetException(
                    String.valueOf(e.getMessage()).contains("in use")
                            ? ErrorCode.BUSY
                            : ErrorCode.IO,
                    "aeron: cannot open endpoint " + endpointId + ": " + e.getMessage(),
                    e);
        } catch (final AeronException e) {
            return null; // closed, or closing
        } finally {
            if (!isDone) {
                undo(subscriptionId, counterId);
            }
        }
    }

    /** The bell of this client; made at the first call, which waits for the driver. */
    LinkBell bell() {
        if (bell == null) {
            final long id = aeron.asyncAddCounter(SharedBell.TYPE_ID, "trivet-doorbell");
            final int counterId = await(aeron::getCounter, id).id();
            final AtomicBuffer values = aeron.countersReader().valuesBuffer();
            bell = new LinkBell(this, values, counterId, new SharedBell(values, counterId));
        }
        return bell;
    }

    private void undo(final long subscriptionId, final long counterId) {
        if (counterId != NONE) {
            removeCounter(counterId);
        }
        if (subscriptionId != NONE) {
            removeSubscription(subscriptionId);
        }
    }

    private int newStreamId() {
        return FIRST_IPC_STREAM + (int) (aeron.nextCorrelationId() & IPC_STREAM_MASK);
    }

    private static String ownAddress(final int endpointId, final AeronConfig config) {
        final String address = config.address(endpointId);
        return address != null ? address : config.host() + ":0";
    }

    /** The address with the port that the system has picked. */
    private String resolved(final Subscription subscription, final String wanted) {
        if (!wanted.endsWith(":0")) {
            return wanted;
        }
        final String bound = await(id -> subscription.resolvedEndpoint(), NONE);
        return wanted.substring(0, wanted.length() - 1)
                + bound.substring(bound.lastIndexOf(':') + 1);
    }

    /** Waits for what the driver makes, whether or not this thread is interrupted. */
    private <T> T await(final LongFunction<T> getter, final long id) {
        final long deadlineNs = System.nanoTime() + AWAIT_NS;
        T result;
        while ((result = getter.apply(id)) == null) {
            if (!isAlive() || deadlineNs - System.nanoTime() <= 0) {
                throw new AeronException("the driver does not answer");
            }
            LockSupport.parkNanos(AWAIT_PAUSE_NS);
        }
        return result;
    }

    /** Asks for a publication, without waiting; NONE if that cannot be done now. */
    long addPublication(final String channel, final int streamId) {
        if (!isAlive() || !lock.tryLock()) {
            return NONE;
        }
        try {
            return aeron.asyncAddExclusivePublication(channel, streamId);
        } catch (final AeronException e) {
            return NONE; // closing
        } finally {
            lock.unlock();
        }
    }

    /**
     * A publication that was asked for; null if it is not there yet.
     *
     * @throws RegistrationException if the driver has refused it.
     */
    ExclusivePublication publication(final long registrationId) {
        if (!isAlive() || !lock.tryLock()) {
            return null;
        }
        try {
            return aeron.getExclusivePublication(registrationId);
        } catch (final RegistrationException e) {
            throw e;
        } catch (final AeronException e) {
            return null; // closing
        } finally {
            lock.unlock();
        }
    }

    void removePublication(final long registrationId) {
        nowOrLater(() -> aeron.asyncRemovePublication(registrationId));
    }

    void removeSubscription(final long registrationId) {
        nowOrLater(() -> aeron.asyncRemoveSubscription(registrationId));
    }

    void removeCounter(final long registrationId) {
        nowOrLater(() -> aeron.asyncRemoveCounter(registrationId));
    }

    /** Has the sender of an image begin a new session. */
    void reject(final Image image) {
        later.add(() -> image.reject("the session does not begin with an announcement"));
    }

    private void nowOrLater(final Runnable action) {
        if (!isAlive()) {
            return; // all has gone with the client
        }
        if (!lock.tryLock()) {
            later.add(action);
            return;
        }
        try {
            action.run();
        } catch (final AeronException e) {
            later.add(action);
        } finally {
            lock.unlock();
        }
    }

    /** Does what others could not wait for. */
    void runLater(final ErrorHandler errors) {
        Runnable action;
        while (isAlive() && (action = later.poll()) != null) {
            try {
                action.run();
            } catch (final AeronException e) {
                if (isAlive()) {
                    errors.onError(e);
                }
            }
        }
    }

    /**
     * Ends the client.
     *
     * @param isIdle whether no thread uses what it has mapped.
     */
    void close(final boolean isIdle) {
        if (isIdle) {
            aeron.context().closeLingerDurationNs(0);
        }
        aeron.close();
    }
}
