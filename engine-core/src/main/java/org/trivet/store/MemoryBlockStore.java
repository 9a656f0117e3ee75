package org.trivet.store;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.wire.sbe.EntryKind;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * A block store in memory: for tests, simulation and benchmarks. It keeps nothing beyond the
 * process, but {@link #reopen} says what a real store would hold after a crash.
 *
 * <p>It shares no code with the segment store, so that each is a check of the other. It allocates
 * as it likes.
 */
public final class MemoryBlockStore implements BlockStore {
    private static final int HEADER_LENGTH = 32;
    private static final long FIRST_POSITION = 64;
    private static final long ROW_LENGTH = 64;

    /** When records count as written and synced. */
    public enum Progress {
        /** As soon as they are committed. */
        AT_ONCE,
        /** All of them with each {@link MemoryBlockStore#doWork}. */
        IN_DO_WORK,
        /** Only when {@link MemoryBlockStore#advance} says so. */
        BY_HAND
    }

    private record Key(int group, long dataId, long firstUnit) {}

    private record Row(
            long endUnit, long version, long position, int unitInRecord, int recordDataLength) {}

    private record Stored(UnsafeBuffer body, int length, int stateGroup) {}

    private record RowChange(Key key, Row before, Row after) {}

    private record CutChange(Key key, Long before) {}

    private static final Comparator<Key> KEY_ORDER =
            Comparator.comparingInt(Key::group)
                    .thenComparing(Key::dataId, Long::compareUnsigned)
                    .thenComparingLong(Key::firstUnit);

    private final long storageId;
    private final int unitLength;
    private final int checksumLength;
    private final long capacityBytes;
    private boolean isFull;
    private final Progress progress;
    private final boolean created;
    private final TreeMap<Key, Row> rows = new TreeMap<>(KEY_ORDER);
    private final TreeMap<Key, Long> sums = new TreeMap<>(KEY_ORDER);

    /** What rows that were found missing counted for, and were accepted since the checkpoint. */
    private final TreeMap<Key, Long> accepted = new TreeMap<>(KEY_ORDER);

    private final Set<Key> verified = new HashSet<>();
    private final TreeMap<Key, Long> cuts = new TreeMap<>(KEY_ORDER);
    private final TreeMap<Long, Stored> journal = new TreeMap<>();
    private final Set<Long> damaged = new HashSet<>();
    private final Set<Long> spoiled = new HashSet<>();
    private final Map<Long, Integer> references = new HashMap<>();
    private final TreeMap<Integer, Long> states = new TreeMap<>();
    private final List<RowChange> rowChanges = new ArrayList<>();
    private final List<CutChange> cutChanges = new ArrayList<>();
    private TreeMap<Integer, Long> checkpointStates = new TreeMap<>();
    private long replayPosition = FIRST_POSITION;
    private long endPosition = FIRST_POSITION;
    private long writtenPosition = FIRST_POSITION;
    private long syncedPosition = FIRST_POSITION;
    private long journalBytes;
    private long appendedBytes;
    private boolean torn;
    private UnsafeBuffer claimed;
    private int claimedLength;

    /**
     * An empty store.
     *
     * @param storageId its storage id, not 0.
     * @param unitLength bytes of a unit.
     * @param checksumLength bytes of a checksum.
     * @param capacityBytes bytes that its records may take, above 0.
     * @param progress when records count as written and synced.
     */
    public MemoryBlockStore(
            final long storageId,
            final int unitLength,
            final int checksumLength,
            final long capacityBytes,
            final Progress progress) {
        this(storageId, unitLength, checksumLength, capacityBytes, progress, true);
    }

    private MemoryBlockStore(
            final long storageId,
            final int unitLength,
            final int checksumLength,
            final long capacityBytes,
            final Progress progress,
            final boolean created) {
        this.storageId = storageId;
        this.unitLength = unitLength;
        this.checksumLength = checksumLength;
        this.capacityBytes = capacityBytes;
        this.progress = progress;
        this.created = created;
    }

    /**
     * What is found after this store's process has died: the index as of the last checkpoint, and
     * the journal as far as it was written or, if power was lost, synced. This store must not be
     * used any more.
     *
     * @param powerLost whether what was not synced is lost.
     * @return another store, to be recovered.
     */
    public MemoryBlockStore reopen(final boolean powerLost) {
        final var next =
                new MemoryBlockStore(
                        storageId, unitLength, checksumLength, capacityBytes, progress, false);
        final long end = powerLost ? syncedPosition : writtenPosition;
        for (int i = rowChanges.size() - 1; i >= 0; i--) {
            final RowChange change = rowChanges.get(i);
            restore(rows, change.key, change.before);
            count(change.key, change.after, -1);
            count(change.key, change.before, 1);
        }
        for (int i = cutChanges.size() - 1; i >= 0; i--) {
            restore(cuts, cutChanges.get(i).key, cutChanges.get(i).before);
        }
        accepted.forEach(this::addTo);
        next.rows.putAll(rows);
        next.sums.putAll(sums);
        next.cuts.putAll(cuts);
        rows.values().forEach(row -> next.references.merge(row.position, 1, Integer::sum));
        next.journal.putAll(journal.headMap(end, false));
        next.journal.values().forEach(stored -> next.journalBytes += HEADER_LENGTH + stored.length);
        next.damaged.addAll(damaged);
        next.checkpointStates.putAll(checkpointStates);
        next.states.putAll(checkpointStates);
        next.replayPosition = replayPosition;
        next.endPosition = end;
        next.writtenPosition = end;
        next.syncedPosition = end;
        next.torn = end < endPosition;
        return next;
    }

    private static <V> void restore(final Map<Key, V> map, final Key key, final V before) {
        if (before == null) {
            map.remove(key);
        } else {
            map.put(key, before);
        }
    }

    /**
     * Advances what is written and synced, under {@link Progress#BY_HAND}.
     *
     * @param written everything before this is written; positions only grow.
     * @param synced everything before this is synced.
     */
    public void advance(final long written, final long synced) {
        writtenPosition = Math.max(writtenPosition, Math.min(written, endPosition));
        syncedPosition = Math.max(syncedPosition, Math.min(synced, writtenPosition));
    }

    @Override
    public long storageId() {
        return storageId;
    }

    @Override
    public boolean created() {
        return created;
    }

    @Override
    public boolean indexRebuilt() {
        return false;
    }

    @Override
    public void recover(final RecoveryHandler handler) {
        checkpointStates.forEach(
                (group, position) -> {
                    final Stored stored = journal.get(position);
                    handler.onCheckpointState(group, stored.body, 0, stored.length);
                });
        final EntryView entry = new EntryView();
        for (final Map.Entry<Long, Stored> each :
                List.copyOf(journal.tailMap(replayPosition, true).entrySet())) {
            final Stored stored = each.getValue();
            if (stored.stateGroup < 0) {
                if (!entry.wrap(stored.body, 0, stored.length)) {
                    throw new IllegalStateException("record " + each.getKey() + " is no entry");
                }
                if (damaged.contains(each.getKey())) {
                    handler.onDamagedEntry(entry, each.getKey());
                } else {
                    handler.onEntry(entry, each.getKey());
                }
            } else if (each.getKey() > checkpointStates.getOrDefault(stored.stateGroup, 0L)) {
                states.put(stored.stateGroup, each.getKey());
                handler.onState(stored.stateGroup, stored.body, 0, stored.length);
            }
        }
        if (torn) {
            handler.onDamage(endPosition, true);
        }
    }

    @Override
    public boolean claim(final int length, final Claim claim) {
        if (length + HEADER_LENGTH > freeBytes()) {
            return false;
        }
        claimed = new UnsafeBuffer(new byte[length]);
        claimedLength = length;
        claim.wrap(claimed, 0, length);
        return true;
    }

    @Override
    public long commit(final Claim claim) {
        if (claimed == null) {
            throw new IllegalStateException("nothing is claimed");
        }
        final UnsafeBuffer body = claimed;
        claimed = null;
        return append(new Stored(body, claimedLength, -1));
    }

    private long append(final Stored stored) {
        final long position = endPosition;
        journal.put(position, stored);
        journalBytes += HEADER_LENGTH + stored.length;
        appendedBytes += stored.length;
        endPosition += HEADER_LENGTH + (stored.length + 7L & ~7L);
        if (progress == Progress.AT_ONCE) {
            advance(endPosition, endPosition);
        }
        return position;
    }

    @Override
    public long saveState(
            final int group, final DirectBuffer state, final int offset, final int length) {
        final UnsafeBuffer body = new UnsafeBuffer(new byte[length]);
        body.putBytes(0, state, offset, length);
        final long position = append(new Stored(body, length, group));
        states.put(group, position);
        return position;
    }

    @Override
    public long endPosition() {
        return endPosition;
    }

    @Override
    public long writtenPosition() {
        return writtenPosition;
    }

    @Override
    public long syncedPosition() {
        return syncedPosition;
    }

    @Override
    public void requestSync(final long position) {
        // every doWork syncs
    }

    @Override
    public int readRecord(
            final long position,
            final MutableDirectBuffer destination,
            final int offset,
            final int maxLength) {
        final Stored stored = journal.get(position);
        if (stored == null || stored.length > maxLength) {
            return -1;
        }
        destination.putBytes(offset, stored.body, 0, stored.length);
        return stored.length;
    }

    @Override
    public long roomBytes() {
        return freeBytes();
    }

    @Override
    public long freeBytes() {
        return isFull ? 0 : Math.max(0, capacityBytes - journalBytes);
    }

    /**
     * Has no space left, whatever its capacity, or has it again.
     *
     * @param full whether it is full.
     */
    public void full(final boolean full) {
        isFull = full;
    }

    @Override
    public void applyWrite(
            final int group,
            final long version,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final int dataLength,
            final long position) {
        long from = firstUnit;
        for (final Map.Entry<Key, Row> old : overlapping(group, dataId, firstUnit, endUnit)) {
            if (old.getValue().version < version) {
                carve(old, firstUnit, endUnit);
            } else {
                putPiece(
                        group,
                        version,
                        dataId,
                        firstUnit,
                        from,
                        old.getKey().firstUnit,
                        dataLength,
                        position);
                from = old.getValue().endUnit;
            }
        }
        putPiece(group, version, dataId, firstUnit, from, endUnit, dataLength, position);
    }

    private void putPiece(
            final int group,
            final long version,
            final long dataId,
            final long recordUnit,
            final long from,
            final long to,
            final int dataLength,
            final long position) {
        if (from < to) {
            putRow(
                    new Key(group, dataId, from),
                    new Row(to, version, position, (int) (from - recordUnit), dataLength));
        }
    }

    /** Removes the part of a row that lies in a range. */
    private void carve(final Map.Entry<Key, Row> old, final long from, final long to) {
        final Key key = old.getKey();
        final Row row = old.getValue();
        putRow(key, null);
        if (key.firstUnit < from) {
            putRow(
                    key,
                    new Row(
                            from,
                            row.version,
                            row.position,
                            row.unitInRecord,
                            row.recordDataLength));
        }
        if (row.endUnit > to) {
            final int skipped = (int) (to - key.firstUnit);
            putRow(
                    new Key(key.group, key.dataId, to),
                    new Row(
                            row.endUnit,
                            row.version,
                            row.position,
                            row.unitInRecord + skipped,
                            row.recordDataLength));
        }
    }

    private void putRow(final Key key, final Row row) {
        final Row before = row == null ? rows.remove(key) : rows.put(key, row);
        if (before != null) {
            references.merge(before.position, -1, (a, b) -> a + b == 0 ? null : a + b);
        }
        if (row != null) {
            references.merge(row.position, 1, Integer::sum);
        }
        rowChanges.add(new RowChange(key, before, row));
        count(key, before, -1);
        count(key, row, 1);
    }

    /** Counts a row in, or out, of what the rows of its strip add up to. */
    private void count(final Key key, final Row row, final long sign) {
        if (row != null) {
            addTo(strip(key), sign * (Objects.hash(key, row) | 1L << 40));
        }
    }

    private void addTo(final Key strip, final long sum) {
        sums.merge(strip, sum, (a, b) -> a + b == 0 ? null : Long.valueOf(a + b));
    }

    private static Key strip(final Key key) {
        return new Key(key.group, key.dataId, 0);
    }

    @Override
    public boolean check(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final long toDataId,
            final long toUnit,
            final Extent damaged) {
        final Key from = new Key(group, fromDataId, 0);
        for (final Key strip : sums.tailMap(from, true).keySet()) {
            if (strip.group != group
                    || KEY_ORDER.compare(strip, new Key(group, toDataId, toUnit)) >= 0) {
                break;
            }
            if (!verified.contains(strip) && !verify(strip)) {
                damaged.dataId = strip.dataId;
                damaged.firstUnit = 0;
                damaged.endUnit = Long.MAX_VALUE;
                return false;
            }
            verified.add(strip);
        }
        return true;
    }

    @Override
    public boolean recheck(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final long toDataId,
            final long toUnit,
            final Extent damaged) {
        verified.clear();
        return check(group, fromDataId, fromUnit, toDataId, toUnit, damaged);
    }

    @Override
    public boolean isWhole(final Extent extent, final MutableDirectBuffer scratch) {
        return !spoiled.contains(extent.position);
    }

    private boolean verify(final Key strip) {
        return sumOf(strip) == sums.getOrDefault(strip, 0L);
    }

    private long sumOf(final Key strip) {
        long sum = 0;
        for (final Map.Entry<Key, Row> each :
                rows.subMap(strip, new Key(strip.group, strip.dataId, Long.MAX_VALUE)).entrySet()) {
            sum += Objects.hash(each.getKey(), each.getValue()) | 1L << 40;
        }
        return sum;
    }

    @Override
    public boolean restoreRows(final int group, final Extent part, final long applied) {
        return false; // what the journal held before the last checkpoint is gone
    }

    @Override
    public boolean restoreGroup(final int group, final long applied) {
        return false; // as above
    }

    @Override
    public void keepClear(final int group, final long position) {
        // rows are never made again from the journal
    }

    @Override
    public void acceptRows(
            final int group, final long dataId, final long firstUnit, final long endUnit) {
        final Key strip = new Key(group, dataId, 0);
        final long sum = sumOf(strip);
        accepted.merge(strip, sums.getOrDefault(strip, 0L) - sum, Long::sum);
        if (sum == 0) {
            sums.remove(strip);
        } else {
            sums.put(strip, sum);
        }
    }

    /**
     * Removes the row of a unit behind the store's back, as damage of the index does.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param unit of the row.
     * @return false if there is no such row.
     */
    public boolean loseRow(final int group, final long dataId, final long unit) {
        final List<Map.Entry<Key, Row>> found = overlapping(group, dataId, unit, unit + 1);
        for (final Map.Entry<Key, Row> each : found) {
            rows.remove(each.getKey());
            verified.clear();
        }
        return !found.isEmpty();
    }

    /**
     * Flips a bit of the stored bytes of a unit.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param unit whose bytes.
     * @return false if there is no such unit.
     */
    public boolean flipBit(final int group, final long dataId, final long unit) {
        final ExtentList found = new ExtentList();
        find(group, dataId, unit, unit + 1, found);
        if (found.size() == 0) {
            return false;
        }
        final Extent extent = found.get(0);
        final EntryView entry = entryOf(extent);
        final int at = entry.dataOffset() - entry.offset() + extent.unitInRecord * unitLength;
        final UnsafeBuffer body = journal.get(extent.position).body;
        body.putByte(at, (byte) (body.getByte(at) ^ 1));
        damaged.add(extent.position);
        return true;
    }

    /**
     * Damages, of the record of a unit, what is neither its bytes nor their checksums, so that only
     * {@link #isWhole} tells.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param unit whose record.
     * @return false if there is no such unit.
     */
    public boolean spoilRecord(final int group, final long dataId, final long unit) {
        final ExtentList found = new ExtentList();
        find(group, dataId, unit, unit + 1, found);
        return found.size() > 0 && spoiled.add(found.get(0).position);
    }

    /**
     * Flips a bit of a write that is at the end of the journal, and may be in no index yet.
     *
     * @param back how many writes follow it.
     * @param found takes its group, strip and units.
     * @return false if there is no such write.
     */
    public boolean flipBitOfRecent(final int back, final EntryView found) {
        int left = back;
        for (final Map.Entry<Long, Stored> each : journal.descendingMap().entrySet()) {
            final Stored stored = each.getValue();
            if (stored.stateGroup < 0
                    && found.wrap(stored.body, 0, stored.length)
                    && found.kind() == EntryKind.WRITE
                    && left-- == 0) {
                final int at = found.dataOffset() + found.dataLength() - 1;
                stored.body.putByte(at, (byte) (stored.body.getByte(at) ^ 1));
                damaged.add(each.getKey());
                return true;
            }
        }
        return false;
    }

    /**
     * Makes the record of a unit unreadable, as a device does.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param unit whose record.
     * @return false if there is no such unit.
     */
    public boolean loseRecord(final int group, final long dataId, final long unit) {
        final ExtentList found = new ExtentList();
        find(group, dataId, unit, unit + 1, found);
        return found.size() > 0 && journal.remove(found.get(0).position) != null;
    }

    private List<Map.Entry<Key, Row>> overlapping(
            final int group, final long dataId, final long firstUnit, final long endUnit) {
        Key from = new Key(group, dataId, firstUnit);
        final Key before = rows.lowerKey(from);
        if (before != null
                && before.group == group
                && before.dataId == dataId
                && rows.get(before).endUnit > firstUnit) {
            from = before;
        }
        final List<Map.Entry<Key, Row>> found = new ArrayList<>();
        for (final Map.Entry<Key, Row> each :
                rows.subMap(from, new Key(group, dataId, endUnit)).entrySet()) {
            found.add(Map.entry(each.getKey(), each.getValue()));
        }
        return found;
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
        for (final Map.Entry<Key, Row> old : overlapping(group, dataId, firstUnit, endUnit)) {
            if (old.getValue().version < version) {
                carve(old, firstUnit, endUnit);
            }
        }
        if (dataLength > 0) {
            applyWrite(group, version, dataId, firstUnit, firstUnit + 1, dataLength, position);
        }
        setCut(group, dataId, cut);
    }

    @Override
    public long unitCount(final int group) {
        return rows
                .subMap(new Key(group, 0, 0), true, new Key(group, -1L, Long.MAX_VALUE), true)
                .entrySet()
                .stream()
                .mapToLong(each -> each.getValue().endUnit - each.getKey().firstUnit)
                .sum();
    }

    @Override
    public void removeRows(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final long toDataId,
            final long toUnit,
            final long maxVersion) {
        final Key from = new Key(group, fromDataId, fromUnit);
        final Key to = new Key(group, toDataId, toUnit);
        if (KEY_ORDER.compare(from, to) >= 0) {
            return;
        }
        final List<Map.Entry<Key, Row>> found =
                new ArrayList<>(overlapping(group, fromDataId, fromUnit, fromUnit + 1));
        rows.subMap(from, to)
                .forEach(
                        (key, row) -> {
                            if (found.isEmpty() || !found.get(0).getKey().equals(key)) {
                                found.add(Map.entry(key, row));
                            }
                        });
        for (final Map.Entry<Key, Row> old : found) {
            if (old.getValue().version <= maxVersion) {
                final long dataId = old.getKey().dataId;
                carve(
                        old,
                        dataId == fromDataId ? fromUnit : 0,
                        dataId == toDataId ? toUnit : Long.MAX_VALUE);
            }
        }
    }

    @Override
    public long cut(final int group, final long dataId) {
        return cuts.getOrDefault(new Key(group, dataId, 0), 0L);
    }

    @Override
    public void setCut(final int group, final long dataId, final long cut) {
        if (cut > cut(group, dataId)) {
            final Key key = new Key(group, dataId, 0);
            cutChanges.add(new CutChange(key, cuts.put(key, cut)));
        }
    }

    @Override
    public void find(
            final int group,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final ExtentList extents) {
        extents.clear();
        for (final Map.Entry<Key, Row> each : overlapping(group, dataId, firstUnit, endUnit)) {
            fill(extents.add(), each.getKey(), each.getValue(), firstUnit, endUnit);
        }
    }

    @Override
    public void scan(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final int maxExtents,
            final ExtentList extents) {
        extents.clear();
        final Iterator<Map.Entry<Key, Row>> first =
                overlapping(group, fromDataId, fromUnit, fromUnit + 1).iterator();
        if (first.hasNext() && maxExtents > 0) {
            final Map.Entry<Key, Row> row = first.next();
            if (row.getKey().firstUnit < fromUnit) {
                fill(extents.add(), row.getKey(), row.getValue(), fromUnit, Long.MAX_VALUE);
            }
        }
        for (final Map.Entry<Key, Row> each :
                rows.tailMap(new Key(group, fromDataId, fromUnit), true).entrySet()) {
            if (extents.size() == maxExtents || each.getKey().group != group) {
                return;
            }
            fill(extents.add(), each.getKey(), each.getValue(), 0, Long.MAX_VALUE);
        }
    }

    private void fill(
            final Extent extent, final Key key, final Row row, final long from, final long to) {
        extent.dataId = key.dataId;
        extent.firstUnit = Math.max(key.firstUnit, from);
        extent.endUnit = Math.min(row.endUnit, to);
        extent.version = row.version;
        extent.position = row.position;
        extent.unitInRecord = row.unitInRecord + (int) (extent.firstUnit - key.firstUnit);
        extent.recordDataLength = row.recordDataLength;
        final long begin = (long) extent.unitInRecord * unitLength;
        extent.dataLength =
                (int)
                        Math.min(
                                (long) extent.unitCount() * unitLength,
                                row.recordDataLength - begin);
    }

    @Override
    public void scanCuts(
            final int group, final long fromDataId, final int maxStrips, final CutVisitor visitor) {
        int visited = 0;
        for (final Map.Entry<Key, Long> each :
                cuts.tailMap(new Key(group, fromDataId, 0), true).entrySet()) {
            if (visited++ == maxStrips || each.getKey().group != group) {
                return;
            }
            visitor.onCut(each.getKey().dataId, each.getValue());
        }
    }

    @Override
    public boolean readData(
            final Extent extent, final MutableDirectBuffer destination, final int offset) {
        final EntryView entry = entryOf(extent);
        if (entry == null) {
            return false;
        }
        final int from = entry.dataOffset() + extent.unitInRecord * unitLength;
        destination.putBytes(offset, entry.buffer(), from, extent.dataLength);
        return true;
    }

    @Override
    public boolean readChecksums(
            final Extent extent, final MutableDirectBuffer destination, final int offset) {
        final EntryView entry = entryOf(extent);
        if (entry == null) {
            return false;
        }
        final int from = entry.checksumsOffset() + extent.unitInRecord * checksumLength;
        destination.putBytes(offset, entry.buffer(), from, extent.unitCount() * checksumLength);
        return true;
    }

    private EntryView entryOf(final Extent extent) {
        final Stored stored = journal.get(extent.position);
        final EntryView entry = new EntryView();
        if (stored == null
                || stored.stateGroup >= 0
                || !entry.wrap(stored.body, 0, stored.length)) {
            return null;
        }
        return entry;
    }

    @Override
    public void checkpoint(final long newReplayPosition) {
        replayPosition = newReplayPosition;
        if (!states.isEmpty()) {
            final long newest =
                    states.values().stream().mapToLong(Long::longValue).max().getAsLong();
            advance(newest + HEADER_LENGTH, newest + HEADER_LENGTH);
        }
        checkpointStates = new TreeMap<>(states);
        rowChanges.clear();
        cutChanges.clear();
        accepted.clear();
        final Iterator<Map.Entry<Long, Stored>> old =
                journal.headMap(replayPosition, false).entrySet().iterator();
        while (old.hasNext()) {
            final Map.Entry<Long, Stored> each = old.next();
            final boolean isState =
                    each.getValue().stateGroup >= 0
                            && each.getKey().equals(states.get(each.getValue().stateGroup));
            if (!isState && !references.containsKey(each.getKey())) {
                journalBytes -= HEADER_LENGTH + each.getValue().length;
                old.remove();
            }
        }
    }

    @Override
    public int doWork(final long nowNs) {
        if (progress == Progress.IN_DO_WORK && syncedPosition < endPosition) {
            advance(endPosition, endPosition);
            return 1;
        }
        return 0;
    }

    @Override
    public RuntimeException failure() {
        return null;
    }

    @Override
    public StoreStatistics statistics() {
        return new StoreStatistics(
                journalBytes,
                journalBytes + rows.size() * ROW_LENGTH,
                freeBytes(),
                freeBytes(),
                capacityBytes,
                rows.size(),
                appendedBytes,
                0,
                0);
    }

    @Override
    public void close() {
        advance(endPosition, endPosition);
        checkpoint(replayPosition);
    }
}
