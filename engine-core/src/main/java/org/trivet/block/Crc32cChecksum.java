package org.trivet.block;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/** CRC-32C of a unit's bytes, XORed with a hash of its place; 4 bytes, little-endian. */
final class Crc32cChecksum extends UnitChecksum {
    private static final int WORD_LENGTH = Long.BYTES;
    private static final int MAX_WORDS = 256;

    private final Crc32c crc = new Crc32c();
    private final int[] crcs = new int[MAX_WORDS];
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

    /** Units of eight bytes come by the hundred thousand, and go through the CRC in batches. */
    @Override
    void putAll(
            final long firstUnit,
            final int unitLength,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength,
            final MutableDirectBuffer checksums,
            final int checksumOffset) {
        final int words = unitLength == WORD_LENGTH ? dataLength / WORD_LENGTH : 0;
        for (int done = 0; done < words; done += MAX_WORDS) {
            final int count = Math.min(MAX_WORDS, words - done);
            crc.computeWords(data, dataOffset + done * WORD_LENGTH, count, crcs);
            for (int i = 0; i < count; i++) {
                checksums.putInt(
                        checksumOffset + (done + i) * Integer.BYTES,
                        crcs[i] ^ (int) unitSeed(stripSeed, firstUnit + done + i),
                        ByteOrder.LITTLE_ENDIAN);
            }
        }
        super.putAll(
                firstUnit + words,
                unitLength,
                data,
                dataOffset + words * WORD_LENGTH,
                dataLength - words * WORD_LENGTH,
                checksums,
                checksumOffset + words * Integer.BYTES);
    }

    @Override
    int firstMismatch(
            final long firstUnit,
            final int unitLength,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength,
            final DirectBuffer checksums,
            final int checksumOffset) {
        final int words = unitLength == WORD_LENGTH ? dataLength / WORD_LENGTH : 0;
        for (int done = 0; done < words; done += MAX_WORDS) {
            final int count = Math.min(MAX_WORDS, words - done);
            crc.computeWords(data, dataOffset + done * WORD_LENGTH, count, crcs);
            for (int i = 0; i < count; i++) {
                final int at = checksumOffset + (done + i) * Integer.BYTES;
                final int seed = (int) unitSeed(stripSeed, firstUnit + done + i);
                if (checksums.getInt(at, ByteOrder.LITTLE_ENDIAN) != (crcs[i] ^ seed)) {
                    return done + i;
                }
            }
        }
        final int rest =
                super.firstMismatch(
                        firstUnit + words,
                        unitLength,
                        data,
                        dataOffset + words * WORD_LENGTH,
                        dataLength - words * WORD_LENGTH,
                        checksums,
                        checksumOffset + words * Integer.BYTES);
        return rest < 0 ? -1 : words + rest;
    }

    private int checksum(
            final long unit, final DirectBuffer data, final int offset, final int length) {
        return crc.compute(data, offset, length) ^ (int) unitSeed(stripSeed, unit);
    }
}
