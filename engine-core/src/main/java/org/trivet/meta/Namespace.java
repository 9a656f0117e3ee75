package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.store.KeyValueStore;
import org.trivet.wire.MessageShapes;
import org.trivet.wire.sbe.CancelRequestDecoder;
import org.trivet.wire.sbe.CloseSessionDecoder;
import org.trivet.wire.sbe.CreateFileDecoder;
import org.trivet.wire.sbe.CutTailDecoder;
import org.trivet.wire.sbe.EndSessionDecoder;
import org.trivet.wire.sbe.FinishIntentDecoder;
import org.trivet.wire.sbe.GetAttributesDecoder;
import org.trivet.wire.sbe.GetLockDecoder;
import org.trivet.wire.sbe.GetXattrDecoder;
import org.trivet.wire.sbe.LinkDecoder;
import org.trivet.wire.sbe.ListXattrDecoder;
import org.trivet.wire.sbe.LookupDecoder;
import org.trivet.wire.sbe.MakeDirectoryDecoder;
import org.trivet.wire.sbe.MakeNodeDecoder;
import org.trivet.wire.sbe.MakeSymlinkDecoder;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.NamespaceStatusDecoder;
import org.trivet.wire.sbe.OpenFileDecoder;
import org.trivet.wire.sbe.OpenSessionDecoder;
import org.trivet.wire.sbe.ReadDirectoryDecoder;
import org.trivet.wire.sbe.ReadLinkDecoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.RegisterDecoder;
import org.trivet.wire.sbe.ReleaseFileDecoder;
import org.trivet.wire.sbe.RemoveDirectoryDecoder;
import org.trivet.wire.sbe.RemoveXattrDecoder;
import org.trivet.wire.sbe.RenameDecoder;
import org.trivet.wire.sbe.RenewSessionDecoder;
import org.trivet.wire.sbe.ReserveAppendDecoder;
import org.trivet.wire.sbe.RestartedDecoder;
import org.trivet.wire.sbe.SetAttributesDecoder;
import org.trivet.wire.sbe.SetLockDecoder;
import org.trivet.wire.sbe.SetXattrDecoder;
import org.trivet.wire.sbe.SyncNamespaceDecoder;
import org.trivet.wire.sbe.UnlinkDecoder;
import org.trivet.wire.sbe.WrittenDecoder;

import java.nio.ByteOrder;

/**
 * The namespace of a volume: a deterministic state machine in a {@link KeyValueStore}.
 *
 * <p>The same commands at the same times, in the same order, give the same rows and the same
 * replies; no clock is read, nothing is sent, there is no thread. A command is a request's bytes.
 * Memory does not grow with the number of inodes.
 */
final class Namespace {
    private final State state;
    private final Intents intents;
    private final Locks locks;
    private final Files files;
    private final Directories directories;
    private final Renaming renaming;
    private final AttributeSetting attributes;
    private final Xattrs xattrs;
    private final SessionTable sessions;
    private final NodeTable nodes;

    private final UnsafeBuffer name = new UnsafeBuffer();
    private final UnsafeBuffer other = new UnsafeBuffer();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final OpenSessionDecoder openSession = new OpenSessionDecoder();
    private final RenewSessionDecoder renewSession = new RenewSessionDecoder();
    private final CloseSessionDecoder closeSession = new CloseSessionDecoder();
    private final LookupDecoder lookup = new LookupDecoder();
    private final GetAttributesDecoder getAttributes = new GetAttributesDecoder();
    private final SetAttributesDecoder setAttributes = new SetAttributesDecoder();
    private final ReadLinkDecoder readLink = new ReadLinkDecoder();
    private final MakeSymlinkDecoder makeSymlink = new MakeSymlinkDecoder();
    private final MakeNodeDecoder makeNode = new MakeNodeDecoder();
    private final MakeDirectoryDecoder makeDirectory = new MakeDirectoryDecoder();
    private final UnlinkDecoder unlink = new UnlinkDecoder();
    private final RemoveDirectoryDecoder removeDirectory = new RemoveDirectoryDecoder();
    private final RenameDecoder rename = new RenameDecoder();
    private final LinkDecoder link = new LinkDecoder();
    private final CreateFileDecoder createFile = new CreateFileDecoder();
    private final OpenFileDecoder openFile = new OpenFileDecoder();
    private final ReleaseFileDecoder releaseFile = new ReleaseFileDecoder();
    private final WrittenDecoder written = new WrittenDecoder();
    private final CutTailDecoder cutTail = new CutTailDecoder();
    private final ReserveAppendDecoder reserveAppend = new ReserveAppendDecoder();
    private final ReadDirectoryDecoder readDirectory = new ReadDirectoryDecoder();
    private final SetXattrDecoder setXattr = new SetXattrDecoder();
    private final GetXattrDecoder getXattr = new GetXattrDecoder();
    private final ListXattrDecoder listXattr = new ListXattrDecoder();
    private final RemoveXattrDecoder removeXattr = new RemoveXattrDecoder();
    private final NamespaceStatusDecoder namespaceStatus = new NamespaceStatusDecoder();
    private final GetLockDecoder getLock = new GetLockDecoder();
    private final SetLockDecoder setLock = new SetLockDecoder();
    private final CancelRequestDecoder cancelRequest = new CancelRequestDecoder();
    private final SyncNamespaceDecoder syncNamespace = new SyncNamespaceDecoder();
    private final RegisterDecoder register = new RegisterDecoder();
    private final EndSessionDecoder endSession = new EndSessionDecoder();
    private final FinishIntentDecoder finishIntent = new FinishIntentDecoder();
    private final RestartedDecoder restarted = new RestartedDecoder();

