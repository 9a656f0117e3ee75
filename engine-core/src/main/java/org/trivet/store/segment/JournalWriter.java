package org.trivet.store.segment;

import org.agrona.concurrent.NanoClock;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes what is staged, and prepares segments. Writing is done under a lock, so that the journal's
 * owner may do it, too, when little is staged and nobody else is at it.
 */
final class JournalWriter extends JournalWorker {
    private final Staging staging;
    private final SegmentPool pool;
    private final JournalSyncer syncer;
    private final ByteBuffer view;
    private final PageWriter pages;
    private final ReentrantLock lock = new ReentrantLock();

    JournalWriter(
            final JournalProgress progress,
            final Staging staging,
            final SegmentPool pool,
            final JournalSyncer syncer,
            final NanoClock clock) {
        super("write", progress, clock);
        this.staging = staging;
        this.pool = pool;
        this.syncer = syncer;
        this.view = staging.memory.duplicate();
        pages = new PageWriter(pool.segmentLength());
    }

    @Override
    boolean hasWork(final long nowNs) {
        return staging.pending() > 0 || pool.mustPrepare(nowNs, syncer.quietNs(nowNs));
    }

    @Override
    int work(final long nowNs) {
        return write(false) + pool.prepare(nowNs, syncer.quietNs(nowNs));
    }

    /** Writes if nobody else does; 0 otherwise. By the owner, between two claims. */
    int tryWrite() {
        if (progress.failure() != null || !lock.tryLock()) {
            return 0;
        }
        try {
            return write(true);
        } catch (final RuntimeException e) {
            progress.fail(e);
            return 0;
        } finally {
            lock.unlock();
        }
    }

    /** Writes all that is staged, waiting for a write under way. */
    void writeAll() {
        progress.ensureWorking();
        try {
            write(false);
        } catch (final RuntimeException e) {
            progress.fail(e);
            throw e;
        }
    }

    /** Changes bytes that have been written, for good: growth of the journal does not undo it. */
    void overwrite(final Segment segment, final ByteBuffer bytes, final int at) {
        lock.lock();
        try {
            write(false);
            segment.file.write(bytes, at);
        } finally {
            lock.unlock();
        }
    }

    /** {@code alone}: nothing is being staged meanwhile. */
    private int write(final boolean alone) {
        lock.lock();
        try {
            int count = 0;
            while (writeSpan(alone)) {
                count++;
                syncer.wrote(clock.nanoTime());
                progress.tell();
            }
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Writes what is staged of the oldest span; false if nothing is. */
    private boolean writeSpan(final boolean alone) {
        final long staged = staging.staged();
        final long spanCount = staging.spanCount();
        long number = staging.spansTaken();
        while (number < spanCount) {
            final Staging.Span span = staging.span(number);
            final boolean last = number == spanCount - 1;
            final long end = last ? staged : span.end;
            final long begin = Math.max(staging.written(), span.begin);
            if (begin < end) {
                write(span, begin, end, alone && last ? staging.roomBehind() : 0);
                return true;
            }
            if (last) {
                return false;
            }
            staging.spansTaken(++number);
        }
        return false;
    }

    private void write(final Staging.Span span, final long begin, final long end, final int room) {
        final int at = staging.index(begin);
        final int offset = span.segmentOffset + (int) (begin - span.begin);
        final int length = (int) (end - begin);
        syncer.willWrite(span.segment);
        pages.write(span.segment, offset, view, at, length, room);
        progress.written(Positions.of(span.segment.number, offset + length));
        staging.written(end);
    }
}
