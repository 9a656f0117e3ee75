package org.trivet.replica;

import org.agrona.collections.Long2LongCounterMap;
import org.agrona.collections.Long2LongHashMap;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.Placement;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.wire.sbe.EntryKind;

import java.util.ArrayDeque;

/**
 * What every member of a group keeps: its promise, log, watermark, index state, coverage and
 * results.
 */
abstract class Group {
    private static final int LOG_CAPACITY = 32 * 1024;
    // What is synced comes all at once, now and then: it is brought into the index a little at a
    // time, so that nobody waits for all of it.
    private static final int APPLY_LEAST = 16;
    private static final int APPLY_PART = 64;
    private static final long NO_CUT = 0;
    private static final long CONFIRMATION = 0;
    private static final int CONFIRM_TRIES = 3;

    /**
     * With so many ranges given up none is added, and none is split: what is removed within one
     * stays given up.
     */
    static final int MAX_GIVEN_UP = 8192;

    final NodeContext node;
    final int group;
    final ReplicaLog log = new ReplicaLog(LOG_CAPACITY);
    final ResultTable results = new ResultTable();
    final Coverage coverage = new Coverage();

    /** Of what is covered: what is known to be lost, and given up, until it is written again. */
    final KeyRanges givenUp = new KeyRanges();

    final RunView view;
    final ReadDesk reads;
    final Rebuild rebuild;
    final PullDesk pulls;
    final DigestDesk digests;
    final GroupReplay replay;
    final GroupState state = new GroupState();
    final ScrubProgress scrub = new ScrubProgress();

    /** The epoch promised. */
    long epoch;

    /** Entries up to here are known to be committed. */
    long watermark;

    /** Entries up to here are in the index. */
    long applied;

    /** How far the index was when something became unknown last: no pull brings what is older. */
    long unknownSince;

    /** Entries up to here survive the death of the process, here. */
    long written;

    /** Entries up to here survive loss of power, here. */
    long synced;

    /** False: the log is lost, and this member has to join. */
    boolean hasLog;

    /** True until the log has come so far as a primary has said: a suffix may be missing. */
    boolean suspect;

    /** How far that was, when it was last said. */
    long bound;

    /**
     * The node's storage is new, and so is the group, as far as this node goes: an empty log, and
     * nothing unknown.
     */
    boolean isNew = true;

    /** Whether rows ever came here, or went, otherwise than by the log. */
    boolean hasPulled;

    /** Where the pull that was installed last begins in the journal; 0 for none. */
    long installed;

    /**
     * Whether entries of the log were ever made void, or put into the journal again: the journal
     * alone does not prove the index any more.
     */
    boolean hasAmended;

    /**
     * The log is being taken over from another member, and may end before that one's: by itself it
     * says nothing of what was committed.
     */
    boolean adopting;

    /** What was damaged when the store was opened, in the order of the log. */
    final ArrayDeque<Doubt> doubtful = new ArrayDeque<>();

    private final Long2LongCounterMap unapplied = new Long2LongCounterMap(0);
    private final Long2LongHashMap pendingCuts = new Long2LongHashMap(NO_CUT);
    private boolean stateDirty;
    private long savedLow;
    private long neededFrom = Long.MAX_VALUE;
    private final Extent damaged = new Extent();
    private final Extent single = new Extent();
    private boolean confirming;
    private long confirmedBy;
    private long confirmSinceNs;
    private long confirmAskedNs;

    /**
     * False until every other member has said how far the group has come, or has not answered in
     * time: this member's storage may be older than it looks.
     */
    private boolean confirmed;

    Group(final NodeContext node, final int group) {
        this.node = node;
        this.group = group;
        this.view = new RunView(node.store, node.unitLength);
        this.reads = new ReadDesk(this);
        this.rebuild = new Rebuild(this);
        this.pulls = new PullDesk(this);
        this.digests = new DigestDesk(this);
        this.replay = new GroupReplay(this);
        coverage.uncoverAll();
    }