    /**
     * Opens the namespace in a store, as of its last commit.
     *
     * @param store holds it, and nothing else; not closed by this.
     * @param volumeId the volume; the store must be of the same, or empty.
     */
    Namespace(final KeyValueStore store, final long volumeId) {
        state = new State(store, volumeId);
        intents = new Intents(state);
        locks = new Locks(state);
        directories = new Directories(state);
        files = new Files(state, directories, intents, locks);
        renaming = new Renaming(state, directories, files);
        attributes = new AttributeSetting(state, intents);
        xattrs = new Xattrs(state);
        sessions = new SessionTable(state, files, locks);
        nodes = new NodeTable(state);
    }

    /** The position in the journal up to which commands are in the store. */
    long journalPosition() {
        return state.counters.journalPosition;
    }

    /** Commits the store, durably, as of a position in the journal. */
    void checkpoint(final long journalPosition) {
        state.counters.journalPosition = journalPosition;
        state.counters.save();
        sessions.save();
        state.rows.store().commit();
    }

    SessionTable sessions() {
        return sessions;
    }

    Intents intents() {
        return intents;
    }

    /** The highest session id given out. */
    long highestSession() {
        return state.counters.nextSession - 1;
    }

    /** Inodes in use. */
    long firstUnusedDataId() {
        return state.counters.nextDataId;
    }

    long inodeCount() {
        return state.counters.inodeCount;
    }

    /** The number that the next intent gets. */
    long nextIntent() {
        return state.counters.nextIntent;
    }

    /** Holds the reply, from its beginning. */
    DirectBuffer reply() {
        return state.replies.buffer();
    }

    /** Makes the reply that says that a request was not done. */
    int refuse(
            final long session, final long request, final ErrorCode code, final Refusal refusal) {
        state.replies.begin(session, request);
        return state.replies.error(code, refusal);
    }

    /**
     * The reply to a request that has been answered before.
     *
     * @return the reply's length, or 0 if it is new.
     */
    int recall(final long session, final long request) {
        final DirectBuffer recorded = sessions.recall(session, request);
        return recorded == null ? 0 : state.replies.recorded(recorded);
    }

    /** The inodes that the last command or query was about. */
    LongArrayList touched() {
        return state.rows.touched;
    }

    /** Whether a session has an inode open. */
    boolean isOpen(final long session, final long inode) {
        return state.rows.key('O').and(session).and(inode).get() != null;
    }

    /** Whether a session has an inode open for writing. */
    boolean isWriting(final long session, final long inode) {
        final DirectBuffer opened = state.rows.key('O').and(session).and(inode).get();
        return opened != null && opened.getInt(4, ByteOrder.LITTLE_ENDIAN) != 0;
    }

    /** Visits the holders of the locks in the way of a SetLock. */
    void forEachConflict(final SetLockDecoder request, final Locks.ConflictVisitor visitor) {
        state.session = request.session();
        locks.forEachConflict(
                request.inode(),
                request.flock() != 0,
                request.owner(),
                request.lockType(),
                request.start(),
                request.end(),
                visitor);
    }

