package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.FileLock;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.InvalidationListener;
import org.trivet.meta.ReplyDecoding.Kind;
import org.trivet.meta.RequestQueue.Undo;
import org.trivet.transport.Transport;
import org.trivet.wire.MessageShapes;
import org.trivet.wire.sbe.CloseSessionEncoder;
import org.trivet.wire.sbe.CreateFileEncoder;
import org.trivet.wire.sbe.CutTailEncoder;
import org.trivet.wire.sbe.GetAttributesEncoder;
import org.trivet.wire.sbe.GetLockEncoder;
import org.trivet.wire.sbe.GetXattrEncoder;
import org.trivet.wire.sbe.InvalidateDecoder;
import org.trivet.wire.sbe.LinkEncoder;
import org.trivet.wire.sbe.ListXattrEncoder;
import org.trivet.wire.sbe.LookupEncoder;
import org.trivet.wire.sbe.MakeDirectoryEncoder;
import org.trivet.wire.sbe.MakeNodeEncoder;
import org.trivet.wire.sbe.MakeSymlinkEncoder;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.MetaDoneDecoder;
import org.trivet.wire.sbe.MetaErrorDecoder;
import org.trivet.wire.sbe.NamespaceStatusEncoder;
import org.trivet.wire.sbe.OpenFileEncoder;
import org.trivet.wire.sbe.ReadDirectoryEncoder;
import org.trivet.wire.sbe.ReadLinkEncoder;
import org.trivet.wire.sbe.ReleaseFileEncoder;
import org.trivet.wire.sbe.RemoveDirectoryEncoder;
import org.trivet.wire.sbe.RemoveXattrEncoder;
import org.trivet.wire.sbe.RenameEncoder;
import org.trivet.wire.sbe.ReserveAppendEncoder;
import org.trivet.wire.sbe.SessionOpenedDecoder;
import org.trivet.wire.sbe.SetAttributesEncoder;
import org.trivet.wire.sbe.SetLockEncoder;
import org.trivet.wire.sbe.SetXattrEncoder;
import org.trivet.wire.sbe.SyncNamespaceEncoder;
import org.trivet.wire.sbe.UnlinkEncoder;
import org.trivet.wire.sbe.WrittenEncoder;

