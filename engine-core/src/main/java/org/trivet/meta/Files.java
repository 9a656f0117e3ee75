package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.trivet.ErrorCode;
import org.trivet.fs.Attributes;

import java.nio.ByteOrder;

/** Makes, links, unlinks, opens and releases inodes. */
final class Files {
    /** The most names of a file. */
    static final int MAX_LINKS = 65_000;

    /** The longest target of a symbolic link. */
    static final int MAX_TARGET_LENGTH = 4095;

    static final int O_ACCMODE = 3;
    static final int O_EXCL = 0200;
    static final int O_TRUNC = 01000;

    private static final int PERMISSIONS = 07777;
    private static final int SET_GID = 02000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int BLOCK_DEVICE = 0060000;
    private static final int FIFO = 0010000;
    private static final int SOCKET = 0140000;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private final State state;
    private final Directories directories;
    private final Intents intents;
    private final Locks locks;
    private final InodeRow parentRow = new InodeRow();
    private final InodeRow row = new InodeRow();

    Files(
            final State state,
            final Directories directories,
            final Intents intents,
            final Locks locks) {
        this.state = state;
        this.directories = directories;
        this.intents = intents;
        this.locks = locks;
    }

    /** Makes the root, if it is not there. */
    void makeRoot(final int uid, final int gid) {
        if (!state.rows.load(Attributes.ROOT_INODE, row)) {
            row.reset(Attributes.ROOT_INODE, Attributes.DIRECTORY | 0755, state.nowNs);
            row.uid = uid;
            row.gid = gid;
            row.linkCount = 2;
            row.size = Directories.SIZE;
            row.parent = Attributes.ROOT_INODE;
            state.counters.inodeCount++;
            state.rows.save(row);
        }
    }

    int makeNode(
            final long parent,
            final DirectBuffer name,
            final int mode,
            final int uid,
            final int gid,
            final int deviceId) {
        final int asked = mode & Attributes.TYPE_MASK;
        final int type = asked == 0 ? Attributes.REGULAR : asked;
        final boolean device = type == CHARACTER_DEVICE || type == BLOCK_DEVICE;
        if (!device && type != Attributes.REGULAR && type != FIFO && type != SOCKET) {
            throw Refused.of(ErrorCode.INVALID);
        }
        directories.loadToAdd(parent, parentRow);
        directories.mustBeFree(parent, name);
        make(name, type | mode & PERMISSIONS, uid, gid);
        row.deviceId = device ? deviceId : 0;
        return finishMake();
    }

    int makeDirectory(
            final long parent,
            final DirectBuffer name,
            final int mode,
            final int uid,
            final int gid) {
        directories.loadToAdd(parent, parentRow);
        directories.mustBeFree(parent, name);
        make(name, Attributes.DIRECTORY | mode & PERMISSIONS, uid, gid);
        return finishMake();
    }

    int symlink(
            final long parent,
            final DirectBuffer name,
            final DirectBuffer target,
            final int uid,
            final int gid) {
        if (target.capacity() > MAX_TARGET_LENGTH) {
            throw Refused.of(ErrorCode.NAME_TOO_LONG);
        }
        if (target.capacity() == 0) {
            throw Refused.of(ErrorCode.NOT_FOUND);
        }
        directories.loadToAdd(parent, parentRow);
        directories.mustBeFree(parent, name);
        make(name, Attributes.SYMLINK | 0777, uid, gid);
        row.size = target.capacity();
        state.rows.key('L').and(row.inode).put(target, 0, target.capacity());
        return finishMake();
    }

    int readLink(final long inode) {
        if (state.inode(inode, row).type() != Attributes.SYMLINK) {
            throw Refused.of(ErrorCode.INVALID);
        }
        final DirectBuffer target = state.rows.key('L').and(inode).get();
        return state.replies.bytes(target, target.capacity());
    }

