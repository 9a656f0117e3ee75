package org.trivet.aeron;

import io.aeron.Image;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.Header;
import io.aeron.protocol.DataHeaderFlyweight;

import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2ObjectHashMap;
import org.trivet.transport.Transport;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An endpoint: a subscription, and a publication for each endpoint that it sends to.
 *
 * <p>Its owner's thread alone touches the maps. Others replace its place at the driver, and close
 * it; who closes leaves the rest to the owner if that one is in a call.
 */
final class AeronTransport implements Transport {
    /** Publications kept: beyond, the one that has been unconnected for longest is closed. */
    static final int MAX_OUTBOUND = 2_048;

    /** After so long without a receiver a publication is closed, and its memory freed. */
    static final long UNCONNECTED_LIMIT_NS = TimeUnit.SECONDS.toNanos(10);

    private static final long TEND_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    /**
     * Fragments of the longest message: it bounds what a poll does for each message it may take.
     */
    private static final long MAX_FRAGMENTS = Channels.MAX_MESSAGE_LENGTH / 1024;

    private final AeronNetwork network;
    private final int endpointId;
    private final AtomicReference<Attachment> attachment = new AtomicReference<>();
    private final ControlledFragmentHandler fragmentHandler = this::onFragment;
    private final AtomicBoolean isReleased = new AtomicBoolean();
    private volatile boolean isClosed;

    /** The thread that is within a call of this, whose memory must stay mapped. */
    private volatile Thread user;

    private final Routes routes;
    private final Int2ObjectHashMap<Outbound> outbounds = new Int2ObjectHashMap<>();
    private final Long2ObjectHashMap<Inbound> inbounds = new Long2ObjectHashMap<>();
    private Attachment current;
    private Inbound lastInbound;
    private long tendNextNs;

    // The poll that is under way.
    private boolean isPolling;
    private Handler handler;
    private int limit;
    private int taken;
    private Throwable failure;

    AeronTransport(final AeronNetwork network, final int endpointId) {
        this.network = network;
        this.endpointId = endpointId;
        routes = new Routes(network);
        tendNextNs = System.nanoTime() + TEND_INTERVAL_NS;
    }

    @Override
    public int endpointId() {
        return endpointId;
    }

    @Override
    public int maxMessageLength() {
        return Channels.MAX_MESSAGE_LENGTH;
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
        final boolean isOutermost = enter();
        try {
            if (isClosed) {
                return CLOSED;
            }
            if ((long) firstLength + secondLength > Channels.MAX_MESSAGE_LENGTH) {
                return TOO_LONG;
            }
            final Attachment place = place();
            if (place == null) {
                return NOT_CONNECTED;
            }
            Outbound outbound = outbounds.get(destination);
            if (outbound == null) {
                outbound = add(destination, place);
            }
            return outbound == null
                    ? NOT_CONNECTED
                    : outbound.offer(
                            first, firstOffset, firstLength, second, secondOffset, secondLength);
        } finally {
            leave(isOutermost);
        }
    }

    private Outbound add(final int destination, final Attachment place) {
        final long nowNs = System.nanoTime();
        if (outbounds.size() >= MAX_OUTBOUND) {
            Outbound oldest = null;
            long longestNs = 0;
            for (final Outbound outbound : outbounds.values()) {
                final long unconnectedNs = outbound.unconnectedNs(nowNs);
                if (unconnectedNs > longestNs) {
                    oldest = outbound;
                    longestNs = unconnectedNs;
                }
            }
            if (oldest == null) {
                return null; // all are in use
            }
            oldest.drop();
            outbounds.remove(oldest.destination());
        }
        final Outbound added = new Outbound(destination, place, network, routes, nowNs);
        outbounds.put(destination, added);
        return added;
    }

    @Override
    public int poll(final Handler handler, final int limit) {
        if (user == Thread.currentThread() && isPolling) {
            throw new IllegalStateException(
                    "aeron: poll of endpoint " + endpointId + " within its handler");
        }
        final boolean isOutermost = enter();
        isPolling = true;
        this.handler = handler;
        this.limit = limit;
        taken = 0;
        try {
            final Attachment place = isClosed ? null : place();
            if (place != null) {
                forgetGone(place);
                take(place);
                if (!isClosed) {
                    tend(System.nanoTime());
                }
            }
            return taken;
        } finally {
            isPolling = false;
            this.handler = null;
            final Throwable thrown = failure;
            failure = null;
            leave(isOutermost);
            if (thrown != null) {
                rethrow(thrown);
            }
        }
    }

    private void take(final Attachment place) {
        long fragmentsLeft = limit * MAX_FRAGMENTS;
        int fragments = 1;
        while (fragments > 0 && fragmentsLeft > 0 && taken < limit && !isOver()) {
            fragments =
                    place.subscription()
                            .controlledPoll(
                                    fragmentHandler,
                                    (int) Math.min(fragmentsLeft, Integer.MAX_VALUE));
            fragmentsLeft -= fragments;
        }
    }

    private boolean isOver() {
        return failure != null || isClosed;
    }

