package org.trivet.fuse;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.FileLock;
import org.trivet.fs.FileSystemStatus;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.InvalidationListener;
import org.trivet.fs.Opened;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A file system in memory with the rules of POSIX, to mount in tests. One thread; every call
 * completes at once.
 */
public class MemoryFileSystem implements InodeFileSystem {
    static final int O_CREAT = 0100;
    static final int O_EXCL = 0200;
    static final int O_TRUNC = 01000;
    static final int O_APPEND = 02000;
    private static final int SET_GID = 02000;
    private static final int PERMISSIONS = 07777;
    private static final long CAPACITY = 1L << 34;

    private final Map<Long, MemoryInode> inodes = new HashMap<>();
    private final Map<Long, Opening> openings = new HashMap<>();
    private long nextInode = Attributes.ROOT_INODE;
    private long nextHandle = 1;
    protected InvalidationListener listener;

    private record Opening(MemoryInode inode, int flags) {}

    /** An empty file system. */
    public MemoryFileSystem() {
        final MemoryInode root = newInode(Caller.ROOT, null, Attributes.DIRECTORY | 0755);
        root.linkCount = 2;
    }

    private static long nowNs() {
        final java.time.Instant now = java.time.Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    private static TrivetException error(final ErrorCode code) {
        return new TrivetException(code, "in memory");
    }

    private static <T> Cancellable complete(final Completion<T> done, final Supplier<T> work) {
        final T result;
        try {
            result = work.get();
        } catch (final TrivetException e) {
            done.failed(e);
            return Cancellable.NONE;
        }
        done.succeeded(result);
        return Cancellable.NONE;
    }

    private static Cancellable run(final Completion<Void> done, final Runnable work) {
        return complete(
                done,
                () -> {
                    work.run();
                    return null;
                });
    }

    MemoryInode inode(final long number) {
        final MemoryInode inode = inodes.get(number);
        if (inode == null) {
            throw error(ErrorCode.STALE);
        }
        return inode;
    }

    private MemoryInode directory(final long number) {
        final MemoryInode inode = inode(number);
        if (!inode.isDirectory()) {
            throw error(ErrorCode.NOT_DIRECTORY);
        }
        return inode;
    }

    private MemoryInode child(final MemoryInode parent, final byte[] name) {
        final MemoryInode child = parent.child(name);
        if (child == null) {
            throw error(ErrorCode.NOT_FOUND);
        }
        return child;
    }

    private Opening opening(final long handle) {
        final Opening opening = openings.get(handle);
        if (opening == null) {
            throw error(ErrorCode.BAD_HANDLE);
        }
        return opening;
    }

    private MemoryInode newInode(final Caller caller, final MemoryInode parent, final int mode) {
        final MemoryInode inode = new MemoryInode(nextInode++, mode);
        inode.uid = caller.uid();
        inode.gid = caller.gid();
        if (parent != null && (parent.mode & SET_GID) != 0) {
            inode.gid = parent.gid;
            inode.mode |= inode.isDirectory() ? SET_GID : 0;
        }
        inode.linkCount = 1;
        inode.isKnown = true;
        inode.touch(nowNs());
        inode.atimeNs = inode.mtimeNs;
        inodes.put(inode.number, inode);
        return inode;
    }

    private MemoryInode add(
            final Caller caller, final long parentNumber, final byte[] name, final int mode) {
        final MemoryInode parent = directory(parentNumber);
        if (parent.linkCount == 0) {
            throw error(ErrorCode.NOT_FOUND);
        }
        if (parent.child(name) != null) {
            throw error(ErrorCode.EXISTS);
        }
        final MemoryInode inode = newInode(caller, parent, mode);
        parent.put(name, inode);
        parent.touch(nowNs());
        if (inode.isDirectory()) {
            inode.linkCount = 2;
            parent.linkCount++;
        }
        return inode;
    }

    private void dispose(final MemoryInode inode) {
        if (inode.linkCount == 0 && inode.openings == 0 && !inode.isKnown) {
            inodes.remove(inode.number);
        }
    }

    /** Changes a file of the root as another client would. */
    void overwriteByAnother(final String name, final String text) {
        final byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        final MemoryInode inode =
                child(
                        inode(Attributes.ROOT_INODE),
                        name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        inode.contents.resize(0);
        inode.contents.write(0, new UnsafeBuffer(bytes), 0, bytes.length);
        inode.touch(nowNs());
        listener.inodeChanged(inode.number, 0, 0, InvalidationListener.UNAWAITED);
    }

    @Override
    public Cancellable lookup(
            final long parent, final byte[] name, final Completion<Attributes> done) {
        return complete(
                done,
                () -> {
                    final MemoryInode child = child(directory(parent), name);
                    child.isKnown = true;
                    return child.attributes();
                });
    }

    @Override
    public Cancellable getAttributes(final long inode, final Completion<Attributes> done) {
        return complete(done, () -> inode(inode).attributes());
    }

    @Override
    public Cancellable setAttributes(
            final long number,
            final long handle,
            final AttributeChange change,
            final Completion<Attributes> done) {
        return complete(
                done,
                () -> {
                    final MemoryInode inode = inode(number);
                    final long now = nowNs();
                    if (change.sets(AttributeChange.SIZE)) {
                        inode.contents.resize(change.size());
                        inode.mtimeNs = now;
                    }
                    if (change.sets(AttributeChange.MODE)) {
                        inode.mode =
                                inode.mode & Attributes.TYPE_MASK | change.mode() & PERMISSIONS;
                    }
                    inode.uid = change.sets(AttributeChange.UID) ? change.uid() : inode.uid;
                    inode.gid = change.sets(AttributeChange.GID) ? change.gid() : inode.gid;
                    inode.atimeNs =
                            change.sets(AttributeChange.ATIME) ? change.atimeNs() : inode.atimeNs;
                    inode.mtimeNs =
                            change.sets(AttributeChange.MTIME) ? change.mtimeNs() : inode.mtimeNs;
                    inode.atimeNs = change.sets(AttributeChange.ATIME_NOW) ? now : inode.atimeNs;
                    inode.mtimeNs = change.sets(AttributeChange.MTIME_NOW) ? now : inode.mtimeNs;
                    inode.ctimeNs = now;
                    return inode.attributes();
                });
    }

    @Override
    public Cancellable readLink(final long inode, final Completion<byte[]> done) {
        return complete(
                done,
                () -> {
                    final byte[] target = inode(inode).target;
                    if (target == null) {
                        throw error(ErrorCode.INVALID);
                    }
                    return target;
                });
    }

    @Override
    public Cancellable symlink(
            final Caller caller,
            final long parent,
            final byte[] name,
            final byte[] target,
            final Completion<Attributes> done) {
        return complete(
                done,
                () -> {
                    final MemoryInode inode = add(caller, parent, name, Attributes.SYMLINK | 0777);
                    inode.target = target;
                    return inode.attributes();
                });
    }

    @Override
    public Cancellable makeNode(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final int deviceId,
            final Completion<Attributes> done) {
        return complete(
                done,
                () -> {
                    final MemoryInode inode = add(caller, parent, name, mode);
                    inode.deviceId = deviceId;
                    return inode.attributes();
                });
    }

    @Override
    public Cancellable makeDirectory(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final Completion<Attributes> done) {
        return complete(
                done,
                () ->
                        add(caller, parent, name, Attributes.DIRECTORY | mode & PERMISSIONS)
                                .attributes());
    }

    @Override
    public Cancellable unlink(
            final long parentNumber, final byte[] name, final Completion<Void> done) {
        return run(
                done,
                () -> {
                    final MemoryInode parent = directory(parentNumber);
                    final MemoryInode inode = child(parent, name);
                    if (inode.isDirectory()) {
                        throw error(ErrorCode.IS_DIRECTORY);
                    }
                    parent.remove(name);
                    parent.touch(nowNs());
                    drop(inode);
                });
    }

    /** An inode has lost a name. */
    private void drop(final MemoryInode inode) {
        inode.linkCount = inode.isDirectory() ? 0 : inode.linkCount - 1;
        inode.ctimeNs = nowNs();
        dispose(inode);
    }

    @Override
    public Cancellable removeDirectory(
            final long parentNumber, final byte[] name, final Completion<Void> done) {
        return run(
                done,
                () -> {
                    final MemoryInode parent = directory(parentNumber);
                    final MemoryInode inode = child(parent, name);
                    if (!inode.isDirectory()) {
                        throw error(ErrorCode.NOT_DIRECTORY);
                    }
                    if (!inode.isEmpty()) {
                        throw error(ErrorCode.NOT_EMPTY);
                    }
                    parent.remove(name);
                    parent.linkCount--;
                    parent.touch(nowNs());
                    drop(inode);
                });
    }

    @Override
    public Cancellable rename(
            final long parentNumber,
            final byte[] name,
            final long newParentNumber,
            final byte[] newName,
            final int flags,
            final Completion<Void> done) {
        return run(
                done,
                () -> {
                    final MemoryInode parent = directory(parentNumber);
                    final MemoryInode newParent = directory(newParentNumber);
                    final MemoryInode moved = child(parent, name);
                    final MemoryInode replaced = newParent.child(newName);
                    if ((flags & RENAME_EXCHANGE) != 0) {
                        exchange(
                                parent, name, moved, newParent, newName, child(newParent, newName));
                        return;
                    }
                    if (replaced == moved) {
                        return;
                    }
                    checkRename(moved, newParent, replaced, flags);
                    if (replaced != null) {
                        if (replaced.isDirectory()) {
                            newParent.linkCount--;
                        }
                        drop(replaced);
                    }
                    parent.remove(name);
                    newParent.put(newName, moved);
                    if (moved.isDirectory()) {
                        parent.linkCount--;
                        newParent.linkCount++;
                    }
                    touchAll(parent, newParent, moved);
                });
    }

    private static void checkRename(
            final MemoryInode moved,
            final MemoryInode newParent,
            final MemoryInode replaced,
            final int flags) {
        if (replaced != null && (flags & RENAME_NO_REPLACE) != 0) {
            throw error(ErrorCode.EXISTS);
        }
        if (moved.isDirectory() && newParent.isWithin(moved)) {
            throw error(ErrorCode.INVALID);
        }
        if (replaced != null && moved.isDirectory() && !replaced.isDirectory()) {
            throw error(ErrorCode.NOT_DIRECTORY);
        }
        if (replaced != null && !moved.isDirectory() && replaced.isDirectory()) {
            throw error(ErrorCode.IS_DIRECTORY);
        }
        if (replaced != null && !replaced.isEmpty()) {
            throw error(ErrorCode.NOT_EMPTY);
        }
    }

    private static void exchange(
            final MemoryInode parent,
            final byte[] name,
            final MemoryInode moved,
            final MemoryInode newParent,
            final byte[] newName,
            final MemoryInode other) {
        parent.put(name, other);
        newParent.put(newName, moved);
        final int movedLinks = moved.isDirectory() ? 1 : 0;
        final int otherLinks = other.isDirectory() ? 1 : 0;
        parent.linkCount += otherLinks - movedLinks;
        newParent.linkCount += movedLinks - otherLinks;
        touchAll(parent, newParent, moved);
        other.ctimeNs = nowNs();
    }

    private static void touchAll(
            final MemoryInode parent, final MemoryInode newParent, final MemoryInode moved) {
        parent.touch(nowNs());
        newParent.touch(nowNs());
        moved.ctimeNs = nowNs();
    }

    @Override
    public Cancellable link(
            final long number,
            final long newParent,
            final byte[] newName,
            final Completion<Attributes> done) {
        return complete(
                done,
                () -> {
                    final MemoryInode inode = inode(number);
                    final MemoryInode parent = directory(newParent);
                    if (inode.isDirectory()) {
                        throw error(ErrorCode.NOT_PERMITTED);
                    }
                    if (parent.child(newName) != null) {
                        throw error(ErrorCode.EXISTS);
                    }
                    parent.put(newName, inode);
                    parent.touch(nowNs());
                    inode.linkCount++;
                    inode.ctimeNs = nowNs();
                    return inode.attributes();
                });
    }

    @Override
    public Cancellable create(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final int openFlags,
            final Completion<Opened> done) {
        return complete(
                done,
                () -> {
                    final MemoryInode existing = directory(parent).child(name);
                    if (existing != null && (openFlags & O_EXCL) != 0) {
                        throw error(ErrorCode.EXISTS);
                    }
                    final MemoryInode inode =
                            existing != null
                                    ? existing
                                    : add(
                                            caller,
                                            parent,
                                            name,
                                            Attributes.REGULAR | mode & PERMISSIONS);
                    return open(inode, openFlags);
                });
    }

    private Opened open(final MemoryInode inode, final int flags) {
        if ((flags & O_TRUNC) != 0) {
            inode.contents.resize(0);
            inode.touch(nowNs());
        }
        inode.openings++;
        final long handle = nextHandle++;
        openings.put(handle, new Opening(inode, flags));
        return new Opened(handle, inode.attributes(), true);
    }

    @Override
    public Cancellable open(final long inode, final int openFlags, final Completion<Opened> done) {
        return complete(done, () -> open(inode(inode), openFlags));
    }

    @Override
    public Cancellable read(
            final long handle,
            final long offset,
            final MutableDirectBuffer destination,
            final int destinationOffset,
            final int length,
            final Completion<Integer> done) {
        return complete(
                done,
                () ->
                        opening(handle)
                                .inode()
                                .contents
                                .read(offset, destination, destinationOffset, length));
    }

    @Override
    public Cancellable write(
            final long handle,
            final long offset,
            final DirectBuffer source,
            final int sourceOffset,
            final int length,
            final Completion<Integer> done) {
        return complete(
                done,
                () -> {
                    final Opening opening = opening(handle);
                    final SparseContents contents = opening.inode().contents;
                    final long at = (opening.flags() & O_APPEND) != 0 ? contents.size() : offset;
                    contents.write(at, source, sourceOffset, length);
                    opening.inode().touch(nowNs());
                    return length;
                });
    }

    @Override
    public Cancellable flush(final long handle, final long lockOwner, final Completion<Void> done) {
        return run(done, () -> opening(handle).inode().locks.drop(lockOwner, false));
    }

    @Override
    public Cancellable fsync(
            final long handle, final boolean dataOnly, final Completion<Void> done) {
        return run(done, () -> opening(handle));
    }

    @Override
    public Cancellable release(
            final long handle, final long lockOwner, final Completion<Void> done) {
        return run(
                done,
                () -> {
                    final MemoryInode inode = opening(handle).inode();
                    openings.remove(handle);
                    inode.openings--;
                    if (lockOwner != 0) {
                        inode.locks.drop(lockOwner, true);
                    }
                    dispose(inode);
                });
    }

    @Override
    public Cancellable openDirectory(final long inode, final Completion<Opened> done) {
        return complete(done, () -> open(directory(inode), 0));
    }

    @Override
    public Cancellable readDirectory(
            final long handle,
            final long cookie,
            final int maxEntries,
            final boolean withAttributes,
            final Completion<List<DirectoryEntry>> done) {
        return complete(
                done,
                () -> {
                    final List<DirectoryEntry> entries = new ArrayList<>();
                    for (final MemoryInode.Entry entry :
                            opening(handle).inode().entriesAfter(cookie)) {
                        if (entries.size() == maxEntries) {
                            break;
                        }
                        final MemoryInode inode = entry.inode();
                        inode.isKnown |= withAttributes;
                        final Attributes attributes = withAttributes ? inode.attributes() : null;
                        entries.add(
                                new DirectoryEntry(
                                        entry.bytes(),
                                        inode.number,
                                        inode.mode,
                                        entry.cookie(),
                                        attributes));
                    }
                    return entries;
                });
    }

    @Override
    public Cancellable syncDirectory(final long handle, final Completion<Void> done) {
        return run(done, () -> opening(handle));
    }

    @Override
    public Cancellable releaseDirectory(final long handle, final Completion<Void> done) {
        return release(handle, 0, done);
    }

    @Override
    public Cancellable status(final Completion<FileSystemStatus> done) {
        return complete(
                done, () -> new FileSystemStatus(CAPACITY, CAPACITY / 2, inodes.size(), 512));
    }

    @Override
    public Cancellable setXattr(
            final long number,
            final byte[] name,
            final byte[] value,
            final int flags,
            final Completion<Void> done) {
        return run(
                done,
                () -> {
                    final MemoryInode inode = inode(number);
                    final String text = MemoryInode.text(name);
                    if ((flags & XATTR_CREATE) != 0 && inode.xattrs.containsKey(text)) {
                        throw error(ErrorCode.EXISTS);
                    }
                    if ((flags & XATTR_REPLACE) != 0 && !inode.xattrs.containsKey(text)) {
                        throw error(ErrorCode.NO_DATA);
                    }
                    inode.xattrs.put(text, value);
                    inode.ctimeNs = nowNs();
                });
    }

    @Override
    public Cancellable getXattr(
            final long inode, final byte[] name, final Completion<byte[]> done) {
        return complete(
                done,
                () -> {
                    final byte[] value = inode(inode).xattrs.get(MemoryInode.text(name));
                    if (value == null) {
                        throw error(ErrorCode.NO_DATA);
                    }
                    return value;
                });
    }

    @Override
    public Cancellable listXattr(final long inode, final Completion<byte[]> done) {
        return complete(
                done,
                () -> {
                    final ByteArrayOutputStream names = new ByteArrayOutputStream();
                    for (final String name : inode(inode).xattrs.keySet()) {
                        names.writeBytes(
                                name.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
                        names.write(0);
                    }
                    return names.toByteArray();
                });
    }

    @Override
    public Cancellable removeXattr(
            final long inode, final byte[] name, final Completion<Void> done) {
        return run(
                done,
                () -> {
                    if (inode(inode).xattrs.remove(MemoryInode.text(name)) == null) {
                        throw error(ErrorCode.NO_DATA);
                    }
                });
    }

    @Override
    public Cancellable allocate(
            final long handle,
            final int mode,
            final long offset,
            final long length,
            final Completion<Void> done) {
        return run(
                done,
                () -> {
                    if ((mode & ~(ALLOCATE_KEEP_SIZE | ALLOCATE_PUNCH_HOLE | ALLOCATE_ZERO_RANGE))
                            != 0) {
                        throw error(ErrorCode.NOT_SUPPORTED);
                    }
                    final MemoryInode inode = opening(handle).inode();
                    final SparseContents contents = inode.contents;
                    if ((mode & (ALLOCATE_PUNCH_HOLE | ALLOCATE_ZERO_RANGE)) != 0) {
                        contents.zero(offset, length);
                    }
                    if ((mode & ALLOCATE_KEEP_SIZE) == 0 && offset + length > contents.size()) {
                        contents.resize(offset + length);
                    }
                    inode.touch(nowNs());
                });
    }

    @Override
    public Cancellable seek(
            final long handle, final long offset, final int whence, final Completion<Long> done) {
        return complete(
                done,
                () -> {
                    final SparseContents contents = opening(handle).inode().contents;
                    final long found =
                            offset >= contents.size()
                                    ? -1
                                    : whence == SEEK_DATA
                                            ? contents.data(offset)
                                            : contents.hole(offset);
                    if (found < 0) {
                        throw new TrivetException(ErrorCode.NO_DATA, "past the end");
                    }
                    return found;
                });
    }

    @Override
    public Cancellable copyRange(
            final long sourceHandle,
            final long sourceOffset,
            final long destinationHandle,
            final long destinationOffset,
            final long length,
            final Completion<Long> done) {
        return complete(
                done,
                () -> {
                    final MemoryInode source = opening(sourceHandle).inode();
                    final MemoryInode destination = opening(destinationHandle).inode();
                    final UnsafeBuffer buffer = new UnsafeBuffer(new byte[SparseContents.CHUNK]);
                    long copied = 0;
                    while (copied < length) {
                        final int part = (int) Math.min(length - copied, buffer.capacity());
                        final int read =
                                source.contents.read(sourceOffset + copied, buffer, 0, part);
                        if (read == 0) {
                            break;
                        }
                        destination.contents.write(destinationOffset + copied, buffer, 0, read);
                        copied += read;
                    }
                    destination.touch(nowNs());
                    return copied;
                });
    }

    @Override
    public Cancellable getLock(
            final long handle, final FileLock lock, final Completion<FileLock> done) {
        return complete(
                done,
                () -> {
                    final FileLock conflict = opening(handle).inode().locks.conflict(lock);
                    return conflict != null
                            ? conflict
                            : new FileLock(
                                    FileLock.UNLOCK,
                                    lock.flock(),
                                    lock.start(),
                                    lock.end(),
                                    lock.owner(),
                                    0);
                });
    }

    @Override
    public Cancellable setLock(
            final long handle,
            final FileLock lock,
            final boolean wait,
            final Completion<Void> done) {
        final Opening opening = openings.get(handle);
        if (opening == null) {
            done.failed(error(ErrorCode.BAD_HANDLE));
            return Cancellable.NONE;
        }
        return opening.inode().locks.set(lock, wait, done);
    }

    @Override
    public void forget(final long number) {
        final MemoryInode inode = inodes.get(number);
        if (inode != null && number != Attributes.ROOT_INODE) {
            inode.isKnown = false;
            dispose(inode);
        }
    }

    @Override
    public void onInvalidation(final InvalidationListener newListener) {
        listener = newListener;
    }
}
