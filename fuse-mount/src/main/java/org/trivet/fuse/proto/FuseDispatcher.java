package org.trivet.fuse.proto;

import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Cancellable;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.InodeFileSystem;

import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;

/**
 * A session of the FUSE protocol: messages in, calls of a file system, replies out. It knows no
 * descriptor.
 *
 * <p>{@link #received} is called by the threads that read the device; it checks the message and
 * hands it on, and never waits. Everything else happens on the thread of the file system's agent,
 * where the executor runs it; that thread also sends the reply. A request that waits in the file
 * system is held, by its number, so that an interrupt finds it.
 */
public final class FuseDispatcher {
    private static final System.Logger LOG = System.getLogger("org.trivet.fuse");
    private static final int MAX_IDLE_REQUESTS = 256;
    private static final int MAX_IDLE_BUFFERS = 32;

    /**
     * How long a call goes on that was interrupted. The kernel reports every signal, a timer's or a
     * child's too, and a program that has a handler for it does not expect EINTR of a file system:
     * so only what makes no progress is given up.
     */
    static final long INTERRUPT_GRACE_NS = 400_000_000L;

    private static final int INTERRUPTED_UNIQUE = Layouts.INTERRUPT_IN.at("unique");
    private static final int FORGET_COUNT = Layouts.FORGET_IN.at("nlookup");

    private final InodeFileSystem fs;
    private final Executor executor;
    private final ReplySink sink;
    private final SessionOptions options;
    private long changes;
    private final SessionCounters counters = new SessionCounters();
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final Handshake handshake;
    private final AbsentXattrs absentXattrs;
    private final InodeCalls inodeCalls;
    private final HandleCalls handleCalls;
    private final AttributeEncoder attributeEncoder;
    private final DirectoryEncoder directoryEncoder;

    private final ManyToManyConcurrentArrayQueue<Request> idle =
            new ManyToManyConcurrentArrayQueue<>(MAX_IDLE_REQUESTS);
    private final BufferPool largeRequests =
            new BufferPool(
                    Request.WRITE_HEAD_LENGTH, SessionOptions.MAX_TRANSFER, MAX_IDLE_BUFFERS);
    private final BufferPool largeReplies =
            new BufferPool(
                    Request.REPLY_HEADER_LENGTH, SessionOptions.MAX_TRANSFER, MAX_IDLE_BUFFERS);

    // On the agent's thread only:
    private final Long2ObjectHashMap<Request> held = new Long2ObjectHashMap<>();
    private final References references;
    private final ChangingRequests changing = new ChangingRequests();
    private int limitedCount;
    private int interruptedCount;
    private boolean isClosed;

    /**
     * A session that has not begun.
     *
     * @param fs what is mounted.
     * @param executor runs what it is given on the file system's agent's thread, in order.
     * @param sink where replies go.
     * @param options what to negotiate.
     */
    public FuseDispatcher(
            final InodeFileSystem fs,
            final Executor executor,
            final ReplySink sink,
            final SessionOptions options) {
        this.fs = fs;
        this.executor = executor;
        this.sink = sink;
        this.options = options;
        this.handshake = new Handshake(options);
        this.absentXattrs =
                new AbsentXattrs(options.attributeTimeoutNs(), SystemNanoClock.INSTANCE);
        this.inodeCalls = new InodeCalls(fs, absentXattrs);
        this.references = new References(this::forgotten);
        this.handleCalls = new HandleCalls(fs, options.writeback());
        this.attributeEncoder = new AttributeEncoder(options, absentXattrs);
        this.directoryEncoder = new DirectoryEncoder(attributeEncoder);
    }

    /**
     * Counts of what happened.
     *
     * @return the counters, which go on counting.
     */
    public SessionCounters counters() {
        return counters;
    }

    /**
     * The beginning of the session.
     *
     * @return completed once the kernel's first request has been answered.
     */
    public CompletableFuture<Void> begun() {
        return begun;
    }

