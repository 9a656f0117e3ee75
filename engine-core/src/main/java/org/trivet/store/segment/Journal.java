package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.Claim;
import org.trivet.store.FileLayer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.function.LongConsumer;

/**
 * An append-only journal of records in preallocated, recycled segment files.
 *
 * <p>A record has a type, a tag, both the caller's, and a body. It is named by its position, above
 * 0 and growing along the journal. What is appended is staged; {@link #doWork} or the threads of
 * its {@link #workers} write and sync it. Recovery finds every record that was synced, in order;
 * behind those, perhaps some that were not. A bad record with a good one behind it, or before a
 * place known to have been written, is damage; otherwise it is the torn end.
 *
 * <p>One thread owns a journal.
 */
public final class Journal implements AutoCloseable {
    /** Positions begin here, at the earliest. */
    static final int FIRST_SEGMENT = 1;

    /** The type of the journal's own records: a list of segments that are no longer in use. */
    static final int RELEASED_TYPE = 0;

    /**
     * Segments that are kept back for what must never be refused: nobody else may begin to use
     * them.
     */
    public static final int KEEP_ALL = 2;

    /**
     * Segments that are kept back for what makes room: others that are small may use the rest of
     * the reserve.
     */
    public static final int KEEP_HALF = 1;

    /** What makes room, or must never be refused, may use everything. */
    public static final int KEEP_NOTHING = 0;

    /**
     * Where nothing is cleaned, or not before something is removed, what is small may use all but a
     * part of a segment.
     */
    public static final int KEEP_LITTLE = -1;

    private static final int LITTLE_PART = 16;

    /**
     * So many segments that could be made are as good as one that is there: others take space, too.
     */
    private static final int CREATABLE_FOR_ONE = 4;

    /**
     * Room at the end of each segment that only the journal's own records use, so that segments can
     * be released.
     */
    private static final int TAIL_RESERVE = 4096;

    /** When so much is staged it is written while more comes. */
    private static final int WAKE_LENGTH = 512 << 10;

    /** So much the owner writes itself, as that takes no longer than waking the writer. */
    private static final int MAX_INLINE_WRITE = WAKE_LENGTH;

    private static final int PAGE = 4096;
    private static final int REWRITE_LENGTH = 1 << 20;
    private static final int MAX_SCRATCH = 1 << 20;

    private final FileLayer layer;
    private final JournalConfig config;
    private final long storageId;
    private final int segmentLength;
    private final boolean created;
    private final RecordHeader header;
    private final SegmentReader reader;
    private final NavigableMap<Integer, Segment> segments;
    private final Int2ObjectHashMap<Segment> byNumber = new Int2ObjectHashMap<>();
    private final List<Damage> damages;
    private final SegmentPool pool;
    private final Staging staging;
    private final JournalProgress progress;
    private final JournalWriter writer;
    private final NanoClock clock;
    private final JournalSyncer syncer;
    private final ArrayDeque<Release> releases = new ArrayDeque<>();
    private final int maxScratch;
    private ByteBuffer scratch = ByteBuffer.allocateDirect(PAGE);
    private final UnsafeBuffer scratchBuffer = new UnsafeBuffer(scratch);
    private ByteBuffer viewed;
    private ByteBuffer view;
    private Segment current;
    private int offset;
    private int claimedAt = -1;
    private int claimedLength;
    private long seenWritten;
    private long seenSynced;
    private LongConsumer scanned = bytes -> {};

    /** A place where something is missing, found when the journal was opened. */
    record Damage(long position, boolean torn) {}

    private record Release(long behind, List<Segment> segments) {}

