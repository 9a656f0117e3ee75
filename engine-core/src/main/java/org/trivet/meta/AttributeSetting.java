package org.trivet.meta;

import org.trivet.ErrorCode;
import org.trivet.VolumeConfig;
import org.trivet.fs.AttributeChange;
import org.trivet.wire.sbe.SetAttributesDecoder;
import org.trivet.wire.sbe.WrittenDecoder;

/** Changes attributes: what a caller sets, truncation, and what writes do to size and times. */
final class AttributeSetting {
    private static final int PERMISSIONS = 07777;
    private static final int SET_UID = 04000;
    private static final int SET_GID = 02000;
    private static final int GROUP_EXECUTE = 010;
    private static final int KNOWN = (AttributeChange.MTIME_NOW << 1) - 1;

    private final State state;
    private final Intents intents;
    private final InodeRow row = new InodeRow();

    AttributeSetting(final State state, final Intents intents) {
        this.state = state;
        this.intents = intents;
    }

    int get(final long inode) {
        return state.attributes(state.inode(inode, row));
    }

    int set(final SetAttributesDecoder change) {
        final int mask = change.mask();
        if ((mask & ~KNOWN) != 0) {
            throw Refused.of(ErrorCode.INVALID);
        }
        state.inode(change.inode(), row);
        if ((mask & AttributeChange.SIZE) != 0) {
            resize(change.size());
        }
        if ((mask & (AttributeChange.UID | AttributeChange.GID)) != 0) {
            own(change);
        }
        if ((mask & AttributeChange.MODE) != 0) {
            row.mode = row.type() | change.mode() & PERMISSIONS;
        }
        setTimes(change);
        row.changed(state.nowNs);
        state.save(row, (mask & AttributeChange.SIZE) != 0);
        return state.attributes(row);
    }

    private void own(final SetAttributesDecoder change) {
        final int mask = change.mask();
        if ((mask & AttributeChange.UID) != 0) {
            row.uid = change.uid();
        }
        if ((mask & AttributeChange.GID) != 0) {
            row.gid = change.gid();
        }
        if (!row.isDirectory()) {
            row.mode &= ~SET_UID;
            if ((row.mode & GROUP_EXECUTE) != 0) {
                row.mode &= ~SET_GID; // without it the bit means mandatory locking, and stays
            }
        }
    }

    private void setTimes(final SetAttributesDecoder change) {
        final int mask = change.mask();
        if ((mask & AttributeChange.ATIME_NOW) != 0) {
            row.atimeNs = state.nowNs;
        } else if ((mask & AttributeChange.ATIME) != 0) {
            row.atimeNs = change.atimeNs();
        }
        if ((mask & AttributeChange.MTIME_NOW) != 0) {
            row.mtimeNs = state.nowNs;
        } else if ((mask & AttributeChange.MTIME) != 0) {
            row.mtimeNs = change.mtimeNs();
        }
    }

    /** Refuses before anything is changed. */
    private void resize(final long size) {
        if (row.isDirectory()) {
            throw Refused.of(ErrorCode.IS_DIRECTORY);
        }
        if (!row.isRegular() || size < 0) {
            throw Refused.of(ErrorCode.INVALID);
        }
        if (size > VolumeConfig.MAX_FILE_LENGTH) {
            throw Refused.of(ErrorCode.TOO_LARGE);
        }
        if (size < row.size) {
            if (size == 0) {
                intents.empty(row);
            } else if (row.isFullOfCuts()) {
                throw Refused.BUSY;
            } else {
                intents.cutAt(row, size);
            }
            row.appendEnd = size;
        } else if (size > row.size) {
            if (row.tailPending) {
                throw Refused.BUSY; // what lies beyond the end would show
            }
            waitForAppends();
            row.sparse = true;
        }
        row.size = size;
        row.mtimeNs = state.nowNs;
    }

    /**
     * Refuses to make the file longer while room at its end is given out: if the file were cut
     * then, behind that room, nobody could tell whether an append that was under way is done.
     * Meanwhile no more room is given out.
     */
    private void waitForAppends() {
        if (row.appendEnd > row.size) {
            if (!row.growthWaits) {
                row.growthWaits = true;
                state.rows.save(row);
            }
            throw Refused.BUSY;
        }
    }

    int written(final WrittenDecoder report) {
        state.inode(report.inode(), row);
        final long end = report.endOffset();
        if (!row.isRegular() || end < 0) {
            throw Refused.of(ErrorCode.INVALID);
        }
        if (end > VolumeConfig.MAX_FILE_LENGTH) {
            throw Refused.of(ErrorCode.TOO_LARGE);
        }
        if (report.dataId() == row.dataId && report.cut() == row.cut) {
            if (report.appendedAt() > row.size || end > row.size && row.tailPending) {
                throw Refused.BUSY; // an earlier append is under way, or given up and not yet cut
            }
            if (report.appendedAt() < 0 && end > row.size) {
                waitForAppends();
            }
            row.size = Math.max(row.size, end);
            row.sparse |= report.sparse() != 0;
            final long mtimeNs = report.mtimeNs();
            row.modified(state.nowNs);
            if (mtimeNs != 0) {
                row.mtimeNs = mtimeNs;
            }
            state.save(row, true);
        }
        return state.attributes(row);
    }

    /**
     * Gives out room at the end, valid as long as the file is not cut: once it is, a report of what
     * was put there changes nothing. Until then the file reaches into that room only by that
     * report: so whoever has the room can tell whether the append was done.
     */
    int reserveAppend(final long inode, final long dataId, final long cut, final long length) {
        state.inode(inode, row);
        if (!row.isRegular() || length < 0) {
            throw Refused.of(ErrorCode.INVALID);
        }
        if (dataId != row.dataId || cut != row.cut) {
            return state.replies.done(-1);
        }
        if (row.growthWaits && row.appendEnd > row.size) {
            throw Refused.BUSY;
        }
        row.growthWaits = false;
        final long at = Math.max(row.size, row.appendEnd);
        if (length > VolumeConfig.MAX_FILE_LENGTH - at) {
            throw Refused.of(ErrorCode.TOO_LARGE);
        }
        row.appendEnd = at + length;
        state.rows.save(row);
        return state.replies.done(at);
    }

    /** A write was given up: what it left beyond the end must never show. */
    int cutTail(final long inode, final long dataId) {
        state.inode(inode, row);
        if (!row.isRegular()) {
            throw Refused.of(ErrorCode.INVALID);
        }
        if (dataId == row.dataId) {
            if (row.size > 0 && row.isFullOfCuts()) {
                throw Refused.BUSY;
            }
            intents.cutTail(row);
            state.save(row, true);
        }
        return state.attributes(row);
    }
}
