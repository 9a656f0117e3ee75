package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.trivet.block.Crc32c;
import org.trivet.block.Placement;

import java.nio.ByteOrder;

/**
 * What stands before the body of each record.
 *
 * <pre>
 *    0        4        8        12       16       20       24       28       32
 *   +--------+--------+--------+--------+--------+--------+--------+--------+------------ - -
 *   | body   | seg-   | offset | type   | checked| body   | tag    | header | body, padded
 *   | length | ment   |        |        | length | CRC    |        | CRC    | to 8 bytes
 *   +--------+--------+--------+--------+--------+--------+--------+--------+------------ - -
 * </pre>
 *
 * All little-endian. <em>segment</em> and <em>offset</em> say where the record stands, so that
 * bytes of a recycled file, or misdirected ones, are no record. <em>body CRC</em> covers the first
 * <em>checked length</em> bytes of the body: what lies behind them has checksums of its own.
 * <em>tag</em> belongs to the type. <em>header CRC</em> covers what stands before it, and is mixed
 * with the storage id: another journal's bytes are no record either.
 */
final class RecordHeader {
    static final int LENGTH = 32;
    static final int ALIGNMENT = 8;

    private static final int CRC_OFFSET = 28;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private final Crc32c crc = new Crc32c();
    private final int seed;

    RecordHeader(final long storageId) {
        seed = (int) Placement.mix64(storageId);
    }

    /** Bytes that a record of a body takes in a segment. */
    static int recordLength(final int bodyLength) {
        return LENGTH + (bodyLength + ALIGNMENT - 1 & -ALIGNMENT);
    }

    /** Writes the header of a body that follows it in the buffer. */
    void encode(
            final MutableDirectBuffer buffer,
            final int at,
            final int bodyLength,
            final long position,
            final int type,
            final int checkedLength,
            final int tag) {
        buffer.putInt(at, bodyLength, ORDER);
        buffer.putInt(at + 4, Positions.segment(position), ORDER);
        buffer.putInt(at + 8, Positions.offset(position), ORDER);
        buffer.putInt(at + 12, type, ORDER);
        buffer.putInt(at + 16, checkedLength, ORDER);
        buffer.putInt(at + 20, crc.compute(buffer, at + LENGTH, checkedLength), ORDER);
        buffer.putInt(at + 24, tag, ORDER);
        buffer.putInt(at + CRC_OFFSET, crc.compute(buffer, at, CRC_OFFSET) ^ seed, ORDER);
    }

    /** Whether a header of this position stands here. */
    boolean isValid(final DirectBuffer buffer, final int at, final long position) {
        return isLike(buffer, at, position)
                && buffer.getInt(at + CRC_OFFSET, ORDER)
                        == (crc.compute(buffer, at, CRC_OFFSET) ^ seed);
    }

    /** Whether something that begins like a header of this position stands here, perhaps torn. */
    static boolean isLike(final DirectBuffer buffer, final int at, final long position) {
        return buffer.getLong(at + 4, ORDER)
                == Long.rotateLeft(position, 32); // segment and offset at once
    }

    /** Whether the checked part of the body is whole. */
    boolean isBodyValid(final DirectBuffer buffer, final int at) {
        final int checkedLength = checkedLength(buffer, at);
        return checkedLength >= 0
                && checkedLength <= bodyLength(buffer, at)
                && bodyCrc(buffer, at) == crc.compute(buffer, at + LENGTH, checkedLength);
    }

    /** Whether the checked part of a body that was read by itself is whole. */
    boolean isIntact(
            final DirectBuffer body,
            final int at,
            final int length,
            final int checkedLength,
            final int bodyCrc) {
        return checkedLength >= 0
                && checkedLength <= length
                && crc.compute(body, at, checkedLength) == bodyCrc;
    }

    static int bodyLength(final DirectBuffer buffer, final int at) {
        return buffer.getInt(at, ORDER);
    }

    static int type(final DirectBuffer buffer, final int at) {
        return buffer.getInt(at + 12, ORDER);
    }

    static int checkedLength(final DirectBuffer buffer, final int at) {
        return buffer.getInt(at + 16, ORDER);
    }

    static int bodyCrc(final DirectBuffer buffer, final int at) {
        return buffer.getInt(at + 20, ORDER);
    }

    static int tag(final DirectBuffer buffer, final int at) {
        return buffer.getInt(at + 24, ORDER);
    }
}
