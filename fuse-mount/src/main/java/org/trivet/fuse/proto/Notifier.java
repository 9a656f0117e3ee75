package org.trivet.fuse.proto;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.fs.Attributes;
import org.trivet.fs.InvalidationListener;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells the kernel that what it caches is void, on a thread of its own: the kernel may make a
 * notification wait until a request is answered, so the thread that answers must never send one.
 *
 * <p>A change is obeyed when the kernel has taken the notification. The kernel lets one wait for a
 * request that is under way on the same directory or file. If that is one that changes it, it may
 * itself be waiting until other clients obey: two that change one directory would wait for each
 * other. So a change is said to be held up as soon as such a request is seen; the notification goes
 * through, and the change is obeyed, when that is answered.
 *
 * <p>The kernel may not know an inode yet that it has just been told of: then it is told of the
 * change once more.
 *
 * <p>At most {@value #MAX_QUEUED} changes wait. When there are more, they are given up, and instead
 * every inode that the kernel knows is said to have changed; names are then good for the entry
 * timeout at most, and that long it takes until those changes are obeyed.
 */
public final class Notifier implements InvalidationListener, AutoCloseable {
    private static final System.Logger LOG = System.getLogger("org.trivet.fuse");
    private static final int MAX_QUEUED = 8192;
    private static final int MAX_NAME = 255;
    private static final long ATTRIBUTES_ONLY = -1;

    /** So long after a reply the kernel may not have looked at it. */
    private static final long UNKNOWN_NS = 1_000_000_000L;

    private static final long RETRY_PAUSE_NS = 100_000L;
    private static final int HEADER = Layouts.OUT_HEADER.size();
    private static final int INODE_LENGTH = HEADER + Layouts.NOTIFY_INVAL_INODE.size();
    private static final int ENTRY_LENGTH = HEADER + Layouts.NOTIFY_INVAL_ENTRY.size();
    private static final Change WAKE_UP =
            new Change(Attributes.ROOT_INODE, ATTRIBUTES_ONLY, 0, null, UNAWAITED);

    private final FuseDispatcher dispatcher;
    private final Executor executor;
    private final ReplySink sink;
    private final ArrayBlockingQueue<Change> changes = new ArrayBlockingQueue<>(MAX_QUEUED);

    /** Those that there was no room for. */
    private final ConcurrentLinkedQueue<Change> unqueued = new ConcurrentLinkedQueue<>();

    private final MessageBuffer message = new MessageBuffer(ENTRY_LENGTH, MAX_NAME + 1);
    private final Thread thread;
    private volatile boolean hasOverflowed;

    /** Those that wait until names are void by themselves, in order. On the agent's thread. */
    private final ArrayDeque<Due> untilNamesAreVoid = new ArrayDeque<>();

    /** Changes that are neither obeyed nor said to be held up. On the agent's thread. */
    private final ArrayList<Change> open = new ArrayList<>();

    /**
     * A notifier that does not run yet.
     *
     * @param dispatcher knows which inodes the kernel knows.
     * @param executor runs what it is given on the agent's thread.
     * @param sink where notifications go.
     */
    public Notifier(
            final FuseDispatcher dispatcher, final Executor executor, final ReplySink sink) {
        this.dispatcher = dispatcher;
        this.executor = executor;
        this.sink = sink;
        this.thread =
                Thread.ofPlatform().daemon().name("trivet-fuse-notifier").unstarted(this::run);
        dispatcher.onChangeBegun(this::changeBegins);
    }

    /** What is void: an inode's contents or attributes, a name, or everything. */
    private record Change(
            long inode,
            long offset,
            long length,
            byte[] name,
            Outcome outcome,
            long sinceNs,
            boolean isAgain) {
        /** The offset of a change of everything. */
        static final long EVERYTHING = Long.MIN_VALUE;

        static Change ofEverything(final Outcome outcome) {
            return new Change(Attributes.ROOT_INODE, EVERYTHING, 0, null, outcome);
        }

        boolean isOfEverything() {
            return offset == EVERYTHING;
        }

        Change(
                final long inode,
                final long offset,
                final long length,
                final byte[] name,
                final Outcome outcome) {
            this(inode, offset, length, name, outcome, System.nanoTime(), false);
        }

        Change again() {
            return new Change(inode, offset, length, name, outcome, sinceNs, true);
        }
    }

    /** Obeyed when no name is trusted any more that was told before. */
    private record Due(long atNs, Outcome outcome) {}

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    @Override
    public void inodeChanged(
            final long inode, final long offset, final long length, final Outcome outcome) {
        dispatcher.inodeChanged(inode);
        add(new Change(inode, offset, length, null, outcome));
    }

    @Override
    public void entryChanged(final long parent, final byte[] name, final Outcome outcome) {
        if (name.length >= 1 && name.length <= MAX_NAME) {
            add(new Change(parent, 0, 0, name.clone(), outcome));
        } else {
            outcome.obeyed();
        }
    }

    @Override
    public void everythingChanged(final Outcome outcome) {
        dispatcher.everythingChanged();
        add(Change.ofEverything(outcome));
    }

    private void add(final Change change) {
        final boolean isAwaited = change.outcome != UNAWAITED;
        if (isAwaited && dispatcher.isChanging(change.inode)) {
            change.outcome.heldUp();
        } else if (isAwaited) {
            open.add(change);
        }
        if (!changes.offer(change)) {
            if (isAwaited) {
                unqueued.add(change);
            }
            hasOverflowed = true;
            changes.offer(WAKE_UP); // if there is no room now either, it has yet to look
        }
    }

    /**
     * Says what is obeyed because it is old enough. On the agent's thread, a few times a second.
     *
     * @param nowNs the time, as {@link System#nanoTime} has it.
     */
    public void expire(final long nowNs) {
        while (!untilNamesAreVoid.isEmpty() && nowNs - untilNamesAreVoid.peek().atNs >= 0) {
            untilNamesAreVoid.remove().outcome.obeyed();
        }
    }

    /** A request has come that changes an inode, and may hold notifications up until it ends. */
    private void changeBegins(final long inode) {
        for (int i = 0; i < open.size(); i++) {
            if (open.get(i).inode == inode) {
                open.remove(i--).outcome.heldUp();
            }
        }
    }

    /** Does something on the agent's thread, unless the file system is closed. */
    private void onAgent(final Runnable task) {
        try {
            executor.execute(task);
        } catch (final RejectedExecutionException closed) {
            LOG.log(Level.DEBUG, "mount: the file system is closed, and waits for no cache");
        }
    }

    private void obeyed(final Change change) {
        open.remove(change);
        change.outcome.obeyed();
    }

    /** The kernel does not know the inode: not any more, or not yet. On the agent's thread. */
    private void unknown(final Change change) {
        final boolean isToldOf = dispatcher.isKnown(change.inode);
        if (!isToldOf
                || System.nanoTime() - change.sinceNs >= UNKNOWN_NS
                || !changes.offer(change.again())) {
            obeyed(change);
        }
    }

    private void givenUp(final List<Change> all) {
        final long dueNs = System.nanoTime() + dispatcher.entryTimeoutNs();
        for (final Change change : all) {
            open.remove(change);
            change.outcome.heldUp();
            untilNamesAreVoid.add(new Due(dueNs, change.outcome));
        }
    }

    private void run() {
        try {
            while (true) {
                final Change change = changes.take();
                if (hasOverflowed || change.isOfEverything()) {
                    final List<Change> all = new ArrayList<>(List.of(change));
                    hasOverflowed = false;
                    changes.drainTo(all);
                    for (Change c = unqueued.poll(); c != null; c = unqueued.poll()) {
                        all.add(c);
                    }
                    sendAll();
                    onAgent(() -> givenUp(all));
                    continue;
                }
                if (change.isAgain) {
                    LockSupport.parkNanos(this, RETRY_PAUSE_NS); // for the kernel to go on
                }
                final boolean isUnknown = send(change) == Errno.ENOENT && change.name == null;
                onAgent(
                        () -> {
                            if (isUnknown) {
                                unknown(change);
                            } else {
                                obeyed(change);
                            }
                        });
            }
        } catch (final InterruptedException closed) {
            LOG.log(Level.DEBUG, "mount: no more invalidations are sent");
        }
    }

    private void sendAll() throws InterruptedException {
        final CompletableFuture<long[]> known = new CompletableFuture<>();
        try {
            executor.execute(() -> known.complete(dispatcher.knownInodes()));
            sendInode(Attributes.ROOT_INODE, 0, 0);
            for (final long inode : known.get()) {
                sendInode(inode, 0, 0);
            }
        } catch (final RejectedExecutionException | ExecutionException closed) {
            LOG.log(Level.DEBUG, "mount: the file system is closed, and invalidates nothing");
        }
    }

    private int send(final Change change) {
        return change.name() == null
                ? sendInode(change.inode(), change.offset(), change.length())
                : sendEntry(change.inode(), change.name());
    }

    private int sendInode(final long inode, final long offset, final long length) {
        final UnsafeBuffer out = header(INODE_LENGTH, Flags.NOTIFY_INVAL_INODE);
        out.putLong(HEADER + Layouts.NOTIFY_INVAL_INODE.at("ino"), inode);
        out.putLong(HEADER + Layouts.NOTIFY_INVAL_INODE.at("off"), offset);
        out.putLong(HEADER + Layouts.NOTIFY_INVAL_INODE.at("len"), length);
        return send(INODE_LENGTH);
    }

    private int sendEntry(final long parent, final byte[] name) {
        final int length = ENTRY_LENGTH + name.length + 1;
        final UnsafeBuffer out = header(length, Flags.NOTIFY_INVAL_ENTRY);
        out.putLong(HEADER + Layouts.NOTIFY_INVAL_ENTRY.at("parent"), parent);
        out.putInt(HEADER + Layouts.NOTIFY_INVAL_ENTRY.at("namelen"), name.length);
        out.putInt(HEADER + Layouts.NOTIFY_INVAL_ENTRY.at("flags"), 0);
        out.putBytes(ENTRY_LENGTH, name);
        out.putByte(ENTRY_LENGTH + name.length, (byte) 0);
        return send(length);
    }

    private UnsafeBuffer header(final int length, final int code) {
        final UnsafeBuffer out = message.bytes();
        out.putInt(Layouts.OUT_HEADER.at("len"), length);
        out.putInt(
                Layouts.OUT_HEADER.at("error"),
                code); // a notification has its code in the place of the error
        out.putLong(Layouts.OUT_HEADER.at("unique"), 0);
        return out;
    }

    private int send(final int length) {
        final int errno = sink.send(message.bytes(), 0, length);
        if (errno != 0 && errno != Errno.ENOENT && errno != Errno.ENODEV) {
            LOG.log(Level.WARNING, "mount: the kernel refused an invalidation: errno {0}", errno);
        }
        return errno;
    }

    /**
     * Stops the thread, and waits for it: the kernel holds no notification up once the session is
     * at its end.
     */
    @Override
    public void close() {
        thread.interrupt();
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException interrupted) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