    /**
     * Applies a command, or answers a query. The message must be whole (see {@link MessageShapes});
     * its session, if it has one, must live, and the request must not have been answered.
     *
     * @param timeNs time of the command, nanoseconds since 1970.
     * @param buffer holds the message.
     * @param offset where its header begins.
     * @param effects told what it did.
     * @return length of the reply; 0 for none.
     */
    int apply(
            final long timeNs, final DirectBuffer buffer, final int offset, final Effects effects) {
        header.wrap(buffer, offset);
        final int templateId = header.templateId();
        final boolean request = Verbs.isRequest(templateId);
        state.nowNs = timeNs;
        state.effects = effects;
        state.rows.touched.clear();
        state.session = request ? Verbs.session(buffer, offset) : 0;
        final long number = request ? Verbs.request(buffer, offset) : 0;
        state.replies.begin(state.session, number);
        final boolean records =
                request
                        && !Verbs.isQuery(templateId)
                        && templateId != OpenSessionDecoder.TEMPLATE_ID;
        if (records) {
            sessions.advance(sessions.get(state.session), Verbs.lowestOpen(buffer, offset));
        }
        try {
            final int length = dispatch(templateId, buffer, offset);
            if (records) {
                sessions.record(state.session, number, length);
            }
            return length;
        } catch (final Refused refused) {
            if (refused.again()) {
                return state.replies.error(refused.code(), Refusal.BUSY);
            }
            final int length = state.replies.error(refused.code(), Refusal.NONE);
            if (records) {
                sessions.record(state.session, number, length);
            }
            return length;
        }
    }

    private int dispatch(final int templateId, final DirectBuffer buffer, final int offset) {
        return switch (templateId) {
            case OpenSessionDecoder.TEMPLATE_ID -> onOpenSession(buffer, offset);
            case RenewSessionDecoder.TEMPLATE_ID -> onRenewSession(buffer, offset);
            case CloseSessionDecoder.TEMPLATE_ID -> onCloseSession(buffer, offset);
            case LookupDecoder.TEMPLATE_ID -> onLookup(buffer, offset);
            case GetAttributesDecoder.TEMPLATE_ID -> onGetAttributes(buffer, offset);
            case SetAttributesDecoder.TEMPLATE_ID -> onSetAttributes(buffer, offset);
            case ReadLinkDecoder.TEMPLATE_ID -> onReadLink(buffer, offset);
            case MakeSymlinkDecoder.TEMPLATE_ID -> onMakeSymlink(buffer, offset);
            case MakeNodeDecoder.TEMPLATE_ID -> onMakeNode(buffer, offset);
            case MakeDirectoryDecoder.TEMPLATE_ID -> onMakeDirectory(buffer, offset);
            case UnlinkDecoder.TEMPLATE_ID -> onUnlink(buffer, offset);
            case RemoveDirectoryDecoder.TEMPLATE_ID -> onRemoveDirectory(buffer, offset);
            case RenameDecoder.TEMPLATE_ID -> onRename(buffer, offset);
            case LinkDecoder.TEMPLATE_ID -> onLink(buffer, offset);
            case CreateFileDecoder.TEMPLATE_ID -> onCreateFile(buffer, offset);
            case OpenFileDecoder.TEMPLATE_ID -> onOpenFile(buffer, offset);
            case ReleaseFileDecoder.TEMPLATE_ID -> onReleaseFile(buffer, offset);
            case WrittenDecoder.TEMPLATE_ID -> onWritten(buffer, offset);
            case ReserveAppendDecoder.TEMPLATE_ID -> onReserveAppend(buffer, offset);
            case CutTailDecoder.TEMPLATE_ID -> onCutTail(buffer, offset);
            case ReadDirectoryDecoder.TEMPLATE_ID -> onReadDirectory(buffer, offset);
            case SetXattrDecoder.TEMPLATE_ID -> onSetXattr(buffer, offset);
            case GetXattrDecoder.TEMPLATE_ID -> onGetXattr(buffer, offset);
            case ListXattrDecoder.TEMPLATE_ID -> onListXattr(buffer, offset);
            case RemoveXattrDecoder.TEMPLATE_ID -> onRemoveXattr(buffer, offset);
            case NamespaceStatusDecoder.TEMPLATE_ID -> onNamespaceStatus(buffer, offset);
            case GetLockDecoder.TEMPLATE_ID -> onGetLock(buffer, offset);
            case SetLockDecoder.TEMPLATE_ID -> onSetLock(buffer, offset);
            case CancelRequestDecoder.TEMPLATE_ID -> onCancelRequest(buffer, offset);
            case SyncNamespaceDecoder.TEMPLATE_ID -> onSyncNamespace(buffer, offset);
            case RegisterDecoder.TEMPLATE_ID -> onRegister(buffer, offset);
            case EndSessionDecoder.TEMPLATE_ID -> onEndSession(buffer, offset);
            case FinishIntentDecoder.TEMPLATE_ID -> onFinishIntent(buffer, offset);
            case RestartedDecoder.TEMPLATE_ID -> onRestarted(buffer, offset);
            default -> throw Refused.of(ErrorCode.NOT_SUPPORTED);
        };
    }

