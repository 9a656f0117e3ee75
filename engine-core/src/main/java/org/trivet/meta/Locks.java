package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.trivet.ErrorCode;
import org.trivet.fs.FileLock;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Byte-range locks of fcntl(2) and whole-file locks of flock(2), which do not see each other. Kept
 * in rows.
 */
final class Locks {
    /** The most locks of one kind on one inode. */
    static final int MAX_LOCKS = 4096;

    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int PREFIX = 1 + 2 * Long.BYTES;
    private static final int REMOVED_AT_ONCE = 256;
    private static final int FIRST_ROOM = 64;

    private final State state;
    private final InodeRow row = new InodeRow();
    private long[] starts = new long[FIRST_ROOM];
    private long[] ends = new long[FIRST_ROOM];
    private int[] types = new int[FIRST_ROOM];
    private int[] pids = new int[FIRST_ROOM];
    private final long[] keys = new long[3 * REMOVED_AT_ONCE];
    private int ownCount;
    private int allCount;

    /** The conflict that {@link #findConflict} found. */
    long foundSession;

    long foundOwner;
    long foundStart;
    long foundEnd;
    int foundType;
    int foundPid;

    Locks(final State state) {
        this.state = state;
    }

    /** Told of a lock in the way. */
    interface ConflictVisitor {
        /** The holder of a lock that conflicts. */
        void onConflict(long session, long owner);
    }

    void check(final long inode, final int type, final long start, final long end) {
        if (type < FileLock.READ || type > FileLock.UNLOCK || start < 0 || end < start) {
            throw Refused.of(ErrorCode.INVALID);
        }
        state.inode(inode, row);
    }

    /** Finds the first lock of another owner in the way. */
    boolean findConflict(
            final long inode,
            final boolean flock,
            final long owner,
            final int type,
            final long start,
            final long end) {
        foundType = FileLock.UNLOCK;
        if (type != FileLock.UNLOCK) {
            state.rows
                    .key('B')
                    .and(inode)
                    .and(flock ? 1 : 0)
                    .scan(
                            PREFIX,
                            (key, value) -> {
                                if (conflicts(key, value, owner, type, start, end)) {
                                    foundStart = Rows.keyNumber(key, 2);
                                    foundSession = Rows.keyNumber(key, 3);
                                    foundOwner = Rows.keyNumber(key, 4);
                                    foundEnd = value.getLong(0, LE);
                                    foundType = value.getInt(8, LE);
                                    foundPid = value.getInt(12, LE);
                                    return false;
                                }
                                return true;
                            });
        }
        return foundType != FileLock.UNLOCK;
    }

    /** Visits the holders of all locks in the way. */
    void forEachConflict(
            final long inode,
            final boolean flock,
            final long owner,
            final int type,
            final long start,
            final long end,
            final ConflictVisitor visitor) {
        state.rows
                .key('B')
                .and(inode)
                .and(flock ? 1 : 0)
                .scan(
                        PREFIX,
                        (key, value) -> {
                            if (conflicts(key, value, owner, type, start, end)) {
                                visitor.onConflict(Rows.keyNumber(key, 3), Rows.keyNumber(key, 4));
                            }
                            return true;
                        });
    }

    private boolean conflicts(
            final DirectBuffer key,
            final DirectBuffer value,
            final long owner,
            final int type,
            final long start,
            final long end) {
        final boolean overlaps = Rows.keyNumber(key, 2) <= end && value.getLong(0, LE) >= start;
        final boolean own =
                Rows.keyNumber(key, 3) == state.session && Rows.keyNumber(key, 4) == owner;
        return overlaps
                && !own
                && (type == FileLock.WRITE || value.getInt(8, LE) == FileLock.WRITE);
    }

