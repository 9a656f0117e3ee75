package org.trivet.block;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * MD5 of a unit's place and then its bytes; 16 bytes.
 *
 * <pre>
 *    0        8        16       24
 *   +--------+--------+--------+---------------
 *   | dataId | group  | unit   | bytes of the unit ...      little-endian
 *   +--------+--------+--------+---------------
 * </pre>
 */
final class Md5Checksum extends UnitChecksum {
    private static final int PLACE_LENGTH = 24;
    private static final int DIGEST_LENGTH = 16;

    private final MessageDigest digest;
    private final byte[] place = new byte[PLACE_LENGTH];
    private final UnsafeBuffer placeBuffer = new UnsafeBuffer(place);
    private final byte[] result = new byte[DIGEST_LENGTH];
    private byte[] scratch = new byte[4096];

    Md5Checksum() {
        super(ChecksumType.MD5);
        try {
            digest = MessageDigest.getInstance("MD5");
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    @Override
    void beginRun(final long dataId, final int group, final DirectBuffer data) {
        placeBuffer.putLong(0, dataId, ByteOrder.LITTLE_ENDIAN);
        placeBuffer.putLong(8, group, ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    void put(
            final long unit,
            final DirectBuffer data,
            final int offset,
            final int length,
            final MutableDirectBuffer checksums,
            final int checksumOffset) {
        digest(unit, data, offset, length);
        checksums.putBytes(checksumOffset, result);
    }

    @Override
    boolean matches(
            final long unit,
            final DirectBuffer data,
            final int offset,
            final int length,
            final DirectBuffer checksums,
            final int checksumOffset) {
        digest(unit, data, offset, length);
        for (int i = 0; i < DIGEST_LENGTH; i++) {
            if (checksums.getByte(checksumOffset + i) != result[i]) {
                return false;
            }
        }
        return true;
    }

    private void digest(
            final long unit, final DirectBuffer data, final int offset, final int length) {
        placeBuffer.putLong(16, unit, ByteOrder.LITTLE_ENDIAN);
        digest.update(place);
        final byte[] array = data.byteArray();
        if (array != null) {
            digest.update(array, offset + data.wrapAdjustment(), length);
        } else {
            if (length > scratch.length) {
                scratch = new byte[length];
            }
            data.getBytes(offset, scratch, 0, length);
            digest.update(scratch, 0, length);
        }
        try {
            digest.digest(result, 0, DIGEST_LENGTH);
        } catch (final DigestException e) {
            throw new IllegalStateException("MD5 has 16 bytes", e);
        }
    }
}
