package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

/**
 * Replies to commands that wait until the caches of other sessions do not hold any more what the
 * commands changed: whoever hears such a reply knows that nobody sees the former state. Other
 * replies pass them, for what is waited for may itself wait for a reply.
 *
 * <p>At most {@value #MAX_HELD} are held. One more is dropped, and asked for again.
 */
final class HeldReplies {
    /** The most that are held. */
    static final int MAX_HELD = 4096;

    private final Invalidations invalidations;
    private final ReplyQueue replies;
    private final List<Held> held = new ArrayList<>();
    private long dropped;

    private record Held(
            int destination, long session, long request, long position, UnsafeBuffer reply) {}

    HeldReplies(final Invalidations invalidations, final ReplyQueue replies) {
        this.invalidations = invalidations;
        this.replies = replies;
    }

    /** Adds a reply to a command, which is copied if it has to wait. */
    void add(
            final int destination,
            final long session,
            final long request,
            final DirectBuffer reply,
            final int length) {
        final long position = invalidations.position();
        if (invalidations.isVoidElsewhere(session, position)) {
            replies.add(destination, reply, length);
        } else if (held.size() >= MAX_HELD) {
            dropped++;
        } else if (!holds(session, request)) {
            final byte[] copy = new byte[length];
            reply.getBytes(0, copy);
            held.add(new Held(destination, session, request, position, new UnsafeBuffer(copy)));
        }
    }

    private boolean holds(final long session, final long request) {
        for (final Held each : held) {
            if (each.session == session && each.request == request) {
                return true;
            }
        }
        return false;
    }

    /** Lets those go that need not wait any more. */
    int release() {
        if (!invalidations.hasAdvanced() || held.isEmpty()) {
            return 0;
        }
        final int before = held.size();
        held.removeIf(
                each -> {
                    final boolean may = invalidations.isVoidElsewhere(each.session, each.position);
                    if (may) {
                        replies.add(each.destination, each.reply, each.reply.capacity());
                    }
                    return may;
                });
        return before - held.size();
    }

    /** Those that there was no room for. */
    long dropped() {
        return dropped;
    }
}