    /** Sets or releases a lock that nothing is in the way of. */
    void set(
            final long inode,
            final boolean flock,
            final long owner,
            final int type,
            final long start,
            final long end,
            final int pid) {
        gatherOwn(inode, flock, owner, start, end);
        if (type != FileLock.UNLOCK && allCount + 2 > MAX_LOCKS) {
            throw Refused.of(ErrorCode.NO_LOCKS);
        }
        final int kind = flock ? 1 : 0;
        long from = start;
        long to = end;
        for (int i = 0; i < ownCount; i++) {
            key(inode, kind, starts[i], owner).remove();
            if (types[i] == type) {
                from = Math.min(from, starts[i]);
                to = Math.max(to, ends[i]);
            }
        }
        for (int i = 0; i < ownCount; i++) {
            if (types[i] != type && starts[i] < start) {
                put(inode, kind, owner, types[i], starts[i], Math.min(ends[i], start - 1), pids[i]);
            }
            if (types[i] != type && ends[i] > end) {
                put(inode, kind, owner, types[i], Math.max(starts[i], end + 1), ends[i], pids[i]);
            }
        }
        if (type != FileLock.UNLOCK) {
            put(inode, kind, owner, type, from, to, pid);
            state.rows.key('Q').and(state.session).and(inode).mark(1);
        }
        if (type != FileLock.WRITE) {
            state.effects.locksReleased(inode);
        }
    }

    private Rows key(final long inode, final int kind, final long start, final long owner) {
        return state.rows.key('B').and(inode).and(kind).and(start).and(state.session).and(owner);
    }

    private void put(
            final long inode,
            final int kind,
            final long owner,
            final int type,
            final long start,
            final long end,
            final int pid) {
        final var value = state.rows.value();
        value.putLong(0, end, LE);
        value.putInt(8, type, LE);
        value.putInt(12, pid, LE);
        key(inode, kind, start, owner).putValue(16);
    }

    private void makeRoom() {
        if (ownCount == starts.length) {
            starts = Arrays.copyOf(starts, 2 * ownCount);
            ends = Arrays.copyOf(ends, 2 * ownCount);
            types = Arrays.copyOf(types, 2 * ownCount);
            pids = Arrays.copyOf(pids, 2 * ownCount);
        }
    }

    /** The owner's locks that overlap or touch a range. */
    private void gatherOwn(
            final long inode,
            final boolean flock,
            final long owner,
            final long start,
            final long end) {
        ownCount = 0;
        allCount = 0;
        state.rows
                .key('B')
                .and(inode)
                .and(flock ? 1 : 0)
                .scan(
                        PREFIX,
                        (key, value) -> {
                            allCount++;
                            final long rowStart = Rows.keyNumber(key, 2);
                            final long rowEnd = value.getLong(0, LE);
                            final boolean own =
                                    Rows.keyNumber(key, 3) == state.session
                                            && Rows.keyNumber(key, 4) == owner;
                            final boolean touches =
                                    rowStart - 1 <= end
                                            && (rowEnd == Long.MAX_VALUE || rowEnd + 1 >= start);
                            if (own && touches) {
                                makeRoom();
                                starts[ownCount] = rowStart;
                                ends[ownCount] = rowEnd;
                                types[ownCount] = value.getInt(8, LE);
                                pids[ownCount++] = value.getInt(12, LE);
                            }
                            return true;
                        });
    }

    /** Releases all locks of a session on an inode. */
    void releaseAll(final long session, final long inode) {
        if (state.rows.key('Q').and(session).and(inode).remove()) {
            removeRows(inode, session);
            state.effects.locksReleased(inode);
        }
    }

    /** An inode is gone. */
    void removeAll(final long inode) {
        removeRows(inode, 0);
    }

    private void removeRows(final long inode, final long ofSession) {
        for (int kind = 0; kind < 2; kind++) {
            int count;
            do {
                count = gather(inode, kind, ofSession);
                for (int i = 0; i < count; i++) {
                    state.rows
                            .key('B')
                            .and(inode)
                            .and(kind)
                            .and(keys[3 * i])
                            .and(keys[3 * i + 1])
                            .and(keys[3 * i + 2])
                            .remove();
                }
            } while (count == REMOVED_AT_ONCE);
        }
    }

    private int gather(final long inode, final int kind, final long ofSession) {
        final int[] count = {0};
        state.rows
                .key('B')
                .and(inode)
                .and(kind)
                .scan(
                        PREFIX,
                        (key, value) -> {
                            if (ofSession == 0 || Rows.keyNumber(key, 3) == ofSession) {
                                keys[3 * count[0]] = Rows.keyNumber(key, 2);
                                keys[3 * count[0] + 1] = Rows.keyNumber(key, 3);
                                keys[3 * count[0] + 2] = Rows.keyNumber(key, 4);
                                count[0]++;
                            }
                            return count[0] < REMOVED_AT_ONCE;
                        });
        return count[0];
    }
}