    /** The node that holds a copy of this group. */
    int nodeOf(final int copy) {
        return Placement.node(group, copy, node.volume.nodeCount());
    }

    /** Which copy this member holds. */
    int copy() {
        return Placement.copy(
                group, node.config.nodeId(), node.volume.nodeCount(), node.volume.replicaCount());
    }

    // ---- recovery from the store

    /** Goes on with what recovery has found in the log. */
    final void resume() {
        watermark = log.settled(Math.max(log.low(), Math.min(watermark, log.end())));
        applied = log.low();
        written = log.end();
        synced = log.end();
        for (long sequence = log.low() + 1; sequence <= log.end(); sequence++) {
            noteAppended(log.get(sequence));
        }
        for (long sequence = log.low() + 1; sequence <= watermark; sequence++) {
            final LogEntry entry = log.get(sequence);
            results.commit(entry.session, entry.request, entry.lowestOpen);
        }
        while (apply() > 0) {
            // until all that is committed is in the index again
        }
        unknownSince = applied;
        savedLow = log.low();
    }

    /** The log is gone, and what the index holds proves nothing. */
    final void loseEverything() {
        node.counters.increment(Counter.LOGS_LOST);
        hasLog = false;
        resetTo(0, 0);
        uncoverAll();
        results.clear();
        saveState(); // before another log begins: entries of this one may be in the journal
    }

    final void begin() {
        hasLog = true;
        suspect = false;
        coverage.cover(KeyRanges.Range.ALL);
        saveState();
    }

    /** What the index holds proves nothing, and neither does what was given up. */
    final void uncoverAll() {
        coverage.uncoverAll();
        unknownSince = applied;
        givenUp.clear();
    }

    final void resetTo(final long low, final long lowEpoch) {
        doubtful.clear();
        log.reset(low, lowEpoch);
        watermark = low;
        applied = low;
        unknownSince = low;
        written = low;
        synced = low;
        unapplied.clear();
        pendingCuts.clear();
    }

    // ---- state

    final void touchState() {
        stateDirty = true;
    }

    final void saveStateIfDirty() {
        if (stateDirty) {
            saveState();
        }
    }

    /** Puts the state into the journal; returns the record's position. */
    final long saveState() {
        final int length = GroupState.encode(this, node.stateBuffer);
        stateDirty = false;
        isNew = false;
        savedLow = log.low();
        neededFrom =
                Math.min(
                        rebuild.openPosition(),
                        log.end() > savedLow ? log.get(savedLow + 1).placedAt : Long.MAX_VALUE);
        return node.store.saveState(group, node.stateBuffer, 0, length);
    }

    /**
     * The oldest record that recovery needs, the state being the one that was saved last; not what
     * the log needs now: it may have let go of entries since. What is in doubt must be found to be
     * so again.
     */
    final long neededFrom() {
        long needed = neededFrom;
        for (final Doubt doubt : doubtful) {
            needed = Math.min(needed, doubt.position());
        }
        return needed;
    }

    /** A record that recovery needs, beside the state saved last, is in the journal now. */
    final void noteNeeded(final long position) {
        neededFrom = Math.min(neededFrom, position);
    }

    // ---- log and index

    /**
     * Whether the log can take so many more entries. Recovery has to hold all entries from the
     * saved state's on.
     */
    final boolean hasLogRoom(final long entries) {
        if (log.end() - savedLow > LOG_CAPACITY - entries && savedLow < log.low()) {
            saveState();
        }
        return log.end() - savedLow <= LOG_CAPACITY - entries;
    }

    final void noteAppended(final LogEntry entry) {
        noteNeeded(entry.position);
        unapplied.incrementAndGet(entry.dataId);
        notePendingCut(entry);
        stateDirty = true;
    }

    private void notePendingCut(final LogEntry entry) {
        if (entry.kind == EntryKind.TRIM && entry.cut > pendingCuts.get(entry.dataId)) {
            pendingCuts.put(entry.dataId, entry.cut);
        }
    }