    private void make(final DirectBuffer name, final int mode, final int uid, final int gid) {
        row.reset(state.counters.nextInode++, mode, state.nowNs);
        final boolean inherits = (parentRow.mode & SET_GID) != 0;
        row.uid = uid;
        row.gid = inherits ? parentRow.gid : gid;
        if (row.isDirectory()) {
            row.linkCount = 2;
            row.size = Directories.SIZE;
            row.parent = parentRow.inode;
            if (inherits) {
                row.mode |= SET_GID;
            }
        } else if (row.isRegular()) {
            row.dataId = state.counters.nextDataId++;
        }
        state.counters.inodeCount++;
        directories.add(parentRow, name, row.inode, row.type());
        state.save(parentRow, true);
    }

    private int finishMake() {
        state.rows.save(row);
        return state.attributes(row);
    }

    int create(
            final long parent,
            final DirectBuffer name,
            final int mode,
            final int uid,
            final int gid,
            final int openFlags) {
        directories.load(parent, parentRow);
        State.checkName(name);
        if (state.rows.findEntry(parent, name)) {
            if ((openFlags & O_EXCL) != 0) {
                throw Refused.of(ErrorCode.EXISTS);
            }
            if (state.rows.entryType == Attributes.SYMLINK) {
                throw Refused.of(ErrorCode.LOOP);
            }
            if (state.rows.entryType == Attributes.DIRECTORY) {
                throw Refused.of(ErrorCode.IS_DIRECTORY);
            }
            return open(state.rows.entryInode, openFlags, true);
        }
        if (parentRow.linkCount == 0) {
            throw Refused.of(ErrorCode.NOT_FOUND);
        }
        make(name, Attributes.REGULAR | mode & PERMISSIONS, uid, gid);
        noteOpened(openFlags);
        return finishMake();
    }

    int open(final long inode, final int openFlags) {
        return open(inode, openFlags, false);
    }

    private int open(final long inode, final int openFlags, final boolean byName) {
        state.inode(inode, row);
        final boolean writes = (openFlags & O_ACCMODE) != 0;
        if (row.isDirectory() && (writes || (openFlags & O_TRUNC) != 0)) {
            throw Refused.of(ErrorCode.IS_DIRECTORY);
        }
        if (row.type() == Attributes.SYMLINK) {
            throw Refused.of(ErrorCode.LOOP);
        }
        if ((openFlags & O_TRUNC) != 0 && row.isRegular()) {
            if (row.size > 0) {
                if (byName) {
                    intents.emptyByName(row);
                } else {
                    intents.empty(row);
                }
                row.size = 0;
                row.appendEnd = 0;
            }
            row.modified(state.nowNs);
            state.effects.inodeChanged(inode, true);
        }
        noteOpened(openFlags);
        state.rows.save(row);
        state.effects.opened(inode);
        return state.attributes(row);
    }

    private void noteOpened(final int openFlags) {
        final DirectBuffer opened = state.rows.key('O').and(state.session).and(row.inode).get();
        final int count = opened == null ? 0 : opened.getInt(0, LE);
        final boolean wrote = opened != null && opened.getInt(4, LE) != 0;
        putOpened(row.inode, count + 1, wrote || (openFlags & O_ACCMODE) != 0);
        row.openCount++;
    }

    private void putOpened(final long inode, final int count, final boolean writes) {
        state.rows.value().putInt(0, count, LE);
        state.rows.value().putInt(4, writes ? 1 : 0, LE);
        state.rows.key('O').and(state.session).and(inode).putValue(8);
    }

    int release(final long inode) {
        final DirectBuffer opened = state.rows.key('O').and(state.session).and(inode).get();
        if (opened == null) {
            throw Refused.of(ErrorCode.BAD_HANDLE);
        }
        final int count = opened.getInt(0, LE);
        final boolean writes = opened.getInt(4, LE) != 0;
        if (count > 1) {
            putOpened(inode, count - 1, writes);
        } else {
            state.rows.key('O').and(state.session).and(inode).remove();
            locks.releaseAll(state.session, inode);
        }
        state.inode(inode, row);
        close(1);
        return state.replies.done(0);
    }

