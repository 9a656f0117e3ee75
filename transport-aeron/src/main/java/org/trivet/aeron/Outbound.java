package org.trivet.aeron;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.ReservedValueSupplier;
import io.aeron.exceptions.RegistrationException;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Transport;

import java.util.concurrent.TimeUnit;

/**
 * The way to one other endpoint: a publication, which is asked for when it is first needed, begins
 * with an announcement, and is replaced when it has lost its receiver. For the endpoint's thread.
 */
final class Outbound {
    private static final ReservedValueSupplier IS_ANNOUNCEMENT =
            (buffer, offset, length) -> Announcement.RESERVED_VALUE;
    private static final ReservedValueSupplier IS_MESSAGE = (buffer, offset, length) -> 0L;

    /** How soon an endpoint that is not there is looked for again. */
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(1);

    /**
     * A publication that is lost again and again is opened after longer and longer pauses: each
     * takes memory for more than a second after it was closed.
     */
    private static final long MIN_RETRY_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final long MAX_RETRY_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** One that has lasted so long is not lost again and again. */
    private static final long LASTING_NS = TimeUnit.SECONDS.toNanos(1);

    private final int destination;
    private final Attachment from;
    private final AeronNetwork network;
    private final Routes routes;

    private Route route;
    private long registrationId = AeronLink.NONE;
    private ExclusivePublication publication;
    private boolean isAnnounced;
    private boolean isRingDue;
    private long openedNs;
    private long retryNs = MIN_RETRY_NS;
    private long openNextNs;
    private long connectedNs;

    Outbound(
            final int destination,
            final Attachment from,
            final AeronNetwork network,
            final Routes routes,
            final long nowNs) {
        this.destination = destination;
        this.from = from;
        this.network = network;
        this.routes = routes;
        openNextNs = nowNs;
        connectedNs = nowNs;
    }

    int destination() {
        return destination;
    }

    long offer(
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
        if (publication == null && !open()) {
            return Transport.NOT_CONNECTED;
        }
        if (!route.isCurrent(from.link().registry())) {
            drop();
            return Transport.NOT_CONNECTED;
        }
        if (!isAnnounced) {
            final UnsafeBuffer announcement = from.announcement();
            final long result =
                    publication.offer(announcement, 0, announcement.capacity(), IS_ANNOUNCEMENT);
            if (result < 0) {
                return refused(result);
            }
            isAnnounced = true;
        }
        long result = publish(first, firstOffset, firstLength, second, secondOffset, secondLength);
        if (result == Publication.ADMIN_ACTION) {
            // The change of terms, which is done by now: who sends has no more to wait for, and an
            // answer that is not offered again would be missed for as long as its asker waits.
            result = publish(first, firstOffset, firstLength, second, secondOffset, secondLength);
        }
        return result < 0 ? refused(result) : result;
    }

    private long publish(
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
        return publication.offer(
                first, firstOffset, firstLength, second, secondOffset, secondLength, IS_MESSAGE);
    }

    /** Takes note that something was sent; true if that is the first since {@link #ring}. */
    boolean sent() {
        final boolean isFirst = !isRingDue;
        isRingDue = true;
        return isFirst;
    }

    /** Wakes who is to take what was sent, if that one waits. */
    void ring() {
        if (!isRingDue) {
            return; // its receiver has been lost since
        }
        isRingDue = false;
        if (route.counterId() >= 0) {
            from.link().registry().ring(route.counterId());
        } else if (network.doorbell() != null) {
            network.doorbell().ring();
        }
    }

    private long refused(final long result) {
        if (result == Publication.BACK_PRESSURED || result == Publication.ADMIN_ACTION) {
            network.counters().backPressured.increment();
            return Transport.BACK_PRESSURED;
        }
        if (result != Publication.NOT_CONNECTED || isAnnounced) {
            drop(); // it has lost its receiver, or its driver, or has come to its end
        }
        return Transport.NOT_CONNECTED;
    }

    /** Goes a step towards having a publication. */
    private boolean open() {
        if (registrationId != AeronLink.NONE) {
            return take();
        }
        final long nowNs = System.nanoTime();
        if (openNextNs - nowNs > 0) {
            return false;
        }
        route = routes.find(from.link(), destination);
        if (route == null) {
            openNextNs = nowNs + LOOK_INTERVAL_NS;
            return false;
        }
        registrationId = from.link().addPublication(route.channel(), route.streamId());
        openedNs = nowNs;
        isAnnounced = false;
        return false;
    }

    private boolean take() {
        try {
            publication = from.link().publication(registrationId);
        } catch (final RegistrationException e) {
            network.onError(e);
            registrationId = AeronLink.NONE;
            backOff();
        }
        return publication != null;
    }

    /** Closes the publication; the next offer looks for the endpoint anew. */
    void drop() {
        isRingDue = false;
        if (registrationId != AeronLink.NONE) {
            from.link().removePublication(registrationId);
            registrationId = AeronLink.NONE;
            publication = null;
            isAnnounced = false;
            backOff();
        }
    }

    private void backOff() {
        final long nowNs = System.nanoTime();
        retryNs =
                nowNs - openedNs > LASTING_NS ? MIN_RETRY_NS : Math.min(2 * retryNs, MAX_RETRY_NS);
        openNextNs = nowNs + retryNs;
    }

    /**
     * Looks at the connection.
     *
     * @return how long it has been without one, in ns.
     */
    long unconnectedNs(final long nowNs) {
        if (publication != null && publication.isConnected()) {
            connectedNs = nowNs;
        } else if (isAnnounced) {
            drop();
        }
        return nowNs - connectedNs;
    }
}
