package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.trivet.ErrorCode;
import org.trivet.store.KeyValueStore;

import java.nio.ByteOrder;

/** What the parts of the namespace share: the rows, the counters, and the command being applied. */
final class State {
    final Rows rows;
    final Counters counters;
    final Replies replies;

    /** Time of the command, nanoseconds since 1970. */
    long nowNs;

    /** Session of the command. */
    long session;

    Effects effects = Effects.NONE;

    State(final KeyValueStore store, final long volumeId) {
        rows = new Rows(store);
        counters = new Counters(rows, volumeId);
        replies = new Replies(volumeId);
    }

    /** Loads an inode that the client knows by number. */
    InodeRow inode(final long inode, final InodeRow into) {
        if (!rows.load(inode, into)) {
            throw Refused.of(ErrorCode.STALE);
        }
        return into;
    }

    /** Replies with the attributes of an inode. */
    int attributes(final InodeRow row) {
        return replies.attributes(row, isOpenElsewhere(row));
    }

    /** Whether a session other than the command's has an inode open. */
    boolean isOpenElsewhere(final InodeRow row) {
        if (row.openCount == 0) {
            return false;
        }
        final DirectBuffer own = rows.key('O').and(session).and(row.inode).get();
        return row.openCount > (own == null ? 0 : own.getInt(0, ByteOrder.LITTLE_ENDIAN));
    }

    /** Saves an inode that changed. */
    void save(final InodeRow row, final boolean contents) {
        rows.save(row);
        effects.inodeChanged(row.inode, contents);
    }

    static void checkName(final DirectBuffer name) {
        final int length = name.capacity();
        if (length > 255) {
            throw Refused.of(ErrorCode.NAME_TOO_LONG);
        }
        boolean good = length > 0;
        for (int i = 0; good && i < length; i++) {
            final byte b = name.getByte(i);
            good = b != 0 && b != '/';
        }
        final boolean dots =
                good && length <= 2 && name.getByte(0) == '.' && name.getByte(length - 1) == '.';
        if (!good || dots) {
            throw Refused.of(ErrorCode.INVALID);
        }
    }
}
