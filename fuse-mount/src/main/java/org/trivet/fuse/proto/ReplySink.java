package org.trivet.fuse.proto;

import org.agrona.DirectBuffer;

/**
 * Where replies and notifications go: the device, or a test. May be called by several threads at
 * once.
 */
@FunctionalInterface
public interface ReplySink {
    /**
     * Sends one whole message. The buffer is borrowed for the call.
     *
     * @param buffer outside the heap.
     * @param offset where the message begins.
     * @param length its bytes.
     * @return 0, or the errno with which it was refused: ENOENT if nobody waits for the reply any
     *     more, ENODEV once the file system is unmounted.
     */
    int send(DirectBuffer buffer, int offset, int length);
}
