package org.trivet.store.segment;

import org.agrona.concurrent.NanoClock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Syncs what has been written, and writes zeros ahead. The {@link JournalWriter} goes on meanwhile:
 * a sync of what came in a tenth of a second takes as long as writing several megabytes.
 *
 * <p>What is waited for is synced at once: a sync begins when all that had been asked for, when the
 * one before was over, is written. What is asked for later has the next one.
 */
final class JournalSyncer extends JournalWorker {
    /** So long after a write others may be about to follow. */
    private static final long QUIET_NS = 50_000_000;

    private final SegmentPool pool;
    private final long syncIntervalNs;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Segment> unsynced = new ArrayList<>();
    private volatile long requested;

    /** What the next sync is to reach, while that is not synced. Changed by the owner alone. */
    private volatile long goal;

    private volatile long dirtySinceNs;
    private volatile boolean dirty;
    private volatile long lastWriteNs;

    JournalSyncer(
            final JournalProgress progress,
            final SegmentPool pool,
            final JournalConfig config,
            final NanoClock clock) {
        super("sync", progress, clock);
        this.pool = pool;
        this.syncIntervalNs = config.syncIntervalNs();
    }

    /** Asks for what lies before a position to be synced soon. By the journal's owner alone. */
    void request(final long position) {
        if (position > requested) {
            requested = position;
            if (goal <= progress.synced()) {
                goal = position;
            }
        }
    }

    /** A segment is about to be written to: it is synced from now on. */
    void willWrite(final Segment segment) {
        synchronized (unsynced) {
            if (unsynced.isEmpty() || unsynced.getLast() != segment) {
                unsynced.add(segment);
            }
        }
    }

    /** Something has been written. */
    void wrote(final long nowNs) {
        lastWriteNs = nowNs;
        if (!dirty) {
            dirtySinceNs = nowNs;
            dirty = true;
            wakeBy(nowNs + syncIntervalNs);
        }
        if (isSyncDue(nowNs)) {
            wake();
        }
    }

    private boolean isSyncDue(final long nowNs) {
        final long synced = progress.synced();
        final long written = progress.written();
        if (synced >= written) {
            return false;
        }
        final long wanted = goal > synced ? goal : requested; // which the owner raises with it
        return wanted > synced && written >= wanted
                || dirty && nowNs - dirtySinceNs >= syncIntervalNs;
    }

    @Override
    boolean hasWork(final long nowNs) {
        return isSyncDue(nowNs) || pool.isUnfilled() && quietNs(nowNs) >= QUIET_NS;
    }

    @Override
    int work(final long nowNs) {
        int workCount = 0;
        if (isSyncDue(nowNs)) {
            final long syncedBytes = sync();
            workCount++;
            pool.fillAfter(syncedBytes, !dirty);
        } else if (quietNs(nowNs) >= QUIET_NS) {
            workCount += pool.fill();
        }
        return workCount;
    }

    /** Whether something is to be synced: it may be already, by a sync that began just then. */
    private boolean isUnsynced() {
        return dirty && progress.synced() < progress.written();
    }

    /** For how long nothing has been written; 0 if not all that was is synced. */
    long quietNs(final long nowNs) {
        return isUnsynced() ? 0 : nowNs - lastWriteNs;
    }

    @Override
    long pauseNs(final long nowNs) {
        if (isUnsynced()) {
            return Math.max(1, dirtySinceNs + syncIntervalNs - nowNs);
        }
        if (pool.isUnfilled()) {
            return Math.max(1, lastWriteNs + QUIET_NS - nowNs);
        }
        // Who wrote a moment ago writes again: then nobody has to wake this for the regular sync.
        return nowNs - lastWriteNs < LONGEST_SLEEP_NS ? syncIntervalNs : LONGEST_SLEEP_NS;
    }

    /** Syncs all that has been written, waiting for it. */
    void syncAll() {
        progress.ensureWorking();
        try {
            sync();
        } catch (final RuntimeException e) {
            progress.fail(e);
            throw e;
        }
    }

    /** Returns how many bytes that was, of the last segment only. */
    private long sync() {
        lock.lock();
        try {
            final long before = progress.synced();
            final long target;
            final Segment[] segments;
            dirty = false;
            synchronized (unsynced) {
                target = progress.written();
                segments = unsynced.toArray(Segment[]::new);
            }
            for (final Segment segment : segments) {
                segment.file.sync();
            }
            synchronized (unsynced) {
                unsynced.removeIf(segment -> segment.number < Positions.segment(target));
            }
            if (target > progress.synced()) {
                progress.synced(target);
                progress.tell();
            }
            return Positions.segment(before) == Positions.segment(target)
                    ? target - before
                    : Positions.offset(target);
        } finally {
            lock.unlock();
        }
    }
}
