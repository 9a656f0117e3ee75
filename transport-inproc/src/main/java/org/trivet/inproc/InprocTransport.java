package org.trivet.inproc;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.trivet.transport.Transport;

import java.lang.invoke.VarHandle;

/**
 * An endpoint: the ring in which others put its messages, and the way to the rings of the others.
 *
 * <p>Senders may still be putting messages into the ring while it closes: its memory is addressable
 * until nobody refers to it any more.
 */
final class InprocTransport implements Transport {
    private static final int MESSAGE_TYPE = 1;

    private final InprocNetwork network;
    private final int endpointId;
    private final InprocMemory memory;
    private final ManyToOneRingBuffer ring;
    private final MessageHandler adapter = this::onRecord;

    private Handler handler;
    private boolean isPolling;
    private volatile Runnable wakeUp = () -> {};
    private volatile boolean isClosed;

    InprocTransport(final InprocNetwork network, final int endpointId, final int ringLength) {
        this.network = network;
        this.endpointId = endpointId;
        memory = new InprocMemory(ringLength + RingBufferDescriptor.TRAILER_LENGTH);
        ring = new ManyToOneRingBuffer(new UnsafeBuffer(memory.buffer()));
    }

    @Override
    public int endpointId() {
        return endpointId;
    }

    @Override
    public int maxMessageLength() {
        return ring.maxMsgLength();
    }

    @Override
    public long offer(
            final int destination, final DirectBuffer buffer, final int offset, final int length) {
        return offer(destination, buffer, offset, length, buffer, offset, 0);
    }

    @Override
    public long offer(
            final int destination,
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
        first.boundsCheck(firstOffset, firstLength);
        second.boundsCheck(secondOffset, secondLength);
        if (isClosed) {
            return CLOSED;
        }
        if ((long) firstLength + secondLength > maxMessageLength()) {
            return TOO_LONG;
        }

        final InprocTransport receiver = network.find(destination);
        return receiver == null
                ? NOT_CONNECTED
                : receiver.put(first, firstOffset, firstLength, second, secondOffset, secondLength);
    }

    @Override
    public int poll(final Handler handler, final int limit) {
        if (isPolling) {
            throw new IllegalStateException(
                    "inproc: poll of endpoint " + endpointId + " within its handler");
        }
        if (isClosed) {
            return 0;
        }
        this.handler = handler;
        isPolling = true;
        try {
            final int count = ring.read(adapter, limit);
            // a read ends where the ring wraps: without the second, messages after that would wait
            // for another wake-up
            return count == limit || isClosed ? count : count + ring.read(adapter, limit - count);
        } finally {
            isPolling = false;
            if (isClosed) {
                memory.release();
            }
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Whatever the wake-up reads was read after the message became visible to the receiver. It
     * may still be called for a short while after this endpoint has closed.
     */
    @Override
    public boolean onArrival(final Runnable wakeUp) {
        this.wakeUp = wakeUp;
        wakeUp.run();
        return true;
    }

    @Override
    public void close() {
        disconnect();
        if (!isPolling) {
            memory.release();
        }
    }

    /**
     * Ends the delivery to this endpoint, from any thread. Only its owner can give the memory back.
     */
    void disconnect() {
        isClosed = true;
        network.remove(this);
    }

    private long put(
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
        final int index = ring.tryClaim(MESSAGE_TYPE, firstLength + secondLength);
        if (index < 0) {
            return isClosed ? NOT_CONNECTED : BACK_PRESSURED;
        }

        ring.buffer().putBytes(index, first, firstOffset, firstLength);
        ring.buffer().putBytes(index + firstLength, second, secondOffset, secondLength);
        try {
            ring.commit(index);
        } catch (final IllegalStateException ex) {
            if (isClosed) {
                return NOT_CONNECTED; // its pages went while the message was being put
            }
            throw ex;
        }

        // The message must be seen before the wake-up looks whether the receiver is parked.
        VarHandle.fullFence();
        wakeUp.run();
        return 0;
    }

    private void onRecord(
            final int messageType, final DirectBuffer buffer, final int offset, final int length) {
        if (!isClosed) {
            handler.onMessage(buffer, offset, length);
        }
    }
}
