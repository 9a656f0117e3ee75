package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

/**
 * Replies to commands that wait until caches do not hold any more what was before. Those of other
 * sessions, if the command changed something: whoever hears such a reply knows that nobody sees the
 * former state. Those of the session that is answered, if it goes by what it has in them, as who
 * has a lock does. Other replies pass them, for what is waited for may itself wait for a reply.
 *
 * <p>At most {@value #MAX_HELD} are held, half of them for those who are answered themselves. One
 * more is dropped, and asked for again.
 */
final class HeldReplies {
    /** The most that are held. */
    static final int MAX_HELD = 4096;

    private final Invalidations invalidations;
    private final ReplyQueue replies;
    private final List<Held> held = new ArrayList<>();
    private long dropped;

    private record Held(
            int destination,
            long session,
            long request,
            long others,
            long own,
            UnsafeBuffer reply) {}

    HeldReplies(final Invalidations invalidations, final ReplyQueue replies) {
        this.invalidations = invalidations;
        this.replies = replies;
    }

    /**
     * Adds a reply to a command, which is copied if it has to wait.
     *
     * @param others the position up to which other sessions must have void caches, 0 for none.
     * @param own the position up to which the session must have acknowledged, 0 for none.
     */
    void add(
            final int destination,
            final long session,
            final long request,
            final long others,
            final long own,
            final DirectBuffer reply,
            final int length) {
        if (mayLeave(session, others, own)) {
            replies.add(destination, reply, length);
        } else if (held.size() >= (own > 0 ? MAX_HELD / 2 : MAX_HELD)) {
            dropped++;
        } else if (!holds(session, request)) {
            final byte[] copy = new byte[length];
            reply.getBytes(0, copy);
            held.add(new Held(destination, session, request, others, own, new UnsafeBuffer(copy)));
        }
    }

    private boolean mayLeave(final long session, final long others, final long own) {
        return invalidations.isVoidElsewhere(session, others)
                && invalidations.hasAcknowledged(session, own);
    }

    private boolean holds(final long session, final long request) {
        for (final Held each : held) {
            if (each.session == session && each.request == request) {
                return true;
            }
        }
        return false;
    }

    /** A session is over: it hears of nothing that it has not any more. */
    void remove(final long session) {
        held.removeIf(each -> each.session == session);
    }

    /** Lets those go that need not wait any more. */
    int release() {
        if (!invalidations.hasAdvanced() || held.isEmpty()) {
            return 0;
        }
        final int before = held.size();
        held.removeIf(
                each -> {
                    final boolean may = mayLeave(each.session, each.others, each.own);
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
