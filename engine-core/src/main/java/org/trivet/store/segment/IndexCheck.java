package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.MutableLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.store.KeyValueStore;
import org.trivet.wire.sbe.EntryKind;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compares the rows of an index with each other, and with what stands in the segments.
 *
 * <p>The segments are read once, in order. For each record it is looked which rows lead to it; if
 * in the end that is not all of them, each of the others is followed by itself.
 */
final class IndexCheck {
    private static final int BATCH = 1024;
    private static final int REMEMBERED_BUCKETS = 64 * 1024;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;

    private final JournalInspection journal;
    private final KeyValueStore store;
    private final CheckReport report;
    private final ExtentIndex extents;
    private final TrimIndex trims;
    private final ClearIndex clears;
    private final Checkpoints checkpoints;
    private final NavigableMap<Integer, Segment> counted;
    private final SegmentAccounts accounts;
    private final Rows rows = new Rows();
    private final Extent part = new Extent();

    /** Rows of extents, of each group. */
    private final TreeMap<Integer, Long> extentRows = new TreeMap<>();

    private Map<Integer, Long> states = Map.of();
    private long trimRows;
    private long clearRows;
    private long sealRows;
    private boolean isReadable = true;
    private long extentsReached;
    private long trimsReached;
    private long clearsReached;
    private int statesReached;

    // of the extent before, in the order of the keys
    private int lastGroup = -1;
    private long lastDataId;
    private long lastEnd;

    IndexCheck(
            final JournalInspection journal, final KeyValueStore store, final CheckReport report) {
        this.journal = journal;
        this.store = store;
        this.report = report;
        counted = journal.emptyAccounts();
        accounts = newAccounts(counted);
        extents = new ExtentIndex(store, accounts);
        trims = new TrimIndex(store, accounts);
        clears = new ClearIndex(store, accounts);
        checkpoints = new Checkpoints(store);
    }

    private SegmentAccounts newAccounts(final Map<Integer, Segment> segments) {
        return new SegmentAccounts(segments::get, journal.unitLength(), journal.checksumLength());
    }

    /** Compares the rows with each other. */
    void begin() {
        report.rows = store.size();
        if (report.rows == 0) {
            isReadable = false;
            report.note(
                    CheckReport.Finding.INDEX,
                    -1,
                    "nothing has been committed to the index yet: it is made from the segments at"
                            + " the next start");
            return;
        }
        store.forward(new UnsafeBuffer(new byte[1]), 0, 0, this::readRow);
        if (isReadable && !checkpoints.load(journal.storageId())) {
            isReadable = false;
            report.damageOfIndex("the index is of another journal, or of another format");
        }
        if (!isReadable) {
            return;
        }
        states = checkpoints.loadStates();
        checkPositions();
        checkSeals();
        checkCounts();
    }

    private boolean readRow(final DirectBuffer key, final DirectBuffer value) {
        if (key.capacity() == 0 || !isShaped(key, value)) {
            isReadable = false;
            report.damageOfIndex(
                    "a row is of no known kind: "
                            + (key.capacity() == 0 ? "" : "kind " + key.getByte(0) + ", ")
                            + key.capacity()
                            + " bytes of key, "
                            + value.capacity()
                            + " of value");
            return true;
        }
        switch (key.getByte(0)) {
            case ExtentIndex.KIND -> readExtent(key, value);
            case ExtentSeals.KIND -> sealRows++;
            case TrimIndex.KIND -> trimRows++;
            case ClearIndex.KIND -> clearRows++;
            default -> {
                // looked at below
            }
        }
        return true;
    }

    private static boolean isShaped(final DirectBuffer key, final DirectBuffer value) {
        return switch (key.getByte(0)) {
            case ExtentIndex.KIND -> ExtentIndex.isShaped(key, value);
            case ExtentSeals.KIND -> ExtentSeals.isShaped(key, value);
            case TrimIndex.KIND -> TrimIndex.isShaped(key, value);
            case ClearIndex.KIND -> ClearIndex.isShaped(key, value);
            case CutIndex.KIND -> CutIndex.isShaped(key, value);
            default -> Checkpoints.isShaped(key, value);
        };
    }

    private void readExtent(final DirectBuffer key, final DirectBuffer value) {
        final int group = key.getShort(1, BIG) & 0xFFFF;
        final long dataId = key.getLong(3, BIG);
        final long first = key.getLong(11, BIG);
        final int units = value.getInt(0, LITTLE);
        final int unitInRecord = value.getInt(24, LITTLE);
        final long recordUnits =
                ((long) value.getInt(4, LITTLE) + journal.unitLength() - 1) / journal.unitLength();
        final long end = first + units;
        final boolean overlaps = group == lastGroup && dataId == lastDataId && first < lastEnd;
        if (first < 0
                || units <= 0
                || unitInRecord < 0
                || (long) unitInRecord + units > recordUnits
                || ExtentSeals.bucketOf(first) != ExtentSeals.bucketOf(end - 1)
                || overlaps) {
            report.damageOfIndex(
                    describe(group, dataId, first, end)
                            + (overlaps
                                    ? ": overlaps the row before"
                                    : ": there can be no such row"));
        }
        lastGroup = group;
        lastDataId = dataId;
        lastEnd = end;
        report.liveExtents++;
        report.liveUnits += Math.max(0, units);
        extentRows.merge(group, 1L, Long::sum);
    }

