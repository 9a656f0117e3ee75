package org.trivet.aeron;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The first frame of a session: who sends, and where that one can be reached. It is told from
 * messages by the frame's reserved value, which a message has as 0.
 *
 * <pre>
 *   0         4         8          12            20               24
 *   +---------+---------+----------+-------------+----------------+---------+
 *   | magic   | version | endpoint | incarnation | address length | address |   little-endian, ASCII
 *   +---------+---------+----------+-------------+----------------+---------+
 * </pre>
 *
 * @param endpointId of the sender, 0 or more.
 * @param incarnation grows whenever the sender opens that endpoint, or opens it again.
 * @param address host:port at which it takes messages; empty over shared memory, where the driver's
 *     counters say it.
 */
record Announcement(int endpointId, long incarnation, String address) {
    /** The reserved value of an announcement's frame: "trivet.a". */
    static final long RESERVED_VALUE = 0x612E_7465_7669_7274L;

    /** The longest address: a host name has up to 253 characters. */
    static final int MAX_ADDRESS_LENGTH = 260;

    static final int MAGIC = 0x5452_4E41;
    static final int VERSION = 1;
    static final int VERSION_OFFSET = 4;
    static final int ENDPOINT_OFFSET = 8;
    static final int INCARNATION_OFFSET = 12;
    static final int LENGTH_OFFSET = 20;
    static final int ADDRESS_OFFSET = 24;

    UnsafeBuffer encode() {
        final byte[] bytes = address.getBytes(StandardCharsets.US_ASCII);
        final MutableDirectBuffer buffer =
                new UnsafeBuffer(new byte[ADDRESS_OFFSET + bytes.length]);
        buffer.putInt(0, MAGIC, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(VERSION_OFFSET, VERSION, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(ENDPOINT_OFFSET, endpointId, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(INCARNATION_OFFSET, incarnation, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(LENGTH_OFFSET, bytes.length, ByteOrder.LITTLE_ENDIAN);
        buffer.putBytes(ADDRESS_OFFSET, bytes);
        return (UnsafeBuffer) buffer;
    }

    /** What a frame says; null if it is malformed. */
    static Announcement decode(final DirectBuffer buffer, final int offset, final int length) {
        if (length < ADDRESS_OFFSET
                || buffer.getInt(offset, ByteOrder.LITTLE_ENDIAN) != MAGIC
                || buffer.getInt(offset + VERSION_OFFSET, ByteOrder.LITTLE_ENDIAN) != VERSION) {
            return null;
        }
        final int endpointId = buffer.getInt(offset + ENDPOINT_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final long incarnation =
                buffer.getLong(offset + INCARNATION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int addressLength = buffer.getInt(offset + LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (endpointId < 0
                || incarnation <= 0
                || addressLength < 0
                || addressLength > MAX_ADDRESS_LENGTH
                || addressLength != length - ADDRESS_OFFSET) {
            return null;
        }
        final byte[] bytes = new byte[addressLength];
        buffer.getBytes(offset + ADDRESS_OFFSET, bytes);
        final String address = new String(bytes, StandardCharsets.ISO_8859_1);
        return address.isEmpty() || Address.isValid(address)
                ? new Announcement(endpointId, incarnation, address)
                : null;
    }
}