    private Journal(final JournalOpening opening, final NanoClock clock) {
        layer = opening.layer;
        config = opening.config;
        maxScratch = Math.min(MAX_SCRATCH, config.stagingLength() / 4);
        storageId = opening.storageId;
        segmentLength = opening.segmentLength;
        created = opening.created;
        header = opening.header;
        reader = opening.reader;
        segments = opening.segments;
        damages = opening.damages;
        segments.forEach((number, segment) -> byNumber.put(number.intValue(), segment));
        pool = opening.pool;
        current = opening.newest;
        offset = current == null ? 0 : current.endOffset;
        staging = new Staging(config.stagingLength());
        progress = new JournalProgress(endPosition());
        this.clock = clock;
        pool.begun(clock.nanoTime());
        syncer = new JournalSyncer(progress, pool, config, clock);
        writer = new JournalWriter(progress, staging, pool, syncer, clock);
        if (current == null) {
            if (pool.spareCount() == 0 && !pool.prepareNow()) {
                throw new TrivetException(
                        ErrorCode.NO_SPACE,
                        "no space for the first segment of the journal, " + segmentLength + " B");
            }
            beginSegment();
            sync();
        }
        if (pool.spareCount() == 0) {
            pool.prepareNow(); // in vain if there is no space: then only what is kept back is left
        }
        seenWritten = progress.written();
        seenSynced = progress.synced();
    }

    /**
     * Opens a journal, or creates it where there is none.
     *
     * @param layer its directory.
     * @param config how it is kept.
     * @param check judges records beyond what the journal's checksum covers.
     * @param clock the clock of {@link #doWork}, for the workers.
     * @return the journal; {@link #replay} tells what it holds.
     * @throws TrivetException CORRUPT if a segment is of another journal, NOT_SUPPORTED if one is
     *     of a format that this version does not know, naming it; NO_SPACE; IO.
     */
    public static Journal open(
            final FileLayer layer,
            final JournalConfig config,
            final RecordCheck check,
            final NanoClock clock) {
        return open(layer, config, SharedSpace.Share.ofAll(), check, clock);
    }

    /**
     * Opens a journal, or creates it where there is none, in a file system that others share.
     *
     * @param layer its directory.
     * @param config how it is kept.
     * @param share what of the file system it may take.
     * @param check judges records beyond what the journal's checksum covers.
     * @param clock the clock of {@link #doWork}, for the workers.
     * @return the journal; {@link #replay} tells what it holds.
     * @throws TrivetException as above.
     */
    public static Journal open(
            final FileLayer layer,
            final JournalConfig config,
            final SharedSpace.Share share,
            final RecordCheck check,
            final NanoClock clock) {
        final JournalOpening opening = new JournalOpening(layer, config, share, check);
        try {
            opening.run();
            return new Journal(opening, clock);
        } catch (final RuntimeException e) {
            opening.close();
            throw e;
        }
    }

    /**
     * The random number that the journal was created with.
     *
     * @return the storage id.
     */
    public long storageId() {
        return storageId;
    }

    /**
     * Whether no journal was found.
     *
     * @return true if this one was created.
     */
    public boolean created() {
        return created;
    }

    /** What writes the files. */
    JournalWriter writer() {
        return writer;
    }

    /**
     * What waits for the device: give each a thread, or call {@link #doWork}. All are to be stopped
     * before the journal is closed.
     *
     * @return the one that writes, and the one that syncs.
     */
    public List<JournalWorker> workers() {
        return List.of(writer, syncer);
    }

    /**
     * Has somebody told when the written or synced position has advanced, or the journal has
     * failed.
     *
     * @param listener called on the thread that did it, which may be a worker's: it should only
     *     wake another.
     */
    public void onProgress(final Runnable listener) {
        progress.listener(listener);
    }

    /**
     * Writes what is there from a position on again, and syncs it. If the process before saw a sync
     * fail, what it had written may be in the page cache alone, and count as written: the kernel
     * tells of such a failure once, and syncs of another process succeed. Before anything is
     * appended.
     *
     * @param from up to where it is known to be on the device; 0 if that is not known: the two
     *     newest segments are written again.
     */
    public void rewrite(final long from) {
        final long end = endPosition();
        final int first = from == 0 ? Positions.segment(end) - 1 : Positions.segment(from);
        ByteBuffer pages = ByteBuffer.allocateDirect(PAGE);
        for (final Segment segment : segments.tailMap(first, true).values()) {
            final boolean begun = segment.number == Positions.segment(from);
            int at = begun ? Positions.offset(from) / PAGE * PAGE : 0;
            final boolean last = segment.number == Positions.segment(end);
            final int limit = last ? Positions.offset(end) : segment.endOffset;
            if (at >= limit) {
                continue;
            }
            while (at < limit) {
                final int toPageEnd = Math.min(segmentLength, (limit + PAGE - 1) / PAGE * PAGE);
                final int wanted = Math.min(REWRITE_LENGTH, toPageEnd - at);
                if (pages.capacity() < wanted) {
                    pages = ByteBuffer.allocateDirect(wanted);
                }
                final int length = segment.file.read(pages.clear().limit(wanted), at);
                if (length <= 0) {
                    break;
                }
                segment.file.write(pages.flip(), at);
                at += length;
            }
            segment.file.sync();
        }
    }