    private int onOpenSession(final DirectBuffer buffer, final int offset) {
        openSession.wrapAndApplyHeader(buffer, offset, header);
        return sessions.open(openSession.source(), openSession.clientId());
    }

    private int onRenewSession(final DirectBuffer buffer, final int offset) {
        renewSession.wrapAndApplyHeader(buffer, offset, header);
        return state.replies.done(0);
    }

    private int onCloseSession(final DirectBuffer buffer, final int offset) {
        closeSession.wrapAndApplyHeader(buffer, offset, header);
        return sessions.close(closeSession.session());
    }

    private int onLookup(final DirectBuffer buffer, final int offset) {
        lookup.wrapAndApplyHeader(buffer, offset, header);
        lookup.wrapName(name);
        return directories.lookup(lookup.parent(), name);
    }

    private int onGetAttributes(final DirectBuffer buffer, final int offset) {
        getAttributes.wrapAndApplyHeader(buffer, offset, header);
        return attributes.get(getAttributes.inode());
    }

    private int onSetAttributes(final DirectBuffer buffer, final int offset) {
        setAttributes.wrapAndApplyHeader(buffer, offset, header);
        return attributes.set(setAttributes);
    }

    private int onReadLink(final DirectBuffer buffer, final int offset) {
        readLink.wrapAndApplyHeader(buffer, offset, header);
        return files.readLink(readLink.inode());
    }

    private int onMakeSymlink(final DirectBuffer buffer, final int offset) {
        makeSymlink.wrapAndApplyHeader(buffer, offset, header);
        makeSymlink.wrapName(name);
        makeSymlink.wrapTarget(other);
        return files.symlink(
                makeSymlink.parent(), name, other, makeSymlink.uid(), makeSymlink.gid());
    }

    private int onMakeNode(final DirectBuffer buffer, final int offset) {
        makeNode.wrapAndApplyHeader(buffer, offset, header);
        makeNode.wrapName(name);
        return files.makeNode(
                makeNode.parent(),
                name,
                makeNode.mode(),
                makeNode.uid(),
                makeNode.gid(),
                makeNode.deviceId());
    }

    private int onMakeDirectory(final DirectBuffer buffer, final int offset) {
        makeDirectory.wrapAndApplyHeader(buffer, offset, header);
        makeDirectory.wrapName(name);
        return files.makeDirectory(
                makeDirectory.parent(),
                name,
                makeDirectory.mode(),
                makeDirectory.uid(),
                makeDirectory.gid());
    }

    private int onUnlink(final DirectBuffer buffer, final int offset) {
        unlink.wrapAndApplyHeader(buffer, offset, header);
        unlink.wrapName(name);
        return files.unlink(unlink.parent(), name);
    }

    private int onRemoveDirectory(final DirectBuffer buffer, final int offset) {
        removeDirectory.wrapAndApplyHeader(buffer, offset, header);
        removeDirectory.wrapName(name);
        return files.removeDirectory(removeDirectory.parent(), name);
    }

    private int onRename(final DirectBuffer buffer, final int offset) {
        rename.wrapAndApplyHeader(buffer, offset, header);
        rename.wrapName(name);
        rename.wrapNewName(other);
        return renaming.rename(rename.parent(), name, rename.newParent(), other, rename.flags());
    }

    private int onLink(final DirectBuffer buffer, final int offset) {
        link.wrapAndApplyHeader(buffer, offset, header);
        link.wrapName(name);
        return files.link(link.inode(), link.newParent(), name);
    }

    private int onCreateFile(final DirectBuffer buffer, final int offset) {
        createFile.wrapAndApplyHeader(buffer, offset, header);
        createFile.wrapName(name);
        return files.create(
                createFile.parent(),
                name,
                createFile.mode(),
                createFile.uid(),
                createFile.gid(),
                createFile.openFlags());
    }

    private int onOpenFile(final DirectBuffer buffer, final int offset) {
        openFile.wrapAndApplyHeader(buffer, offset, header);
        return files.open(openFile.inode(), openFile.openFlags());
    }

    private int onReleaseFile(final DirectBuffer buffer, final int offset) {
        releaseFile.wrapAndApplyHeader(buffer, offset, header);
        return files.release(releaseFile.inode());
    }

    private int onWritten(final DirectBuffer buffer, final int offset) {
        written.wrapAndApplyHeader(buffer, offset, header);
        return attributes.written(written);
    }

