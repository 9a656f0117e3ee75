package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;

import java.nio.ByteOrder;

/**
 * Which requests of which sessions are committed, so that a repeated request is answered and not
 * done again.
 *
 * <p>For each session there is a window of {@value #WINDOW} request numbers from the lowest one
 * that the client still wants an answer to; all below it are done. Requests of entries that are in
 * the log but not committed are marked pending at the primary; that mark is never encoded.
 *
 * <pre>
 *   encoded, little-endian:  int32 sessions, then for each:
 *     int64 session | int64 lowest open | 16 x int64 committed bits
 * </pre>
 */
final class ResultTable {
    /** Request numbers that a session may have open at once. */
    static final int WINDOW = 1024;

    /** No client comes so far; the window of those up to here has its end above them. */
    private static final long MAX_REQUEST = Long.MAX_VALUE - WINDOW;

    private static final int WORDS = WINDOW / 64;
    private static final int ENCODED_SESSION_LENGTH = 16 + WORDS * 8;

    private static final class Session {
        long lowestOpen = 1;
        final long[] committed = new long[WORDS];
        final long[] pending = new long[WORDS];

        boolean isDone(final long request) {
            return request < lowestOpen || request < lowestOpen + WINDOW && bit(committed, request);
        }

        void raise(final long newLowestOpen) {
            if (newLowestOpen - lowestOpen >= WINDOW) {
                java.util.Arrays.fill(committed, 0);
                java.util.Arrays.fill(pending, 0);
                lowestOpen = newLowestOpen;
            }
            while (lowestOpen < newLowestOpen) {
                clear(committed, lowestOpen);
                clear(pending, lowestOpen);
                lowestOpen++;
            }
        }
    }

    private final Long2ObjectHashMap<Session> sessions = new Long2ObjectHashMap<>();

    private static boolean bit(final long[] words, final long request) {
        return (words[(int) (request >>> 6) & WORDS - 1] & 1L << request) != 0;
    }

    private static void set(final long[] words, final long request) {
        words[(int) (request >>> 6) & WORDS - 1] |= 1L << request;
    }

    private static void clear(final long[] words, final long request) {
        words[(int) (request >>> 6) & WORDS - 1] &= ~(1L << request);
    }

    boolean isCommitted(final long session, final long request) {
        final Session s = sessions.get(session);
        return s != null && s.isDone(request);
    }

    boolean isPending(final long session, final long request) {
        final Session s = sessions.get(session);
        return s != null && request < s.lowestOpen + WINDOW && bit(s.pending, request);
    }

    /**
     * Whether the request lies beyond the window, given what the client says is its lowest open
     * one, or one of them cannot be.
     */
    static boolean isBeyondWindow(final long request, final long lowestOpen) {
        return request < 1
                || request > MAX_REQUEST
                || lowestOpen < 1
                || lowestOpen > request
                || request - lowestOpen >= WINDOW;
    }

    void notePending(final long session, final long request, final long lowestOpen) {
        final Session s = session(session);
        s.raise(lowestOpen);
        if (request >= s.lowestOpen) { // else its place in the window is another's by now
            set(s.pending, request);
        }
    }

    /** A request that was pending is not in the log any more. */
    void forgetPending(final long session, final long request) {
        final Session s = sessions.get(session);
        if (s != null && request >= s.lowestOpen) {
            clear(s.pending, request);
        }
    }

    void forgetPending() {
        for (final Session s : sessions.values()) {
            java.util.Arrays.fill(s.pending, 0);
        }
    }

    void commit(final long session, final long request, final long lowestOpen) {
        if (session == 0) {
            return;
        }
        final Session s = session(session);
        s.raise(lowestOpen);
        if (request >= s.lowestOpen && request < s.lowestOpen + WINDOW) {
            set(s.committed, request);
            clear(s.pending, request);
        }
    }

    private Session session(final long session) {
        Session s = sessions.get(session);
        if (s == null) {
            s = new Session();
            sessions.put(session, s);
        }
        return s;
    }

    /**
     * Forgets sessions that are over: those up to {@code highest} that are not among the live ones.
     *
     * @return whether there were any.
     */
    boolean retain(final long highest, final LongHashSet live) {
        boolean any = false;
        final var keys = sessions.keySet().iterator();
        while (keys.hasNext()) {
            final long session = keys.nextLong();
            if (session <= highest && !live.contains(session)) {
                keys.remove();
                any = true;
            }
        }
        return any;
    }

    int encodedLength() {
        return 4 + sessions.size() * ENCODED_SESSION_LENGTH;
    }

    int encode(final MutableDirectBuffer buffer, final int offset) {
        buffer.putInt(offset, sessions.size(), ByteOrder.LITTLE_ENDIAN);
        int at = offset + 4;
        final var entries = sessions.entrySet().iterator();
        while (entries.hasNext()) {
            entries.next();
            final Session s = entries.getValue();
            buffer.putLong(at, entries.getLongKey(), ByteOrder.LITTLE_ENDIAN);
            buffer.putLong(at + 8, s.lowestOpen, ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < WORDS; i++) {
                buffer.putLong(at + 16 + i * 8, s.committed[i], ByteOrder.LITTLE_ENDIAN);
            }
            at += ENCODED_SESSION_LENGTH;
        }
        return at - offset;
    }

    /** Whether so many bytes are an encoded table. */
    static boolean isEncoded(final DirectBuffer buffer, final int offset, final int length) {
        if (length < 4) {
            return false;
        }
        final int count = buffer.getInt(offset, ByteOrder.LITTLE_ENDIAN);
        if (count < 0 || (long) count * ENCODED_SESSION_LENGTH != length - 4) {
            return false;
        }
        for (int at = offset + 4; at < offset + length; at += ENCODED_SESSION_LENGTH) {
            final long lowestOpen = buffer.getLong(at + 8, ByteOrder.LITTLE_ENDIAN);
            if (buffer.getLong(at, ByteOrder.LITTLE_ENDIAN) == 0
                    || lowestOpen < 1
                    || lowestOpen > MAX_REQUEST) {
                return false;
            }
        }
        return true;
    }

    /**
     * Adds what an encoded table says is committed. False, and nothing added, if it is malformed.
     */
    boolean merge(final DirectBuffer buffer, final int offset, final int length) {
        if (!isEncoded(buffer, offset, length)) {
            return false;
        }
        final int count = buffer.getInt(offset, ByteOrder.LITTLE_ENDIAN);
        for (int i = 0, at = offset + 4; i < count; i++, at += ENCODED_SESSION_LENGTH) {
            final Session s = session(buffer.getLong(at, ByteOrder.LITTLE_ENDIAN));
            final long otherLowest = buffer.getLong(at + 8, ByteOrder.LITTLE_ENDIAN);
            s.raise(otherLowest);
            for (long request = Math.max(otherLowest, s.lowestOpen);
                    request < otherLowest + WINDOW;
                    request++) {
                final int word = (int) (request >>> 6) & WORDS - 1;
                final long bits = buffer.getLong(at + 16 + word * 8, ByteOrder.LITTLE_ENDIAN);
                if ((bits & 1L << request) != 0) {
                    set(s.committed, request);
                }
            }
        }
        return true;
    }

    void clear() {
        sessions.clear();
    }
}
