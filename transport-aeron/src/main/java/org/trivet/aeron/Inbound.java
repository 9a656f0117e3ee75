package org.trivet.aeron;

import io.aeron.Image;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A session in which another endpoint sends to this one: its announcement, and the message that is
 * being put together of fragments. For the endpoint's thread.
 *
 * <p>Not Aeron's assembler, because that has no bound, and keeps its buffers when a session ends.
 */
final class Inbound {
    private final Image image;
    private final AssemblyPool pool;
    private Announcement announcement;
    private boolean isRejected;

    /** Holds the message that is being put together; null if none is. */
    private UnsafeBuffer assembly;

    private int assembledLength;

    Inbound(final Image image, final AssemblyPool pool) {
        this.image = image;
        this.pool = pool;
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
        if (assembly == null) {
            assembly = pool.take();
        }
        assembledLength = 0;
    }

    /**
     * Appends a fragment, if the message's beginning was seen.
     *
     * @return false if the message has become too long, and is dropped.
     */
    boolean append(final DirectBuffer buffer, final int offset, final int length) {
        if (assembly == null) {
            return true;
        }
        if (assembledLength + length > Channels.MAX_MESSAGE_LENGTH) {
            end();
            return false;
        }
        assembly.putBytes(assembledLength, buffer, offset, length);
        assembledLength += length;
        return true;
    }

    /** The message so far; null if there is none. */
    DirectBuffer assembly() {
        return assembly;
    }

    int assembledLength() {
        return assembledLength;
    }

    /** Ends a message, whether or not it was whole. */
    void end() {
        if (assembly != null) {
            pool.give(assembly);
            assembly = null;
        }
    }
}