    /** A session ends: all its openings of one inode do. */
    void abandon(final long session, final long inode) {
        final DirectBuffer opened = state.rows.key('O').and(session).and(inode).get();
        final int count = opened.getInt(0, LE);
        final boolean writes = opened.getInt(4, LE) != 0;
        state.rows.key('O').and(session).and(inode).remove();
        state.inode(inode, row);
        final boolean livesOn = row.linkCount > 0 || row.openCount > count;
        if (writes && row.isRegular() && !livesOn) {
            row.cut = Intents.LAST_CUT; // its client may be alive, and not know
        } else if (writes && row.isRegular()) {
            intents.cutTail(row);
            state.effects.inodeChanged(inode, true);
        }
        close(count);
    }

    private void close(final int count) {
        row.openCount -= count;
        assert row.openCount >= 0;
        if (row.openCount == 0) {
            row.appendEnd = row.size;
        }
        saveOrDestroy(row);
    }

    int link(final long inode, final long newParent, final DirectBuffer name) {
        state.inode(inode, row);
        if (row.isDirectory()) {
            throw Refused.of(ErrorCode.NOT_PERMITTED);
        }
        if (row.linkCount == 0) {
            throw Refused.of(ErrorCode.NOT_FOUND);
        }
        directories.loadToAdd(newParent, parentRow);
        directories.mustBeFree(newParent, name);
        if (row.linkCount >= MAX_LINKS) {
            throw Refused.of(ErrorCode.TOO_MANY_LINKS);
        }
        directories.add(parentRow, name, inode, row.type());
        state.save(parentRow, true);
        row.linkCount++;
        row.changed(state.nowNs);
        state.save(row, false);
        return state.attributes(row);
    }

    int unlink(final long parent, final DirectBuffer name) {
        directories.load(parent, parentRow);
        directories.find(parent, name);
        if (state.rows.entryType == Attributes.DIRECTORY) {
            throw Refused.of(ErrorCode.IS_DIRECTORY);
        }
        final long inode = state.rows.entryInode;
        directories.remove(parentRow, name, state.rows.entryCookie, state.rows.entryType);
        state.save(parentRow, true);
        dropName(inode, row);
        return state.replies.done(0);
    }

    int removeDirectory(final long parent, final DirectBuffer name) {
        directories.load(parent, parentRow);
        directories.find(parent, name);
        if (state.rows.entryType != Attributes.DIRECTORY) {
            throw Refused.of(ErrorCode.NOT_DIRECTORY);
        }
        final long inode = state.rows.entryInode;
        if (state.inode(inode, row).children > 0) {
            throw Refused.of(ErrorCode.NOT_EMPTY);
        }
        directories.remove(parentRow, name, state.rows.entryCookie, Attributes.DIRECTORY);
        state.save(parentRow, true);
        dropName(inode, row);
        return state.replies.done(0);
    }

    /** An inode has a name less. */
    void dropName(final long inode, final InodeRow scratch) {
        state.inode(inode, scratch);
        scratch.linkCount = scratch.isDirectory() ? 0 : scratch.linkCount - 1;
        scratch.changed(state.nowNs);
        saveOrDestroy(scratch);
    }

    private void saveOrDestroy(final InodeRow of) {
        if (of.linkCount > 0) {
            state.save(of, false);
        } else if (of.openCount > 0) {
            state.rows.key('P').and(of.inode).mark(1);
            state.save(of, false);
        } else {
            destroy(of);
        }
    }

    private void destroy(final InodeRow of) {
        state.rows.key('P').and(of.inode).remove();
        state.rows.key('I').and(of.inode).remove();
        state.counters.inodeCount--;
        if (of.type() == Attributes.SYMLINK) {
            state.rows.key('L').and(of.inode).remove();
        }
        Xattrs.removeAll(state.rows, of.inode);
        locks.removeAll(of.inode);
        if (of.isRegular()) {
            intents.remove(of, false);
        }
        state.effects.inodeChanged(of.inode, true);
    }
}
