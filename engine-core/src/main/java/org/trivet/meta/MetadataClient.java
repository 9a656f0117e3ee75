package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.FileLock;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.InvalidationListener;
import org.trivet.transport.Transport;

import java.util.List;
import java.util.function.LongConsumer;

/**
 * The client's side of the metadata service: {@link InodeFileSystem} but for contents and handles.
 *
 * <p>Owns no thread: it is used from, and completes on, the thread of the client's agent, which
 * calls {@link #doWork} in each duty cycle and {@link #onMessage} for what arrives. Every operation
 * waits, and is sent again, until it is answered or given up; repeated requests take effect once.
 * Arguments are copied before a call returns.
 */
public final class MetadataClient {
    /**
     * A client that has not spoken yet. The first duty cycle opens a session.
     *
     * @param config how to talk.
     * @param transport the client's endpoint; not closed by this.
     */
    public MetadataClient(final MetadataClientConfig config, final Transport transport) {}

    /**
     * Sends, sends again, renews the session.
     *
     * @param nowNs monotonic time.
     * @return how much was done.
     */
    public int doWork(final long nowNs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes a message, if it is one of the metadata node's to a client.
     *
     * @param templateId of the message's header.
     * @param buffer holds the message.
     * @param offset where its header begins.
     * @param length bytes, with the header.
     * @return whether it was.
     */
    public boolean onMessage(
            final int templateId, final DirectBuffer buffer, final int offset, final int length) {
        throw new UnsupportedOperationException();
    }

    /**
     * The session, which also numbers requests to data nodes.
     *
     * @return its id, or 0 while there is none.
     */
    public long sessionId() {
        throw new UnsupportedOperationException();
    }

    /**
     * Who is told of each new session's id: of the first, and of one that replaces a session that
     * ended because the client was away for longer than its lease. Then all openings and locks are
     * gone, and pending changes have failed with IO.
     *
     * @param listener told, or null.
     */
    public void onSession(final LongConsumer listener) {
        throw new UnsupportedOperationException();
    }

    /**
     * Who is told of changes by other clients.
     *
     * @param listener told, or null.
     */
    public void onInvalidation(final InvalidationListener listener) {
        throw new UnsupportedOperationException();
    }

    /**
     * Requests that are not answered yet.
     *
     * @return how many.
     */
    public int pending() {
        throw new UnsupportedOperationException();
    }

    /**
     * Ends the session: pending requests fail with CLOSED, openings and locks end.
     *
     * @param done told when the metadata node has answered.
     * @return to give the waiting up.
     */
    public Cancellable close(final Completion<Void> done) {
        throw new UnsupportedOperationException();
    }

    /** Looks up a name. NOT_FOUND if there is none. */
    public Cancellable lookup(
            final long parent, final byte[] name, final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /** The attributes of an inode. */
    public Cancellable getAttributes(final long inode, final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /**
     * Changes attributes. A size below the present one raises the cut number, or gives a new data
     * id if it is 0.
     */
    public Cancellable setAttributes(
            final long inode, final AttributeChange change, final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /** The target of a symbolic link. */
    public Cancellable readLink(final long inode, final Completion<byte[]> done) {
        throw new UnsupportedOperationException();
    }

    /** Makes a symbolic link. */
    public Cancellable symlink(
            final Caller caller,
            final long parent,
            final byte[] name,
            final byte[] target,
            final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /** Makes a regular file, device, fifo or socket. */
    public Cancellable makeNode(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final int deviceId,
            final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /** Makes a directory. */
    public Cancellable makeDirectory(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /** Removes a name that is not a directory's. An open file lives on until it is released. */
    public Cancellable unlink(final long parent, final byte[] name, final Completion<Void> done) {
        throw new UnsupportedOperationException();
    }

    /** Removes an empty directory. */
    public Cancellable removeDirectory(
            final long parent, final byte[] name, final Completion<Void> done) {
        throw new UnsupportedOperationException();
    }

    /** Renames; {@code flags} are the RENAME constants of {@link InodeFileSystem}. */
    public Cancellable rename(
            final long parent,
            final byte[] name,
            final long newParent,
            final byte[] newName,
            final int flags,
            final Completion<Void> done) {
        throw new UnsupportedOperationException();
    }

    /** Makes another name for a file. */
    public Cancellable link(
            final long inode,
            final long newParent,
            final byte[] newName,
            final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /**
     * Creates a regular file and opens it. If it exists: EXISTS with O_EXCL, otherwise it is
     * opened. To be released once.
     */
    public Cancellable create(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final int openFlags,
            final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /** Opens a file, with O_TRUNC cutting it to nothing. To be released once for each time. */
    public Cancellable open(
            final long inode, final int openFlags, final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /** Ends one opening. With the last of this session, its locks on the inode end too. */
    public Cancellable release(final long inode, final Completion<Void> done) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reports committed writes: the size grows to {@code endOffset}, and the times change ({@code
     * mtimeNs} 0 for now). With a data id or cut other than the inode's nothing changes: compare
     * the attributes that come back.
     */
    public Cancellable written(
            final long inode,
            final long dataId,
            final long cut,
            final long endOffset,
            final long mtimeNs,
            final Completion<Attributes> done) {
        throw new UnsupportedOperationException();
    }

    /** Gives out room at the end of a file, to this caller alone; told its offset. */
    public Cancellable reserveAppend(
            final long inode, final long length, final Completion<Long> done) {
        throw new UnsupportedOperationException();
    }

    /**
     * Lists a directory in the order of its cookies, from after {@code cookie}; fewer than {@code
     * max} may come though there are more; none at the end.
     */
    public Cancellable readDirectory(
            final long inode,
            final long cookie,
            final int max,
            final boolean withAttributes,
            final Completion<List<DirectoryEntry>> done) {
        throw new UnsupportedOperationException();
    }

    /**
     * Sets an extended attribute; {@code flags} are the XATTR constants of {@link InodeFileSystem}.
     */
    public Cancellable setXattr(
            final long inode,
            final byte[] name,
            final byte[] value,
            final int flags,
            final Completion<Void> done) {
        throw new UnsupportedOperationException();
    }

    /** An extended attribute. NO_DATA if there is none. */
    public Cancellable getXattr(
            final long inode, final byte[] name, final Completion<byte[]> done) {
        throw new UnsupportedOperationException();
    }

    /** The names of all extended attributes, each followed by a NUL byte. */
    public Cancellable listXattr(final long inode, final Completion<byte[]> done) {
        throw new UnsupportedOperationException();
    }

    /** Removes an extended attribute. NO_DATA if there is none. */
    public Cancellable removeXattr(
            final long inode, final byte[] name, final Completion<Void> done) {
        throw new UnsupportedOperationException();
    }

    /** Told the number of inodes. */
    public Cancellable status(final Completion<Long> done) {
        throw new UnsupportedOperationException();
    }

    /** The first lock that conflicts with the one given, or one of type UNLOCK. */
    public Cancellable getLock(
            final long inode, final FileLock lock, final Completion<FileLock> done) {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes or releases a lock; WOULD_BLOCK on a conflict unless {@code wait}; DEADLOCK if waiting
     * would be for ever. A cancelled request ends without the lock.
     */
    public Cancellable setLock(
            final long inode,
            final FileLock lock,
            final boolean wait,
            final Completion<Void> done) {
        throw new UnsupportedOperationException();
    }

    /** Told when everything answered so far is on the metadata node's disk. */
    public Cancellable sync(final Completion<Void> done) {
        throw new UnsupportedOperationException();
    }
}