    private void checkPositions() {
        final long end = journal.endPosition();
        if (end < checkpoints.syncedPosition) {
            report.damage(
                    Positions.segment(end),
                    Positions.offset(end),
                    "the records end here, and were on the disk up to "
                            + describe(checkpoints.syncedPosition));
        }
        if (checkpoints.replayPosition > Math.max(end, checkpoints.syncedPosition)) {
            report.damageOfIndex(
                    "it is to be replayed from "
                            + describe(checkpoints.replayPosition)
                            + ", behind the end of the journal");
        }
    }

    private static String describe(final long position) {
        return Segment.name(Positions.segment(position)) + ":" + Positions.offset(position);
    }

    private static String describe(
            final int group, final long dataId, final long first, final long end) {
        return "group "
                + group
                + ", data id "
                + Long.toUnsignedString(dataId)
                + ", units "
                + first
                + " to "
                + (end - 1);
    }

    /** Whether the rows of each bucket are those that were put. */
    private void checkSeals() {
        long buckets = 0;
        final Rows batch = new Rows();
        for (final int group : extentRows.keySet()) {
            long dataId = 0;
            long unit = 0;
            long bucketId = -1;
            long bucket = -1;
            do {
                extents.scan(group, dataId, unit, BATCH, batch);
                for (int i = 0; i < batch.size; i++) {
                    dataId = batch.dataId[i];
                    unit = batch.end[i];
                    final long of = ExtentSeals.bucketOf(batch.first[i]);
                    if (of != bucket || dataId != bucketId) {
                        bucketId = dataId;
                        bucket = of;
                        buckets++;
                        checkSeal(group, dataId, batch.first[i]);
                        if (buckets % REMEMBERED_BUCKETS == 0) {
                            extents.forget();
                        }
                    }
                }
            } while (batch.size == BATCH);
        }
        if (sealRows > buckets) {
            report.damageOfIndex(
                    (sealRows - buckets)
                            + " buckets have a seal, and none of the rows that it counts");
        }
    }

    private void checkSeal(final int group, final long dataId, final long unit) {
        if (!extents.check(group, dataId, unit, dataId, unit + 1, false, part)) {
            report.damageOfIndex(
                    describe(group, dataId, part.firstUnit, part.endUnit)
                            + ": the rows of this bucket are not those that were put");
        }
    }

    /** Whether what is alive in each segment, and of each group, has been counted right. */
    private void checkCounts() {
        extents.countAll();
        trims.countAll();
        clears.countAll();
        states.values().forEach(position -> accounts.add(position, 0));
        final NavigableMap<Integer, Segment> noted = journal.emptyAccounts();
        checkpoints.loadAccounts(noted, newAccounts(noted));
        noted.forEach(
                (number, each) -> {
                    final Segment there = counted.get(number);
                    if (each.liveRows != there.liveRows || each.liveBytes != there.liveBytes) {
                        report.damageOfIndex(
                                each.liveRows
                                        + " rows and "
                                        + each.liveBytes
                                        + " bytes are noted as alive in "
                                        + Segment.name(number)
                                        + "; counted are "
                                        + there.liveRows
                                        + " and "
                                        + there.liveBytes);
                    }
                });
        final Int2ObjectHashMap<MutableLong> units = new Int2ObjectHashMap<>();
        checkpoints.loadUnitCounts(units);
        final TreeSet<Integer> groups = new TreeSet<>(extentRows.keySet());
        groups.addAll(units.keySet());
        for (final int group : groups) {
            final long found = units.containsKey(group) ? units.get(group).get() : 0;
            if (found != extents.unitCount(group)) {
                report.damageOfIndex(
                        found
                                + " units of group "
                                + group
                                + " are noted; counted are "
                                + extents.unitCount(group));
            }
        }
    }

