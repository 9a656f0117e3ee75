package org.trivet.meta;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.trivet.transport.Transport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Replies that wait until what they say is durable. They leave in order; one that cannot be sent
 * for a while is dropped, since it will be asked for again.
 *
 * <pre>
 *    0  int64  written position to wait for
 *    8  int64  synced position to wait for
 *   16  int32  destination
 *   20         the reply
 * </pre>
 */
final class ReplyQueue {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int MESSAGES_HELD = 4;
    private static final int PREFIX = 20;
    private static final int SEND_LIMIT = 256;
    private static final int MAX_TRIES = 64;

    private final Transport transport;
    private final CommandLog log;
    private final OneToOneRingBuffer ring;
    private final ControlledMessageHandler sender = this::onQueued;
    private int tries;
    private long dropped;

    ReplyQueue(final Transport transport, final CommandLog log) {
        this.transport = transport;
        this.log = log;
        final int capacity =
                MESSAGES_HELD * BitUtil.findNextPositivePowerOfTwo(transport.maxMessageLength());
        ring =
                new OneToOneRingBuffer(
                        new UnsafeBuffer(
                                ByteBuffer.allocateDirect(
                                        capacity + RingBufferDescriptor.TRAILER_LENGTH)));
    }

    /** Whether more requests should be taken. */
    boolean hasRoom() {
        return ring.capacity() - ring.size() > ring.capacity() / MESSAGES_HELD;
    }

    /** Adds a reply that tells of the present state. */
    void add(final int destination, final DirectBuffer reply, final int length) {
        add(destination, reply, length, log.mustSyncTo());
    }

    /** Adds a reply that waits until everything is synced. */
    void addSynced(final int destination, final DirectBuffer reply, final int length) {
        add(destination, reply, length, log.appended());
    }

    private void add(
            final int destination, final DirectBuffer reply, final int length, final long synced) {
        final int index = ring.tryClaim(1, PREFIX + length);
        if (index < 0) {
            dropped++;
            return;
        }
        ring.buffer().putLong(index, log.appended(), LE);
        ring.buffer().putLong(index + 8, synced, LE);
        ring.buffer().putInt(index + 16, destination, LE);
        ring.buffer().putBytes(index + PREFIX, reply, 0, length);
        ring.commit(index);
    }

    /** Sends what may leave. */
    int send() {
        return ring.controlledRead(sender, SEND_LIMIT);
    }

    private ControlledMessageHandler.Action onQueued(
            final int type, final MutableDirectBuffer buffer, final int index, final int length) {
        if (!log.isWritten(buffer.getLong(index, LE))
                || !log.isSynced(buffer.getLong(index + 8, LE))) {
            return ControlledMessageHandler.Action.ABORT;
        }
        final int destination = buffer.getInt(index + 16, LE);
        final long result = transport.offer(destination, buffer, index + PREFIX, length - PREFIX);
        if (result == Transport.BACK_PRESSURED && ++tries < MAX_TRIES) {
            return ControlledMessageHandler.Action.ABORT;
        }
        tries = 0;
        if (result < 0) {
            dropped++;
        }
        return ControlledMessageHandler.Action.CONTINUE;
    }

    /** Replies that could not be sent. */
    long dropped() {
        return dropped;
    }
}