    /**
     * A buffer to read the first message into.
     *
     * @return large enough for any message.
     */
    public MessageBuffer receiveBuffer() {
        return largeRequests.acquire();
    }

    /**
     * Gives back the buffer that no further message will be read into.
     *
     * @param buffer the last one returned.
     */
    public void releaseReceiveBuffer(final MessageBuffer buffer) {
        largeRequests.release(buffer);
    }

    /**
     * Takes a message. From any thread; never waits.
     *
     * @param message what was read.
     * @param length its bytes.
     * @return the buffer to read the next message into: the same one, or another.
     */
    public MessageBuffer received(final MessageBuffer message, final int length) {
        counters.request();
        if (length < Request.HEADER_LENGTH) {
            counters.malformedRequest(); // not even a number to answer to
            return message;
        }
        final Request request = acquire();
        final MessageBuffer next =
                request.take(message, length) ? largeRequests.acquire() : message;
        final int errno = request.check();
        if (errno == Errno.ENOSYS) {
            counters.unknownRequest();
            end(request, errno);
        } else if (errno != 0) {
            counters.malformedRequest();
            end(request, errno);
        } else if (request.opcode() == Opcode.INIT) {
            begin(request);
        } else {
            final int known = inodeCalls.knownAnswer(request);
            if (known != 0) {
                end(request, known);
            } else {
                execute(request);
            }
        }
        return next;
    }

    private Request acquire() {
        final Request request = idle.poll();
        return request != null ? request : new Request(this);
    }

    private void execute(final Request request) {
        try {
            executor.execute(request);
        } catch (final RejectedExecutionException closed) {
            end(request, Errno.ENODEV);
        }
    }

    /** Answers a request that never got to the file system. */
    private void end(final Request request, final int errno) {
        request.answerHere(() -> request.refuse(errno));
    }

    private void begin(final Request request) {
        request.answerHere(
                () -> {
                    switch (handshake.answer(request)) {
                        case BEGUN -> begun.complete(null);
                        case ASKED_AGAIN ->
                                LOG.log(
                                        Level.DEBUG,
                                        "mount: the kernel speaks a newer protocol, and asks"
                                                + " again");
                        case REFUSED ->
                                begun.completeExceptionally(
                                        new TrivetException(
                                                ErrorCode.NOT_SUPPORTED,
                                                "mount: the kernel is too old; Linux 5.4 or later"
                                                        + " is needed"));
                    }
                });
    }

