package org.trivet.aeron;

import io.aeron.Image;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.Header;
import io.aeron.protocol.DataHeaderFlyweight;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.trivet.transport.Transport.Handler;

/**
 * Takes what has arrived at an endpoint: puts messages together of fragments, hands them on, and
 * reads announcements. For the endpoint's thread.
 */
final class Inbox {
    /** Fragments of the longest message, at least: what a poll reads for each it may take. */
    private static final long MAX_FRAGMENTS = Channels.MAX_MESSAGE_LENGTH / 1_024;

    private final NetworkCounters counters;
    private final Routes routes;
    private final Outbox outbox;
    private final ControlledFragmentHandler fragmentHandler = this::onFragment;
    private final Long2ObjectHashMap<Inbound> sessions = new Long2ObjectHashMap<>();
    private final AssemblyPool pool = new AssemblyPool();
    private Inbound lastSession;

    // The poll that is under way.
    private boolean isPolling;
    private AeronLink link;
    private Handler handler;
    private int limit;
    private int taken;
    private volatile boolean isStopped;
    private Throwable failure;

    Inbox(final NetworkCounters counters, final Routes routes, final Outbox outbox) {
        this.counters = counters;
        this.routes = routes;
        this.outbox = outbox;
    }

    boolean isPolling() {
        return isPolling;
    }

    /** Hands on messages, until there are so many, one's handler throws, or it is stopped. */
    int poll(final Attachment place, final Handler handler, final int limit) {
        isPolling = true;
        link = place.link();
        this.handler = handler;
        this.limit = limit;
        taken = 0;
        isStopped = false;
        try {
            forgetGone(place);
            take(place);
        } finally {
            isPolling = false;
            this.handler = null;
        }
        if (failure != null) {
            final Throwable thrown = failure;
            failure = null;
            rethrow(thrown);
        }
        return taken;
    }

    private void take(final Attachment place) {
        long fragmentsLeft = limit * MAX_FRAGMENTS;
        int fragments = 1;
        while (fragments > 0 && fragmentsLeft > 0 && !isOver()) {
            fragments =
                    place.subscription()
                            .controlledPoll(
                                    fragmentHandler,
                                    (int) Math.min(fragmentsLeft, Integer.MAX_VALUE));
            fragmentsLeft -= fragments;
        }
    }

    /** Ends the poll that is under way after the message that is being handled. Any thread. */
    void stop() {
        isStopped = true;
    }

    private boolean isOver() {
        return taken >= limit || failure != null || isStopped;
    }

    /** The handler's own exception: it throws nothing that is checked. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void rethrow(final Throwable thrown) throws T {
        throw (T) thrown;
    }

    private ControlledFragmentHandler.Action onFragment(
            final DirectBuffer buffer, final int offset, final int length, final Header header) {
        if (isOver()) {
            // Of another session: a break ends the reading of one only. It stays where it is.
            return ControlledFragmentHandler.Action.ABORT;
        }
        final Inbound session = session((Image) header.context());
        final byte flags = header.flags();
        if (header.reservedValue() == Announcement.RESERVED_VALUE) {
            onAnnouncement(session, buffer, offset, isWhole(flags) ? length : 0);
        } else if (session.announcement() == null) {
            counters.messagesUnannounced.increment();
            if (session.reject()) {
                link.reject(session.image());
            }
        } else if (isWhole(flags)) {
            deliver(buffer, offset, length);
        } else {
            append(session, buffer, offset, length, flags);
        }
        return isOver()
                ? ControlledFragmentHandler.Action.BREAK
                : ControlledFragmentHandler.Action.CONTINUE;
    }

    private static boolean isWhole(final byte flags) {
        return (flags & DataHeaderFlyweight.BEGIN_AND_END_FLAGS)
                == DataHeaderFlyweight.BEGIN_AND_END_FLAGS;
    }

    private void append(
            final Inbound session,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final byte flags) {
        if ((flags & DataHeaderFlyweight.BEGIN_FLAG) != 0) {
            session.begin();
        }
        if (!session.append(buffer, offset, length)) {
            counters.messagesTooLong.increment();
        }
        if ((flags & DataHeaderFlyweight.END_FLAG) != 0 && session.assembly() != null) {
            deliver(session.assembly(), 0, session.assembledLength());
            session.end();
        }
    }

    private void deliver(final DirectBuffer buffer, final int offset, final int length) {
        taken++;
        try {
            handler.onMessage(buffer, offset, length);
        } catch (final Throwable e) {
            failure = e; // Aeron would hand it to its error handler; ours is who polls
        }
    }

    private void onAnnouncement(
            final Inbound session, final DirectBuffer buffer, final int offset, final int length) {
        final Announcement announcement = Announcement.decode(buffer, offset, length);
        if (announcement == null || session.announcement() != null) {
            counters.announcementsRefused.increment();
            return;
        }
        session.announce(announcement);
        if (routes.learn(session)) {
            outbox.onReopened(announcement.endpointId());
        }
    }

    private Inbound session(final Image image) {
        if (lastSession != null && lastSession.image() == image) {
            return lastSession;
        }
        Inbound session = sessions.get(image.correlationId());
        if (session == null) {
            session = new Inbound(image, pool);
            sessions.put(image.correlationId(), session);
        }
        lastSession = session;
        return session;
    }

    private void forgetGone(final Attachment place) {
        Image image;
        while (!place.gone().isEmpty() && (image = place.gone().poll()) != null) {
            final Inbound session = sessions.remove(image.correlationId());
            if (session != null) {
                session.end();
            }
            lastSession = null;
        }
    }

    /** Forgets all sessions. */
    void clear() {
        sessions.clear();
        lastSession = null;
    }
}
