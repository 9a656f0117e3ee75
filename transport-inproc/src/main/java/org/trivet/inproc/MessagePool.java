package org.trivet.inproc;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Buffers of messages under way, used again last in, first out, so that what is used is what the
 * processor's caches still hold. Safe for use by several threads.
 */
final class MessagePool {
    private static final int SMALLEST_SHIFT = 9;
    private static final int CLASSES = 14;
    private static final long MAX_KEPT_BYTES = 64L << 20;

    /** A message; whoever holds it owns it. */
    static final class Message {
        final UnsafeBuffer buffer;
        final int sizeClass;
        int length;

        Message(final int sizeClass) {
            this.sizeClass = sizeClass;
            this.buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(size(sizeClass)));
        }
    }

    private final ArrayDeque<Message>[] free;
    private long keptBytes;

    @SuppressWarnings({"unchecked", "rawtypes"})
    MessagePool() {
        free = new ArrayDeque[CLASSES];
        for (int i = 0; i < CLASSES; i++) {
            free[i] = new ArrayDeque<>();
        }
    }

    private static int size(final int sizeClass) {
        return 1 << SMALLEST_SHIFT + sizeClass;
    }

    Message take(final int length) {
        final int bits = 32 - Integer.numberOfLeadingZeros(Math.max(length, 1) - 1);
        final int sizeClass = Math.max(0, bits - SMALLEST_SHIFT);
        Message message;
        synchronized (this) {
            message = free[sizeClass].pollLast();
            if (message != null) {
                keptBytes -= size(sizeClass);
            }
        }
        if (message == null) {
            message = new Message(sizeClass);
        }
        message.length = length;
        return message;
    }

    void give(final Message message) {
        synchronized (this) {
            if (keptBytes < MAX_KEPT_BYTES) {
                keptBytes += size(message.sizeClass);
                free[message.sizeClass].addLast(message);
            }
        }
    }
}
