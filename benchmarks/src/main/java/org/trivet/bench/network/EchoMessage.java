package org.trivet.bench.network;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * The head of a message; what follows is the block, or nothing.
 *
 * <pre>
 *   0        4        8              16
 *   +--------+--------+--------------+---------
 *   | kind   | sender | correlation  | block ...      little-endian
 *   +--------+--------+--------------+---------
 * </pre>
 */
final class EchoMessage {
    static final int LENGTH = 16;

    /** A block, to be answered. */
    static final int ECHO = 1;

    /** A block, to be answered when two others have it, too. */
    static final int WRITE = 2;

    /** A block for one of the two. */
    static final int COPY = 3;

    /** One of the two has it. */
    static final int COPIED = 4;

    /** A question for a block. */
    static final int READ = 5;

    /** The answer; to a question with the block. */
    static final int DONE = 6;

    private static final int SENDER_OFFSET = 4;
    private static final int CORRELATION_OFFSET = 8;

    private EchoMessage() {}

    static UnsafeBuffer newHead() {
        return new UnsafeBuffer(new byte[LENGTH]);
    }

    static UnsafeBuffer put(
            final UnsafeBuffer head, final int kind, final int sender, final long correlation) {
        final MutableDirectBuffer buffer = head;
        buffer.putInt(0, kind, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(SENDER_OFFSET, sender, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(CORRELATION_OFFSET, correlation, ByteOrder.LITTLE_ENDIAN);
        return head;
    }

    static int kind(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset, ByteOrder.LITTLE_ENDIAN);
    }

    static int sender(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + SENDER_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    static long correlation(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + CORRELATION_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }
}