    /**
     * Tells all records from a position on, and what is damaged.
     *
     * @param from of a record; 0 for the first.
     * @param handler told; it may append.
     */
    public void replay(final long from, final JournalHandler handler) {
        replay(from, reader, handler);
    }

    /** Tells all records as a reader of one's own judges them, and what is damaged. */
    void scan(final SegmentReader by, final JournalHandler handler) {
        replay(0, by, handler);
    }

    private void replay(final long from, final SegmentReader by, final JournalHandler handler) {
        writer.writeAll();
        final long end = endPosition();
        int damage = 0;
        for (final Segment segment : List.copyOf(segments.values())) {
            while (damage < damages.size()
                    && Positions.segment(damages.get(damage).position) < segment.number) {
                tell(damages.get(damage++), from, handler);
            }
            if (segment.number < Positions.segment(from)
                    || segment.number > Positions.segment(end)) {
                continue;
            }
            final boolean last = segment.number == Positions.segment(end);
            final int limit = last ? Positions.offset(end) : segment.endOffset;
            final int begin =
                    segment.number == Positions.segment(from)
                            ? Math.max(segment.dataOffset, Positions.offset(from))
                            : segment.dataOffset;
            by.scan(segment, begin, limit, true, handler);
            scanned.accept(Math.max(0, limit - begin));
        }
        while (damage < damages.size()) {
            tell(damages.get(damage++), from, handler);
        }
    }

    /** Has somebody told the bytes of each segment that has been read through. */
    void onScanned(final LongConsumer listener) {
        scanned = listener;
    }

    /** Bytes of the records in all segments. */
    long recordBytes() {
        return segments.values().stream().mapToLong(each -> each.endOffset - each.dataOffset).sum();
    }

    private static void tell(final Damage damage, final long from, final JournalHandler handler) {
        if (damage.position >= from) {
            handler.onDamage(damage.position, damage.torn);
        }
    }

    // ---- appending

