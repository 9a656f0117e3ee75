package org.trivet.transport.auth;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * What each message of this layer begins with, and the layout of those that belong to a session.
 * Those of handshakes are drawn in {@link HandshakeCodec}. Little-endian.
 *
 * <pre>
 *   0       2     3      4        8          12         16        24         32
 *   +-------+-----+------+--------+----------+----------+---------+----------+------------+-----+
 *   | magic | ver | kind | sender | receiver | 0        | session | sequence | ciphertext | tag |
 *   +-------+-----+------+--------+----------+----------+---------+----------+------------+-----+
 *   | of every message                       | of a session's messages, kinds DATA and DONE, only |
 *
 *   magic      2 bytes, "TV"
 *   sender     endpoint ids
 *   receiver
 *   session    64-bit id, of both directions
 *   sequence   64-bit, from 1; of each direction its own
 *   ciphertext as long as the message: AES-256-GCM, with the sequence as its nonce
 *              (4 bytes of 0, 8 bytes big-endian) and bytes 0 to 31 as what is authenticated besides
 *   tag        16 bytes
 * </pre>
 */
final class AuthHeader {
    static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    static final short MAGIC = 0x5654;
    static final byte VERSION = 1;

    /** A message of the layer above. */
    static final byte DATA = 1;

    /** Of a session, and empty: its responder has begun it. */
    static final byte DONE = 2;

    static final byte HELLO = 3;
    static final byte ANSWER = 4;
    static final byte CONFIRM = 5;

    /** A session is not known. */
    static final byte LOST = 6;

    static final int VERSION_OFFSET = 2;
    static final int KIND_OFFSET = 3;
    static final int SENDER_OFFSET = 4;
    static final int RECEIVER_OFFSET = 8;
    static final int RESERVED_OFFSET = 12;

    /** Bytes that every message has. */
    static final int COMMON_LENGTH = 16;

    static final int SESSION_OFFSET = 16;
    static final int SEQUENCE_OFFSET = 24;
    static final int PAYLOAD_OFFSET = 32;
    static final int TAG_LENGTH = 16;

    /** By how much a message of a session is longer than what it carries. */
    static final int OVERHEAD = PAYLOAD_OFFSET + TAG_LENGTH;

    private AuthHeader() {}

    /** Writes what every message begins with. */
    static void put(
            final MutableDirectBuffer buffer,
            final byte kind,
            final int sender,
            final int receiver) {
        buffer.putShort(0, MAGIC, LE);
        buffer.putByte(VERSION_OFFSET, VERSION);
        buffer.putByte(KIND_OFFSET, kind);
        buffer.putInt(SENDER_OFFSET, sender, LE);
        buffer.putInt(RECEIVER_OFFSET, receiver, LE);
        buffer.putInt(RESERVED_OFFSET, 0, LE);
    }

    static boolean isOfThisLayer(final DirectBuffer buffer, final int offset, final int length) {
        return length >= COMMON_LENGTH && buffer.getShort(offset, LE) == MAGIC;
    }

    static byte version(final DirectBuffer buffer, final int offset) {
        return buffer.getByte(offset + VERSION_OFFSET);
    }

    static byte kind(final DirectBuffer buffer, final int offset) {
        return buffer.getByte(offset + KIND_OFFSET);
    }

    static int sender(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + SENDER_OFFSET, LE);
    }

    static int receiver(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + RECEIVER_OFFSET, LE);
    }

    static long session(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + SESSION_OFFSET, LE);
    }

    static long sequence(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + SEQUENCE_OFFSET, LE);
    }
}