    final boolean hasUnapplied(final long dataId) {
        return unapplied.get(dataId) != 0;
    }

    /** The highest cut number that this member has applied, or is to apply. */
    final long cutOf(final long dataId) {
        return Math.max(node.store.cut(group, dataId), pendingCuts.get(dataId));
    }

    /**
     * The highest cut number of what a reader is shown as of an entry: a cut that is to come later
     * is not in it, so that the reader takes for zeros what that will remove.
     */
    final long cutAsOf(final long dataId, final long asOf) {
        long cut = node.store.cut(group, dataId);
        if (pendingCuts.get(dataId) > cut) {
            for (long sequence = applied + 1; sequence <= Math.min(asOf, log.end()); sequence++) {
                final LogEntry entry = log.get(sequence);
                if (entry.kind == EntryKind.TRIM && entry.dataId == dataId) {
                    cut = Math.max(cut, entry.cut);
                }
            }
        }
        return cut;
    }

    /**
     * Appends an entry that came from another member, having verified it. False if there is no room
     * for it now.
     */
    final boolean append(final EntryView entry) {
        if (!hasLogRoom(entry.sequence() - log.end())
                || !node.store.claim(entry.length(), node.claim)) {
            return false;
        }
        node.claim
                .buffer()
                .putBytes(node.claim.offset(), entry.buffer(), entry.offset(), entry.length());
        appendToLog(entry, node.store.commit(node.claim));
        return true;
    }

    /** Appends an entry that is in the journal to the log, and returns it. */
    final LogEntry appendToLog(final EntryView entry, final long position) {
        if (entry.kind() != EntryKind.VOID) {
            final LogEntry logEntry = log.append(entry.length());
            logEntry.set(entry, position, node.nowNs);
            noteAppended(logEntry);
            return logEntry;
        }
        if (entry.firstUnit() <= watermark) {
            throw new IllegalStateException(
                    "group "
                            + group
                            + ": entry "
                            + entry.firstUnit()
                            + " is committed, and cannot be void");
        }
        final long held = log.end();
        final LogEntry marker = log.appendVoid(entry, entry.firstUnit(), position, node.nowNs);
        for (long sequence = held + 1; sequence <= log.end(); sequence++) {
            noteAppended(log.get(sequence));
        }
        hasAmended = true;
        pendingCuts.clear();
        for (long sequence = applied + 1; sequence <= log.end(); sequence++) {
            notePendingCut(log.get(sequence));
        }
        node.counters.add(Counter.VOIDED, log.end() - entry.firstUnit());
        return marker;
    }

    /**
     * Puts entries of the log into a batch, as many as fit and can be read, instead of void ones
     * the marker that makes them so. Returns the number of the last one, or {@code from} - 1.
     */
    final long addEntries(final EntryBatch batch, final long from, final long upTo) {
        long last = from - 1;
        for (long sequence = from; sequence <= upTo; sequence++) {
            LogEntry entry = log.get(sequence);
            if (entry.voidedBy != 0) {
                sequence = entry.voidedBy;
                entry = log.get(sequence);
            }
            if (!batch.add(node.store, entry.position, entry.length)) {
                break;
            }
            last = sequence;
        }
        return last;
    }

    /** Whether the log can go on with an entry. */
    final boolean follows(final EntryView entry) {
        final boolean isMarker = entry.kind() == EntryKind.VOID;
        return (isMarker ? entry.firstUnit() : entry.sequence()) <= log.end() + 1;
    }

    /** Whether an entry makes void what this member knows to be committed: then logs disagree. */
    final boolean isAgainstCommitted(final EntryView entry) {
        return entry.kind() == EntryKind.VOID && entry.firstUnit() <= watermark;
    }

    /** Another member speaks of another log than the one here: nothing of it is taken. */
    final void disagrees() {
        node.counters.increment(Counter.DISAGREEING);
    }