    /**
     * Reserves room for a record's body. If the staging ring is full because the device is slow,
     * this writes on the caller's thread first: it waits for the device, and never fails for want
     * of staging.
     *
     * @param length bytes of the body, at most the configured maximum.
     * @param keep how much of the reserve is kept back: {@link #KEEP_ALL}, {@link #KEEP_HALF},
     *     {@link #KEEP_LITTLE} or {@link #KEEP_NOTHING}.
     * @param claim told where to encode; the bytes stay readable there until the next claim.
     * @return false if there is no space.
     */
    public boolean claim(final int length, final int keep, final Claim claim) {
        ensureWorking();
        if (length < 0 || length > config.maxRecordLength()) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "journal: a record of "
                            + length
                            + " bytes; the most is "
                            + config.maxRecordLength());
        }
        final int need = RecordHeader.recordLength(length);
        if (!ensureSpace(need, keep)) {
            return false;
        }
        claimedAt = stage(current, offset, need);
        claimedLength = length;
        claim.wrap(staging.buffer, claimedAt + RecordHeader.LENGTH, length);
        return true;
    }

    /**
     * Completes the record that was claimed last.
     *
     * @param type its type, 1 to 127.
     * @param tag the caller's.
     * @param checkedLength how much of the body the journal's checksum covers, from its beginning.
     * @return its position.
     */
    public long commit(final int type, final int tag, final int checkedLength) {
        if (claimedAt < 0) {
            throw new IllegalStateException("nothing is claimed");
        }
        final long position = Positions.of(current.number, offset);
        for (int at = RecordHeader.LENGTH + claimedLength; at % RecordHeader.ALIGNMENT != 0; at++) {
            staging.buffer.putByte(claimedAt + at, (byte) 0);
        }
        header.encode(staging.buffer, claimedAt, claimedLength, position, type, checkedLength, tag);
        staging.publish();
        offset += RecordHeader.recordLength(claimedLength);
        current.endOffset = offset;
        claimedAt = -1;
        if (writer.attached() && staging.pending() >= WAKE_LENGTH) {
            writer.wake();
        }
        return position;
    }

    /**
     * Appends a record that is covered wholly by the journal's checksum.
     *
     * @param type its type, 1 to 127.
     * @param tag the caller's.
     * @param keep how much of the reserve is kept back, as for {@link #claim}.
     * @param body holds the body.
     * @param at where it begins.
     * @param length bytes.
     * @return its position, or -1 if there is no space.
     */
    public long append(
            final int type,
            final int tag,
            final int keep,
            final DirectBuffer body,
            final int at,
            final int length) {
        final Claim claim = new Claim();
        if (!claim(length, keep, claim)) {
            return -1;
        }
        claim.buffer().putBytes(claim.offset(), body, at, length);
        return commit(type, tag, length);
    }

    private int stage(final Segment segment, final int at, final int length) {
        int staged = staging.claim(segment, at, length);
        if (staged < 0) {
            writer.writeAll();
            staged = staging.claim(segment, at, length);
            if (staged < 0) {
                throw new IllegalStateException(
                        "the staging ring cannot take " + length + " bytes");
            }
        }
        return staged;
    }

    private boolean ensureSpace(final int need, final int keep) {
        while (true) {
            final boolean fits = offset + need <= recordsEnd();
            final int spares = keep == KEEP_ALL ? 2 : 1; // others may take what could be made now
            if ((fits || pool.spareCount() >= spares) && spaceLeft() - need >= heldBack(keep)) {
                if (!fits) {
                    beginSegment();
                }
                return true;
            }
            if (!pool.prepareNow()) {
                return false;
            }
        }
    }

    private int recordsEnd() {
        return segmentLength - TAIL_RESERVE;
    }

    /** Bytes of the newest segment and of spares, but for what their headers take. */
    private long spaceLeft() {
        return recordsEnd() - offset + (long) pool.spareCount() * spareLength();
    }

    private int spareLength() {
        return recordsEnd() - alignedHeaderLength(segments.size() + pool.spareCount() + 1);
    }

    private static int alignedHeaderLength(final int liveCount) {
        return SegmentHeader.length(liveCount);
    }

    private void beginSegment() {
        final Segment next = pool.take();
        pool.begun(clock.nanoTime());
        if (current != null && next.number != current.number + 1) {
            throw new IllegalStateException(
                    "segment " + next.number + " does not follow " + current.number);
        }
        final int length = alignedHeaderLength(segments.size());
        final int at = stage(next, 0, length);
        SegmentHeader.encode(
                staging.buffer, at, storageId, next.number, segmentLength, segments.values());
        staging.publish();
        next.dataOffset = length;
        next.endOffset = length;
        segments.put(next.number, next);
        byNumber.put(next.number, next);
        current = next;
        offset = length;
        adjustSpares();
    }

    private void adjustSpares() {
        final boolean used = current.number > FIRST_SEGMENT || offset > segmentLength / 8;
        final long left =
                config.usualKeep() == KEEP_ALL
                        ? freeBytes()
                        : spaceLeft() - heldBack(config.usualKeep());
        final int wanted = left < segmentLength / 2 ? pool.spareCount() + 1 : 1;
        pool.want(wanted, used);
    }

    /**
     * Bytes of what is preallocated that are kept back; as long as many more segments can be made,
     * the reserve need not be there yet.
     */
    private long heldBack(final int keep) {
        return keep == KEEP_LITTLE
                ? segmentLength / LITTLE_PART
                : (long) segmentsHeldBack(keep) * segmentLength;
    }

    private int segmentsHeldBack(final int keep) {
        return Math.max(0, keep - pool.creatable() / CREATABLE_FOR_ONE);
    }

    /**
     * Bytes that can surely be appended to what is preallocated, whatever the lengths of the
     * records, without touching the reserve.
     *
     * @return bytes, record headers included.
     */
    public long freeBytes() {
        final int waste = RecordHeader.recordLength(config.maxRecordLength());
        final int spares = pool.spareCount();
        final int kept = segmentsHeldBack(KEEP_ALL);
        if (spares < kept) {
            return 0;
        }
        // A segment is begun only if there is another one; whole segments are kept back, of which
        // spares have a little less.
        final long inSpares =
                (long) (spares - Math.max(kept, spares > 0 ? 1 : 0)) * (spareLength() - waste);
        final long inCurrent = Math.max(0, recordsEnd() - offset - waste);
        return Math.max(0, inCurrent + inSpares - kept * (long) (segmentLength - spareLength()));
    }

    /**
     * Bytes that can be appended to what is preallocated if nothing is kept back.
     *
     * @return bytes.
     */
    long availableBytes() {
        return spaceLeft();
    }

    // ---- positions

    /**
     * The position that the next record will have, at the earliest.
     *
     * @return a position.
     */
    public long endPosition() {
        return current == null
                ? Positions.of(FIRST_SEGMENT, 0)
                : Positions.of(current.number, offset);
    }

    /**
     * Records that begin before this survive the death of the process.
     *
     * @return a position.
     */
    public long writtenPosition() {
        return progress.written();
    }

    /**
     * Records that begin before this survive loss of power.
     *
     * @return a position.
     */
    public long syncedPosition() {
        return progress.synced();
    }

    /**
     * Asks for a sync soon.
     *
     * @param position up to where.
     */
    public void requestSync(final long position) {
        syncer.request(position);
        if (staging.pending() == 0 && position > progress.synced()) {
            syncer.wake(); // else what is staged is written first, with the next cycle
        }
    }

    /** Writes and syncs everything now, waiting for the device. */
    public void sync() {
        ensureWorking();
        writer.writeAll();
        syncer.syncAll();
    }

    // ---- reading

    /**
     * Reads a record's body and verifies its header and what the journal's checksum covers.
     *
     * @param position of the record.
     * @param destination takes the body.
     * @param at where.
     * @param maxLength room there.
     * @return bytes of the body; -1 if there is no such record, it is damaged, or longer.
     */
    public int read(
            final long position,
            final MutableDirectBuffer destination,
            final int at,
            final int maxLength) {
        final int length = readHeader(position);
        if (length < 0 || length > maxLength) {
            return -1;
        }
        final int checkedLength = RecordHeader.checkedLength(scratchBuffer, 0);
        final int bodyCrc = RecordHeader.bodyCrc(scratchBuffer, 0);
        if (!readBody(position, 0, destination, at, length)) {
            return -1;
        }
        return header.isIntact(destination, at, length, checkedLength, bodyCrc) ? length : -1;
    }

    /** Reads and verifies a header into the scratch buffer; the body's length, or -1. */
    int readHeader(final long position) {
        return readFront(position, 0, scratchBuffer);
    }

    /**
     * Reads and verifies a header, with the beginning of the body, which is not verified; the
     * body's length, or -1.
     *
     * @param target begins where its direct byte buffer does.
     */
    int readFront(final long position, final int length, final UnsafeBuffer target) {
        final Segment segment = segmentOfRecord(position);
        if (segment == null) {
            return -1;
        }
        final ByteBuffer memory = target.byteBuffer().clear().limit(RecordHeader.LENGTH + length);
        if (!readFully(segment, Positions.offset(position), memory)
                || !header.isValid(target, 0, position)) {
            return -1;
        }
        return RecordHeader.bodyLength(target, 0);
    }

    /** The segment that has a record there, all of it written; null if there can be none. */
    private Segment segmentOfRecord(final long position) {
        final Segment segment = byNumber.get(Positions.segment(position));
        if (segment == null
                || Positions.offset(position) < segment.dataOffset
                || position >= endPosition()) {
            return null;
        }
        ensureWritten(position);
        return segment;
    }

    /**
     * Reads a header and what follows it into a buffer that can be read into, and verifies the
     * header alone; the body's length, or -1.
     */
    int readFromHeader(
            final long position,
            final MutableDirectBuffer destination,
            final int at,
            final int length) {
        final Segment segment = segmentOfRecord(position);
        if (segment == null) {
            return -1;
        }
        return readInto(segment, Positions.offset(position), destination, at, length)
                        && header.isValid(destination, at, position)
                ? RecordHeader.bodyLength(destination, at)
                : -1;
    }

    /** Whether the device can give bytes to a buffer without a copy between. */
    boolean canReadInto(final MutableDirectBuffer destination) {
        final ByteBuffer byteBuffer = destination.byteBuffer();
        return byteBuffer != null && byteBuffer.isDirect() && !byteBuffer.isReadOnly();
    }

    /** Reads a part of a record's body, unverified; false if the device does not give it. */
    boolean readBody(
            final long position,
            final int bodyOffset,
            final MutableDirectBuffer destination,
            final int at,
            final int length) {
        final Segment segment = byNumber.get(Positions.segment(position));
        if (segment == null) {
            return false;
        }
        ensureWritten(position);
        final int from = Positions.offset(position) + RecordHeader.LENGTH + bodyOffset;
        if (canReadInto(destination)) {
            return readInto(segment, from, destination, at, length);
        }
        if (scratch.capacity() < Math.min(maxScratch, length)) {
            scratch = ByteBuffer.allocateDirect(maxScratch);
            scratchBuffer.wrap(scratch);
        }
        for (int done = 0; done < length; ) {
            final int part = Math.min(scratch.capacity(), length - done);
            if (!readFully(segment, from + done, scratch.clear().limit(part))) {
                return false;
            }
            destination.putBytes(at + done, scratch, 0, part);
            done += part;
        }
        return true;
    }

    private boolean readInto(
            final Segment segment,
            final int from,
            final MutableDirectBuffer destination,
            final int at,
            final int length) {
        final ByteBuffer byteBuffer = destination.byteBuffer();
        if (byteBuffer != viewed) {
            viewed = byteBuffer;
            view = byteBuffer.duplicate();
        }
        final int begin = at + destination.wrapAdjustment();
        return readFully(segment, from, view.clear().limit(begin + length).position(begin));
    }

    private static boolean readFully(
            final Segment segment, final int from, final ByteBuffer target) {
        final int length = target.remaining();
        try {
            return segment.file.read(target, from) == length;
        } catch (final TrivetException e) {
            if (e.code() == ErrorCode.IO) {
                return false;
            }
            throw e;
        }
    }

    private void ensureWritten(final long position) {
        if (position >= progress.written()) {
            writer.writeAll();
        }
    }

    // ---- upkeep

    /**
     * Drops all segments that end before a position: they are recycled as soon as that is on
     * record.
     *
     * @param position nothing before it is needed.
     */
    public void discardBefore(final long position) {
        release(List.copyOf(segments.headMap(Positions.segment(position), false).values()));
    }

    /** Drops segments that nothing needs any more. */
    void release(final Collection<Segment> dead) {
        final List<Segment> batch = new ArrayList<>();
        for (final Segment segment : dead) {
            if (segment == current || segments.get(segment.number) != segment) {
                throw new IllegalArgumentException(
                        "segment " + segment.number + " is not to be released");
            }
            final int need = RecordHeader.recordLength(4 * (batch.size() + 1));
            if (offset + need > segmentLength || need > TAIL_RESERVE / 4) {
                break;
            }
            batch.add(segment);
        }
        if (batch.isEmpty()) {
            return;
        }
        final int length = 4 * batch.size();
        claimedAt = stage(current, offset, RecordHeader.recordLength(length));
        claimedLength = length;
        int at = claimedAt + RecordHeader.LENGTH;
        for (final Segment segment : batch) {
            staging.buffer.putInt(at, segment.number, ByteOrder.LITTLE_ENDIAN);
            segments.remove(segment.number);
            byNumber.remove(segment.number);
            at += 4;
        }
        commit(RELEASED_TYPE, 0, length);
        releases.add(new Release(endPosition(), batch));
        requestSync(endPosition());
    }

    /** Gives the space of a spare back, for others who need it more; false if there is none. */
    boolean dropSpare() {
        return pool.dropSpare();
    }

    /** Bytes of all segments that there are or could be. */
    long spanBytes() {
        return ((long) pool.fileCount() + pool.creatable()) * segmentLength;
    }

    /**
     * Whether what was appended from a position on has not been dropped.
     *
     * @param position of a record; 0 for the first there ever was.
     * @return false if some of it may be gone.
     */
    public boolean reachesBackTo(final long position) {
        return segments.firstKey() <= Math.max(FIRST_SEGMENT, Positions.segment(position));
    }

    /**
     * About how many bytes the journal has from a position to its end.
     *
     * @param position of a record; 0 for its end.
     * @return bytes, headers included.
     */
    public long bytesSince(final long position) {
        final int number = Positions.segment(position);
        return number == 0
                ? 0
                : (long) (current.number - number) * segmentLength
                        + offset
                        - Positions.offset(position);
    }

    /** The segments in use, by number. */
    NavigableMap<Integer, Segment> segments() {
        return segments;
    }

    /** A segment in use, or null. */
    Segment segment(final int number) {
        return byNumber.get(number);
    }

    /** Whether no more segments can be made: the space is used up. */
    boolean isFull() {
        return pool.isFull();
    }

    RecordHeader header() {
        return header;
    }

    Segment current() {
        return current;
    }

    SegmentReader reader() {
        return reader;
    }

    /**
     * How long a segment is.
     *
     * @return bytes.
     */
    public int segmentLength() {
        return segmentLength;
    }

    int fileCount() {
        return pool.fileCount();
    }

    /**
     * Does what is due: writes small batches itself, leaves the rest to the workers' threads or, if
     * they have none, does that too.
     *
     * @param nowNs of the journal's clock.
     * @return how much was done or has been noticed to be done.
     */
    public int doWork(final long nowNs) {
        int workCount = 0;
        if (config.durability() == Durability.DISK) {
            syncer.request(endPosition());
        }
        if (!writer.attached()) {
            workCount += writer.doWork(nowNs);
        } else {
            final long pending = staging.pending();
            if (pending > 0 && pending <= MAX_INLINE_WRITE && claimedAt < 0) {
                workCount += writer.tryWrite();
            }
            if (writer.hasWork(nowNs)) {
                writer.wake();
            }
        }
        if (!syncer.attached()) {
            workCount += syncer.doWork(nowNs);
        } else if (syncer.hasWork(nowNs)) {
            syncer.wake();
        }
        final long written = progress.written();
        final long synced = progress.synced();
        if (written != seenWritten || synced != seenSynced) {
            seenWritten = written;
            seenSynced = synced;
            workCount++;
        }
        while (!releases.isEmpty() && synced >= releases.peek().behind) {
            releases.remove().segments.forEach(pool::release);
            workCount++;
        }
        adjustSpares();
        return workCount;
    }

    /**
     * The error that ended the journal's work.
     *
     * @return null while all is well.
     */
    public RuntimeException failure() {
        return progress.failure();
    }

    private void ensureWorking() {
        final RuntimeException failure = progress.failure();
        if (failure != null) {
            throw new TrivetException(
                    failure instanceof final TrivetException typed ? typed.code() : ErrorCode.IO,
                    "the journal has failed: " + failure.getMessage(),
                    failure);
        }
    }

    /**
     * Writes and syncs what is staged, unless the journal has failed, and closes the files. The
     * workers must have been stopped.
     */
    @Override
    public void close() {
        try {
            if (progress.failure() == null) {
                sync();
            }
        } finally {
            abandon();
        }
    }

    /**
     * Closes the files as the death of the process would: what is staged is lost. The workers must
     * have been stopped.
     */
    public void abandon() {
        segments.values().forEach(segment -> segment.file.close());
        releases.forEach(release -> release.segments.forEach(segment -> segment.file.close()));
        pool.close();
    }
}