    /**
     * Ends the session: every request that waits is given up, and later ones are refused. On the
     * agent's thread.
     */
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        for (final Request request :
                held.values().toArray(new Request[0])) { // each leaves the map as it ends
            request.cancel();
        }
        references.dropAll();
    }

    /**
     * The inodes that the kernel knows, apart from the root. On the agent's thread.
     *
     * @return their numbers.
     */
    public long[] knownInodes() {
        return references.inodes();
    }

    // --- on the agent's thread

    Cancellable start(final Request request) {
        if (isClosed) {
            return request.refuse(Errno.ENODEV);
        }
        return switch (request.opcode()) {
            case LOOKUP -> inodeCalls.lookup(request);
            case GETATTR -> inodeCalls.getAttributes(request);
            case SETATTR -> inodeCalls.setAttributes(request);
            case READLINK -> inodeCalls.readLink(request);
            case SYMLINK -> inodeCalls.symlink(request);
            case MKNOD -> inodeCalls.makeNode(request);
            case MKDIR -> inodeCalls.makeDirectory(request);
            case UNLINK -> inodeCalls.unlink(request);
            case RMDIR -> inodeCalls.removeDirectory(request);
            case RENAME -> inodeCalls.rename(request);
            case RENAME2 -> inodeCalls.renameWithFlags(request);
            case LINK -> inodeCalls.link(request);
            case STATFS -> inodeCalls.status(request);
            case SETXATTR -> inodeCalls.setXattr(request);
            case GETXATTR -> inodeCalls.getXattr(request);
            case LISTXATTR -> inodeCalls.listXattr(request);
            case REMOVEXATTR -> inodeCalls.removeXattr(request);
            case CREATE -> handleCalls.create(request);
            case OPEN -> handleCalls.open(request);
            case READ -> handleCalls.read(request);
            case WRITE -> handleCalls.write(request);
            case FLUSH -> handleCalls.flush(request);
            case RELEASE -> handleCalls.release(request);
            case FSYNC -> handleCalls.fsync(request);
            case OPENDIR -> handleCalls.openDirectory(request);
            case READDIR -> handleCalls.readDirectory(request, false);
            case READDIRPLUS -> handleCalls.readDirectory(request, true);
            case RELEASEDIR -> handleCalls.releaseDirectory(request);
            case FSYNCDIR -> handleCalls.syncDirectory(request);
            case FALLOCATE -> handleCalls.allocate(request);
            case LSEEK -> handleCalls.seek(request);
            case COPY_FILE_RANGE -> handleCalls.copyRange(request, false);
            case COPY_FILE_RANGE_64 -> handleCalls.copyRange(request, true);
            case GETLK -> handleCalls.getLock(request);
            case SETLK -> handleCalls.setLock(request, false);
            case SETLKW -> handleCalls.setLock(request, true);
            case FORGET -> forgetOne(request);
            case BATCH_FORGET -> forgetMany(request);
            case INTERRUPT -> interrupt(request);
            case DESTROY -> request.refuse(0);
            case IOCTL -> request.refuse(Errno.ENOTTY);
            case NOTIFY_REPLY -> silently(request);
            // The kernel remembers these as not implemented, and does without.
            case INIT, ACCESS, BMAP, POLL, SYNCFS, TMPFILE, STATX -> request.refuse(Errno.ENOSYS);
        };
    }

    private static Cancellable silently(final Request request) {
        request.endSilently();
        return Cancellable.NONE;
    }

    /**
     * Gives up the request that an interrupt names: at once if it waits for a lock, otherwise if it
     * has not ended after a while. If it is not held, it has either been answered, and then the
     * kernel drops what is said here, or another reader has yet to hand it on, and then the kernel
     * interrupts it again.
     */
    private Cancellable interrupt(final Request request) {
        final Request target = held.get(request.argLong(INTERRUPTED_UNIQUE));
        if (target == null) {
            request.tryAgain();
            return Cancellable.NONE;
        }
        if (target.opcode() == Opcode.SETLKW) {
            target.cancel();
        } else if (!target.isInterrupted()) {
            target.interruptedSince(System.nanoTime());
            interruptedCount++;
        }
        return silently(request);
    }

    private Cancellable forgetOne(final Request request) {
        references.drop(request.node(), request.argLong(FORGET_COUNT));
        return silently(request);
    }

    private Cancellable forgetMany(final Request request) {
        final int room = request.length() - Request.HEADER_LENGTH - Layouts.BATCH_FORGET_IN.size();
        final int most = room / Layouts.FORGET_ONE.size();
        final int count = request.argInt(Layouts.BATCH_FORGET_IN.at("count"));
        if (count < 0 || count > most) {
            counters.malformedRequest();
        }
        for (int i = 0; i < Math.min(count, most); i++) {
            final int at = Layouts.BATCH_FORGET_IN.size() + i * Layouts.FORGET_ONE.size();
            references.drop(
                    request.argLong(at + Layouts.FORGET_ONE.at("nodeid")),
                    request.argLong(at + Layouts.FORGET_ONE.at("nlookup")));
        }
        return silently(request);
    }

    private void forgotten(final long inode) {
        absentXattrs.forget(inode);
        fs.forget(inode);
    }

    References references() {
        return references;
    }

    void hold(final Request request) {
        held.put(request.unique(), request);
        changing.begins(request);
        if (request.isLimited()) {
            request.heldSince(System.nanoTime());
            limitedCount++;
        }
    }

    /**
     * Fails readahead that has waited for too long (see {@link SessionOptions#readaheadTimeoutNs}),
     * and gives up what was interrupted a while ago. On the agent's thread, a few times a second.
     *
     * @param nowNs the time, as {@link System#nanoTime} has it.
     */
    public void expire(final long nowNs) {
        if (limitedCount == 0 && interruptedCount == 0) {
            return;
        }
        for (final Request request :
                held.values().toArray(new Request[0])) { // each leaves the map as it ends
            if (request.isLimited()
                    && nowNs - request.heldSinceNs() >= options.readaheadTimeoutNs()) {
                handleCalls.expired(request);
                request.expire();
            } else if (request.isInterrupted()
                    && nowNs - request.interruptedSinceNs() >= INTERRUPT_GRACE_NS) {
                request.cancel();
            }
        }
    }

    /** How often something has changed by others' doing. */
    long changes() {
        return changes;
    }

    /** Whether the kernel has been told of an inode, and has not forgotten it. */
    boolean isKnown(final long inode) {
        return references.holds(inode);
    }

    /** For how long the kernel trusts a name. */
    long entryTimeoutNs() {
        return options.entryTimeoutNs();
    }

    /** What is known of an inode may be wrong now. */
    void inodeChanged(final long inode) {
        changes++;
        absentXattrs.changed(inode);
    }

    /** What is known of any inode may be wrong now. */
    void everythingChanged() {
        changes++;
        absentXattrs.changed();
    }

    /** Whether a request under way changes an inode. */
    boolean isChanging(final long inode) {
        return changing.contains(inode);
    }

    /** Who is told of each inode that a request begins to change. */
    void onChangeBegun(final LongConsumer listener) {
        changing.onBegin(listener);
    }

    /** A held request has been answered. */
    void release(final Request request) {
        held.remove(request.unique(), request);
        changing.ends(request);
        if (request.isLimited()) {
            limitedCount--;
        }
        if (request.isInterrupted()) {
            interruptedCount--;
        }
        recycle(request);
    }

    void recycle(final Request request) {
        request.reset();
        idle.offer(request); // one too many is left to the collector
    }

    boolean send(final UnsafeBuffer reply, final int length) {
        final int errno = sink.send(reply, 0, length);
        if (errno == Errno.ENOENT || errno == Errno.ENODEV) {
            counters.lateReply();
        } else if (errno != 0) {
            counters.failure();
            LOG.log(
                    Level.WARNING,
                    "mount: the kernel refused a reply of {0} bytes: errno {1}",
                    length,
                    errno);
        }
        return errno == 0;
    }

    MessageBuffer largeReply() {
        return largeReplies.acquire();
    }

    void releaseLargeReply(final MessageBuffer buffer) {
        largeReplies.release(buffer);
    }

    void releaseLargeRequest(final MessageBuffer buffer) {
        largeRequests.release(buffer);
    }

    AbsentXattrs absentXattrs() {
        return absentXattrs;
    }

    /**
     * Whether writes through a handle pass by the page cache: those that append, for where the
     * kernel takes the end of the file to be, and would cache them, there may be what another
     * client has appended.
     */
    boolean isDirect(final long handle) {
        return handshake.mapsDirectFiles() && handleCalls.isAppending(handle);
    }

    HandleCalls handleCalls() {
        return handleCalls;
    }

    AttributeEncoder attributeEncoder() {
        return attributeEncoder;
    }

    DirectoryEncoder directoryEncoder() {
        return directoryEncoder;
    }

    /** An answer is an error that trying again does not mend. */
    void reportLoss(final Opcode opcode, final TrivetException error) {
        LOG.log(Level.WARNING, "mount: " + opcode + " answered with EIO: " + error.getMessage());
    }

    void report(final Opcode opcode, final String what, final Throwable thrown) {
        counters.failure();
        LOG.log(Level.WARNING, "mount: " + opcode + " " + what, thrown);
    }
}