    private int onReserveAppend(final DirectBuffer buffer, final int offset) {
        reserveAppend.wrapAndApplyHeader(buffer, offset, header);
        return attributes.reserveAppend(
                reserveAppend.inode(),
                reserveAppend.dataId(),
                reserveAppend.cut(),
                reserveAppend.byteCount());
    }

    private int onCutTail(final DirectBuffer buffer, final int offset) {
        cutTail.wrapAndApplyHeader(buffer, offset, header);
        return attributes.cutTail(cutTail.inode(), cutTail.dataId());
    }

    private int onReadDirectory(final DirectBuffer buffer, final int offset) {
        readDirectory.wrapAndApplyHeader(buffer, offset, header);
        return directories.list(
                readDirectory.inode(),
                readDirectory.cookie(),
                readDirectory.maxEntries(),
                readDirectory.withAttributes() != 0);
    }

    private int onSetXattr(final DirectBuffer buffer, final int offset) {
        setXattr.wrapAndApplyHeader(buffer, offset, header);
        setXattr.wrapName(name);
        setXattr.wrapValue(other);
        return xattrs.set(setXattr.inode(), name, other, setXattr.flags());
    }

    private int onGetXattr(final DirectBuffer buffer, final int offset) {
        getXattr.wrapAndApplyHeader(buffer, offset, header);
        getXattr.wrapName(name);
        return xattrs.get(getXattr.inode(), name);
    }

    private int onListXattr(final DirectBuffer buffer, final int offset) {
        listXattr.wrapAndApplyHeader(buffer, offset, header);
        return xattrs.list(listXattr.inode());
    }

    private int onRemoveXattr(final DirectBuffer buffer, final int offset) {
        removeXattr.wrapAndApplyHeader(buffer, offset, header);
        removeXattr.wrapName(name);
        return xattrs.remove(removeXattr.inode(), name);
    }

    private int onNamespaceStatus(final DirectBuffer buffer, final int offset) {
        namespaceStatus.wrapAndApplyHeader(buffer, offset, header);
        return state.replies.done(state.counters.inodeCount);
    }

    private int onGetLock(final DirectBuffer buffer, final int offset) {
        getLock.wrapAndApplyHeader(buffer, offset, header);
        final boolean flock = getLock.flock() != 0;
        locks.check(getLock.inode(), getLock.lockType(), getLock.start(), getLock.end());
        final boolean found =
                locks.findConflict(
                        getLock.inode(),
                        flock,
                        getLock.owner(),
                        getLock.lockType(),
                        getLock.start(),
                        getLock.end());
        return state.replies.lock(getLock.inode(), flock, found, locks);
    }

    private int onSetLock(final DirectBuffer buffer, final int offset) {
        setLock.wrapAndApplyHeader(buffer, offset, header);
        final long inode = setLock.inode();
        final boolean flock = setLock.flock() != 0;
        final int type = setLock.lockType();
        locks.check(inode, type, setLock.start(), setLock.end());
        if (locks.findConflict(
                inode, flock, setLock.owner(), type, setLock.start(), setLock.end())) {
            // one that may wait comes here in conflict only if waiting would be for ever
            throw Refused.of(setLock.blocking() != 0 ? ErrorCode.DEADLOCK : ErrorCode.WOULD_BLOCK);
        }
        locks.set(
                inode, flock, setLock.owner(), type, setLock.start(), setLock.end(), setLock.pid());
        return state.replies.done(0);
    }

    private int onCancelRequest(final DirectBuffer buffer, final int offset) {
        cancelRequest.wrapAndApplyHeader(buffer, offset, header);
        return sessions.cancelRequest(
                cancelRequest.session(), cancelRequest.request(), cancelRequest.given());
    }

    private int onSyncNamespace(final DirectBuffer buffer, final int offset) {
        syncNamespace.wrapAndApplyHeader(buffer, offset, header);
        return state.replies.done(0);
    }

    private int onRegister(final DirectBuffer buffer, final int offset) {
        register.wrapAndApplyHeader(buffer, offset, header);
        return nodes.register(
                register.node(), register.storageId(), register.bootHash(), register.start());
    }

    private int onEndSession(final DirectBuffer buffer, final int offset) {
        endSession.wrapAndApplyHeader(buffer, offset, header);
        return sessions.end(endSession.session());
    }

    private int onFinishIntent(final DirectBuffer buffer, final int offset) {
        finishIntent.wrapAndApplyHeader(buffer, offset, header);
        return intents.finish(finishIntent.intent());
    }

    private int onRestarted(final DirectBuffer buffer, final int offset) {
        restarted.wrapAndApplyHeader(buffer, offset, header);
        state.counters.jump();
        files.makeRoot(restarted.rootUid(), restarted.rootGid());
        return 0;
    }
}
