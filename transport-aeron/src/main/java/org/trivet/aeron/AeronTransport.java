package org.trivet.aeron;

import org.agrona.DirectBuffer;
import org.trivet.transport.Doorbell;
import org.trivet.transport.Transport;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An endpoint: a subscription, and a publication for each endpoint that it sends to.
 *
 * <p>Its owner's thread alone uses the boxes. Others give it another place at the driver, and close
 * it; who closes it while the owner is in a call leaves the rest to the owner.
 */
final class AeronTransport implements Transport {
    /** Once in so many polls it looks what there is no receiver for: that needs the clock. */
    private static final int POLLS_PER_LOOK = 16;

    private final AeronNetwork network;
    private final int endpointId;
    private final Routes routes;
    private final Outbox outbox;
    private final Inbox inbox;
    private final AtomicReference<Attachment> attachment = new AtomicReference<>();
    private int polls;
    private final AtomicBoolean isReleased = new AtomicBoolean();

    private volatile boolean isOpened;
    private volatile boolean isClosed;

    /** The thread that is within a call, and for which memory must stay mapped. */
    private volatile Thread user;

    private volatile boolean isRingingLast;

    /** The place at the driver that the boxes are about. */
    private Attachment current;

    AeronTransport(final AeronNetwork network, final int endpointId) {
        this.network = network;
        this.endpointId = endpointId;
        routes = new Routes(network);
        outbox = new Outbox(network, routes);
        inbox = new Inbox(network.counters(), routes, outbox);
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
            final Outbound outbound = place == null ? null : outbox.to(destination, place);
            if (outbound == null) {
                return NOT_CONNECTED;
            }
            final long result =
                    outbound.offer(
                            first, firstOffset, firstLength, second, secondOffset, secondLength);
            if (result >= 0) {
                outbox.sent(outbound);
            } else {
                outbox.ring(); // there may be no room before what was sent is taken
            }
            return result;
        } finally {
            leave(isOutermost);
        }
    }

    @Override
    public int poll(final Handler handler, final int limit) {
        if (inbox.isPolling()) {
            throw new IllegalStateException(
                    "aeron: poll of endpoint " + endpointId + " within its handler");
        }
        final boolean isOutermost = enter();
        try {
            final Attachment place = isClosed ? null : place();
            if (place == null) {
                return 0;
            }
            if (++polls % POLLS_PER_LOOK == 0) {
                outbox.tend(System.nanoTime());
            }
            outbox.ring(); // what was sent since the last poll
            final int count = inbox.poll(place, handler, limit);
            outbox.ring(); // and by the handler
            return count;
        } finally {
            leave(isOutermost);
        }
    }

    @Override
    public boolean isConnected() {
        final Attachment place = attachment.get();
        return place != null && place.link().isAlive();
    }

    @Override
    public boolean onArrival(final Runnable wakeUp) {
        return false; // whoever sends writes to shared memory, and cannot call anybody
    }

    @Override
    public Doorbell doorbell() {
        return network.doorbell();
    }

    /** This endpoint's place at the driver; null while there is none. */
    private Attachment place() {
        final Attachment place = attachment.get();
        if (place != current) {
            // All that belonged to the former one has gone with its client.
            outbox.clear();
            inbox.clear();
            routes.clear();
            current = place;
        }
        return place != null && place.link().isAlive() ? place : null;
    }

    /** The same for those who send to this endpoint. Any thread. */
    Attachment attachment() {
        return attachment.get();
    }

    /** Gives the endpoint a place. For the network, from any thread. */
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
        final Thread thread = Thread.currentThread();
        if (user == thread) {
            return false;
        }
        user = thread;
        return true;
    }

    private void leave(final boolean isOutermost) {
        if (isOutermost) {
            user = null; // before the look: who closes goes in the opposite order
            if (isClosed) {
                release();
            }
        }
    }

    private void release() {
        if (isReleased.compareAndSet(false, true)) {
            ringLast();
            detach();
            outbox.close();
            inbox.clear();
            network.onReleased(this);
        }
    }

    /** Wakes those who have not been woken yet for what was sent to them. */
    private void ringLast() {
        isRingingLast = true; // before the look: who ends the client goes in the opposite order
        try {
            final Attachment place = attachment.get();
            if (place != null && place == current && place.link().isAlive()) {
                outbox.ring();
            }
        } finally {
            isRingingLast = false;
        }
    }

    /** Whether memory must stay mapped. */
    boolean isInUse() {
        return user != null || isRingingLast;
    }

    /** The thread that is within a call; null if none is. */
    Thread user() {
        return user;
    }

    /** Opening has succeeded: from now on the network gives it a place whenever it lacks one. */
    void onOpened() {
        isOpened = true;
    }

    boolean isOpened() {
        return isOpened;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** The ways to other endpoints. For the owner. */
    Outbox outbox() {
        return outbox;
    }

    /** Ends sending and taking. Any thread. What a call may be using stays until it returns. */
    void disconnect() {
        isClosed = true;
        inbox.stop();
        if (!isReleased.get()) {
            network.remove(this);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>May be called by the handler, which gets no further message then, and by any thread. What
     * was accepted is still sent.
     */
    @Override
    public void close() {
        disconnect();
        if (user == null) {
            release();
        }
    }
}
