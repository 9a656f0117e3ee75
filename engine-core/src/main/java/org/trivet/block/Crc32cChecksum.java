package org.trivet.block;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/** CRC-32C of a unit's bytes, XORed with a hash of its place; 4 bytes, little-endian. */
final class Crc32cChecksum extends UnitChecksum {
    private final Crc32c crc = new Crc32c();
    private long stripSeed;

    Crc32cChecksum() {
        super(ChecksumType.CRC32C);
    }

    @Override
    void beginRun(final long dataId, final int group, final DirectBuffer data) {
        stripSeed = stripSeed(dataId, group);
    }

    @Override
    void put(
            final long unit,
            final DirectBuffer data,
            final int offset,
            final int length,
            final MutableDirectBuffer checksums,
            final int checksumOffset) {
        checksums.putInt(
                checksumOffset, checksum(unit, data, offset, length), ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    boolean matches(
            final long unit,
            final DirectBuffer data,
            final int offset,
            final int length,
            final DirectBuffer checksums,
            final int checksumOffset) {
        return checksums.getInt(checksumOffset, ByteOrder.LITTLE_ENDIAN)
                == checksum(unit, data, offset, length);
    }

    private int checksum(
            final long unit, final DirectBuffer data, final int offset, final int length) {
        return crc.compute(data, offset, length) ^ (int) unitSeed(stripSeed, unit);
    }
}
