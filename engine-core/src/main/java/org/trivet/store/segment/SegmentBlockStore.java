package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.BlockStore;
import org.trivet.store.Claim;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.store.FileLayer;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.store.StoreStatistics;
import org.trivet.wire.sbe.EntryKind;

import java.nio.ByteOrder;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * A block store over a {@link Journal} and an index in a key-value store.
 *
 * <p><b>Recovery.</b> The index is as of the last checkpoint; the journal is told from its replay
 * position on. Entries are verified, their units' checksums included, so that a torn one is never
 * told; a body that a cleaner moved is covered by the journal's checksum as it was, good or bad.
 *
 * <p><b>Lost index.</b> An index that is missing, unreadable, or of another journal is put aside
 * and an empty one is begun; the whole journal is told then, without checkpoint states. Versions
 * make the order of writes irrelevant. Trims are kept in the journal for this, longer than anything
 * that they could kill, and what they removed is removed once more at the end of {@link #recover}
 * and with the next checkpoint. Where pulls have removed rows the order does matter, and {@link
 * #restoreGroup} goes by it. Cut numbers whose records have been dropped are not rebuilt.
 *
 * <p><b>Damaged rows.</b> A bucket whose rows do not add up to its seal (see {@link ExtentSeals})
 * is made again from the journal by {@link #restoreRows}, see {@link RowRecovery}.
 *
 * <p><b>Space.</b> Two segments' worth is kept back: entries of up to 8 KiB, such as trims, may
 * take one, and more if nothing can be cleaned before something is removed; states and the cleaner
 * both. And no more than seven eighths of the rest may be alive, so that the cleaner gains by each
 * segment. So a full store can always be trimmed and cleaned; a trim may be refused for as long as
 * the cleaner takes.
 */
public final class SegmentBlockStore implements BlockStore {
    static final int ENTRY_TYPE = 1;
    static final int STATE_TYPE = 2;

    /** A trim that the cleaner has copied: in no log, and read only to rebuild the index. */
    static final int TRIM_TYPE = 3;

    /**
     * A row that the cleaner has copied: read only to make rows of the index again. Its epoch is
     * the position where it first stood.
     */
    static final int ROW_TYPE = 4;

    /** A removal of a range of keys that the cleaner has copied: likewise. */
    static final int CLEAR_TYPE = 5;

    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final int MAX_STATE_LENGTH = 1 << 20;
    private static final int SMALL_ENTRY_LENGTH = 8192;
    private static final int INDEX_BYTES_PER_CHANGE = 512;
    private static final int SCARCE_PART = 8;

    /**
     * A checkpoint is urgent when so much was appended since the last: this part of what is left.
     */
    private static final int URGENT_PART = 4;

    /**
     * Likewise, in segments: what has been overwritten since is recycled while it is in memory, and
     * a start has less to read.
     */
    private static final int URGENT_SEGMENTS = 4;

    /**
     * And when so much was, as what is left: it counts twice until then, as alive and in the log.
     */
    private static final int LITTLE_PART = 16;

    private static final String RESERVE = "reserve";

    private final SegmentStoreConfig config;
    private final Journal journal;
    private final KeyValueStoreProvider indexProvider;
    private final KeyValueStore index;
    private final SegmentAccounts accounts;
    private final ExtentIndex extents;
    private final TrimIndex trims;
    private final ClearIndex clears;
    private final CutIndex cuts;
    private final Checkpoints checkpoints;
    private final Cleaner cleaner;
    private final CleaningPace pace;
    private final IndexSpace indexSpace;
    private final RecordAccess records;
    private final TreeMap<Integer, Long> states = new TreeMap<>();
    private final TreeMap<Integer, Long> committedStates = new TreeMap<>();
    private final EntryView view = new EntryView();
    private final Rows rows = new Rows();
    private final boolean indexRebuilt;

    /** The end of the journal at the last checkpoint; 0 before the first. */
    private long checkpointEnd;

    private boolean reapplyTrims;
    private boolean recovered;
    private long appendedBytes;
    private long damageCount;
    private RuntimeException failure;

    private SegmentBlockStore(
            final SegmentStoreConfig config,
            final FileLayer layer,
            final Journal journal,
            final KeyValueStoreProvider indexProvider,
            final KeyValueStore index,
            final boolean usable) {
        this.config = config;
        this.journal = journal;
        this.indexProvider = indexProvider;
        this.index = index;
        final int checksumLength = config.checksumType().length();
        accounts = newAccounts(journal::segment);
        extents = new ExtentIndex(index, accounts);
        trims = new TrimIndex(index, accounts);
        clears = new ClearIndex(index, accounts);
        cuts = new CutIndex(index);
        checkpoints = new Checkpoints(index);
        cleaner = new Cleaner(this, journal, extents, trims, clears, config);
        pace = new CleaningPace(config.cleanBytes());
        indexSpace = new IndexSpace(layer, RESERVE, config.reserveBytes(), INDEX_BYTES_PER_CHANGE);
        records = new RecordAccess(journal, config.unitLength(), checksumLength);
        indexRebuilt = !usable && !journal.created();
        reapplyTrims = indexRebuilt;
        if (usable) {
            checkpoints.load(journal.storageId());
            checkpoints.loadAccounts(journal.segments(), accounts);
            checkpoints.loadUnitCounts(extents.unitCounts());
            committedStates.putAll(checkpoints.loadStates());
            states.putAll(committedStates);
        } else {
            accounts.reset(journal.segments().values()); // one that failed may have loaded some
        }
    }

    /**
     * Opens a store, or creates it where there is none.
     *
     * @param layer the directory of its journal.
     * @param index opens its index.
     * @param config how it is kept.
     * @param clock the clock of {@link #doWork}, for the workers.
     * @return the store; {@link #recover} comes next. Its {@link #workers} may be given threads.
     * @throws TrivetException CORRUPT if the journal is another's; NOT_SUPPORTED if it is of
     *     another format; NO_SPACE; IO.
     */
    public static SegmentBlockStore open(
            final FileLayer layer,
            final KeyValueStoreProvider index,
            final SegmentStoreConfig config,
            final NanoClock clock) {
        return open(layer, index, config, SharedSpace.Share.ofAll(), clock);
    }

    /**
     * Opens a store, or creates it where there is none, in a file system that others share.
     *
     * @param layer the directory of its journal.
     * @param index opens its index.
     * @param config how it is kept.
     * @param share what of the file system its journal may take.
     * @param clock the clock of {@link #doWork}, for the workers.
     * @return the store, as above.
     * @throws TrivetException as above.
     */
    public static SegmentBlockStore open(
            final FileLayer layer,
            final KeyValueStoreProvider index,
            final SegmentStoreConfig config,
            final SharedSpace.Share share,
            final NanoClock clock) {
        final Journal journal =
                Journal.open(layer, config.journal(), share, new EntryCheck(config), clock);
        try {
            return openIndex(
                    index,
                    store -> {
                        final boolean isUsable = new Checkpoints(store).load(journal.storageId());
                        return (isUsable ? journal.created() : store.size() > 0)
                                ? null
                                : new SegmentBlockStore(
                                        config, layer, journal, index, store, isUsable);
                    });
        } catch (final RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    /** Makes a store over its index; if that cannot be used, over an empty one in its place. */
    private static SegmentBlockStore openIndex(
            final KeyValueStoreProvider provider,
            final Function<KeyValueStore, SegmentBlockStore> overIndex) {
        for (boolean isEmpty = false; ; isEmpty = true) {
            KeyValueStore index = null;
            SegmentBlockStore opened = null;
            try {
                index = provider.open();
                opened = overIndex.apply(index);
                if (opened != null) {
                    return opened;
                }
            } catch (final TrivetException e) {
                if (isEmpty || e.code() != ErrorCode.CORRUPT) {
                    throw e;
                }
            } finally {
                if (opened == null && index != null) {
                    index.close();
                }
            }
            provider.putAside();
        }
    }

    /**
     * What writes and syncs the journal: give each a thread, and stop them before {@link #close};
     * without threads, {@link #doWork} does it all.
     *
     * @return the workers.
     */
    public List<JournalWorker> workers() {
        return journal.workers();
    }

    /**
     * Has somebody told when the written or synced position has advanced, or the store has failed.
     *
     * @param listener called on the thread that did it: it should only wake another.
     */
    public void onProgress(final Runnable listener) {
        journal.onProgress(listener);
    }

    @Override
    public boolean indexRebuilt() {
        return indexRebuilt;
    }

    @Override
    public long storageId() {
        return journal.storageId();
    }

    @Override
    public boolean created() {
        return journal.created();
    }

    /**
     * Has somebody told, on the thread that owns the store, of segments that have been read
     * through: by {@link #recover}, and by what has to read the journal as a whole.
     *
     * @param listener told the bytes of each segment.
     */
    public void onScanned(final LongConsumer listener) {
        journal.onScanned(listener);
    }

    /**
     * How much there is to be read where the whole journal is.
     *
     * @return bytes of the records in all segments.
     */
    public long recordBytes() {
        return journal.recordBytes();
    }

    /**
     * Whether the index has been committed, now or before: after a rebuild not before the first
     * {@link #checkpoint} that found room.
     *
     * @return false if the next start would make it anew.
     */
    public boolean isIndexCommitted() {
        return checkpoints.replayPosition != 0;
    }

    @Override
    public void recover(final RecoveryHandler handler) {
        if (recovered) {
            throw new IllegalStateException("the store has been recovered already");
        }
        recovered = true;
        journal.rewrite(checkpoints.syncedPosition);
        committedStates.forEach(
                (group, position) ->
                        records.withBody(
                                position,
                                (body, length) -> handler.onCheckpointState(group, body, 0, length),
                                () -> damage(handler, position, false)));
        journal.replay(
                checkpoints.replayPosition,
                new JournalHandler() {
                    @Override
                    public void onRecord(
                            final int type,
                            final int tag,
                            final long position,
                            final DirectBuffer buffer,
                            final int offset,
                            final int length) {
                        recoverRecord(handler, type, tag, position, buffer, offset, length);
                    }

                    @Override
                    public void onDamagedRecord(
                            final int type,
                            final int tag,
                            final long position,
                            final DirectBuffer buffer,
                            final int offset,
                            final int length,
                            final boolean identified) {
                        recoverDamaged(handler, type, position, buffer, offset, length, identified);
                    }

                    @Override
                    public void onDamage(final long position, final boolean torn) {
                        damage(handler, position, torn);
                    }
                });
        if (journal.endPosition() < checkpoints.syncedPosition) {
            damage(handler, journal.endPosition(), false);
        }
        if (reapplyTrims) {
            trims.applyAll(extents);
        }
    }

    private void damage(final RecoveryHandler handler, final long position, final boolean torn) {
        damageCount++;
        handler.onDamage(position, torn);
    }

    private void recoverDamaged(
            final RecoveryHandler handler,
            final int type,
            final long position,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final boolean identified) {
        final boolean moved = type == ROW_TYPE || type == TRIM_TYPE || type == CLEAR_TYPE;
        if (type == ENTRY_TYPE && identified && EntryCheck.isEntry(view, buffer, offset, length)) {
            damageCount++;
            handler.onDamagedEntry(view, position);
        } else if (moved && !indexRebuilt) {
            damageCount++; // it is read only to rebuild the index
        } else {
            damage(handler, position, false);
        }
    }

    private void recoverRecord(
            final RecoveryHandler handler,
            final int type,
            final int tag,
            final long position,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        switch (type) {
            case ENTRY_TYPE -> {
                if (EntryCheck.isEntry(view, buffer, offset, length)) {
                    handler.onEntry(view, position);
                } else {
                    damage(handler, position, false);
                }
            }
            case STATE_TYPE -> {
                if (position > committedStates.getOrDefault(tag, 0L)) {
                    states.put(tag, position);
                    handler.onState(tag, buffer, offset, length);
                }
            }
            case TRIM_TYPE -> {
                if (indexRebuilt && view.wrap(buffer, offset, length)) {
                    applyTrim(
                            view.group(),
                            view.sequence(),
                            view.dataId(),
                            view.firstUnit(),
                            view.endUnit(),
                            view.cut(),
                            0,
                            position);
                }
            }
            case ROW_TYPE -> {
                if (indexRebuilt && view.wrap(buffer, offset, length)) {
                    applyWrite(
                            view.group(),
                            view.sequence(),
                            view.dataId(),
                            view.firstUnit(),
                            view.endUnit(),
                            view.dataLength(),
                            position);
                }
            }
            case CLEAR_TYPE -> {
                if (indexRebuilt && view.wrap(buffer, offset, length)) {
                    clears.add(view.group(), view.epoch(), position, newestSegment());
                    final int cutsLength = view.kind() == EntryKind.CLEAR ? view.cutsLength() : 0;
                    for (int at = 0; at < cutsLength; at += 2 * Long.BYTES) {
                        cuts.raise(
                                view.group(),
                                buffer.getLong(view.dataOffset() + at, LITTLE),
                                buffer.getLong(view.dataOffset() + at + Long.BYTES, LITTLE));
                    }
                }
            }
            default -> {
                // the journal's own
            }
        }
    }

    // ---- journal

    @Override
    public boolean claim(final int length, final Claim claim) {
        if (length <= SMALL_ENTRY_LENGTH) {
            return journal.claim(
                    length, cleaner.isStuck() ? Journal.KEEP_LITTLE : Journal.KEEP_HALF, claim);
        }
        return length <= roomToLive() && journal.claim(length, Journal.KEEP_ALL, claim);
    }

    @Override
    public long commit(final Claim claim) {
        if (!view.wrap(claim.buffer(), claim.offset(), claim.length())
                || view.length() != claim.length()) {
            throw new TrivetException(
                    ErrorCode.INVALID, "store: what was claimed does not hold exactly one entry");
        }
        appendedBytes += claim.length();
        // The units' checksums and their bytes vouch for each other.
        final int checkedLength = view.checksumsOffset() - view.offset();
        return journal.commit(ENTRY_TYPE, view.group(), checkedLength);
    }

    @Override
    public long saveState(
            final int group, final DirectBuffer state, final int offset, final int length) {
        if (length > MAX_STATE_LENGTH) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "store: a state of " + length + " bytes; the most is " + MAX_STATE_LENGTH);
        }
        final long position =
                journal.append(STATE_TYPE, group, Journal.KEEP_NOTHING, state, offset, length);
        if (position < 0) {
            throw new TrivetException(
                    ErrorCode.NO_SPACE, "store: not even a group's state can be saved any more");
        }
        states.put(group, position);
        return position;
    }

    /**
     * Saves a state again that the cleaner came upon, if it is still the last one; false if there
     * is no space.
     */
    boolean copyState(
            final int group,
            final long position,
            final DirectBuffer body,
            final int offset,
            final int length) {
        if (states.getOrDefault(group, 0L) != position) {
            return true;
        }
        final long to =
                journal.append(STATE_TYPE, group, Journal.KEEP_NOTHING, body, offset, length);
        if (to < 0) {
            return false;
        }
        states.put(group, to);
        return true;
    }

    @Override
    public long endPosition() {
        return journal.endPosition();
    }

    @Override
    public long writtenPosition() {
        return journal.writtenPosition();
    }

    @Override
    public long syncedPosition() {
        return journal.syncedPosition();
    }

    @Override
    public void requestSync(final long position) {
        journal.requestSync(position);
    }

    @Override
    public int readRecord(
            final long position,
            final MutableDirectBuffer destination,
            final int offset,
            final int maxLength) {
        return journal.read(position, destination, offset, maxLength);
    }

    @Override
    public long freeBytes() {
        return Math.min(journal.freeBytes(), roomToLive());
    }

    @Override
    public long roomBytes() {
        return Math.max(freeBytes(), mostToLive() - accounts.liveBytes());
    }

    /**
     * What may still come alive: so much space is left dead or free that the cleaner gains by each
     * segment.
     */
    private long roomToLive() {
        final long uncommitted = journal.bytesSince(checkpoints.replayPosition);
        return Math.max(0, mostToLive() - accounts.liveBytes() - uncommitted);
    }

    private long mostToLive() {
        return (journal.spanBytes() - keptBytes()) / 8 * 7;
    }

    private long keptBytes() {
        return (long) Journal.KEEP_ALL * journal.segmentLength();
    }

    /** What fits once all has been cleaned. */
    private long roomOnceClean() {
        return cleaner.isStuck() ? freeBytes() : roomToLive();
    }

    // ---- index

    @Override
    public void applyWrite(
            final int group,
            final long version,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final int dataLength,
            final long position) {
        extents.write(group, version, dataId, firstUnit, endUnit, dataLength, position);
    }

    @Override
    public void applyTrim(
            final int group,
            final long version,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final long cut,
            final int dataLength,
            final long position) {
        final boolean removed = extents.removeBelow(group, dataId, firstUnit, endUnit, version);
        if (dataLength > 0) {
            extents.write(group, version, dataId, firstUnit, firstUnit + 1, dataLength, position);
        }
        if (removed
                || reapplyTrims) { // what was gone already has been removed by an earlier trim that
            // is kept
            trims.add(group, version, dataId, firstUnit, endUnit, position, newestSegment());
        }
        cuts.raise(group, dataId, cut);
    }

    private int newestSegment() {
        return Positions.segment(journal.endPosition());
    }

    @Override
    public void keepClear(final int group, final long position) {
        clears.add(group, position, position, newestSegment());
    }

    @Override
    public boolean restoreRows(final int group, final Extent part, final long applied) {
        final List<Extent> parts = extents.damaged(group);
        if (parts.stream().noneMatch(each -> isSameBucket(each, part))) {
            parts.add(new Extent().set(part)); // one that has not even a seal
        }
        final RowRecovery recovery = new RowRecovery(journal, config, group, parts, applied);
        if (!recovery.read(lenientReader())) {
            return false;
        }
        final ExtentIndex made =
                new ExtentIndex(new MemoryKeyValueStore(), newAccounts(number -> null));
        recovery.applyTo(made);
        parts.forEach(each -> extents.replace(group, each, made));
        recount();
        return true;
    }

    @Override
    public boolean restoreGroup(final int group, final long applied) {
        final RowRecovery recovery = new RowRecovery(journal, config, group, null, applied);
        if (!recovery.read(lenientReader())) {
            return false;
        }
        extents.remove(group, 0, 0, -1L, Long.MAX_VALUE, Long.MAX_VALUE);
        recovery.applyTo(extents);
        return true;
    }

    /** What a unit's own checksum says is found out by who reads the unit. */
    private SegmentReader lenientReader() {
        return new SegmentReader(
                journal.header(),
                config.journal().maxRecordLength(),
                journal.segmentLength(),
                (type, tag, buffer, offset, length) -> true);
    }

    private SegmentAccounts newAccounts(final IntFunction<Segment> segments) {
        return new SegmentAccounts(segments, config.unitLength(), config.checksumType().length());
    }

    private static boolean isSameBucket(final Extent one, final Extent other) {
        return one.dataId == other.dataId && one.firstUnit == other.firstUnit;
    }

    /** What is alive in each segment, as the index says now. */
    private void recount() {
        journal.sync();
        cleaner.applyMoves();
        accounts.reset(journal.segments().values());
        extents.countAll();
        trims.countAll();
        clears.countAll();
        committedStates.values().forEach(position -> accounts.add(position, 0));
    }

    @Override
    public long unitCount(final int group) {
        return extents.unitCount(group);
    }

    @Override
    public void removeRows(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final long toDataId,
            final long toUnit,
            final long maxVersion) {
        extents.remove(group, fromDataId, fromUnit, toDataId, toUnit, maxVersion);
    }

    @Override
    public boolean check(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final long toDataId,
            final long toUnit,
            final Extent damaged) {
        return counted(extents.check(group, fromDataId, fromUnit, toDataId, toUnit, true, damaged));
    }

    @Override
    public boolean recheck(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final long toDataId,
            final long toUnit,
            final Extent damaged) {
        return counted(
                extents.check(group, fromDataId, fromUnit, toDataId, toUnit, false, damaged));
    }

    @Override
    public boolean isWhole(final Extent extent, final MutableDirectBuffer scratch) {
        return counted(records.isWhole(extent, scratch));
    }

    @Override
    public void acceptRows(
            final int group, final long dataId, final long firstUnit, final long endUnit) {
        extents.accept(group, dataId, firstUnit, endUnit);
    }

    @Override
    public long cut(final int group, final long dataId) {
        return cuts.get(group, dataId);
    }

    @Override
    public void setCut(final int group, final long dataId, final long cut) {
        cuts.raise(group, dataId, cut);
    }

    @Override
    public void find(
            final int group,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final ExtentList found) {
        extents.find(group, dataId, firstUnit, endUnit, rows);
        found.clear();
        for (int i = 0; i < rows.size; i++) {
            fill(found.add(), i, firstUnit, endUnit);
        }
    }

    @Override
    public void scan(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final int maxExtents,
            final ExtentList found) {
        extents.scan(group, fromDataId, fromUnit, maxExtents, rows);
        found.clear();
        for (int i = 0; i < rows.size; i++) {
            final boolean first = i == 0 && rows.dataId[0] == fromDataId;
            fill(found.add(), i, first ? fromUnit : 0, Long.MAX_VALUE);
        }
    }

    private void fill(final Extent extent, final int i, final long from, final long to) {
        final long firstUnit = Math.max(rows.first[i], from);
        extent.dataId = rows.dataId[i];
        extent.firstUnit = firstUnit;
        extent.endUnit = Math.min(rows.end[i], to);
        extent.version = rows.version[i];
        extent.position = rows.position[i];
        extent.unitInRecord = rows.unitInRecord[i] + (int) (firstUnit - rows.first[i]);
        extent.recordDataLength = rows.recordDataLength[i];
        extent.dataLength =
                Math.min(
                        extent.unitCount() * config.unitLength(),
                        extent.recordDataLength - extent.unitInRecord * config.unitLength());
    }

    @Override
    public void scanCuts(
            final int group, final long fromDataId, final int maxStrips, final CutVisitor visitor) {
        cuts.scan(group, fromDataId, maxStrips, visitor);
    }

    @Override
    public boolean readData(
            final Extent extent, final MutableDirectBuffer destination, final int offset) {
        return counted(records.readData(extent, destination, offset));
    }

    @Override
    public boolean readChecksums(
            final Extent extent, final MutableDirectBuffer destination, final int offset) {
        return counted(records.readChecksums(extent, destination, offset));
    }

    @Override
    public boolean read(
            final Extent extent,
            final MutableDirectBuffer destination,
            final int checksumsAt,
            final int dataAt) {
        return counted(records.read(extent, destination, checksumsAt, dataAt));
    }

    private boolean counted(final boolean read) {
        if (!read) {
            damageCount++;
        }
        return read;
    }

    // ---- upkeep

    /**
     * {@inheritDoc}
     *
     * <p>If the file system has too little space left for the commit, even without the reserve file
     * and a spare segment, nothing is committed this time, and no segment is released.
     */
    @Override
    public void checkpoint(final long replayPosition) {
        if (!indexSpace.ensure(extents.changes())
                && !(journal.dropSpare() && indexSpace.ensure(extents.changes()))) {
            return;
        }
        final long newestState =
                states.values().stream().mapToLong(Long::longValue).max().orElse(0);
        if (newestState >= journal.syncedPosition()) {
            journal.sync();
        }
        if (reapplyTrims) {
            trims.applyAll(extents);
            reapplyTrims = false;
        }
        states.forEach(
                (group, position) -> {
                    final Long before = committedStates.put(group, position);
                    if (before == null || !before.equals(position)) {
                        checkpoints.saveState(group, position);
                        accounts.add(position, 0);
                        if (before != null) {
                            accounts.remove(before, 0);
                        }
                    }
                });
        extents.flush();
        checkpoints.saveAccounts(journal.segments());
        checkpoints.saveUnitCounts(extents.unitCounts());
        checkpoints.saveMeta(journal.storageId(), replayPosition, journal.syncedPosition());
        try {
            index.commit();
        } catch (final RuntimeException e) {
            failure = e;
            throw e;
        }
        extents.takeChanges();
        checkpoints.replayPosition = replayPosition;
        checkpointEnd = journal.endPosition();
        releaseDead();
    }

    private void releaseDead() {
        final List<Segment> dead = beforeReplay().filter(this::isDead).toList();
        dead.forEach(cleaner::forget);
        if (!dead.isEmpty()) {
            journal.release(dead);
        }
    }

    @Override
    public int doWork(final long nowNs) {
        if (failure() != null) {
            return 0;
        }
        int workCount = journal.doWork(nowNs);
        try {
            workCount +=
                    cleaner.work(
                            shareOfCleaner(nowNs),
                            Positions.segment(checkpoints.replayPosition),
                            pace.isIdle(nowNs));
            workCount += indexSpace.refill(nowNs);
        } catch (final RuntimeException e) {
            failure = e;
        }
        return workCount;
    }

    private int shareOfCleaner(final long nowNs) {
        final int share =
                pace.share(nowNs, appendedBytes, accounts.liveBytes(), usedBytes(), isScarce());
        return isPressed() ? config.cleanBytes() : share;
    }

    @Override
    public boolean needsCheckpoint() {
        final long since =
                checkpointEnd == 0 ? uncommittedBytes() : journal.bytesSince(checkpointEnd);
        return uncommittedBytes() > unusedBytes() / URGENT_PART
                || since > (long) URGENT_SEGMENTS * journal.segmentLength()
                || since > Math.max(roomToLive(), journal.segmentLength() / LITTLE_PART)
                || isScarce() && hasReleasable();
    }

    /** What a start would have to read: all, before the first checkpoint. */
    private long uncommittedBytes() {
        return checkpoints.replayPosition == 0
                ? journal.recordBytes()
                : journal.bytesSince(checkpoints.replayPosition);
    }

    /** Whether what is appended next may have to wait for the cleaner. */
    private boolean isPressed() {
        return journal.isFull() && journal.freeBytes() < journal.segmentLength() / 2;
    }

    private boolean hasReleasable() {
        return beforeReplay().anyMatch(this::isDead);
    }

    private boolean isDead(final Segment segment) {
        return segment.liveRows == 0 && segment != journal.current();
    }

    /** The segments of which no log needs anything, as of the last checkpoint. */
    private Stream<Segment> beforeReplay() {
        final int first = Positions.segment(checkpoints.replayPosition);
        return journal.segments().headMap(first, false).values().stream();
    }

    private boolean isScarce() {
        return unusedBytes() - keptBytes() < journal.spanBytes() / SCARCE_PART;
    }

    private long usedBytes() {
        return (long) journal.fileCount() * journal.segmentLength();
    }

    /** What can still be appended, with all segments that can be made. */
    private long unusedBytes() {
        return journal.spanBytes() - usedBytes() + journal.availableBytes();
    }

    @Override
    public RuntimeException failure() {
        if (failure != null) {
            return failure;
        }
        final RuntimeException ofIndex = index.failure();
        return ofIndex != null ? ofIndex : journal.failure();
    }

    @Override
    public StoreStatistics statistics() {
        return new StoreStatistics(
                accounts.liveBytes(),
                usedBytes(),
                freeBytes(),
                roomOnceClean(),
                config.journal().capacityBytes(),
                index.size(),
                appendedBytes,
                cleaner.movedBytes(),
                damageCount);
    }

    ExtentIndex extents() {
        return extents;
    }

    RecordAccess records() {
        return records;
    }

    Journal journal() {
        return journal;
    }

    /** What is in memory about rows and records is forgotten, and the index is committed. */
    void damaged() {
        extents.forget();
        records.forget();
        checkpoint(checkpoints.replayPosition);
    }

    /**
     * Closes the files as the death of the process would: nothing is written or committed. But an
     * index that has been found damaged is put aside, as by {@link #close}.
     */
    public void abandon() {
        try {
            closeIndex();
        } finally {
            journal.abandon();
        }
    }

    /** The next start is not to meet again what this one has found wrong with the index. */
    private void closeIndex() {
        final boolean isDamaged = index.failure() != null;
        index.close();
        if (isDamaged) {
            indexProvider.putAside();
        }
    }

    @Override
    public void close() {
        try {
            if (failure() == null) {
                journal.sync();
                if (recovered) {
                    checkpoint(checkpoints.replayPosition);
                }
            }
        } finally {
            try {
                closeIndex();
            } finally {
                journal.close();
            }
        }
    }
}