    /** Has the bytes of an entry of the log, which were bad, in the journal again. */
    final boolean restore(final EntryView entry) {
        if (!node.store.claim(entry.length(), node.claim)) {
            return false;
        }
        node.claim
                .buffer()
                .putBytes(node.claim.offset(), entry.buffer(), entry.offset(), entry.length());
        final LogEntry restored = log.get(entry.sequence());
        restored.position = node.store.commit(node.claim);
        hasAmended = true;
        stateDirty = true;
        // It is not held any more than its new record is.
        written = Math.min(written, entry.sequence() - 1);
        synced = Math.min(synced, entry.sequence() - 1);
        return true;
    }

    /** Learns from the store what is written and synced. */
    final int track() {
        final long oldWritten = written;
        final long oldSynced = synced;
        final long writtenPosition = node.store.writtenPosition();
        while (written < log.end() && log.get(written + 1).position < writtenPosition) {
            written++;
        }
        final long syncedPosition = node.store.syncedPosition();
        while (synced < log.end() && log.get(synced + 1).position < syncedPosition) {
            synced++;
        }
        return written != oldWritten || synced != oldSynced ? 1 : 0;
    }

    /** Learns that entries are committed. */
    final void commitTo(final long newWatermark) {
        assert newWatermark <= log.end() && newWatermark == log.settled(newWatermark);
        while (watermark < newWatermark) {
            final LogEntry entry = log.get(++watermark);
            results.commit(entry.session, entry.request, entry.lowestOpen);
            onCommitted(entry);
            stateDirty = true;
        }
    }

    /** Likewise, as far as another member says, which may know nothing of what is void here. */
    final void commitUpTo(final long othersWatermark) {
        commitTo(Math.max(watermark, log.settled(Math.min(othersWatermark, log.end()))));
    }

    /** An entry has become committed. */
    abstract void onCommitted(LogEntry entry);

    /** Brings committed and synced entries into the index, some of them. */
    final int apply() {
        int count = 0;
        final long upTo = log.settled(Math.min(watermark, synced));
        final long limit = APPLY_LEAST + (upTo - applied) / APPLY_PART;
        while (applied < upTo && (count < limit || applied > log.settled(applied))) {
            apply(log.get(++applied));
            count++;
        }
        return count + verifyDoubtful();
    }

    /** Nobody may read these units for years; meanwhile there would be a copy less. */
    private int verifyDoubtful() {
        final Doubt doubt = doubtful.peek();
        if (doubt == null
                || doubt.sequence() > applied
                || !canServe(doubt.dataId(), doubt.firstUnit(), doubt.endUnit())) {
            return 0;
        }
        doubtful.remove();
        onRepair(doubt.dataId(), doubt.firstUnit(), doubt.endUnit());
        return 1;
    }

    private void apply(final LogEntry entry) {
        applyToIndex(entry);
        unapplied.decrementAndGet(entry.dataId);
        if (entry.kind == EntryKind.TRIM && pendingCuts.get(entry.dataId) == entry.cut) {
            pendingCuts.remove(entry.dataId);
        }
    }

    /**
     * Applying again, in order, what has been applied changes nothing: versions guard the index.
     *
     * <p>Whatever was unknown of the units before, all is known of them now: what was written, that
     * there is nothing, or that it is lost.
     */
    final void applyToIndex(final LogEntry entry) {
        final KeyRanges.Range range = entry.range(node.unitLength);
        switch (entry.kind) {
            case WRITE -> {
                forgetUnknown(range);
                node.store.applyWrite(
                        group,
                        entry.sequence,
                        entry.dataId,
                        entry.firstUnit,
                        entry.endUnit,
                        entry.dataLength,
                        entry.position);
            }
            case TRIM -> {
                forgetUnknown(range);
                node.store.applyTrim(
                        group,
                        entry.sequence,
                        entry.dataId,
                        entry.firstUnit,
                        entry.endUnit,
                        entry.cut,
                        entry.dataLength,
                        entry.position);
            }
            case GIVE_UP, EMPTY -> {
                node.store.removeRows(
                        group,
                        range.fromDataId(),
                        range.fromUnit(),
                        range.toDataId(),
                        range.toUnit(),
                        entry.sequence);
                node.store.keepClear(group, entry.position);
                hasPulled = true; // rows have gone otherwise than unit by unit
            }
            default -> {
                return;
            }
        }
        if (entry.kind == EntryKind.WRITE || !isGivenUpTooSplitFor(range)) {
            givenUp.remove(range);
        }
        if (entry.kind == EntryKind.GIVE_UP) {
            givenUp.add(range);
        }
        if (!coverage.isTooSplitFor(range)) {
            coverage.cover(range);
        }
    }

