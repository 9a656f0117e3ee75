package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.MutableLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.Extent;
import org.trivet.store.KeyValueStore;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of committed extents in a key-value store; they never overlap, and none crosses the
 * border of a bucket of {@link ExtentSeals}.
 *
 * <pre>
 *   key     0    1       3               11              19
 *          +----+-------+---------------+---------------+
 *          |0x10| group | data id       | first unit    |             big-endian: in the order of units
 *          +----+-------+---------------+---------------+
 *   value   0        4        8                16               24       28
 *          +--------+--------+----------------+----------------+--------+
 *          | unit   | record | version        | position of    | first  |   little-endian
 *          | count  | length |                | the record     | in rec.|
 *          +--------+--------+----------------+----------------+--------+
 * </pre>
 */
final class ExtentIndex {
    static final byte KIND = 0x10;

    private static final int KEY_LENGTH = 19;
    private static final int VALUE_LENGTH = 28;
    private static final int BATCH = 1024;
    private static final int CHECKED_ONE_BY_ONE = 8;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;

    /** Units of a bucket: if more are asked for it is verified as a whole. */
    private static final int MOST_AS_VERIFIED = 512;

    private final KeyValueStore store;
    private final SegmentAccounts accounts;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[KEY_LENGTH]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);
    private final Rows rows = new Rows();
    private final Rows checked = new Rows();
    private final LongArrayList buckets = new LongArrayList();
    private final ExtentSeals seals;
    private final KnownRows known = new KnownRows(this::writeRow);
    private final Collector collector = new Collector();
    private final Int2ObjectHashMap<MutableLong> unitCounts = new Int2ObjectHashMap<>();
    private final Rows looked = new Rows();
    private int lookedGroup;
    private long lookedDataId;
    private long lookedFrom;
    private long lookedTo;
    private long lookedAsOf = -1;
    private long changeCount;
    private long changes;

    ExtentIndex(final KeyValueStore store, final SegmentAccounts accounts) {
        this.store = store;
        this.accounts = accounts;
        seals = new ExtentSeals(store);
    }

    /** Whether a row has the lengths that those of this kind have. */
    static boolean isShaped(final DirectBuffer key, final DirectBuffer value) {
        return key.capacity() == KEY_LENGTH && value.capacity() == VALUE_LENGTH;
    }

    /** How many units the rows of a group name. */
    long unitCount(final int group) {
        final MutableLong count = unitCounts.get(group);
        return count == null ? 0 : count.get();
    }

    Int2ObjectHashMap<MutableLong> unitCounts() {
        return unitCounts;
    }

    private void count(final int group, final long position, final long units) {
        if (units > 0) {
            accounts.add(position, units);
        } else {
            accounts.remove(position, -units);
        }
        MutableLong count = unitCounts.get(group);
        if (count == null) {
            count = new MutableLong();
            unitCounts.put(group, count);
        }
        count.addAndGet(units);
    }

    /** Writes to the store what is kept in memory until then: before the store is committed. */
    void flush() {
        known.write();
        seals.flush();
    }

    /** Has everything compared with the seals when it is next looked at. */
    void forget() {
        seals.forget();
        known.forgetAll();
        changeCount++;
    }

    /**
     * Whether the rows of a range of keys are those that were put; if not, tells the first bucket
     * of which they are not.
     *
     * @param known whether rows that memory knows are right without a look at the index.
     */
    boolean check(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final long toDataId,
            final long toUnit,
            final boolean known,
            final Extent damaged) {
        if (fromDataId == toDataId) {
            final long first = ExtentSeals.bucketOf(fromUnit);
            final long last = ExtentSeals.bucketOf(Math.max(fromUnit, toUnit - 1));
            if (last - first < CHECKED_ONE_BY_ONE) {
                for (long bucket = first; bucket <= last; bucket++) {
                    if (!isAsVerified(group, fromDataId, bucket, fromUnit, toUnit, known)
                            && !verify(group, fromDataId, bucket, damaged)) {
                        return false;
                    }
                }
                return true;
            }
        }
        seals.list(group, fromDataId, ExtentSeals.bucketOf(fromUnit), toDataId, toUnit, buckets);
        for (int i = 0; i < buckets.size(); i += 2) {
            if (!verify(group, buckets.getLong(i), buckets.getLong(i + 1), damaged)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether what is found of some units of a bucket is what there was when it was verified, or
     * what has been put since. Mostly each row is one that is remembered. Otherwise the rows that
     * begin in the same parts must add up, so that another one, or one less, is noticed; and those
     * of the last part before that had any: one that is missing there could reach into the range,
     * and no earlier one could.
     */
    private boolean isAsVerified(
            final int group,
            final long dataId,
            final long bucket,
            final long fromUnit,
            final long toUnit,
            final boolean isKnownRight) {
        final ExtentSeals.Seal seal = seals.get(group, dataId, bucket);
        final long begin = bucket << ExtentSeals.BUCKET_SHIFT;
        final long from = Math.max(fromUnit, begin);
        final long to = Math.min(toUnit, begin + (1 << ExtentSeals.BUCKET_SHIFT));
        if (!seal.isVerified() || to - from > MOST_AS_VERIFIED) {
            return false;
        }
        look(group, dataId, from, to);
        if (isKnownRight && areKnown(group, from, to)) {
            return true;
        }
        final long partsBegin = from & -ExtentSeals.PART_UNITS;
        final long partsEnd = (to - 1 & -ExtentSeals.PART_UNITS) + ExtentSeals.PART_UNITS;
        long earlier = partsBegin - ExtentSeals.PART_UNITS;
        while (earlier >= begin && seal.partSum(earlier) == 0) {
            earlier -= ExtentSeals.PART_UNITS;
        }
        findAll(group, dataId, partsBegin, partsEnd, checked);
        final boolean beginsEarlier = checked.size > 0 && checked.first[0] < partsBegin;
        if (beginsEarlier && (checked.first[0] & -ExtentSeals.PART_UNITS) != earlier
                || !addsUp(seal, partsBegin, partsEnd)) {
            return false;
        }
        if (earlier >= begin) {
            findAll(group, dataId, earlier, earlier + ExtentSeals.PART_UNITS, checked);
            if (!addsUp(seal, earlier, earlier + ExtentSeals.PART_UNITS)) {
                return false;
            }
        }
        for (int i = 0; i < looked.size; i++) {
            known.note(
                    group,
                    dataId,
                    looked.first[i],
                    looked.end[i],
                    looked.version[i],
                    looked.position[i],
                    looked.unitInRecord[i],
                    looked.recordDataLength[i]);
        }
        return true;
    }

    /** Finds rows, and keeps them for who asks for the same ones next. */
    private void look(final int group, final long dataId, final long from, final long to) {
        find(group, dataId, from, to, looked);
        lookedGroup = group;
        lookedDataId = dataId;
        lookedFrom = from;
        lookedTo = to;
        lookedAsOf = changeCount;
    }

    private boolean hasLooked(final int group, final long dataId, final long from, final long to) {
        return lookedAsOf == changeCount
                && lookedFrom == from
                && lookedTo == to
                && lookedDataId == dataId
                && lookedGroup == group;
    }

    /** Whether rows that are all known to be right have each unit of a range. */
    private boolean areKnown(final int group, final long from, final long to) {
        long reached = from;
        for (int i = 0; i < looked.size; i++) {
            if (looked.first[i] > reached || !known.has(group, looked, i)) {
                return false;
            }
            reached = looked.end[i];
        }
        return reached >= to;
    }

    /** Whether what has been found of some parts is what it was. */
    private boolean addsUp(final ExtentSeals.Seal seal, final long begin, final long end) {
        int i = 0;
        while (i < checked.size && checked.first[i] < begin) {
            i++;
        }
        for (long part = begin; part < end; part += ExtentSeals.PART_UNITS) {
            int sum = 0;
            while (i < checked.size && checked.first[i] < part + ExtentSeals.PART_UNITS) {
                sum += (int) fingerprint(checked, i++);
            }
            if (sum != seal.partSum(part)) {
                return false;
            }
        }
        return true;
    }

    private boolean verify(
            final int group, final long dataId, final long bucket, final Extent damaged) {
        final ExtentSeals.Seal seal = seals.get(group, dataId, bucket);
        final long begin = bucket << ExtentSeals.BUCKET_SHIFT;
        final long end = bucket + 1 << ExtentSeals.BUCKET_SHIFT;
        findAll(group, dataId, begin, end < 0 ? Long.MAX_VALUE : end, checked);
        if (checked.size == seal.count && sumOf(checked) == seal.sum) {
            noteParts(seal);
            return true;
        }
        seal.forgetParts();
        damaged.dataId = dataId;
        damaged.firstUnit = begin;
        damaged.endUnit = end < 0 ? Long.MAX_VALUE : end;
        return false;
    }

    private void noteParts(final ExtentSeals.Seal seal) {
        seal.beginParts();
        for (int i = 0; i < checked.size; i++) {
            seal.addToPart(checked.first[i], fingerprint(checked, i));
        }
    }

    /** Takes the rows of the buckets of a range for all there are. */
    void accept(final int group, final long dataId, final long firstUnit, final long endUnit) {
        for (long bucket = ExtentSeals.bucketOf(firstUnit);
                bucket <= ExtentSeals.bucketOf(endUnit - 1);
                bucket++) {
            final long begin = bucket << ExtentSeals.BUCKET_SHIFT;
            final long end = bucket + 1 << ExtentSeals.BUCKET_SHIFT;
            findAll(group, dataId, begin, end < 0 ? Long.MAX_VALUE : end, checked);
            final ExtentSeals.Seal seal = seals.change(group, dataId, bucket);
            seal.count = checked.size;
            seal.sum = sumOf(checked);
            noteParts(seal);
        }
    }

    /** Lists, of all buckets of a group, those whose rows are not those that were put. */
    List<Extent> damaged(final int group) {
        final List<Extent> found = new ArrayList<>();
        final Extent part = new Extent();
        seals.list(group, 0, 0, -1L, Long.MAX_VALUE, buckets);
        for (int i = 0; i < buckets.size(); i += 2) {
            if (!verify(group, buckets.getLong(i), buckets.getLong(i + 1), part)) {
                found.add(new Extent().set(part));
            }
        }
        return found;
    }

    /** Puts the rows that another index has of a bucket in place of those here; counts nothing. */
    void replace(final int group, final Extent bucket, final ExtentIndex other) {
        known.forgetAll();
        findAll(group, bucket.dataId, bucket.firstUnit, bucket.endUnit, checked);
        for (int i = 0; i < checked.size; i++) {
            removeRow(group, bucket.dataId, checked.first[i]);
        }
        other.find(group, bucket.dataId, bucket.firstUnit, bucket.endUnit, checked);
        for (int i = 0; i < checked.size; i++) {
            putRow(
                    group,
                    bucket.dataId,
                    checked.first[i],
                    checked.end[i],
                    checked.version[i],
                    checked.position[i],
                    checked.unitInRecord[i],
                    checked.recordDataLength[i]);
        }
        accept(group, bucket.dataId, bucket.firstUnit, bucket.endUnit);
    }

    /** Counts all rows of all groups. */
    void countAll() {
        known.write();
        unitCounts.values().forEach(count -> count.set(0));
        key.putByte(0, KIND);
        store.forward(
                key,
                0,
                1,
                (each, its) -> {
                    if (each.getByte(0) != KIND) {
                        return false;
                    }
                    count(
                            each.getShort(1, BIG) & 0xFFFF,
                            its.getLong(16, LITTLE),
                            its.getInt(0, LITTLE));
                    return true;
                });
    }

    private static long sumOf(final Rows counted) {
        long sum = 0;
        for (int i = 0; i < counted.size; i++) {
            sum += fingerprint(counted, i);
        }
        return sum;
    }

    private static long fingerprint(final Rows of, final int i) {
        return ExtentSeals.fingerprint(
                of.first[i],
                of.end[i],
                of.version[i],
                of.position[i],
                of.unitInRecord[i],
                of.recordDataLength[i]);
    }

    /** Rows put or removed since it was last asked. */
    long takeChanges() {
        final long taken = changes;
        changes = 0;
        return taken;
    }

    long changes() {
        return changes;
    }

    /** Fills in the whole rows that overlap a range of a strip, in order. */
    void find(
            final int group,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final Rows found) {
        if (found != looked && hasLooked(group, dataId, firstUnit, endUnit)) {
            found.copy(looked);
            return;
        }
        found.clear();
        if (firstUnit < endUnit) {
            if (!findOne(group, dataId, firstUnit, endUnit, found)) {
                findAll(group, dataId, firstUnit, endUnit, found);
            }
        }
    }

    /** The same, also if one row has all of the range: then there should be no other. */
    private void findAll(
            final int group,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final Rows found) {
        known.write();
        found.clear();
        collector.backward(found, group, dataId, firstUnit);
        encodeKey(group, dataId, endUnit - 1);
        store.backward(key, 0, KEY_LENGTH, collector);
        reverse(found);
    }

    /** Takes the row that begins where the range does, if it has all of the range. */
    private boolean findOne(
            final int group,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final Rows found) {
        if (known.find(group, dataId, firstUnit, endUnit, found)) {
            return true;
        }
        if (known.has(group, dataId, firstUnit)) {
            return false;
        }
        encodeKey(group, dataId, firstUnit);
        final DirectBuffer row = store.get(key, 0, KEY_LENGTH);
        if (row == null || firstUnit + row.getInt(0, LITTLE) < endUnit) {
            return false;
        }
        collector.backward(found, group, dataId, firstUnit);
        collector.onEntry(key, row);
        return true;
    }

    /**
     * Fills in whole rows from a place on, across strips, at most so many; the first one may begin
     * before it.
     */
    void scan(
            final int group, final long dataId, final long unit, final int max, final Rows found) {
        scan(group, dataId, unit, -1L, Long.MAX_VALUE, max, found);
    }

    /** The same, of rows that begin before a place. */
    private void scan(
            final int group,
            final long dataId,
            final long unit,
            final long toDataId,
            final long toUnit,
            final int max,
            final Rows found) {
        found.clear();
        if (max <= 0) {
            return;
        }
        known.write();
        if (unit > 0) {
            collector.backward(found, group, dataId, unit);
            encodeKey(group, dataId, unit - 1);
            collector.max = 1;
            store.backward(key, 0, KEY_LENGTH, collector);
        }
        collector.forward(found, group, toDataId, toUnit, max);
        encodeKey(group, dataId, unit);
        if (found.size < max) {
            store.forward(key, 0, KEY_LENGTH, collector);
        }
    }

    void write(
            final int group,
            final long version,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final int dataLength,
            final long position) {
        if (firstUnit >= endUnit
                || replace(group, version, dataId, firstUnit, endUnit, dataLength, position)) {
            return;
        }
        findAll(group, dataId, firstUnit, endUnit, rows);
        long from = firstUnit;
        for (int i = 0; i < rows.size; i++) {
            if (rows.version[i] < version) {
                carve(group, rows, i, firstUnit, endUnit);
            } else {
                putPiece(
                        group,
                        version,
                        dataId,
                        firstUnit,
                        from,
                        rows.first[i],
                        dataLength,
                        position);
                from = rows.end[i];
            }
        }
        putPiece(group, version, dataId, firstUnit, from, endUnit, dataLength, position);
    }

    /** Writes over a row of just these units, if there is one and it is older; false otherwise. */
    private boolean replace(
            final int group,
            final long version,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final int dataLength,
            final long position) {
        rows.clear();
        if (!findOne(group, dataId, firstUnit, endUnit, rows)
                || rows.end[0] != endUnit
                || rows.version[0] >= version) {
            return false;
        }
        count(group, rows.position[0], firstUnit - endUnit);
        seals.remove(group, dataId, firstUnit, fingerprint(rows, 0));
        put(group, dataId, firstUnit, endUnit, version, position, 0, dataLength);
        return true;
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
            put(group, dataId, from, to, version, position, (int) (from - recordUnit), dataLength);
        }
    }

    /** Removes, of a range of a strip, units whose version is lower; whether there were any. */
    boolean removeBelow(
            final int group,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final long version) {
        return remove(group, dataId, firstUnit, dataId, endUnit, version - 1);
    }

    /**
     * Removes, of a range of keys, units whose version is at most the given one; whether there were
     * any.
     */
    boolean remove(
            final int group,
            final long fromDataId,
            final long fromUnit,
            final long toDataId,
            final long toUnit,
            final long maxVersion) {
        if (fromDataId == toDataId && fromUnit >= toUnit) {
            return false;
        }
        boolean removed = false;
        long dataId = fromDataId;
        long unit = fromUnit;
        while (true) {
            scan(group, dataId, unit, toDataId, toUnit, BATCH, rows);
            final int size = rows.size;
            for (int i = 0; i < size; i++) {
                final long rowId = rows.dataId[i];
                if (rows.version[i] <= maxVersion) {
                    removed = true;
                    carve(
                            group,
                            rows,
                            i,
                            rowId == fromDataId ? fromUnit : 0,
                            rowId == toDataId ? toUnit : Long.MAX_VALUE);
                }
            }
            if (size < BATCH) {
                return removed;
            }
            dataId = rows.dataId[size - 1];
            unit = rows.end[size - 1];
        }
    }

    /**
     * Has rows of a record that has been copied point to the copy, whose first unit is {@code
     * firstUnit}.
     */
    void relocate(
            final int group,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final long oldPosition,
            final long newPosition,
            final int newDataLength) {
        find(group, dataId, firstUnit, endUnit, rows);
        for (int i = 0; i < rows.size; i++) {
            if (rows.position[i] == oldPosition) {
                final long from = Math.max(firstUnit, rows.first[i]);
                final long to = Math.min(endUnit, rows.end[i]);
                final long version = rows.version[i];
                carve(group, rows, i, from, to);
                put(
                        group,
                        dataId,
                        from,
                        to,
                        version,
                        newPosition,
                        (int) (from - firstUnit),
                        newDataLength);
            }
        }
    }

    /** Removes the part of a row that lies in a range. */
    private void carve(
            final int group, final Rows from, final int i, final long begin, final long end) {
        final long dataId = from.dataId[i];
        final long first = from.first[i];
        final long rowEnd = from.end[i];
        final long position = from.position[i];
        count(group, position, first - rowEnd);
        seals.remove(group, dataId, first, fingerprint(from, i));
        known.forget(group, dataId, first);
        if (first < begin) {
            put(
                    group,
                    dataId,
                    first,
                    begin,
                    from.version[i],
                    position,
                    from.unitInRecord[i],
                    from.recordDataLength[i]);
        } else {
            removeRow(group, dataId, first);
        }
        if (rowEnd > end) {
            final int skipped = (int) (end - first);
            put(
                    group,
                    dataId,
                    end,
                    rowEnd,
                    from.version[i],
                    position,
                    from.unitInRecord[i] + skipped,
                    from.recordDataLength[i]);
        }
    }

    /** Puts a row for each bucket that the units lie in. */
    private void put(
            final int group,
            final long dataId,
            final long first,
            final long end,
            final long version,
            final long position,
            final int unitInRecord,
            final int recordDataLength) {
        long from = first;
        while (from < end) {
            final long border = ExtentSeals.bucketOf(from) + 1 << ExtentSeals.BUCKET_SHIFT;
            final long to = border < 0 ? end : Math.min(end, border);
            final int skipped = (int) (from - first);
            known.put(
                    group,
                    dataId,
                    from,
                    to,
                    version,
                    position,
                    unitInRecord + skipped,
                    recordDataLength);
            changes++;
            changeCount++;
            count(group, position, to - from);
            seals.add(
                    group,
                    dataId,
                    from,
                    ExtentSeals.fingerprint(
                            from, to, version, position, unitInRecord + skipped, recordDataLength));
            from = to;
        }
    }

    /** Puts a row into the store at once, and counts it nowhere. */
    void putRow(
            final int group,
            final long dataId,
            final long first,
            final long end,
            final long version,
            final long position,
            final int unitInRecord,
            final int recordDataLength) {
        known.write();
        writeRow(group, dataId, first, end, version, position, unitInRecord, recordDataLength);
        changes++;
        changeCount++;
    }

    private void writeRow(
            final int group,
            final long dataId,
            final long first,
            final long end,
            final long version,
            final long position,
            final int unitInRecord,
            final int recordDataLength) {
        encodeKey(group, dataId, first);
        value.putInt(0, (int) (end - first), LITTLE);
        value.putInt(4, recordDataLength, LITTLE);
        value.putLong(8, version, LITTLE);
        value.putLong(16, position, LITTLE);
        value.putInt(24, unitInRecord, LITTLE);
        store.put(key, 0, KEY_LENGTH, value, 0, VALUE_LENGTH);
    }

    /** Removes a row from the store at once, and counts it nowhere. */
    void removeRow(final int group, final long dataId, final long first) {
        known.write();
        encodeKey(group, dataId, first);
        store.remove(key, 0, KEY_LENGTH);
        changes++;
        changeCount++;
    }

    private void encodeKey(final int group, final long dataId, final long unit) {
        key.putByte(0, KIND);
        key.putShort(1, (short) group, BIG);
        key.putLong(3, dataId, BIG);
        key.putLong(11, unit, BIG);
    }

    private static void reverse(final Rows rows) {
        for (int i = 0, j = rows.size - 1; i < j; i++, j--) {
            swap(rows.dataId, i, j);
            swap(rows.first, i, j);
            swap(rows.end, i, j);
            swap(rows.version, i, j);
            swap(rows.position, i, j);
            swap(rows.unitInRecord, i, j);
            swap(rows.recordDataLength, i, j);
        }
    }

    private static void swap(final long[] array, final int i, final int j) {
        final long kept = array[i];
        array[i] = array[j];
        array[j] = kept;
    }

    private static void swap(final int[] array, final int i, final int j) {
        final int kept = array[i];
        array[i] = array[j];
        array[j] = kept;
    }

    /** Decodes rows that are visited until they leave the strip or group, or the list is full. */
    private static final class Collector implements KeyValueStore.Visitor {
        private Rows found;
        private int group;
        private int max;
        private boolean backward;
        private long dataId;
        private long firstUnit;
        private long endUnit;

        void forward(
                final Rows rows,
                final int ofGroup,
                final long toDataId,
                final long toUnit,
                final int atMost) {
            found = rows;
            group = ofGroup;
            dataId = toDataId;
            endUnit = toUnit;
            max = atMost;
            backward = false;
        }

        void backward(final Rows rows, final int ofGroup, final long ofDataId, final long downTo) {
            found = rows;
            group = ofGroup;
            dataId = ofDataId;
            firstUnit = downTo;
            max = Integer.MAX_VALUE;
            backward = true;
        }

        @Override
        public boolean onEntry(final DirectBuffer key, final DirectBuffer value) {
            if (key.capacity() != KEY_LENGTH
                    || key.getByte(0) != KIND
                    || (key.getShort(1, BIG) & 0xFFFF) != group
                    || backward && key.getLong(3, BIG) != dataId) {
                return false;
            }
            final long rowId = key.getLong(3, BIG);
            final long first = key.getLong(11, BIG);
            final long end = first + value.getInt(0, LITTLE);
            if (backward ? end <= firstUnit : isBeyond(rowId, first)) {
                return false;
            }
            final int i = found.add();
            found.dataId[i] = rowId;
            found.first[i] = first;
            found.end[i] = end;
            found.recordDataLength[i] = value.getInt(4, LITTLE);
            found.version[i] = value.getLong(8, LITTLE);
            found.position[i] = value.getLong(16, LITTLE);
            found.unitInRecord[i] = value.getInt(24, LITTLE);
            return found.size < max && !(backward && first <= firstUnit);
        }

        private boolean isBeyond(final long rowId, final long first) {
            final int order = Long.compareUnsigned(rowId, dataId);
            return order > 0 || order == 0 && first >= endUnit;
        }
    }
}
