package org.trivet.fs;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.trivet.Cancellable;
import org.trivet.Completion;

import java.util.List;

/**
 * The file system, by inode: what a kernel mount needs. POSIX says what each operation does.
 *
 * <p>Every call returns at once. Its completion is called exactly once, possibly before the call
 * returns, on the thread of the client's agent, from which alone this interface may be called.
 * Buffers passed in are borrowed until then. The returned object gives the operation up (see {@link
 * Cancellable}).
 *
 * <p>Names are bytes: 1 to 255, neither '/' nor NUL, neither "." nor "..". Permissions are not
 * checked here: a mount has the kernel do it.
 */
public interface InodeFileSystem {
    /** Rename: fail with EXISTS rather than replace (RENAME_NOREPLACE). */
    int RENAME_NO_REPLACE = 1;

    /** Rename: swap the two names (RENAME_EXCHANGE). */
    int RENAME_EXCHANGE = 2;

    /** Allocate: do not change the file's size (FALLOC_FL_KEEP_SIZE). */
    int ALLOCATE_KEEP_SIZE = 1;

    /** Allocate: make a hole (FALLOC_FL_PUNCH_HOLE; needs KEEP_SIZE). */
    int ALLOCATE_PUNCH_HOLE = 2;

    /** Allocate: zero the range (FALLOC_FL_ZERO_RANGE). */
    int ALLOCATE_ZERO_RANGE = 16;

    /** Seek to data (SEEK_DATA). */
    int SEEK_DATA = 3;

    /** Seek to a hole (SEEK_HOLE). */
    int SEEK_HOLE = 4;

    /** Set an extended attribute: it must not exist (XATTR_CREATE). */
    int XATTR_CREATE = 1;

    /** Set an extended attribute: it must exist (XATTR_REPLACE). */
    int XATTR_REPLACE = 2;

    /** Looks up a name. NOT_FOUND if there is none. */
    Cancellable lookup(long parent, byte[] name, Completion<Attributes> done);

    /** The attributes of an inode. */
    Cancellable getAttributes(long inode, Completion<Attributes> done);

    /** Changes attributes; {@code handle} is the opening through which a size is set, or 0. */
    Cancellable setAttributes(
            long inode, long handle, AttributeChange change, Completion<Attributes> done);

    /** The target of a symbolic link. */
    Cancellable readLink(long inode, Completion<byte[]> done);

    /** Makes a symbolic link. */
    Cancellable symlink(
            Caller caller, long parent, byte[] name, byte[] target, Completion<Attributes> done);

    /** Makes a regular file, device, fifo or socket. */
    Cancellable makeNode(
            Caller caller,
            long parent,
            byte[] name,
            int mode,
            int deviceId,
            Completion<Attributes> done);

    /** Makes a directory. */
    Cancellable makeDirectory(
            Caller caller, long parent, byte[] name, int mode, Completion<Attributes> done);

    /** Removes a name that is not a directory's. An open file lives on until it is released. */
    Cancellable unlink(long parent, byte[] name, Completion<Void> done);

    /** Removes an empty directory. */
    Cancellable removeDirectory(long parent, byte[] name, Completion<Void> done);

    /** Renames; {@code flags} are the RENAME constants. */
    Cancellable rename(
            long parent,
            byte[] name,
            long newParent,
            byte[] newName,
            int flags,
            Completion<Void> done);

    /** Makes another name for a file. */
    Cancellable link(long inode, long newParent, byte[] newName, Completion<Attributes> done);

    /**
     * Creates a regular file and opens it. If it exists: EXISTS with O_EXCL among {@code
     * openFlags}, otherwise it is opened.
     */
    Cancellable create(
            Caller caller,
            long parent,
            byte[] name,
            int mode,
            int openFlags,
            Completion<Opened> done);

    /** Opens a file; {@code openFlags} are those of open(2), O_TRUNC among them. */
    Cancellable open(long inode, int openFlags, Completion<Opened> done);

    /**
     * Reads; holes are zeros. Told the bytes read: fewer than asked only at the end of the file.
     */
    Cancellable read(
            long handle,
            long offset,
            MutableDirectBuffer destination,
            int destinationOffset,
            int length,
            Completion<Integer> done);

    /**
     * Writes; with O_APPEND among the opening's flags, at the end of the file, whatever the offset.
     * Told the bytes written, all of them.
     */
    Cancellable write(
            long handle,
            long offset,
            DirectBuffer source,
            int sourceOffset,
            int length,
            Completion<Integer> done);

    /**
     * At each close(2) of a descriptor: reports errors of this opening, and drops the POSIX locks
     * of the owner.
     */
    Cancellable flush(long handle, long lockOwner, Completion<Void> done);

    /** Makes everything acknowledged for this file survive a loss of power on all replicas. */
    Cancellable fsync(long handle, boolean dataOnly, Completion<Void> done);

    /**
     * Ends an opening, and drops its flock lock if {@code lockOwner} is not 0. Never fails for the
     * caller.
     */
    Cancellable release(long handle, long lockOwner, Completion<Void> done);

    /** Opens a directory. */
    Cancellable openDirectory(long inode, Completion<Opened> done);

    /**
     * Lists a directory in the order of its cookies.
     *
     * @param cookie entries after this one; 0 from the beginning.
     * @param maxEntries at most so many, at least 1.
     * @param withAttributes whether entries carry attributes.
     * @param done told the next entries; none at the end.
     */
    Cancellable readDirectory(
            long handle,
            long cookie,
            int maxEntries,
            boolean withAttributes,
            Completion<List<DirectoryEntry>> done);

    /** Makes the directory's entries survive a loss of power. */
    Cancellable syncDirectory(long handle, Completion<Void> done);

    /** Ends the opening of a directory. */
    Cancellable releaseDirectory(long handle, Completion<Void> done);

    /** Room in the file system. */
    Cancellable status(Completion<FileSystemStatus> done);

    /** Sets an extended attribute; {@code flags} are the XATTR constants. */
    Cancellable setXattr(long inode, byte[] name, byte[] value, int flags, Completion<Void> done);

    /** An extended attribute. NO_DATA if there is none. */
    Cancellable getXattr(long inode, byte[] name, Completion<byte[]> done);

    /** The names of all extended attributes, each followed by a NUL byte. */
    Cancellable listXattr(long inode, Completion<byte[]> done);

    /** Removes an extended attribute. NO_DATA if there is none. */
    Cancellable removeXattr(long inode, byte[] name, Completion<Void> done);

    /**
     * Allocates, punches or zeroes; {@code mode} are the ALLOCATE constants; other modes are
     * NOT_SUPPORTED.
     */
    Cancellable allocate(long handle, int mode, long offset, long length, Completion<Void> done);

    /** Finds data or a hole at or after an offset; NO_DATA past the end. */
    Cancellable seek(long handle, long offset, int whence, Completion<Long> done);

    /** Copies bytes between files; told how many, 0 at the end of the source. */
    Cancellable copyRange(
            long sourceHandle,
            long sourceOffset,
            long destinationHandle,
            long destinationOffset,
            long length,
            Completion<Long> done);

    /** The first lock that conflicts with the one given, or one of type UNLOCK. */
    Cancellable getLock(long handle, FileLock lock, Completion<FileLock> done);

    /** Takes or releases a lock; WOULD_BLOCK on a conflict unless {@code wait}. */
    Cancellable setLock(long handle, FileLock lock, boolean wait, Completion<Void> done);

    /** The caller above has dropped its references to an inode: nothing of it need be cached. */
    void forget(long inode);

    /** Who is told of changes by other clients; null for nobody. */
    void onInvalidation(InvalidationListener listener);
}
