package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.fs.InodeFileSystem;

/** Extended attributes. */
final class Xattrs {
    /** The longest value. */
    static final int MAX_VALUE_LENGTH = 64 * 1024;

    /** The most bytes of all names of an inode, each with its NUL. */
    static final int MAX_LIST_LENGTH = 64 * 1024;

    private static final int PREFIX = 1 + Long.BYTES;
    private static final int REMOVED_AT_ONCE = 64;

    private final State state;
    private final InodeRow row = new InodeRow();
    private final ExpandableArrayBuffer list = new ExpandableArrayBuffer();
    private int listLength;

    Xattrs(final State state) {
        this.state = state;
    }

    private static void checkName(final DirectBuffer name) {
        if (name.capacity() > 255) {
            throw Refused.of(ErrorCode.RANGE);
        }
        boolean good = name.capacity() > 0;
        for (int i = 0; good && i < name.capacity(); i++) {
            good = name.getByte(i) != 0;
        }
        if (!good) {
            throw Refused.of(ErrorCode.INVALID);
        }
    }

    int set(final long inode, final DirectBuffer name, final DirectBuffer value, final int flags) {
        checkName(name);
        if (value.capacity() > MAX_VALUE_LENGTH) {
            throw Refused.of(ErrorCode.RANGE);
        }
        if ((flags & ~(InodeFileSystem.XATTR_CREATE | InodeFileSystem.XATTR_REPLACE)) != 0) {
            throw Refused.of(ErrorCode.INVALID);
        }
        state.inode(inode, row);
        final boolean exists = state.rows.key('X').and(inode).and(name).get() != null;
        if (exists && (flags & InodeFileSystem.XATTR_CREATE) != 0) {
            throw Refused.of(ErrorCode.EXISTS);
        }
        if (!exists && (flags & InodeFileSystem.XATTR_REPLACE) != 0) {
            throw Refused.of(ErrorCode.NO_DATA);
        }
        if (!exists) {
            gather(inode);
            if (listLength + name.capacity() + 1 > MAX_LIST_LENGTH) {
                throw Refused.of(ErrorCode.NO_SPACE);
            }
            row.xattrCount++;
        }
        state.rows.key('X').and(inode).and(name).put(value, 0, value.capacity());
        row.changed(state.nowNs);
        state.save(row, false);
        return state.replies.done(0);
    }

    int get(final long inode, final DirectBuffer name) {
        checkName(name);
        state.inode(inode, row);
        final DirectBuffer value = state.rows.key('X').and(inode).and(name).get();
        if (value == null) {
            throw Refused.of(ErrorCode.NO_DATA);
        }
        return state.replies.bytes(value, value.capacity());
    }

    int list(final long inode) {
        state.inode(inode, row);
        gather(inode);
        return state.replies.bytes(list, listLength);
    }

    int remove(final long inode, final DirectBuffer name) {
        checkName(name);
        state.inode(inode, row);
        if (!state.rows.key('X').and(inode).and(name).remove()) {
            throw Refused.of(ErrorCode.NO_DATA);
        }
        row.xattrCount--;
        row.changed(state.nowNs);
        state.save(row, false);
        return state.replies.done(0);
    }

    private void gather(final long inode) {
        listLength = 0;
        state.rows
                .key('X')
                .and(inode)
                .scan(
                        PREFIX,
                        (key, value) -> {
                            final int length = key.capacity() - PREFIX;
                            list.putBytes(listLength, key, PREFIX, length);
                            list.putByte(listLength + length, (byte) 0);
                            listLength += length + 1;
                            return true;
                        });
    }

    /** An inode is gone. */
    static void removeAll(final Rows rows, final long inode) {
        final byte[][] names = new byte[REMOVED_AT_ONCE][];
        int count;
        do {
            final int[] found = {0};
            rows.key('X')
                    .and(inode)
                    .scan(
                            PREFIX,
                            (key, value) -> {
                                final byte[] name = new byte[key.capacity() - PREFIX];
                                key.getBytes(PREFIX, name);
                                names[found[0]++] = name;
                                return found[0] < REMOVED_AT_ONCE;
                            });
            count = found[0];
            for (int i = 0; i < count; i++) {
                rows.key('X').and(inode).and(new UnsafeBuffer(names[i])).remove();
            }
        } while (count == REMOVED_AT_ONCE);
    }
}
