package org.trivet.aeron;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Buffers in which messages are put together of fragments, each as long as the longest message. So
 * memory is taken for the messages that are on their way at a time, not for all sessions. Used
 * again last in, first out, so that what is used is what the processor's caches still hold. For the
 * endpoint's thread.
 */
final class AssemblyPool {
    /** Buffers kept: 32 MiB. */
    private static final int MAX_KEPT = 16;

    private final ArrayDeque<UnsafeBuffer> free = new ArrayDeque<>(MAX_KEPT);

    UnsafeBuffer take() {
        final UnsafeBuffer buffer = free.pollLast();
        return buffer != null
                ? buffer
                : new UnsafeBuffer(ByteBuffer.allocateDirect(Channels.MAX_MESSAGE_LENGTH));
    }

    void give(final UnsafeBuffer buffer) {
        if (free.size() < MAX_KEPT) {
            free.addLast(buffer);
        }
    }
}