    /**
     * Looks which rows lead to a record, and whether they are of it. Tells whether something that
     * is bad in it is still needed, by a row or because it is to be replayed.
     */
    boolean onRecord(final FoundRecord record) {
        if (!isReadable) {
            return true;
        }
        final EntryView entry = record.entry();
        if (record.kind() == FoundRecord.Kind.STATE && record.isGood()) {
            final Long position = states.get(record.tag());
            statesReached += position != null && position == record.position() ? 1 : 0;
        }
        if (entry == null) {
            return true;
        }
        boolean isNeeded = record.position() >= checkpoints.replayPosition;
        if (entry.kind() == EntryKind.TRIM) {
            final boolean isNoted =
                    trims.newest(entry.group(), entry.sequence(), entry.dataId(), record.position())
                            >= 0;
            trimsReached += isNoted ? 1 : 0;
        }
        if (removesKeys(entry.kind())) {
            final boolean isMoved = record.kind() == FoundRecord.Kind.MOVED_CLEAR;
            final long origin = isMoved ? entry.epoch() : record.position();
            final boolean isNoted = clears.newest(entry.group(), origin, record.position()) >= 0;
            clearsReached += isNoted ? 1 : 0;
            isNeeded |= isNoted;
        } else if (entry.dataLength() > 0) {
            isNeeded |= followRows(record, entry);
        }
        return isNeeded;
    }

    private static boolean removesKeys(final EntryKind kind) {
        return kind == EntryKind.CLEAR || kind == EntryKind.GIVE_UP || kind == EntryKind.EMPTY;
    }

    /** Whether one of the bad units of a record is one that a row leads to. */
    private boolean followRows(final FoundRecord record, final EntryView entry) {
        final long units =
                ((long) entry.dataLength() + journal.unitLength() - 1) / journal.unitLength();
        final long first = entry.firstUnit();
        boolean isNeeded = false;
        extents.find(entry.group(), entry.dataId(), first, first + units, rows);
        for (int i = 0; i < rows.size; i++) {
            if (rows.position[i] == record.position()) {
                extentsReached++;
                if (!isOf(i, entry)) {
                    report.damage(
                            record.segment(),
                            record.segmentOffset(),
                            describe(entry.group(), entry.dataId(), rows.first[i], rows.end[i])
                                    + ": the index has version "
                                    + rows.version[i]
                                    + ", "
                                    + rows.recordDataLength[i]
                                    + " bytes; the record has version "
                                    + entry.sequence()
                                    + ", "
                                    + entry.dataLength()
                                    + " bytes");
                }
                for (int bad = 0; bad < record.badUnits().size(); bad++) {
                    final long unit = record.badUnits().getLong(bad);
                    isNeeded |= unit >= rows.first[i] && unit < rows.end[i];
                }
            }
        }
        return isNeeded;
    }

    private boolean isOf(final int i, final EntryView entry) {
        return rows.dataId[i] == entry.dataId()
                && rows.version[i] == entry.sequence()
                && rows.recordDataLength[i] == entry.dataLength()
                && entry.firstUnit() + rows.unitInRecord[i] == rows.first[i];
    }

    /** All records have been told: says which rows lead to none of them. */
    void end() {
        if (!isReadable) {
            return;
        }
        if (extentsReached < report.liveExtents) {
            findStrays();
        }
        tellUnreached("trims", trimRows - trimsReached);
        tellUnreached("ranges that were cleared or given up", clearRows - clearsReached);
        tellUnreached("states of groups", states.size() - statesReached);
    }

    private void tellUnreached(final String what, final long count) {
        if (count > 0) {
            report.damageOfIndex(count + " " + what + " are noted that are in no good record");
        }
    }

    /** Rows that lead to no record, or to that of something else. */
    private void findStrays() {
        final TreeMap<Integer, long[]> lost = new TreeMap<>();
        final Rows batch = new Rows();
        for (final int group : extentRows.keySet()) {
            long dataId = 0;
            long unit = 0;
            do {
                extents.scan(group, dataId, unit, BATCH, batch);
                for (int i = 0; i < batch.size; i++) {
                    dataId = batch.dataId[i];
                    unit = batch.end[i];
                    follow(group, batch, i, lost);
                }
            } while (batch.size == BATCH);
        }
        lost.forEach(
                (segment, count) ->
                        report.damageOfIndex(
                                count[0]
                                        + " rows, of "
                                        + count[1]
                                        + " units, lead to "
                                        + Segment.name(segment)
                                        + ", which is missing or not in use"));
    }

    private void follow(
            final int group, final Rows from, final int i, final Map<Integer, long[]> lost) {
        final long position = from.position[i];
        final int segment = Positions.segment(position);
        if (!counted.containsKey(segment)) {
            final long[] count = lost.computeIfAbsent(segment, number -> new long[2]);
            count[0]++;
            count[1] += from.end[i] - from.first[i];
            return;
        }
        final FoundRecord record = journal.find(position);
        final EntryView entry = record == null ? null : record.entry();
        if (entry == null
                || entry.group() != group
                || entry.dataId() != from.dataId[i]
                || entry.firstUnit() + from.unitInRecord[i] != from.first[i]) {
            report.damage(
                    segment,
                    Positions.offset(position),
                    describe(group, from.dataId[i], from.first[i], from.end[i])
                            + ": the index leads here, and there is "
                            + (entry == null ? "no good record" : "another record"));
        }
    }
}
