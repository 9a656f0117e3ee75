package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.InvalidateEncoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Tells sessions what a command of another one changed, if they may have it in a cache, until they
 * have acknowledged that the cache is void. The reply to the command waits for that (see {@link
 * HeldReplies}), but not for a session that is silent for longer than a cache is trusted.
 *
 * <p>A session takes its invalidations in order, by number. At most {@value #MAX_UNACKNOWLEDGED} of
 * it are kept; then they become one that says that anything may have changed.
 */
final class Invalidations {
    /** In the place of an inode: anything may have changed. */
    static final long EVERYTHING = 0;

    /** The most that one session has yet to acknowledge. */
    static final int MAX_UNACKNOWLEDGED = 1024;

    /** For how long a session is waited for: what its kernel was told of names is void by then. */
    static final long PATIENCE_NS = Callbacks.CACHED_NS + Callbacks.CACHED_NS / 4;

    private static final long RESEND_NS = 100_000_000L;
    private static final int RESENT_AT_ONCE = 64;
    private static final byte[] NO_NAME = {};

    private final long volumeId;
    private final Transport transport;
    private final Namespace namespace;
    private final Callbacks callbacks = new Callbacks();
    private final Long2ObjectHashMap<Outbox> outboxes = new Long2ObjectHashMap<>();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[512]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final InvalidateEncoder encoder = new InvalidateEncoder();
    private long life;
    private long nowNs;
    private long position;
    private boolean advanced;
    private boolean caughtUp;
    private long dropped;

    /** The session whose command it is. */
    private long origin;

    private record Change(
            long number,
            long position,
            long inode,
            boolean contents,
            byte[] name,
            long firstSentNs) {}

    /** What one session has yet to acknowledge. */
    private static final class Outbox {
        private final SessionTable.Session session;
        private final ArrayDeque<Change> unacknowledged = new ArrayDeque<>();
        private long lastNumber;
        private long sentNs;

        /** It is not waited for, as it has not acknowledged something for too long. */
        private boolean isSilent;

        /** Up to where others have not waited for it. */
        private long passedOverUpTo;

        private Outbox(final SessionTable.Session session) {
            this.session = session;
        }

        private boolean isPassedOver() {
            final Change oldest = unacknowledged.peek();
            return oldest != null && oldest.position <= passedOverUpTo;
        }

        private boolean isLate(final long nowNs) {
            final Change oldest = unacknowledged.peek();
            return oldest != null && nowNs - oldest.firstSentNs >= PATIENCE_NS;
        }
    }

    Invalidations(final long volumeId, final Transport transport, final Namespace namespace) {
        this.volumeId = volumeId;
        this.transport = transport;
        this.namespace = namespace;
    }

    /**
     * Begins a life of the process. What sessions of earlier were to be told is not known any more.
     */
    void start(final long newLife, final long instantNs) {
        life = newLife;
        nowNs = instantNs;
        for (final SessionTable.Session session : namespace.sessions().all().values()) {
            if (!session.ending) {
                position++;
                add(session, EVERYTHING, true, NO_NAME);
            }
        }
        for (final Outbox outbox : outboxes.values()) {
            outbox.passedOverUpTo = position; // perhaps, in the life before
        }
    }

    void newCycle(final long instantNs) {
        nowNs = instantNs;
    }

    void origin(final long session) {
        origin = session;
    }

    /** A session is told of what the namespace has just touched for it. */
    void told(final long session) {
        callbacks.told(session, namespace.touched(), nowNs);
    }

    void inodeChanged(final long inode, final boolean contents) {
        send(inode, contents, NO_NAME);
    }

    void entryChanged(final long parent, final DirectBuffer name) {
        if (namespace.sessions().all().size() > 1 || origin == 0) {
            final byte[] copy = new byte[name.capacity()];
            name.getBytes(0, copy);
            send(parent, false, copy);
        }
    }

    /** Those who write to an inode learn that they are not alone with it. */
    void opened(final long inode) {
        for (final SessionTable.Session session : namespace.sessions().all().values()) {
            if (session.id != origin && !session.ending && namespace.isWriting(session.id, inode)) {
                position++;
                add(session, inode, false, NO_NAME);
            }
        }
    }

    private void send(final long inode, final boolean contents, final byte[] name) {
        for (final SessionTable.Session session : namespace.sessions().all().values()) {
            if (session.id != origin
                    && !session.ending
                    && (callbacks.mayCache(session.id, inode, nowNs)
                            || namespace.isOpen(session.id, inode))) {
                position++;
                add(session, inode, contents, name);
            }
        }
    }

    private void add(
            final SessionTable.Session session,
            final long inode,
            final boolean contents,
            final byte[] name) {
        Outbox outbox = outboxes.get(session.id);
        if (outbox == null) {
            outbox = new Outbox(session);
            outboxes.put(session.id, outbox);
        }
        if (outbox.unacknowledged.size() >= MAX_UNACKNOWLEDGED) {
            mergeAll(outbox);
        } else {
            outbox.lastNumber++;
            send(outbox, new Change(outbox.lastNumber, position, inode, contents, name, nowNs));
        }
    }

    /** Makes one of all that a session has yet to acknowledge. */
    private void mergeAll(final Outbox outbox) {
        final Change oldest = outbox.unacknowledged.peek();
        outbox.unacknowledged.clear();
        outbox.lastNumber++;
        send(
                outbox,
                new Change(
                        outbox.lastNumber,
                        oldest.position, // whoever waits for any of them waits for this
                        EVERYTHING,
                        true,
                        NO_NAME,
                        oldest.firstSentNs));
    }

    private void send(final Outbox outbox, final Change change) {
        outbox.unacknowledged.add(change);
        outbox.sentNs = nowNs;
        transmit(outbox, change);
    }

    private boolean transmit(final Outbox outbox, final Change change) {
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(EndpointId.METADATA)
                .session(outbox.session.id)
                .life(life)
                .number(change.number)
                .inode(change.inode)
                .contents((short) (change.contents ? 1 : 0))
                .putName(change.name, 0, change.name.length);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
        if (transport.offer(outbox.session.source, buffer, 0, length) < 0) {
            dropped++;
            return false;
        }
        return true;
    }

    /**
     * A session has voided what it was told of, up to a number. If it had acknowledged more it has
     * heard of another life since, and has forgotten that: it lacks what would make what follows
     * the next one, and is told that anything may have changed.
     */
    void onAck(final int source, final long session, final long ofLife, final long upTo) {
        final Outbox outbox = outboxes.get(session);
        if (outbox == null
                || outbox.session.source != source
                || ofLife != life
                || upTo > outbox.lastNumber) {
            return;
        }
        final ArrayDeque<Change> changes = outbox.unacknowledged;
        if (!changes.isEmpty() && lacksWhatCameBefore(upTo, changes.peek())) {
            mergeAll(outbox);
        }
        while (!changes.isEmpty() && changes.peek().number <= upTo) {
            changes.remove();
            advanced = true;
        }
        final boolean wasPassedOver = outbox.isPassedOver();
        passOver(outbox);
        caughtUp |= wasPassedOver && !outbox.isPassedOver();
    }

    /** Others do not wait for a session that is late. */
    private void passOver(final Outbox outbox) {
        final boolean wasSilent = outbox.isSilent;
        if (wasSilent) {
            outbox.passedOverUpTo = position;
        }
        outbox.isSilent = outbox.isLate(nowNs);
        if (outbox.isSilent) {
            outbox.passedOverUpTo = position;
            advanced |= !wasSilent;
        }
    }

    /** An acknowledgement may also have been on its way for long; not if it comes again. */
    private boolean lacksWhatCameBefore(final long upTo, final Change next) {
        return upTo + 1 < next.number
                && next.inode != EVERYTHING
                && nowNs - next.firstSentNs >= RESEND_NS;
    }

    /** Sends again what is not acknowledged, and gives the silent up for a while. */
    int doWork() {
        int workCount = 0;
        for (final Outbox outbox : outboxes.values()) {
            final Change oldest = outbox.unacknowledged.peek();
            if (oldest == null) {
                continue;
            }
            passOver(outbox);
            if (nowNs - outbox.sentNs >= RESEND_NS) {
                outbox.sentNs = nowNs;
                final Iterator<Change> changes = outbox.unacknowledged.iterator();
                int count = 0;
                while (count < RESENT_AT_ONCE
                        && changes.hasNext()
                        && transmit(outbox, changes.next())) {
                    count++;
                }
                workCount += count;
            }
        }
        return workCount;
    }

    /** A session is over. */
    void remove(final long session) {
        callbacks.remove(session);
        advanced |= outboxes.remove(session) != null;
    }

    /** Up to where changes have been told. */
    long position() {
        return position;
    }

    /** Whether everybody else who is waited for has voided what was told up to a position. */
    boolean isVoidElsewhere(final long session, final long upTo) {
        for (final Outbox outbox : outboxes.values()) {
            final Change oldest = outbox.unacknowledged.peek();
            if (oldest != null
                    && oldest.position <= upTo
                    && !outbox.isSilent
                    && outbox.session.id != session) {
                return false;
            }
        }
        return true;
    }

    /** Whether a session has acknowledged all that it was told of up to a position. */
    boolean hasAcknowledged(final long session, final long upTo) {
        final Outbox outbox = outboxes.get(session);
        final Change oldest = outbox == null ? null : outbox.unacknowledged.peek();
        return oldest == null || oldest.position > upTo;
    }

    /** Whether others went on without waiting for something that a session has to acknowledge. */
    boolean mayHaveBeenPassedOver(final long session) {
        final Outbox outbox = outboxes.get(session);
        return outbox != null && (outbox.isSilent || outbox.isPassedOver());
    }

    /** Whether a session has caught up, of which others went on, since this was last asked. */
    boolean takeCaughtUp() {
        final boolean result = caughtUp;
        caughtUp = false;
        return result;
    }

    /** Whether there is less to wait for than when this was last asked. */
    boolean hasAdvanced() {
        final boolean result = advanced;
        advanced = false;
        return result;
    }

    /** Messages that could not be sent at once. */
    long dropped() {
        return dropped;
    }
}