    /**
     * What the index holds of units that are unknown proves nothing: even a row of the very entry
     * that makes them known may be of an earlier copy of it, which has gone bad.
     */
    private void forgetUnknown(final KeyRanges.Range range) {
        if (!coverage.covers(range)) {
            for (final KeyRanges.Range unknown : coverage.unknownWithin(range).list()) {
                node.store.removeRows(
                        group,
                        unknown.fromDataId(),
                        unknown.fromUnit(),
                        unknown.toDataId(),
                        unknown.toUnit(),
                        Long.MAX_VALUE);
            }
        }
    }

    /**
     * Lets go of entries that every member has synced, but for what an open pull may still need.
     */
    final void release(final long allSynced) {
        final long upTo =
                log.settled(Math.min(rebuild.neededAbove(), Math.min(allSynced, applied)));
        if (upTo > log.low()) {
            log.release(upTo);
            stateDirty = true;
        }
    }

    /**
     * Whether there is so much to be noted of what is unknown, or given up, that it cannot be noted
     * any more that a part of it has been written.
     */
    final boolean isTooSplitFor(final long dataId, final long firstUnit, final long endUnit) {
        final KeyRanges.Range range = KeyRanges.Range.ofStrip(dataId, firstUnit, endUnit);
        return coverage.isTooSplitFor(range) || isGivenUpTooSplitFor(range);
    }

    private boolean isGivenUpTooSplitFor(final KeyRanges.Range range) {
        return givenUp.count() >= MAX_GIVEN_UP && givenUp.isSplitBy(range);
    }

    /** Whether an entry in (from, to] changes any of these units. */
    final boolean isTouched(
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final long from,
            final long to) {
        if (to <= from || !hasUnapplied(dataId)) {
            return false;
        }
        for (long sequence = from + 1; sequence <= to; sequence++) {
            if (log.get(sequence).touches(dataId, firstUnit, endUnit)) {
                return true;
            }
        }
        return false;
    }

    /** Whether an entry behind {@code from} changes a unit, or may, be it applied or not. */
    final boolean isChanged(final long dataId, final long unit, final long from) {
        for (long sequence = from + 1; sequence <= log.end(); sequence++) {
            final LogEntry entry = log.get(sequence);
            if (entry.kind == EntryKind.GIVE_UP
                    || entry.kind == EntryKind.EMPTY
                    || entry.touches(dataId, unit, unit + 1)) {
                return true;
            }
        }
        return false;
    }

    private void uncover(final KeyRanges.Range range) {
        coverage.uncover(range);
        unknownSince = applied;
    }

    /**
     * A stored unit is bad: it is unknown from now on, and fetched from another member; if there is
     * none, it waits to be given up.
     */
    final void repair(final long dataId, final long firstUnit, final long endUnit) {
        if (hasLog && firstUnit < endUnit && coverage.covers(dataId, firstUnit, endUnit)) {
            uncover(KeyRanges.Range.ofStrip(dataId, firstUnit, endUnit));
            saveState();
            node.counters.increment(Counter.REPAIRS);
        }
    }