import java.nio.ByteOrder;
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
    private static final int MAX_NAME_LENGTH = 255;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final Completion<Void> IGNORED =
            new Completion<>() {
                @Override
                public void succeeded(final Void value) {}

                @Override
                public void failed(final TrivetException error) {}
            };

    private final long volumeId;
    private final RequestQueue requests;
    private final ExpandableArrayBuffer message = new ExpandableArrayBuffer(1024);
    private final UnsafeBuffer reply = new UnsafeBuffer();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MessageHeaderDecoder replyHeader = new MessageHeaderDecoder();
    private final MetaErrorDecoder error = new MetaErrorDecoder();
    private final SessionOpenedDecoder opened = new SessionOpenedDecoder();
    private final InvalidateDecoder invalidate = new InvalidateDecoder();
    private final CloseSessionEncoder closeSession = new CloseSessionEncoder();
    private final LookupEncoder lookup = new LookupEncoder();
    private final GetAttributesEncoder getAttributes = new GetAttributesEncoder();
    private final SetAttributesEncoder setAttributes = new SetAttributesEncoder();
    private final ReadLinkEncoder readLink = new ReadLinkEncoder();
    private final MakeSymlinkEncoder makeSymlink = new MakeSymlinkEncoder();
    private final MakeNodeEncoder makeNode = new MakeNodeEncoder();
    private final MakeDirectoryEncoder makeDirectory = new MakeDirectoryEncoder();
    private final UnlinkEncoder unlink = new UnlinkEncoder();
    private final RemoveDirectoryEncoder removeDirectory = new RemoveDirectoryEncoder();
    private final RenameEncoder rename = new RenameEncoder();
    private final LinkEncoder link = new LinkEncoder();
    private final CreateFileEncoder createFile = new CreateFileEncoder();
    private final OpenFileEncoder openFile = new OpenFileEncoder();
    private final ReleaseFileEncoder releaseFile = new ReleaseFileEncoder();
    private final WrittenEncoder written = new WrittenEncoder();
    private final CutTailEncoder cutTail = new CutTailEncoder();
    private final ReserveAppendEncoder reserveAppend = new ReserveAppendEncoder();
    private final ReadDirectoryEncoder readDirectory = new ReadDirectoryEncoder();
    private final SetXattrEncoder setXattr = new SetXattrEncoder();
    private final GetXattrEncoder getXattr = new GetXattrEncoder();
    private final ListXattrEncoder listXattr = new ListXattrEncoder();
    private final RemoveXattrEncoder removeXattr = new RemoveXattrEncoder();
    private final NamespaceStatusEncoder namespaceStatus = new NamespaceStatusEncoder();
    private final GetLockEncoder getLock = new GetLockEncoder();
    private final SetLockEncoder setLock = new SetLockEncoder();
    private final SyncNamespaceEncoder syncNamespace = new SyncNamespaceEncoder();
    private final InvalidationAcks acks;
    private InvalidationListener invalidationListener;
    private long malformed;

    /**
     * A client that has not spoken yet. The first duty cycle opens a session.
     *
     * @param config how to talk.
     * @param transport the client's endpoint; not closed by this.
     */
    public MetadataClient(final MetadataClientConfig config, final Transport transport) {
        volumeId = config.volumeId();
        acks = new InvalidationAcks(config.volumeId(), transport);
        requests = new RequestQueue(config, transport, acks, inode -> release(inode, IGNORED));
    }

    /**
     * Sends, sends again, renews the session.
     *
     * @param nowNs monotonic time.
     * @return how much was done.
     */
    public int doWork(final long nowNs) {
        return requests.doWork(nowNs);
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
        if (templateId < MetaDoneDecoder.TEMPLATE_ID
                || templateId > InvalidateDecoder.TEMPLATE_ID) {
            return false;
        }
        if (!MessageShapes.isWhole(buffer, offset, length, volumeId)) {
            malformed++; // as if it had been lost
            return true;
        }
        reply.wrap(buffer, offset, length);
        if (!onReply(templateId)) {
            malformed++;
        }
        return true;
    }

    /**
     * The session, which also numbers requests to data nodes.
     *
     * @return its id, or 0 while there is none.
     */
    public long sessionId() {
        return requests.session();
    }

    /**
     * Whether the session lives for certain: what was opened in it is still open. If not, it may be
     * over without this client knowing, as when the client has stood still.
     *
     * @param nowNs monotonic time, of this instant and not an earlier one.
     * @return true if it does.
     */
    public boolean isSessionSure(final long nowNs) {
        return requests.isSessionSure(nowNs);
    }

    /**
     * Who is told of each new session's id: of the first, and of one that replaces a session that
     * ended because the client was away for longer than its lease. Then all openings and locks are
     * gone, and pending changes have failed with IO.
     *
     * @param listener told, or null.
     */
    public void onSession(final LongConsumer listener) {
        requests.onSession(listener);
    }

    /**
     * Who is told of changes by other clients.
     *
     * @param listener told, or null.
     */
    public void onInvalidation(final InvalidationListener listener) {
        invalidationListener = listener;
    }

    /**
     * A change that this client learns of by itself. Until it is obeyed nobody is told of a lock.
     *
     * @return to be told when the caches have obeyed it.
     */
    public InvalidationListener.Outcome invalidated() {
        return acks.takeOwn();
    }

    /**
     * Requests that are not answered yet.
     *
     * @return how many.
     */
    public int pending() {
        return requests.size();
    }

    /**
     * Ends the session: pending requests fail with CLOSED, openings and locks end.
     *
     * @param done told when the metadata node has answered.
     * @return to give the waiting up.
     */
    public Cancellable close(final Completion<Void> done) {
        requests.close();
        closeSession.wrapAndApplyHeader(message, 0, header);
        return requests.submitLast(message, length(closeSession), done);
    }

    /** Looks up a name. NOT_FOUND if there is none. */
    public Cancellable lookup(
            final long parent, final byte[] name, final Completion<Attributes> done) {
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "name", name.length, done);
        }
        lookup.wrapAndApplyHeader(message, 0, header).parent(parent).putName(name, 0, name.length);
        return submit(length(lookup), Kind.ATTRIBUTES, done);
    }

    /** The attributes of an inode. */
    public Cancellable getAttributes(final long inode, final Completion<Attributes> done) {
        getAttributes.wrapAndApplyHeader(message, 0, header).inode(inode);
        return submit(length(getAttributes), Kind.ATTRIBUTES, done);
    }

    /**
     * Changes attributes. A size below the present one raises the cut number, or gives a new data
     * id if it is 0.
     */
    public Cancellable setAttributes(
            final long inode, final AttributeChange change, final Completion<Attributes> done) {
        setAttributes
                .wrapAndApplyHeader(message, 0, header)
                .inode(inode)
                .mask(change.mask())
                .mode(change.mode())
                .uid(change.uid())
                .gid(change.gid())
                .size(change.size())
                .atimeNs(change.atimeNs())
                .mtimeNs(change.mtimeNs());
        return submit(length(setAttributes), Kind.ATTRIBUTES, done);
    }

    /** The target of a symbolic link. */
    public Cancellable readLink(final long inode, final Completion<byte[]> done) {
        readLink.wrapAndApplyHeader(message, 0, header).inode(inode);
        return submit(length(readLink), Kind.BYTES, done);
    }

    /** Makes a symbolic link. */
    public Cancellable symlink(
            final Caller caller,
            final long parent,
            final byte[] name,
            final byte[] target,
            final Completion<Attributes> done) {
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "name", name.length, done);
        }
        if (target.length > Files.MAX_TARGET_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "target", target.length, done);
        }
        makeSymlink
                .wrapAndApplyHeader(message, 0, header)
                .parent(parent)
                .uid(caller.uid())
                .gid(caller.gid())
                .putName(name, 0, name.length)
                .putTarget(target, 0, target.length);
        return submit(length(makeSymlink), Kind.ATTRIBUTES, done);
    }

    /** Makes a regular file, device, fifo or socket. */
    public Cancellable makeNode(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final int deviceId,
            final Completion<Attributes> done) {
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "name", name.length, done);
        }
        makeNode.wrapAndApplyHeader(message, 0, header)
                .parent(parent)
                .mode(mode)
                .uid(caller.uid())
                .gid(caller.gid())
                .deviceId(deviceId)
                .putName(name, 0, name.length);
        return submit(length(makeNode), Kind.ATTRIBUTES, done);
    }

    /** Makes a directory. */
    public Cancellable makeDirectory(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final Completion<Attributes> done) {
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "name", name.length, done);
        }
        makeDirectory
                .wrapAndApplyHeader(message, 0, header)
                .parent(parent)
                .mode(mode)
                .uid(caller.uid())
                .gid(caller.gid())
                .putName(name, 0, name.length);
        return submit(length(makeDirectory), Kind.ATTRIBUTES, done);
    }

    /** Removes a name that is not a directory's. An open file lives on until it is released. */
    public Cancellable unlink(final long parent, final byte[] name, final Completion<Void> done) {
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "name", name.length, done);
        }
        unlink.wrapAndApplyHeader(message, 0, header).parent(parent).putName(name, 0, name.length);
        return submit(length(unlink), Kind.NOTHING, done);
    }

    /** Removes an empty directory. */
    public Cancellable removeDirectory(
            final long parent, final byte[] name, final Completion<Void> done) {
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "name", name.length, done);
        }
        removeDirectory
                .wrapAndApplyHeader(message, 0, header)
                .parent(parent)
                .putName(name, 0, name.length);
        return submit(length(removeDirectory), Kind.NOTHING, done);
    }

    /** Renames; {@code flags} are the RENAME constants of {@link InodeFileSystem}. */
    public Cancellable rename(
            final long parent,
            final byte[] name,
            final long newParent,
            final byte[] newName,
            final int flags,
            final Completion<Void> done) {
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "name", name.length, done);
        }
        if (newName.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "newName", newName.length, done);
        }
        rename.wrapAndApplyHeader(message, 0, header)
                .parent(parent)
                .newParent(newParent)
                .flags(flags)
                .putName(name, 0, name.length)
                .putNewName(newName, 0, newName.length);
        return submit(length(rename), Kind.NOTHING, done);
    }

    /** Makes another name for a file. */
    public Cancellable link(
            final long inode,
            final long newParent,
            final byte[] newName,
            final Completion<Attributes> done) {
        if (newName.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "newName", newName.length, done);
        }
        link.wrapAndApplyHeader(message, 0, header)
                .inode(inode)
                .newParent(newParent)
                .putName(newName, 0, newName.length);
        return submit(length(link), Kind.ATTRIBUTES, done);
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
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.NAME_TOO_LONG, "name", name.length, done);
        }
        createFile
                .wrapAndApplyHeader(message, 0, header)
                .parent(parent)
                .mode(mode)
                .uid(caller.uid())
                .gid(caller.gid())
                .openFlags(openFlags)
                .putName(name, 0, name.length);
        return requests.submit(
                message, length(createFile), Kind.ATTRIBUTES, Undo.RELEASE, null, done);
    }

    /** Opens a file, with O_TRUNC cutting it to nothing. To be released once for each time. */
    public Cancellable open(
            final long inode, final int openFlags, final Completion<Attributes> done) {
        openFile.wrapAndApplyHeader(message, 0, header).inode(inode).openFlags(openFlags);
        return requests.submit(
                message, length(openFile), Kind.ATTRIBUTES, Undo.RELEASE, null, done);
    }

    /**
     * Opens what a session that has ended had open. It is sent however much is under way: writes
     * wait for it.
     */
    public void reopen(final long inode, final int openFlags, final Completion<Attributes> done) {
        openFile.wrapAndApplyHeader(message, 0, header).inode(inode).openFlags(openFlags);
        requests.insist(message, length(openFile), Kind.ATTRIBUTES, done);
    }

    /**
     * Ends one opening. With the last of this session, its locks on the inode end too. It is sent
     * however much is under way: nobody would ask again.
     */
    public void release(final long inode, final Completion<Void> done) {
        releaseFile.wrapAndApplyHeader(message, 0, header).inode(inode);
        requests.insist(message, length(releaseFile), Kind.NOTHING, done);
    }

    /**
     * Reports committed writes: the size grows to {@code endOffset}, and the times change ({@code
     * mtimeNs} 0 for now). With a data id or cut other than the inode's nothing changes: compare
     * the attributes that come back. An append says where it began ({@code appendedAt}, otherwise
     * -1), and is answered once the file reaches up to there; what else makes the file longer, when
     * no room is given out. {@code sparse} says that the file may have holes now.
     */
    public Cancellable written(
            final long inode,
            final long dataId,
            final long cut,
            final long endOffset,
            final long mtimeNs,
            final long appendedAt,
            final boolean sparse,
            final Completion<Attributes> done) {
        written.wrapAndApplyHeader(message, 0, header)
                .inode(inode)
                .dataId(dataId)
                .cut(cut)
                .endOffset(endOffset)
                .mtimeNs(mtimeNs)
                .appendedAt(appendedAt)
                .sparse((short) (sparse ? 1 : 0));
        return submit(length(written), Kind.ATTRIBUTES, done);
    }

    /**
     * Gives out room at the end of a file, to this caller alone and until the file is cut; told its
     * offset, or -1 if the file has another data id or cut. Whoever does not use it must have the
     * tail cut.
     */
    public Cancellable reserveAppend(
            final long inode,
            final long dataId,
            final long cut,
            final long length,
            final Completion<Long> done) {
        reserveAppend
                .wrapAndApplyHeader(message, 0, header)
                .inode(inode)
                .dataId(dataId)
                .cut(cut)
                .byteCount(length);
        return submit(length(reserveAppend), Kind.NUMBER, done);
    }

    /**
     * Removes what a write that was given up may have left beyond the end of a file, unless the
     * file has another data id by now. It is sent however much is under way.
     */
    public void cutTail(final long inode, final long dataId, final Completion<Attributes> done) {
        cutTail.wrapAndApplyHeader(message, 0, header).inode(inode).dataId(dataId);
        requests.insist(message, length(cutTail), Kind.ATTRIBUTES, done);
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
        readDirectory
                .wrapAndApplyHeader(message, 0, header)
                .inode(inode)
                .cookie(cookie)
                .maxEntries(max)
                .withAttributes((short) (withAttributes ? 1 : 0));
        return submit(length(readDirectory), Kind.ENTRIES, done);
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
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.RANGE, "name", name.length, done);
        }
        if (value.length > Xattrs.MAX_VALUE_LENGTH) {
            return refuse(ErrorCode.RANGE, "value", value.length, done);
        }
        setXattr.wrapAndApplyHeader(message, 0, header)
                .inode(inode)
                .flags(flags)
                .putName(name, 0, name.length)
                .putValue(value, 0, value.length);
        return submit(length(setXattr), Kind.NOTHING, done);
    }

    /** An extended attribute. NO_DATA if there is none. */
    public Cancellable getXattr(
            final long inode, final byte[] name, final Completion<byte[]> done) {
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.RANGE, "name", name.length, done);
        }
        getXattr.wrapAndApplyHeader(message, 0, header).inode(inode).putName(name, 0, name.length);
        return submit(length(getXattr), Kind.BYTES, done);
    }

    /** The names of all extended attributes, each followed by a NUL byte. */
    public Cancellable listXattr(final long inode, final Completion<byte[]> done) {
        listXattr.wrapAndApplyHeader(message, 0, header).inode(inode);
        return submit(length(listXattr), Kind.BYTES, done);
    }

    /** Removes an extended attribute. NO_DATA if there is none. */
    public Cancellable removeXattr(
            final long inode, final byte[] name, final Completion<Void> done) {
        if (name.length > MAX_NAME_LENGTH) {
            return refuse(ErrorCode.RANGE, "name", name.length, done);
        }
        removeXattr
                .wrapAndApplyHeader(message, 0, header)
                .inode(inode)
                .putName(name, 0, name.length);
        return submit(length(removeXattr), Kind.NOTHING, done);
    }

    /** Told the number of inodes. */
    public Cancellable status(final Completion<Long> done) {
        namespaceStatus.wrapAndApplyHeader(message, 0, header);
        return submit(length(namespaceStatus), Kind.NUMBER, done);
    }

    /** The first lock that conflicts with the one given, or one of type UNLOCK. */
    public Cancellable getLock(
            final long inode, final FileLock lock, final Completion<FileLock> done) {
        getLock.wrapAndApplyHeader(message, 0, header)
                .inode(inode)
                .lockType((short) lock.type())
                .flock((short) (lock.flock() ? 1 : 0))
                .start(lock.start())
                .end(lock.end())
                .owner(lock.owner())
                .pid(lock.pid());
        return submit(length(getLock), Kind.LOCK, done);
    }

    /**
     * Takes or releases a lock; WOULD_BLOCK on a conflict unless {@code wait}; DEADLOCK if waiting
     * would be for ever. A cancelled request ends without the lock. That it is taken is told when
     * the caches have obeyed all that changed before.
     */
    public Cancellable setLock(
            final long inode,
            final FileLock lock,
            final boolean wait,
            final Completion<Void> done) {
        setLock.wrapAndApplyHeader(message, 0, header)
                .inode(inode)
                .lockType((short) lock.type())
                .flock((short) (lock.flock() ? 1 : 0))
                .start(lock.start())
                .end(lock.end())
                .owner(lock.owner())
                .pid(lock.pid())
                .blocking((short) (wait ? 1 : 0));
        final FileLock undone =
                new FileLock(
                        FileLock.UNLOCK,
                        lock.flock(),
                        lock.start(),
                        lock.end(),
                        lock.owner(),
                        lock.pid());
        final Undo undo = lock.type() == FileLock.UNLOCK ? Undo.NONE : Undo.CANCEL;
        return requests.submit(
                message,
                length(setLock),
                lock.type() == FileLock.UNLOCK ? Kind.NOTHING : Kind.GRANT,
                undo,
                () -> setLock(inode, undone, false, IGNORED),
                done);
    }

    /** Told when everything answered so far is on the metadata node's disk. */
    public Cancellable sync(final Completion<Void> done) {
        syncNamespace.wrapAndApplyHeader(message, 0, header);
        return submit(length(syncNamespace), Kind.NOTHING, done);
    }

    /**
     * Replies that could not be decoded.
     *
     * @return how many.
     */
    public long malformed() {
        return malformed;
    }

    private boolean onReply(final int templateId) {
        switch (templateId) {
            case MetaErrorDecoder.TEMPLATE_ID -> {
                error.wrapAndApplyHeader(reply, 0, replyHeader);
                requests.onError(error.session(), error.request(), error.errno(), error.refusal());
            }
            case SessionOpenedDecoder.TEMPLATE_ID -> {
                opened.wrapAndApplyHeader(reply, 0, replyHeader);
                requests.onSessionOpened(opened.session(), opened.clientId());
            }
            case InvalidateDecoder.TEMPLATE_ID -> onInvalidate();
            default -> {
                return requests.onReply(
                        templateId, Verbs.session(reply, 0), Verbs.request(reply, 0), reply, 0);
            }
        }
        return true;
    }

    private void onInvalidate() {
        invalidate.wrapAndApplyHeader(reply, 0, replyHeader);
        if (invalidate.session() != requests.session()) {
            return;
        }
        final long inode = invalidate.inode();
        final boolean isEverything = inode == Invalidations.EVERYTHING;
        final InvalidationListener.Outcome outcome =
                acks.take(
                        invalidate.session(), invalidate.life(), invalidate.number(), isEverything);
        if (outcome == null) {
            return;
        }
        final boolean contents = invalidate.contents() != 0;
        final byte[] name = new byte[invalidate.nameLength()];
        invalidate.getName(name, 0, name.length);
        if (invalidationListener == null) {
            outcome.obeyed();
        } else if (isEverything) {
            invalidationListener.everythingChanged(outcome);
        } else if (name.length > 0) {
            invalidationListener.entryChanged(inode, name, outcome);
        } else {
            invalidationListener.inodeChanged(inode, contents ? 0 : -1, 0, outcome);
        }
    }

    private <T> Cancellable submit(final int length, final Kind kind, final Completion<T> done) {
        return requests.submit(message, length, kind, Undo.NONE, null, done);
    }

    private static int length(final MessageEncoderFlyweight encoder) {
        return MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
    }

    private static Cancellable refuse(
            final ErrorCode code, final String what, final int length, final Completion<?> done) {
        done.failed(new TrivetException(code, what + " of " + length + " bytes"));
        return Cancellable.NONE;
    }
}
