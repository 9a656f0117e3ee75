package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.KeyValueStore;

import java.nio.ByteOrder;

/**
 * The trims whose records must be kept: if the index were lost, it would be rebuilt from the
 * journal, and without them what they removed would come back.
 *
 * <p>A trim can have killed only records that stood in the journal before it was applied. So it may
 * go when no segment is left that is as old as the newest of that time. This is conservative: a
 * segment of cold data keeps all later trims.
 *
 * <pre>
 *   key     0    1       3               11              19         value   0        8        16       24      28
 *          +----+-------+---------------+---------------+                  +--------+--------+--------+-------+
 *          |0x12| group | data id       | version       |                  | first  | end    | record | newest|
 *          +----+-------+---------------+---------------+                  | unit   | unit   |        | segm. |
 *           big-endian                                                     +--------+--------+--------+-------+
 * </pre>
 */
final class TrimIndex {
    static final byte KIND = 0x12;

    private static final int KEY_LENGTH = 19;
    private static final int VALUE_LENGTH = 28;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;

    private final KeyValueStore store;
    private final SegmentAccounts accounts;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[KEY_LENGTH]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);

    TrimIndex(final KeyValueStore store, final SegmentAccounts accounts) {
        this.store = store;
        this.accounts = accounts;
    }

    /** Whether a row has the lengths that those of this kind have. */
    static boolean isShaped(final DirectBuffer key, final DirectBuffer value) {
        return key.capacity() == KEY_LENGTH && value.capacity() == VALUE_LENGTH;
    }

    /** Notes a trim, unless it is noted already. */
    void add(
            final int group,
            final long version,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final long position,
            final int newestSegment) {
        encodeKey(group, version, dataId);
        if (store.get(key, 0, KEY_LENGTH) == null) {
            put(firstUnit, endUnit, position, newestSegment);
        }
    }

    private void put(
            final long firstUnit, final long endUnit, final long position, final int newest) {
        value.putLong(0, firstUnit, LITTLE);
        value.putLong(8, endUnit, LITTLE);
        value.putLong(16, position, LITTLE);
        value.putInt(24, newest, LITTLE);
        store.put(key, 0, KEY_LENGTH, value, 0, VALUE_LENGTH);
        accounts.add(position, 0);
    }

    /** The newest segment that may hold what was removed, if this record is noted; otherwise -1. */
    int newest(final int group, final long version, final long dataId, final long position) {
        encodeKey(group, version, dataId);
        final DirectBuffer found = store.get(key, 0, KEY_LENGTH);
        return found == null || found.getLong(16, LITTLE) != position
                ? -1
                : found.getInt(24, LITTLE);
    }

    /** Forgets a trim. */
    void remove(final int group, final long version, final long dataId) {
        encodeKey(group, version, dataId);
        final DirectBuffer found = store.get(key, 0, KEY_LENGTH);
        if (found != null) {
            accounts.remove(found.getLong(16, LITTLE), 0);
            store.remove(key, 0, KEY_LENGTH);
        }
    }

    /** Notes that the trim's record has been copied. */
    void relocate(
            final int group,
            final long version,
            final long dataId,
            final long oldPosition,
            final long newPosition) {
        final int newest = newest(group, version, dataId, oldPosition);
        if (newest >= 0) {
            final DirectBuffer found = store.get(key, 0, KEY_LENGTH);
            final long firstUnit = found.getLong(0, LITTLE);
            final long endUnit = found.getLong(8, LITTLE);
            accounts.remove(oldPosition, 0);
            put(firstUnit, endUnit, newPosition, newest);
        }
    }

    /** Removes again what the trims remove, after a rebuild in whatever order. */
    void applyAll(final ExtentIndex extents) {
        final Rows trims = new Rows();
        final UnsafeBuffer from = new UnsafeBuffer(new byte[] {KIND});
        store.forward(
                from,
                0,
                1,
                (each, its) -> {
                    if (each.getByte(0) != KIND) {
                        return false;
                    }
                    final int i = trims.add();
                    trims.unitInRecord[i] = each.getShort(1, BIG) & 0xFFFF;
                    trims.dataId[i] = each.getLong(3, BIG);
                    trims.version[i] = each.getLong(11, BIG);
                    trims.first[i] = its.getLong(0, LITTLE);
                    trims.end[i] = its.getLong(8, LITTLE);
                    return true;
                });
        for (int i = 0; i < trims.size; i++) {
            extents.removeBelow(
                    trims.unitInRecord[i],
                    trims.dataId[i],
                    trims.first[i],
                    trims.end[i],
                    trims.version[i]);
        }
    }

    /** Counts all records that are noted. */
    void countAll() {
        key.putByte(0, KIND);
        store.forward(
                key,
                0,
                1,
                (each, its) -> {
                    if (each.getByte(0) != KIND) {
                        return false;
                    }
                    accounts.add(its.getLong(16, LITTLE), 0);
                    return true;
                });
    }

    private void encodeKey(final int group, final long version, final long dataId) {
        key.putByte(0, KIND);
        key.putShort(1, (short) group, BIG);
        key.putLong(3, dataId, BIG);
        key.putLong(11, version, BIG);
    }
}