    /**
     * Whether the index has all that was put there of a run, if need be after it has been mended.
     * If not, the part of it that is damaged is unknown from now on, and fetched.
     */
    final boolean isListed(final long dataId, final long firstUnit, final long endUnit) {
        return node.store.check(group, dataId, firstUnit, dataId, endUnit, damaged)
                || mendRows(damaged);
    }

    /**
     * What the index says of a part of a strip proves nothing: it is made again from the journal.
     * False if the journal does not prove anything either: the part is unknown from now on.
     */
    final boolean mendRows(final Extent part) {
        node.counters.increment(Counter.DAMAGED_IN_STORE);
        if (!hasAmended && node.store.restoreRows(group, part, applied)) {
            node.counters.increment(Counter.ROWS_RESTORED);
            return true;
        }
        uncover(KeyRanges.Range.ofStrip(part.dataId, part.firstUnit, part.endUnit));
        node.store.acceptRows(group, part.dataId, part.firstUnit, part.endUnit);
        saveState();
        node.counters.increment(Counter.REPAIRS);
        return false;
    }

    /** Verifies what is stored of a run; true if all units are good. */
    final boolean isGood(final Extent extent) {
        final int units = extent.unitCount();
        final int sums = units * node.checksumLength;
        if (sums + extent.dataLength > node.recordBuffer.capacity()) {
            return false;
        }
        return node.store.read(extent, node.recordBuffer, 0, sums)
                && node.checksum.verify(
                                extent.dataId,
                                group,
                                extent.firstUnit,
                                node.unitLength,
                                node.recordBuffer,
                                sums,
                                extent.dataLength,
                                node.recordBuffer,
                                0)
                        < 0;
    }

    /**
     * Verifies each unit of an extent, also those behind a bad one; true if all are good. Those
     * that are bad, and no others, are unknown from now on, and fetched: another member may have
     * only others.
     */
    final boolean mend(final Extent extent) {
        if (isGood(extent)) {
            return true;
        }
        node.counters.increment(Counter.DAMAGED_IN_STORE);
        long good = extent.firstUnit; // behind the last good unit so far
        for (long unit = extent.firstUnit; unit < extent.endUnit; unit++) {
            single.set(extent);
            single.clip(unit, unit + 1, node.unitLength);
            if (isGood(single)) {
                repair(extent.dataId, good, unit);
                good = unit + 1;
            }
        }
        repair(extent.dataId, good, extent.endUnit);
        return false;
    }

    /** As {@link #mend}, of an extent that a scrub has found to be bad. */
    final void mendFound(final Extent extent) {
        found(extent);
        scrub.findings.awaitRepair(
                KeyRanges.Range.ofStrip(extent.dataId, extent.firstUnit, extent.endUnit));
        mend(extent);
    }

    /**
     * A scrub has found that an extent is good, but not the record that it lies in: after the next
     * start, or without the index, it would be lost. It comes from another member; where there is
     * none it stays as long as it can be read.
     */
    final void replaceFound(final Extent extent) {
        found(extent);
        node.counters.increment(Counter.DAMAGED_IN_STORE);
        if (node.volume.replicaCount() > 1) {
            scrub.findings.awaitRepair(
                    KeyRanges.Range.ofStrip(extent.dataId, extent.firstUnit, extent.endUnit));
            repair(extent.dataId, extent.firstUnit, extent.endUnit);
        }
    }

    /** As {@link #mendRows}, of a part of the index that a scrub has found to be damaged. */
    final boolean mendRowsFound(final Extent part) {
        found(part);
        if (mendRows(part)) {
            scrub.findings.repairedDamage();
            return true;
        }
        scrub.findings.awaitRepair(
                KeyRanges.Range.ofStrip(part.dataId, part.firstUnit, part.endUnit));
        return false;
    }

    private void found(final Extent part) {
        node.counters.increment(Counter.FOUND_BY_SCRUB);
        scrub.findings.foundDamaged();
        touchState();
    }

