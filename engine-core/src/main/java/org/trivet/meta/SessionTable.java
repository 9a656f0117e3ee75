package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.wire.sbe.MetaErrorDecoder;
import org.trivet.wire.sbe.Refusal;

import java.nio.ByteOrder;

/**
 * Sessions of clients, and the replies that they may ask for again. The sessions, which are few,
 * are kept in memory, and written with each checkpoint; the replies are rows.
 */
final class SessionTable {
    /** The most sessions at once. */
    static final int MAX_SESSIONS = 4096;

    /** By how much a request may be ahead of the session's lowest open one. */
    static final int MAX_WINDOW = 1 << 16;

    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int ENDED_AT_ONCE = 512;

    private final State state;
    private final Files files;
    private final Locks locks;
    private final Long2ObjectHashMap<Session> sessions = new Long2ObjectHashMap<>();
    private final long[] collected = new long[ENDED_AT_ONCE];

    /** One session. */
    static final class Session {
        final long id;
        final int source;
        final long clientId;
        long lowestOpen;
        boolean ending;
        private boolean dirty;

        private Session(final long id, final int source, final long clientId) {
            this.id = id;
            this.source = source;
            this.clientId = clientId;
        }
    }

    SessionTable(final State state, final Files files, final Locks locks) {
        this.state = state;
        this.files = files;
        this.locks = locks;
        state.rows
                .key('S')
                .scan(
                        1,
                        (key, value) -> {
                            final Session session =
                                    new Session(
                                            Rows.keyNumber(key, 0),
                                            value.getInt(0, LE),
                                            value.getLong(8, LE));
                            session.ending = value.getInt(4, LE) != 0;
                            session.lowestOpen = value.getLong(16, LE);
                            sessions.put(session.id, session);
                            return true;
                        });
    }

    Long2ObjectHashMap<Session> all() {
        return sessions;
    }

    /** A session, ending or not, or null. */
    Session get(final long session) {
        return sessions.get(session);
    }

    /** The session that a client has opened, or null. */
    Session find(final int source, final long clientId) {
        for (final Session session : sessions.values()) {
            if (session.source == source && session.clientId == clientId && !session.ending) {
                return session;
            }
        }
        return null;
    }

    int open(final int source, final long clientId) {
        Session session = find(source, clientId);
        if (session == null) {
            if (sessions.size() >= MAX_SESSIONS) {
                throw Refused.BUSY;
            }
            session = new Session(state.counters.nextSession++, source, clientId);
            session.dirty = true;
            sessions.put(session.id, session);
            state.effects.sessionOpened(session.id, source);
            state.effects.mustSync();
        }
        return state.replies.sessionOpened(session.id, clientId);
    }

    int close(final long id) {
        beginEnd(id);
        return state.replies.done(0);
    }

    private Session beginEnd(final long id) {
        final Session session = sessions.get(id);
        if (session != null && !session.ending) {
            session.ending = true;
            session.dirty = true;
            state.effects.sessionEnding(id);
        }
        return session;
    }

    /** Ends a session, a bounded part of it at once: until it is gone. */
    int end(final long id) {
        if (beginEnd(id) == null) {
            return 0;
        }
        int count = state.rows.key('O').and(id).collect(1, 1, collected);
        for (int i = 0; i < count; i++) {
            files.abandon(id, collected[i]);
        }
        int left = count;
        if (count == 0) {
            count = state.rows.key('Q').and(id).collect(1, 1, collected);
            for (int i = 0; i < count; i++) {
                locks.releaseAll(id, collected[i]);
            }
            left = count;
        }
        if (left == 0) {
            left = dropResults(id, Long.MAX_VALUE, ENDED_AT_ONCE);
        }
        if (left == 0) {
            state.rows.key('S').and(id).remove();
            sessions.remove(id);
        }
        return 0;
    }

    /** Notes the lowest request that the client still waits for. */
    void advance(final Session session, final long lowestOpen) {
        if (lowestOpen > session.lowestOpen) {
            session.lowestOpen = lowestOpen;
            session.dirty = true;
            while (dropResults(session.id, lowestOpen, 64) == 64) {
                assert session.lowestOpen == lowestOpen;
            }
        }
    }

    private int dropResults(final long session, final long below, final int atMost) {
        final int[] count = {0};
        state.rows
                .key('R')
                .and(session)
                .scan(
                        1 + Long.BYTES,
                        (key, value) -> {
                            final long request = Rows.keyNumber(key, 1);
                            if (request >= below) {
                                return false;
                            }
                            collected[count[0]++] = request;
                            return count[0] < atMost;
                        });
        for (int i = 0; i < count[0]; i++) {
            state.rows.key('R').and(session).and(collected[i]).remove();
        }
        return count[0];
    }

    /**
     * The reply to a request that was answered before, valid until the rows are next used; or null.
     */
    DirectBuffer recall(final long session, final long request) {
        return state.rows.key('R').and(session).and(request).get();
    }

    void record(final long session, final long request, final int replyLength) {
        state.rows.key('R').and(session).and(request).put(state.replies.buffer(), 0, replyLength);
    }

    /**
     * Gives up a request: if it was not answered, it is from now on.
     *
     * @return the reply's length: 1 if it had been done.
     */
    int cancelRequest(final long session, final long request, final long given) {
        final DirectBuffer reply = recall(session, given);
        if (reply != null) {
            final boolean done = Verbs.templateId(reply, 0) != MetaErrorDecoder.TEMPLATE_ID;
            return state.replies.done(done ? 1 : 0);
        }
        state.replies.begin(session, given);
        record(session, given, state.replies.error(ErrorCode.INTERRUPTED, Refusal.NONE));
        state.replies.begin(session, request);
        return state.replies.done(0);
    }

    void save() {
        final UnsafeBuffer value = state.rows.value();
        for (final Session session : sessions.values()) {
            if (session.dirty) {
                session.dirty = false;
                value.putInt(0, session.source, LE);
                value.putInt(4, session.ending ? 1 : 0, LE);
                value.putLong(8, session.clientId, LE);
                value.putLong(16, session.lowestOpen, LE);
                state.rows.key('S').and(session.id).putValue(24);
            }
        }
    }
}
