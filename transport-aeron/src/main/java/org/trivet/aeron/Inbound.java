package org.trivet.aeron;

import io.aeron.Image;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

/**
 * A session in which another endpoint sends to this one: its announcement, and the message that is
 * being put together of fragments. For the endpoint's thread.
 *
 * <p>Not Aeron's assembler, because that has no bound, and keeps its buffers when a session ends.
 */
final class Inbound {
    private static final int FIRST_CAPACITY = 256 << 10;

    private final Image image;
    private Announcement announcement;
    private boolean isRejected;
    private UnsafeBuffer assembly;
    private int assembledLength;
    private boolean isAssembling;

    Inbound(final Image image) {
        this.image = image;
    }

    Image image() {
        return image;
    }

    /** Null before it has come. */
    Announcement announcement() {
        return announcement;
    }

    void announce(final Announcement what) {
        announcement = what;
    }

    /** True the first time. */
    boolean reject() {
        final boolean isFirst = !isRejected;
        isRejected = true;
        return isFirst;
    }

    /** Begins a message. */
    void begin() {
        isAssembling = true;
        assembledLength = 0;
    }

    /**
     * Appends a fragment, if the message's beginning was seen.
     *
     * @return false if the message has become too long, and is dropped.
     */
    boolean append(final DirectBuffer buffer, final int offset, final int length) {
        if (!isAssembling) {
            return true;
        }
        final int end = assembledLength + length;
        if (end > Channels.MAX_MESSAGE_LENGTH) {
            isAssembling = false;
            return false;
        }
        if (assembly == null || assembly.capacity() < end) {
            grow(end);
        }
        assembly.putBytes(assembledLength, buffer, offset, length);
        assembledLength = end;
        return true;
    }

    private void grow(final int length) {
        int capacity = assembly == null ? FIRST_CAPACITY : assembly.capacity();
        while (capacity < length) {
            capacity <<= 1;
        }
        final UnsafeBuffer grown = new UnsafeBuffer(ByteBuffer.allocateDirect(capacity));
        if (assembledLength > 0) {
            grown.putBytes(0, assembly, 0, assembledLength);
        }
        assembly = grown;
    }

    /** Ends a message; its length, or -1 if there is none. */
    int end() {
        final int length = isAssembling ? assembledLength : -1;
        isAssembling = false;
        return length;
    }

    DirectBuffer assembly() {
        return assembly;
    }
}