    /**
     * A hint that stored units are bad or missing. Verified here: the hint itself changes nothing.
     */
    final void onRepair(final long dataId, final long firstUnit, final long endUnit) {
        if (!canServe(dataId, firstUnit, endUnit)) {
            return;
        }
        view.find(this, dataId, firstUnit, endUnit, watermark);
        long next = firstUnit;
        for (int i = 0; i < view.extents().size(); i++) {
            final Extent extent = view.extents().get(i);
            onMissing(dataId, next, extent.firstUnit);
            mend(extent);
            next = extent.endUnit;
        }
        onMissing(dataId, next, endUnit);
    }

    /** Another member may know of more than a hole; if there is none, the index is right. */
    private void onMissing(final long dataId, final long firstUnit, final long endUnit) {
        if (node.volume.replicaCount() > 1 && !givenUp.overlaps(dataId, firstUnit, endUnit)) {
            repair(dataId, firstUnit, endUnit);
        }
    }

    /** What is given up of a run as of log entry {@code asOf}; all of the run is covered. */
    final KeyRanges givenUpOf(
            final long dataId, final long firstUnit, final long endUnit, final long asOf) {
        if (!givenUp.overlaps(dataId, firstUnit, endUnit)) {
            return new KeyRanges();
        }
        final KeyRanges left =
                givenUp.within(KeyRanges.of(KeyRanges.Range.ofStrip(dataId, firstUnit, endUnit)));
        for (long sequence = applied + 1; sequence <= asOf; sequence++) {
            left.remove(log.get(sequence).range(node.unitLength));
        }
        return left;
    }

    /** Answers a read, or lets it wait. */
    void onRead(
            final int client,
            final long correlation,
            final long dataId,
            final long firstUnit,
            final int unitCount) {
        reads.onRead(client, correlation, dataId, firstUnit, unitCount);
    }

    /** Answers which units are stored, or lets that wait. */
    void onReadMap(
            final int client, final long correlation, final long dataId, final long firstUnit) {
        reads.onReadMap(client, correlation, dataId, firstUnit);
    }

    /** Whether this member's answer for a run would be complete. */
    final boolean canServe(final long dataId, final long firstUnit, final long endUnit) {
        return hasLog
                && !suspect
                && confirmed
                && !lacksEnd()
                && coverage.covers(dataId, firstUnit, endUnit)
                && isListed(dataId, firstUnit, endUnit);
    }

    final StoredCopy inspect(final long dataId, final long firstUnit, final long endUnit) {
        StoredCopy.State state = StoredCopy.State.HOLE;
        long version = 0;
        long length = 0;
        int hash = 0;
        if (!hasLog
                || suspect
                || !confirmed
                || lacksEnd()
                || !coverage.covers(dataId, firstUnit, endUnit)) {
            state = StoredCopy.State.UNKNOWN;
        } else if (!node.store.check(group, dataId, firstUnit, dataId, endUnit, damaged)) {
            state = StoredCopy.State.BAD;
        } else if (!givenUpOf(dataId, firstUnit, endUnit, watermark).isEmpty()) {
            state = StoredCopy.State.GIVEN_UP;
        } else {
            view.find(this, dataId, firstUnit, endUnit, watermark);
            for (int i = 0; i < view.extents().size(); i++) {
                final Extent extent = view.extents().get(i);
                final boolean good = isGood(extent) && state != StoredCopy.State.BAD;
                state = good ? StoredCopy.State.GOOD : StoredCopy.State.BAD;
                version = Math.max(version, extent.version);
                length += extent.dataLength;
                final int sums = extent.unitCount() * node.checksumLength;
                for (int at = 0; good && at < extent.dataLength; at++) {
                    final long where = (extent.firstUnit - firstUnit) * node.unitLength + at;
                    hash += (int) where * 31 * (1 + node.recordBuffer.getByte(sums + at));
                }
            }
        }
        return new StoredCopy(node.config.nodeId(), copy(), state, version, length, hash);
    }

    // ---- after a start: is this storage as new as it was?

    final boolean isConfirmed() {
        return confirmed;
    }

