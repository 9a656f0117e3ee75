package org.trivet.block;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/** XXH3 (64 bits) of a unit's bytes, XORed with a hash of its place; 8 bytes, little-endian. */
final class Xxh3Checksum extends UnitChecksum {
    private final Hasher64 hasher = Hashing.xxh3_64();
    private byte[] scratch = new byte[4096];
    private long stripSeed;

    Xxh3Checksum() {
        super(ChecksumType.XXH3);
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
        checksums.putLong(
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
        return checksums.getLong(checksumOffset, ByteOrder.LITTLE_ENDIAN)
                == checksum(unit, data, offset, length);
    }

    private long checksum(
            final long unit, final DirectBuffer data, final int offset, final int length) {
        return hash(data, offset, length) ^ unitSeed(stripSeed, unit);
    }

    private long hash(final DirectBuffer data, final int offset, final int length) {
        final byte[] array = data.byteArray();
        if (array != null) {
            return hasher.hashBytesToLong(array, offset + data.wrapAdjustment(), length);
        }
        if (length > scratch.length) {
            scratch = new byte[length];
        }
        data.getBytes(offset, scratch, 0, length);
        return hasher.hashBytesToLong(scratch, 0, length);
    }
}
