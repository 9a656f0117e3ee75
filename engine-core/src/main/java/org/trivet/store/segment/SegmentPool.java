package org.trivet.store.segment;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.FileLayer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Segments that are not in use: spares, prepared to be the next ones, and released ones, to be
 * recycled or deleted.
 *
 * <p>A spare already bears the name of the segment that it will be, so that beginning a segment
 * takes no work on the directory. The lock is held for one file operation at a time; writing zeros
 * ahead goes in steps of {@link Segment#FILL_STEP}.
 */
final class SegmentPool {
    /**
     * Zeros for each byte that others have synced: so a spare is ready when half of the segment
     * before it has been used, if records are synced few at a time.
     */
    private static final int FILL_PER_BYTE = 2;

    /** And for each sync: so the device has little besides to do. */
    private static final int MOST_PER_SYNC = 64 << 10;

    /**
     * What the device has not begun on is synced in small amounts: records do not wait for it. What
     * it has begun on is not synced: zeros need not survive, and the file system takes its time.
     */
    private static final int FILL_SYNC = 1 << 20;

    private static final int MAX_RECYCLED_SPARES = 3;

    /**
     * Spare and released ones that are kept through the pauses of who writes in bursts: to write to
     * what the page cache has costs half of what writing to a fresh file does.
     */
    private static final int KEPT = 8;

    /** So long after a segment has been begun. */
    private static final long KEPT_NS = 10_000_000_000L;

    private static final long QUIET_NS = 1_000_000_000L;

    /** With a share of fewer segments than this, what is released is given back at once. */
    private static final int MUCH_SPACE = 4;

    private static final long RETRY_NS = 1_000_000_000L;
    private static final long LOOK_NS = 1_000_000_000L;

    private final FileLayer layer;
    private final JournalConfig config;
    private final SharedSpace.Share share;
    private final int segmentLength;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Segment> spares = new ArrayDeque<>();
    private final ConcurrentLinkedQueue<Segment> released = new ConcurrentLinkedQueue<>();
    private final AtomicInteger releasedCount = new AtomicInteger();
    private final ByteBuffer zeros = Segment.ZEROS.duplicate();
    private int nextNumber;
    private long retryAtNs;
    private volatile long lookedNs;
    private volatile long begunNs;
    private volatile boolean full;
    private volatile int fileCount;
    private volatile int spareCount;
    private volatile int wanted = 1;
    private volatile int creatable;
    private volatile boolean fillAhead;
    private volatile boolean unfilled;

    /** Bytes of zeros that are due for what others have synced. */
    private long fillDebt;

    SegmentPool(
            final FileLayer layer,
            final JournalConfig config,
            final SharedSpace.Share share,
            final int segmentLength,
            final int nextNumber) {
        this.layer = layer;
        this.config = config;
        this.share = share;
        this.segmentLength = segmentLength;
        this.nextNumber = nextNumber;
        count(0);
    }

    /** Bytes of each file. */
    int segmentLength() {
        return segmentLength;
    }

    /** Looks how many more segments there is space for. */
    void look() {
        final long inFileSystem = share.usable(layer.usableSpace() - config.marginBytes());
        final long inCapacity =
                config.capacityBytes() == 0
                        ? Long.MAX_VALUE
                        : config.capacityBytes() - (long) fileCount * segmentLength;
        creatable =
                Math.clamp(
                        Math.min(inFileSystem, inCapacity) / segmentLength, 0, Integer.MAX_VALUE);
    }

    /** Segments for which there was space when it was last looked. */
    int creatable() {
        return creatable;
    }

    /** Takes a file found at opening into account as one in use. */
    void addUsed() {
        count(1);
    }

    private void count(final int more) {
        fileCount += more;
        share.hold((long) fileCount * segmentLength);
    }

    /** Says which number the next spare gets. */
    void next(final int number) {
        nextNumber = number;
    }

    /**
     * Takes a spare found at opening; false if it is not the next one, so that it may be released.
     */
    boolean addSpare(final Segment segment) {
        if (segment.number != nextNumber) {
            return false;
        }
        spares.add(segment);
        nextNumber++;
        spareCount = spares.size();
        count(1);
        return true;
    }

    int spareCount() {
        return spareCount;
    }

    /** Files in all: in use, spare and released. */
    int fileCount() {
        return fileCount;
    }

    boolean isFull() {
        return full;
    }

    void want(final int spareTarget, final boolean fill) {
        wanted = spareTarget;
        fillAhead = fill;
    }

    /**
     * Whether {@link #prepare} has something to do.
     *
     * @param quietNs for how long nothing has been written.
     */
    boolean mustPrepare(final long nowNs, final long quietNs) {
        return !released.isEmpty() && (spareCount < recyclable() || mayDelete(nowNs, quietNs))
                || spareCount < wanted && (!full || nowNs - retryAtNs >= 0)
                || nowNs - lookedNs >= LOOK_NS;
    }

    /** A segment is begun, or the journal is opened: more may be needed soon. */
    void begun(final long nowNs) {
        begunNs = nowNs;
    }

    /** The next segment; there must be a spare. */
    Segment take() {
        lock.lock();
        try {
            final Segment segment = spares.remove();
            spareCount = spares.size();
            return segment;
        } finally {
            lock.unlock();
        }
    }

    /** Gives a segment back that nothing needs any more. */
    void release(final Segment segment) {
        releasedCount.incrementAndGet();
        released.add(segment);
    }

    /** Prepares one more spare at once, if there is space for it. */
    boolean prepareNow() {
        lock.lock();
        try {
            return recycle() || create();
        } finally {
            lock.unlock();
        }
    }

    /** Gives the space of a spare back to the file system; false if there is none. */
    boolean dropSpare() {
        lock.lock();
        try {
            final Segment spare = spares.pollLast();
            if (spare == null) {
                return false;
            }
            spareCount = spares.size();
            nextNumber = spare.number;
            delete(spare);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private int recyclable() {
        return Math.max(wanted, MAX_RECYCLED_SPARES);
    }

    /**
     * File systems that discard the space of what is deleted stop all syncs meanwhile, for some ten
     * milliseconds: they wait until it is quiet, unless the space is needed.
     */
    private boolean mayDelete(final long nowNs, final long quietNs) {
        final boolean areMany = releasedCount.get() + spareCount > KEPT;
        return quietNs >= QUIET_NS && (areMany || nowNs - begunNs >= KEPT_NS)
                || creatable < MUCH_SPACE;
    }

    /**
     * Recycles, deletes or creates one segment, if that is wanted: it waits for the file system's
     * own journal.
     */
    int prepare(final long nowNs, final long quietNs) {
        if (!mustPrepare(nowNs, quietNs) || !lock.tryLock()) {
            return 0;
        }
        try {
            if (!released.isEmpty() && spares.size() < recyclable() && recycle()) {
                return 1;
            }
            if (!released.isEmpty() && mayDelete(nowNs, quietNs)) {
                delete(takeReleased());
                return 1;
            }
            if (spares.size() < wanted && (!full || nowNs - retryAtNs >= 0)) {
                retryAtNs = nowNs + RETRY_NS;
                return create() ? 1 : 0;
            }
            if (nowNs - lookedNs >= LOOK_NS) {
                lookedNs = nowNs;
                look(); // others take space, too
            }
            return 0;
        } finally {
            lock.unlock();
        }
    }

    private Segment takeReleased() {
        final Segment segment = released.poll();
        if (segment != null) {
            releasedCount.decrementAndGet();
        }
        return segment;
    }

    private boolean recycle() {
        final Segment old = takeReleased();
        if (old == null) {
            return false;
        }
        layer.rename(Segment.name(old.number), Segment.name(nextNumber));
        layer.syncDirectory();
        addPrepared(new Segment(nextNumber, old.file), segmentLength);
        return true;
    }

    private boolean create() {
        look();
        if (creatable == 0) {
            full = true;
            return false;
        }
        final String name = Segment.name(nextNumber);
        final FileLayer.OpenFile file = layer.open(name, true);
        try {
            file.preallocate(segmentLength);
        } catch (final TrivetException e) {
            file.close();
            layer.delete(name);
            if (e.code() != ErrorCode.NO_SPACE) {
                throw e;
            }
            full = true;
            creatable = 0;
            return false;
        }
        layer.syncDirectory();
        count(1);
        creatable--;
        addPrepared(new Segment(nextNumber, file), config.zeroFill() ? 0 : segmentLength);
        return true;
    }

    private void addPrepared(final Segment segment, final int filledTo) {
        segment.filledTo = filledTo;
        spares.add(segment);
        nextNumber++;
        spareCount = spares.size();
        unfilled |= filledTo == 0;
        full = false;
    }

    private void delete(final Segment segment) {
        segment.file.close();
        layer.delete(Segment.name(segment.number));
        layer.syncDirectory();
        count(-1);
        look();
        full = false;
    }

    /** Whether there are zeros to be written ahead. */
    boolean isUnfilled() {
        return fillAhead && unfilled;
    }

    /** Writes zeros ahead while nobody waits for a sync. */
    int fill() {
        if (!isUnfilled() || !lock.tryLock()) {
            return 0;
        }
        try {
            return fillStep();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Has zeros written ahead in proportion to what others sync. By one thread alone.
     *
     * @param syncedBytes what has been synced just now.
     * @param isQuiet whether the next sync cannot be asked for at once: only then it is done.
     */
    void fillAfter(final long syncedBytes, final boolean isQuiet) {
        if (!isUnfilled()) {
            fillDebt = 0;
            return;
        }
        fillDebt += Math.min(syncedBytes * FILL_PER_BYTE, MOST_PER_SYNC);
        if (isQuiet && fillDebt >= Segment.FILL_STEP && fill() > 0) {
            fillDebt = 0;
        }
    }

    private int fillStep() {
        for (final Segment spare : spares) {
            if (spare.filledTo < segmentLength) {
                final int length = Math.min(Segment.FILL_STEP, segmentLength - spare.filledTo);
                final boolean begun = spare.file.fill(zeros.clear().limit(length), spare.filledTo);
                spare.filledTo += length;
                if (!begun && spare.filledTo % FILL_SYNC < length) {
                    spare.file.sync();
                }
                return 1;
            }
        }
        unfilled = false;
        return 0;
    }

    void close() {
        lock.lock();
        try {
            spares.forEach(segment -> segment.file.close());
            spares.clear();
            released.forEach(segment -> segment.file.close());
            released.clear();
        } finally {
            lock.unlock();
        }
    }
}