    /** Whether there is a log that lacks nothing it ever had, as far as can be known. */
    final boolean isSound() {
        return hasLog && !suspect && confirmed;
    }

    /** Asks the other members, once they can be asked, how far the group has come. */
    final int confirm() {
        if (confirmed || node.incarnation == 0) {
            return 0;
        }
        if (!confirming) {
            confirming = true;
            confirmedBy = 1L << copy();
            confirmSinceNs = node.nowNs;
        } else if (node.nowNs - confirmAskedNs < node.config.resendTimeoutNs()) {
            return 0;
        }
        final int copies = node.volume.replicaCount();
        if (Long.bitCount(confirmedBy) == copies
                || node.nowNs - confirmSinceNs >= CONFIRM_TRIES * node.config.resendTimeoutNs()) {
            confirmed = true; // who has not answered is down, and never waited for
            return 1;
        }
        confirmAskedNs = node.nowNs;
        for (int copy = 0; copy < copies; copy++) {
            if ((confirmedBy & 1L << copy) == 0) {
                node.publisher.logEndQuery(
                        nodeOf(copy), group, CONFIRMATION, node.incarnation, log.end());
            }
        }
        return 1;
    }

    /**
     * Whether entries that readers may have been shown may be lost here when the machine loses
     * power. Backups show them to readers without asking whether the primary has synced them.
     */
    final boolean mayLoseWithPower() {
        return copy() == 0 || node.volume.durability() == Durability.PROCESS;
    }

    /**
     * The end of the log as far as it counts for readers without the primary: what they have been
     * shown must not be lost again when the process dies.
     */
    final long shownEnd() {
        if (copy() == 0) {
            return log.end(); // what backups have shown does not wait for the primary
        }
        return mayLoseWithPower() ? written : synced;
    }

    /** What this member lacks, and will not get by what has been sent to it until now. */
    final KeyRanges lacking() {
        rebuild.withdraw();
        final KeyRanges lacking = coverage.unknown();
        if (rebuild.pulledRange() != null) {
            lacking.remove(rebuild.pulledRange());
        }
        return lacking;
    }

    final void onLogEndQuery(
            final int from, final long query, final long askerIncarnation, final long askerEnd) {
        node.publisher.logEndReply(
                from,
                group,
                query,
                askerIncarnation,
                shownEnd(),
                hasLog ? watermark : 0,
                hasLog && !suspect,
                hearsPrimary(),
                log.firstVoid(askerEnd, Long.MAX_VALUE));
    }

    final void onLogEndReply(
            final int copy,
            final long query,
            final long end,
            final long memberWatermark,
            final boolean memberHasLog,
            final boolean memberHearsPrimary,
            final long voidFrom) {
        if (query != CONFIRMATION) {
            // What is void there is so here, though it is not known here yet.
            final long asFarAs = Math.min(end, voidFrom - 1);
            reads.onLogEnd(copy, query, asFarAs, memberHasLog, memberHearsPrimary);
            return;
        }
        confirmedBy |= 1L << copy;
        if (hasLog && memberWatermark > log.end()) {
            suspect = true;
            bound = Math.max(bound, memberWatermark);
            touchState();
            node.counters.increment(Counter.BEHIND_AT_START);
        }
        onEndElsewhere(end);
        if (Long.bitCount(confirmedBy) == node.volume.replicaCount()) {
            confirmed = true;
        }
    }

    /** Entries above the watermark up to here may be committed without this member knowing. */
    abstract long inDoubtEnd();

    /**
     * Whether readers may have been shown entries, as if committed, that this member had and lost.
     */
    abstract boolean mayLackEnd();

    /** Whether that is so, and another member has such entries. */
    abstract boolean lacksEnd();

    /** Another member has told, after this one's start, where its log ends. */
    abstract void onEndElsewhere(long end);

    /** Whether the primary is not gone, as far as this member knows. */
    abstract boolean hearsPrimary();

    /** Does what is due. */
    abstract int doWork();
}
