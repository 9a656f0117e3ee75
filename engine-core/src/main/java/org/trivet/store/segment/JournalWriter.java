package org.trivet.store.segment;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.trivet.VolumeConfig.Durability;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes what is staged, syncs it, and prepares segments. Run it on a thread of its own; without
 * one, the owner of the journal drives it with {@link Journal#doWork}. It sleeps when there is
 * nothing to be done, and is woken.
 *
 * <p>Writing is done under a lock, so that the owner may do it, too, when little is staged and
 * nobody else is at it. Syncing holds another one: records are written on while earlier ones are
 * being synced. After an error nothing is tried again: the pages of a failed fdatasync may be lost
 * though a second one succeeds.
 */
public final class JournalWriter implements Agent, Runnable {
    private static final long LONGEST_SLEEP_NS = 1_000_000_000L;

    private final Staging staging;
    private final SegmentPool pool;
    private final Durability durability;
    private final long syncIntervalNs;
    private final NanoClock clock;
    private final ByteBuffer view;
    private final PageWriter pages = new PageWriter();
    private final ReentrantLock writeLock = new ReentrantLock();
    private final ReentrantLock syncLock = new ReentrantLock();
    private final List<Segment> unsynced = new ArrayList<>();
    private volatile long writtenPosition;
    private volatile long syncedPosition;
    private volatile long requestedPosition;
    private volatile RuntimeException failure;
    private volatile Runnable listener = () -> {};
    private volatile boolean stopped;
    private volatile boolean sleeping;
    private volatile Thread thread;
    private volatile long dirtySinceNs;
    private volatile boolean dirty;

    JournalWriter(
            final Staging staging,
            final SegmentPool pool,
            final JournalConfig config,
            final NanoClock clock,
            final long position) {
        this.staging = staging;
        this.pool = pool;
        this.durability = config.durability();
        this.syncIntervalNs = config.syncIntervalNs();
        this.clock = clock;
        this.view = staging.memory.duplicate();
        this.writtenPosition = position;
        this.syncedPosition = position;
    }

    long writtenPosition() {
        return writtenPosition;
    }

    long syncedPosition() {
        return syncedPosition;
    }

    RuntimeException failure() {
        return failure;
    }

    /** Whether a thread runs this. */
    boolean attached() {
        return thread != null;
    }

    void listener(final Runnable newListener) {
        listener = newListener;
    }

    void requestSync(final long position) {
        if (position > requestedPosition) {
            requestedPosition = position;
        }
    }

    /** Whether {@link #doWork} would do something. */
    boolean hasWork(final long nowNs) {
        return staging.pending() > 0 || isSyncDue(nowNs) || pool.hasWork(nowNs);
    }

    /** Wakes the thread, if there is one and it sleeps. */
    void wake() {
        if (sleeping) {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Writes and syncs what is due, and does a step of preparing segments.
     *
     * @return how much was done, 0 for nothing.
     */
    @Override
    public int doWork() {
        return doWork(clock.nanoTime());
    }

    int doWork(final long nowNs) {
        if (failure != null) {
            return 0;
        }
        try {
            int workCount = write();
            if (isSyncDue(nowNs)) {
                sync();
                workCount++;
            }
            return workCount + pool.work(nowNs);
        } catch (final RuntimeException e) {
            fail(e);
            return 0;
        }
    }

    @Override
    public String roleName() {
        return "journal-writer";
    }

    /** Works until {@link #stop}. One thread at a time. */
    @Override
    public void run() {
        thread = Thread.currentThread();
        try {
            while (!stopped && failure == null) {
                if (doWork() == 0) {
                    sleep();
                }
            }
        } finally {
            thread = null;
        }
    }

    /** Ends {@link #run}; what is staged stays so. */
    public void stop() {
        stopped = true;
        final Thread running = thread;
        if (running != null) {
            LockSupport.unpark(running);
        }
    }

    private void sleep() {
        sleeping = true;
        final long nowNs = clock.nanoTime();
        if (!stopped && !hasWork(nowNs)) {
            LockSupport.parkNanos(
                    this,
                    dirty ? Math.max(1, dirtySinceNs + syncIntervalNs - nowNs) : LONGEST_SLEEP_NS);
        }
        sleeping = false;
    }

    private boolean isSyncDue(final long nowNs) {
        final long synced = syncedPosition;
        if (synced >= writtenPosition) {
            return false;
        }
        return durability == Durability.DISK
                || requestedPosition > synced
                || dirty && nowNs - dirtySinceNs >= syncIntervalNs;
    }

    /** Writes if nobody else does; 0 otherwise. */
    int tryWrite() {
        if (failure != null || !writeLock.tryLock()) {
            return 0;
        }
        try {
            return write();
        } catch (final RuntimeException e) {
            fail(e);
            return 0;
        } finally {
            writeLock.unlock();
        }
    }

    /** Writes all that is staged, waiting for a write under way. */
    void writeAll() {
        ensureWorking();
        try {
            write();
        } catch (final RuntimeException e) {
            fail(e);
            throw e;
        }
    }

    /** Writes and syncs all that is staged, waiting for it. */
    void syncAll() {
        writeAll();
        try {
            sync();
        } catch (final RuntimeException e) {
            fail(e);
            throw e;
        }
    }

    /** Changes bytes that have been written, for good: growth of the journal does not undo it. */
    void overwrite(final Segment segment, final ByteBuffer bytes, final int at) {
        writeLock.lock();
        try {
            write();
            pages.forget();
            segment.file.write(bytes, at);
        } finally {
            writeLock.unlock();
        }
    }

    private void ensureWorking() {
        if (failure != null) {
            throw failure;
        }
    }

    private void fail(final RuntimeException e) {
        failure = e;
        listener.run();
    }

    private int write() {
        writeLock.lock();
        try {
            int count = 0;
            while (writeSpan()) {
                count++;
            }
            if (count > 0) {
                if (!dirty) {
                    dirtySinceNs = clock.nanoTime();
                    dirty = true;
                    wake();
                }
                listener.run();
            }
            return count;
        } finally {
            writeLock.unlock();
        }
    }

    /** Writes what is staged of the oldest span; false if nothing is. */
    private boolean writeSpan() {
        final long staged = staging.staged();
        final long spanCount = staging.spanCount();
        long number = staging.spansTaken();
        while (number < spanCount) {
            final Staging.Span span = staging.span(number);
            final boolean last = number == spanCount - 1;
            final long end = last ? staged : span.end;
            final long begin = Math.max(staging.written(), span.begin);
            if (begin < end) {
                write(span, begin, end);
                return true;
            }
            if (last) {
                return false;
            }
            staging.spansTaken(++number);
        }
        return false;
    }

    private void write(final Staging.Span span, final long begin, final long end) {
        final int at = staging.index(begin);
        final int offset = span.segmentOffset + (int) (begin - span.begin);
        final int length = (int) (end - begin);
        synchronized (unsynced) {
            if (unsynced.isEmpty() || unsynced.get(unsynced.size() - 1) != span.segment) {
                unsynced.add(span.segment);
            }
        }
        pages.write(span.segment, offset, view, at, length);
        writtenPosition = Positions.of(span.segment.number, offset + length);
        staging.written(end);
    }

    private void sync() {
        syncLock.lock();
        try {
            final long target;
            final Segment[] segments;
            dirty = false;
            synchronized (unsynced) {
                target = writtenPosition;
                segments = unsynced.toArray(Segment[]::new);
            }
            for (final Segment segment : segments) {
                segment.file.sync();
            }
            synchronized (unsynced) {
                unsynced.removeIf(segment -> segment.number < Positions.segment(target));
            }
            if (target > syncedPosition) {
                syncedPosition = target;
                listener.run();
            }
        } finally {
            syncLock.unlock();
        }
    }
}
