package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.MutableLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.KeyValueStore;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a commit of the index keeps besides rows of blocks.
 *
 * <pre>
 *   0x01                 format (4), storage id (8), replay position (8), synced position (8)
 *   0x02 group (2)       position of the group's state (8)
 *   0x03 segment (4)     rows alive in it (8), bytes alive in it (8)
 *   0x04 group (2)       units that the index names of the group (8)
 * </pre>
 *
 * Keys big-endian, values little-endian.
 */
final class Checkpoints {
    static final int FORMAT = 3;

    private static final byte META = 0x01;
    private static final byte STATE = 0x02;
    private static final byte SEGMENT = 0x03;
    private static final byte UNITS = 0x04;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;

    private final KeyValueStore store;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[32]);
    private final TreeMap<Integer, long[]> saved = new TreeMap<>();

    /** Of the last commit; 0 before the first. */
    long replayPosition;

    /** Of the last commit: the journal was synced up to here. */
    long syncedPosition;

    Checkpoints(final KeyValueStore store) {
        this.store = store;
    }

    /** Whether a row is one of these, and has the lengths that it must have. */
    static boolean isShaped(final DirectBuffer key, final DirectBuffer value) {
        final int keyLength = key.capacity();
        final int length = value.capacity();
        return switch (key.getByte(0)) {
            case META -> keyLength == 1 && length == 28;
            case STATE, UNITS -> keyLength == 3 && length == 8;
            case SEGMENT -> keyLength == 5 && length == 16;
            default -> false;
        };
    }

    /** Reads what the last commit says; false if there is none of this journal. */
    boolean load(final long storageId) {
        key.putByte(0, META);
        final DirectBuffer meta = store.get(key, 0, 1);
        if (meta == null
                || meta.capacity() != 28
                || meta.getInt(0, LITTLE) != FORMAT
                || meta.getLong(4, LITTLE) != storageId) {
            return false;
        }
        replayPosition = meta.getLong(12, LITTLE);
        syncedPosition = meta.getLong(20, LITTLE);
        return true;
    }

    /** The positions of the states of groups. */
    TreeMap<Integer, Long> loadStates() {
        final TreeMap<Integer, Long> states = new TreeMap<>();
        key.putByte(0, STATE);
        store.forward(
                key,
                0,
                1,
                (each, its) -> {
                    if (each.getByte(0) != STATE) {
                        return false;
                    }
                    states.put(each.getShort(1, BIG) & 0xFFFF, its.getLong(0, LITTLE));
                    return true;
                });
        return states;
    }

    void loadAccounts(final Map<Integer, Segment> segments, final SegmentAccounts accounts) {
        key.putByte(0, SEGMENT);
        store.forward(
                key,
                0,
                1,
                (each, its) -> {
                    if (each.getByte(0) != SEGMENT) {
                        return false;
                    }
                    final Segment segment = segments.get(each.getInt(1, BIG));
                    final long[] figures = {its.getLong(0, LITTLE), its.getLong(8, LITTLE)};
                    saved.put(each.getInt(1, BIG), figures);
                    if (segment != null) {
                        accounts.load(segment, figures[0], figures[1]);
                    }
                    return true;
                });
    }

    void saveMeta(final long storageId, final long replay, final long synced) {
        key.putByte(0, META);
        value.putInt(0, FORMAT, LITTLE);
        value.putLong(4, storageId, LITTLE);
        value.putLong(12, replay, LITTLE);
        value.putLong(20, synced, LITTLE);
        store.put(key, 0, 1, value, 0, 28);
    }

    void saveState(final int group, final long position) {
        key.putByte(0, STATE);
        key.putShort(1, (short) group, BIG);
        value.putLong(0, position, LITTLE);
        store.put(key, 0, 3, value, 0, 8);
    }

    /** Saves the accounts that have changed. */
    void saveAccounts(final NavigableMap<Integer, Segment> segments) {
        for (final Segment segment : segments.values()) {
            final long[] before = saved.get(segment.number);
            if (before == null || before[0] != segment.liveRows || before[1] != segment.liveBytes) {
                encodeSegment(segment.number);
                value.putLong(0, segment.liveRows, LITTLE);
                value.putLong(8, segment.liveBytes, LITTLE);
                store.put(key, 0, 5, value, 0, 16);
                saved.put(segment.number, new long[] {segment.liveRows, segment.liveBytes});
            }
        }
        saved.keySet()
                .removeIf(
                        number -> {
                            if (segments.containsKey(number)) {
                                return false;
                            }
                            encodeSegment(number);
                            store.remove(key, 0, 5);
                            return true;
                        });
    }

    void loadUnitCounts(final Int2ObjectHashMap<MutableLong> counts) {
        key.putByte(0, UNITS);
        store.forward(
                key,
                0,
                1,
                (each, its) -> {
                    if (each.getByte(0) != UNITS) {
                        return false;
                    }
                    counts.put(
                            each.getShort(1, BIG) & 0xFFFF,
                            new MutableLong(its.getLong(0, LITTLE)));
                    return true;
                });
    }

    void saveUnitCounts(final Int2ObjectHashMap<MutableLong> counts) {
        counts.forEachInt(
                (group, count) -> {
                    key.putByte(0, UNITS);
                    key.putShort(1, (short) group, BIG);
                    value.putLong(0, count.get(), LITTLE);
                    store.put(key, 0, 3, value, 0, 8);
                });
    }

    private void encodeSegment(final int number) {
        key.putByte(0, SEGMENT);
        key.putInt(1, number, BIG);
    }
}
