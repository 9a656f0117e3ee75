package org.trivet.node.disk;

import org.agrona.DirectBuffer;
import org.trivet.block.Crc32c;

/**
 * What stands behind each value in LMDB's file, 4 bytes, little-endian: it covers the key and the
 * value, for LMDB has no checksums of its own. Not safe for use by several threads at once.
 */
final class RowChecksum {
    static final int LENGTH = Integer.BYTES;

    private final Crc32c crc = new Crc32c();

    int of(
            final DirectBuffer key,
            final int keyOffset,
            final int keyLength,
            final DirectBuffer value,
            final int valueOffset,
            final int valueLength) {
        return Integer.rotateLeft(crc.compute(key, keyOffset, keyLength), 1)
                ^ crc.compute(value, valueOffset, valueLength);
    }
}
