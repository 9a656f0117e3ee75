package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.KeyValueStore;

import java.nio.ByteOrder;

/**
 * The removals of ranges of keys, by pulls or because something was lost, whose records must be
 * kept: if rows of the index were lost, they would be made again from the journal, and without
 * these what was removed would come back.
 *
 * <p>What is removed stood in the journal before. So its record may go when no segment is left that
 * is as old as the newest of that time.
 *
 * <pre>
 *   key     |0x14| group | origin |             big-endian; where the record first stood
 *   value   | record (8) | newest segment (4) | little-endian; where it stands
 * </pre>
 */
final class ClearIndex {
    static final byte KIND = 0x14;

    private static final int KEY_LENGTH = 11;
    private static final int VALUE_LENGTH = 12;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    private final KeyValueStore store;
    private final SegmentAccounts accounts;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[KEY_LENGTH]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);

    ClearIndex(final KeyValueStore store, final SegmentAccounts accounts) {
        this.store = store;
        this.accounts = accounts;
    }

    /** Whether a row has the lengths that those of this kind have. */
    static boolean isShaped(final DirectBuffer key, final DirectBuffer value) {
        return key.capacity() == KEY_LENGTH && value.capacity() == VALUE_LENGTH;
    }

    /** Notes a record that stands where it first stood, unless it is noted already. */
    void add(final int group, final long origin, final long position, final int newestSegment) {
        if (newest(group, origin, position) < 0) {
            put(group, origin, position, newestSegment);
        }
    }

    private void put(
            final int group, final long origin, final long position, final int newestSegment) {
        encodeKey(group, origin);
        value.putLong(0, position, LITTLE);
        value.putInt(8, newestSegment, LITTLE);
        store.put(key, 0, KEY_LENGTH, value, 0, VALUE_LENGTH);
        accounts.add(position, 0);
    }

    /** The newest segment that may hold what was removed, if this record is noted; otherwise -1. */
    int newest(final int group, final long origin, final long position) {
        encodeKey(group, origin);
        final DirectBuffer found = store.get(key, 0, KEY_LENGTH);
        return found == null || found.getLong(0, LITTLE) != position ? -1 : found.getInt(8, LITTLE);
    }

    /** Forgets a record. */
    void remove(final int group, final long origin, final long position) {
        accounts.remove(position, 0);
        encodeKey(group, origin);
        store.remove(key, 0, KEY_LENGTH);
    }

    /** Notes that a record has been copied. */
    void relocate(
            final int group, final long origin, final long oldPosition, final long newPosition) {
        final int newest = newest(group, origin, oldPosition);
        if (newest >= 0) {
            accounts.remove(oldPosition, 0);
            put(group, origin, newPosition, newest);
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
                    accounts.add(its.getLong(0, LITTLE), 0);
                    return true;
                });
    }

    private void encodeKey(final int group, final long origin) {
        key.putByte(0, KIND);
        key.putShort(1, (short) group, ByteOrder.BIG_ENDIAN);
        key.putLong(3, origin, ByteOrder.BIG_ENDIAN);
    }
}
