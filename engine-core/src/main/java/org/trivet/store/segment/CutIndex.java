package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.BlockStore.CutVisitor;
import org.trivet.store.KeyValueStore;

import java.nio.ByteOrder;

/**
 * The cut numbers of strips: key 0x11, group (2), data id (8), big-endian; value cut number (8),
 * little-endian.
 */
final class CutIndex {
    static final byte KIND = 0x11;

    private static final int KEY_LENGTH = 11;

    private final KeyValueStore store;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[KEY_LENGTH]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[8]);

    CutIndex(final KeyValueStore store) {
        this.store = store;
    }

    /** Whether a row has the lengths that those of this kind have. */
    static boolean isShaped(final DirectBuffer key, final DirectBuffer value) {
        return key.capacity() == KEY_LENGTH && value.capacity() == Long.BYTES;
    }

    long get(final int group, final long dataId) {
        encodeKey(group, dataId);
        final DirectBuffer found = store.get(key, 0, KEY_LENGTH);
        return found == null ? 0 : found.getLong(0, ByteOrder.LITTLE_ENDIAN);
    }

    void raise(final int group, final long dataId, final long cut) {
        if (cut > get(group, dataId)) {
            value.putLong(0, cut, ByteOrder.LITTLE_ENDIAN);
            store.put(key, 0, KEY_LENGTH, value, 0, 8);
        }
    }

    void scan(final int group, final long fromDataId, final int max, final CutVisitor visitor) {
        final Rows found = new Rows();
        encodeKey(group, fromDataId);
        if (max > 0) {
            store.forward(
                    key,
                    0,
                    KEY_LENGTH,
                    (each, its) -> {
                        if (each.getByte(0) != KIND
                                || (each.getShort(1, ByteOrder.BIG_ENDIAN) & 0xFFFF) != group) {
                            return false;
                        }
                        final int i = found.add();
                        found.dataId[i] = each.getLong(3, ByteOrder.BIG_ENDIAN);
                        found.version[i] = its.getLong(0, ByteOrder.LITTLE_ENDIAN);
                        return found.size < max;
                    });
        }
        for (int i = 0; i < found.size; i++) {
            visitor.onCut(found.dataId[i], found.version[i]);
        }
    }

    private void encodeKey(final int group, final long dataId) {
        key.putByte(0, KIND);
        key.putShort(1, (short) group, ByteOrder.BIG_ENDIAN);
        key.putLong(3, dataId, ByteOrder.BIG_ENDIAN);
    }
}
