package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.trivet.ErrorCode;
import org.trivet.fs.Attributes;
import org.trivet.fs.InodeFileSystem;

/** Renames, in the order of checks that Linux has. */
final class Renaming {
    private final State state;
    private final Directories directories;
    private final Files files;
    private final InodeRow from = new InodeRow();
    private final InodeRow otherTo = new InodeRow();
    private final InodeRow moved = new InodeRow();
    private final InodeRow target = new InodeRow();

    private InodeRow to;
    private long sourceInode;
    private long sourceCookie;
    private int sourceType;
    private boolean targetExists;
    private long targetInode;
    private long targetCookie;
    private int targetType;

    Renaming(final State state, final Directories directories, final Files files) {
        this.state = state;
        this.directories = directories;
        this.files = files;
    }

    int rename(
            final long parent,
            final DirectBuffer name,
            final long newParent,
            final DirectBuffer newName,
            final int flags) {
        final int known = InodeFileSystem.RENAME_NO_REPLACE | InodeFileSystem.RENAME_EXCHANGE;
        if ((flags & ~known) != 0 || flags == known) {
            throw Refused.of(ErrorCode.INVALID);
        }
        directories.load(parent, from);
        to = parent == newParent ? from : directories.loadToAdd(newParent, otherTo);
        find(parent, name, newParent, newName, flags);
        checkSubtrees(parent, newParent, flags);
        if (sourceInode == targetInode) {
            return state.replies.done(0); // two names of one file: nothing to do, says POSIX
        }
        state.inode(sourceInode, moved);
        if ((flags & InodeFileSystem.RENAME_EXCHANGE) != 0) {
            exchange(name, newName);
        } else {
            move(name, newName);
        }
        return state.replies.done(0);
    }

    private void find(
            final long parent,
            final DirectBuffer name,
            final long newParent,
            final DirectBuffer newName,
            final int flags) {
        State.checkName(newName);
        directories.find(parent, name);
        sourceInode = state.rows.entryInode;
        sourceCookie = state.rows.entryCookie;
        sourceType = state.rows.entryType;
        targetExists = state.rows.findEntry(newParent, newName);
        targetInode = targetExists ? state.rows.entryInode : 0;
        targetCookie = state.rows.entryCookie;
        targetType = targetExists ? state.rows.entryType : 0;
        if (targetExists && (flags & InodeFileSystem.RENAME_NO_REPLACE) != 0) {
            throw Refused.of(ErrorCode.EXISTS);
        }
        if (!targetExists && (flags & InodeFileSystem.RENAME_EXCHANGE) != 0) {
            throw Refused.of(ErrorCode.NOT_FOUND);
        }
    }

    private void checkSubtrees(final long parent, final long newParent, final int flags) {
        final boolean exchange = (flags & InodeFileSystem.RENAME_EXCHANGE) != 0;
        if (sourceType == Attributes.DIRECTORY && isWithin(newParent, sourceInode)) {
            throw Refused.of(ErrorCode.INVALID);
        }
        if (targetType == Attributes.DIRECTORY && isWithin(parent, targetInode)) {
            throw Refused.of(exchange ? ErrorCode.INVALID : ErrorCode.NOT_EMPTY);
        }
        if (targetExists && !exchange && sourceInode != targetInode) {
            checkReplaceable();
        }
    }

    private void checkReplaceable() {
        final boolean movesDirectory = sourceType == Attributes.DIRECTORY;
        if (movesDirectory != (targetType == Attributes.DIRECTORY)) {
            throw Refused.of(movesDirectory ? ErrorCode.NOT_DIRECTORY : ErrorCode.IS_DIRECTORY);
        }
        if (movesDirectory && state.inode(targetInode, target).children > 0) {
            throw Refused.of(ErrorCode.NOT_EMPTY);
        }
    }

    /** Whether a directory is another, or lies below it; bounded by the depth of the tree. */
    private boolean isWithin(final long directory, final long ancestor) {
        long at = directory;
        while (at != ancestor && at != Attributes.ROOT_INODE) {
            at = state.inode(at, target).parent;
        }
        return at == ancestor;
    }

    private void move(final DirectBuffer name, final DirectBuffer newName) {
        directories.remove(from, name, sourceCookie, sourceType);
        if (targetExists) {
            directories.replace(to, newName, targetCookie, targetType, sourceInode, sourceType);
            if (sourceType == Attributes.DIRECTORY) {
                assert targetType == Attributes.DIRECTORY;
            }
        } else {
            directories.add(to, newName, sourceInode, sourceType);
        }
        saveParents();
        saveMoved(moved, to.inode);
        if (targetExists) {
            files.dropName(targetInode, target);
        }
    }

    private void exchange(final DirectBuffer name, final DirectBuffer newName) {
        state.inode(targetInode, target);
        directories.replace(from, name, sourceCookie, sourceType, targetInode, targetType);
        directories.replace(to, newName, targetCookie, targetType, sourceInode, sourceType);
        saveParents();
        saveMoved(moved, to.inode);
        saveMoved(target, from.inode);
    }

    private void saveParents() {
        state.save(from, true);
        if (to != from) {
            state.save(to, true);
        }
    }

    private void saveMoved(final InodeRow row, final long newParent) {
        if (row.isDirectory()) {
            row.parent = newParent;
        }
        row.changed(state.nowNs);
        state.save(row, false);
    }
}