    /** One of the handler's own: a handler throws nothing that is checked. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void rethrow(final Throwable thrown) throws T {
        throw (T) thrown;
    }

    private ControlledFragmentHandler.Action onFragment(
            final DirectBuffer buffer, final int offset, final int length, final Header header) {
        if (taken >= limit || isOver()) {
            return ControlledFragmentHandler.Action.ABORT; // another session's; it stays there
        }
        final Inbound inbound = inbound((Image) header.context());
        if (header.reservedValue() == Announcement.RESERVED_VALUE) {
            onAnnouncement(inbound, buffer, offset, length, header.flags());
        } else if (inbound.announcement() == null) {
            network.counters().messagesUnannounced.increment();
            if (inbound.reject()) {
                current.link().reject(inbound.image());
            }
        } else {
            return onMessageFragment(inbound, buffer, offset, length, header.flags());
        }
        return ControlledFragmentHandler.Action.CONTINUE;
    }

    private ControlledFragmentHandler.Action onMessageFragment(
            final Inbound inbound,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final byte flags) {
        if (isWhole(flags)) {
            return deliver(buffer, offset, length);
        }
        if ((flags & DataHeaderFlyweight.BEGIN_FLAG) != 0) {
            inbound.begin();
        }
        if (!inbound.append(buffer, offset, length)) {
            network.counters().messagesTooLong.increment();
        }
        if ((flags & DataHeaderFlyweight.END_FLAG) != 0) {
            final int messageLength = inbound.end();
            if (messageLength >= 0) {
                return deliver(inbound.assembly(), 0, messageLength);
            }
        }
        return ControlledFragmentHandler.Action.CONTINUE;
    }

    private static boolean isWhole(final byte flags) {
        return (flags & DataHeaderFlyweight.BEGIN_AND_END_FLAGS)
                == DataHeaderFlyweight.BEGIN_AND_END_FLAGS;
    }

    private ControlledFragmentHandler.Action deliver(
            final DirectBuffer buffer, final int offset, final int length) {
        taken++;
        try {
            handler.onMessage(buffer, offset, length);
        } catch (final Throwable e) {
            failure = e; // Aeron would hand it to its error handler; ours is who called poll
        }
        return isOver()
                ? ControlledFragmentHandler.Action.BREAK
                : ControlledFragmentHandler.Action.CONTINUE;
    }

    private void onAnnouncement(
            final Inbound inbound,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final byte flags) {
        final Announcement announcement =
                isWhole(flags) ? Announcement.decode(buffer, offset, length) : null;
        if (announcement == null || inbound.announcement() != null) {
            network.counters().announcementsRefused.increment();
            return;
        }
        inbound.announce(announcement);
        if (routes.learn(inbound)) {
            final Outbound outbound = outbounds.get(announcement.endpointId());
            if (outbound != null) {
                outbound.drop(); // it leads to the endpoint's earlier life
            }
        }
    }

    private Inbound inbound(final Image image) {
        if (lastInbound != null && lastInbound.image() == image) {
            return lastInbound;
        }
        Inbound inbound = inbounds.get(image.correlationId());
        if (inbound == null) {
            inbound = new Inbound(image);
            inbounds.put(image.correlationId(), inbound);
        }
        lastInbound = inbound;
        return inbound;
    }

    private void forgetGone(final Attachment place) {
        Image image;
        while (!place.gone().isEmpty() && (image = place.gone().poll()) != null) {
            inbounds.remove(image.correlationId());
            lastInbound = null;
        }
    }

    /** Closes publications that have been without a receiver for long. */
    private void tend(final long nowNs) {
        if (tendNextNs - nowNs > 0) {
            return;
        }
        tendNextNs = nowNs + TEND_INTERVAL_NS;
        final var iterator = outbounds.values().iterator();
        while (iterator.hasNext()) {
            final Outbound outbound = iterator.next();
            if (outbound.unconnectedNs(nowNs) > UNCONNECTED_LIMIT_NS) {
                outbound.drop();
                iterator.remove();
            }
        }
    }

    /** This endpoint's place at the driver; null while there is none. For the owner. */
    private Attachment place() {
        final Attachment place = attachment.get();
        if (place != current) {
            // All that belonged to the former one has gone with its client.
            outbounds.clear();
            inbounds.clear();
            routes.clear();
            lastInbound = null;
            current = place;
        }
        return place != null && place.link().isAlive() ? place : null;
    }

    /** The place at the driver, for those who send to this endpoint; null if there is none. */
    Attachment attachment() {
        return attachment.get();
    }

    /** Gives the endpoint a place. For the network. */
    void attach(final Attachment place) {
        attachment.set(place);
        if (isClosed) {
            detach();
        }
    }

    private void detach() {
        final Attachment place = attachment.getAndSet(null);
        if (place != null) {
            place.close();
        }
    }

    private boolean enter() {
        if (user == Thread.currentThread()) {
            return false;
        }
        user = Thread.currentThread();
        return true;
    }

    private void leave(final boolean isOutermost) {
        if (isOutermost) {
            user = null; // before the look: who closes looks in the opposite order
            if (isClosed) {
                release();
            }
        }
    }

    private void release() {
        if (!isReleased.compareAndSet(false, true)) {
            return;
        }
        detach();
        outbounds.values().forEach(Outbound::drop);
        outbounds.clear();
        inbounds.clear();
        lastInbound = null;
    }

    /** The thread that is within a call; null if none is. */
    Thread user() {
        return user;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Ends sending and taking, from any thread, without ending what a call may be using. */
    void disconnect() {
        isClosed = true;
        network.remove(this);
    }

    @Override
    public boolean onArrival(final Runnable wakeUp) {
        return false; // what arrives is written to shared memory, by others
    }

    /**
     * {@inheritDoc}
     *
     * <p>May be called by the handler, which gets no further message then. What was accepted is
     * still sent.
     */
    @Override
    public void close() {
        disconnect();
        if (user == null) {
            release();
        }
    }
}
