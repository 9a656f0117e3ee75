package org.trivet.fuse.proto;

import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;

/**
 * Large message buffers for reuse, from any thread. There are as many as requests need one at once:
 * the kernel bounds those by its background limit plus one for each thread that waits in a system
 * call. Only so many idle ones are kept.
 */
final class BufferPool {
    private final ManyToManyConcurrentArrayQueue<MessageBuffer> idle;
    private final int headLength;
    private final int payloadLength;

    BufferPool(final int headLength, final int payloadLength, final int maxIdle) {
        this.headLength = headLength;
        this.payloadLength = payloadLength;
        this.idle = new ManyToManyConcurrentArrayQueue<>(maxIdle);
    }

    int payloadLength() {
        return payloadLength;
    }

    MessageBuffer acquire() {
        final MessageBuffer buffer = idle.poll();
        return buffer != null ? buffer : new MessageBuffer(headLength, payloadLength);
    }

    void release(final MessageBuffer buffer) {
        idle.offer(buffer); // one too many is left to the collector
    }
}
