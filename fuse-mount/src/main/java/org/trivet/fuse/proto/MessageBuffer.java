package org.trivet.fuse.proto;

import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory for one message, outside the heap, placed so that what follows its headers begins on a
 * page:
 *
 * <pre>
 *  page border                page border
 *  |              +-----------+-------------------------------+
 *  |    unused    |  headers  |  payload: a file's bytes      |
 *  |              +-----------+-------------------------------+
 *                 0           headLength                      capacity
 * </pre>
 *
 * <p>The memory is freed when the last reference to this object is gone.
 */
public final class MessageBuffer {
    private static final int PAGE = 4096;

    private final MemorySegment memory;
    private final UnsafeBuffer bytes;

    MessageBuffer(final int headLength, final int payloadLength) {
        if (headLength > PAGE) {
            throw new IllegalArgumentException("headLength is " + headLength);
        }
        memory = Arena.ofAuto().allocate(PAGE + (long) payloadLength, PAGE);
        bytes = new UnsafeBuffer(memory.address() + PAGE - headLength, headLength + payloadLength);
    }

    /**
     * The message, from its header on.
     *
     * @return a buffer over this memory: good as long as this object is referred to.
     */
    public UnsafeBuffer bytes() {
        return bytes;
    }

    /**
     * Bytes that the message may have.
     *
     * @return the headers' and the payload's length.
     */
    public int capacity() {
        return bytes.capacity();
    }

    /**
     * Where the message begins.
     *
     * @return an address: good as long as this object is referred to.
     */
    public long address() {
        return bytes.addressOffset();
    }
}
