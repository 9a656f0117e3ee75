package org.trivet.inproc;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.trivet.inproc.MessagePool.Message;
import org.trivet.transport.Transport;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An endpoint: the queue in which others put its messages, and the way to the queues of the others.
 * A message is copied once, into a pooled buffer by its sender, and read there.
 */
final class InprocTransport implements Transport {
    private static final int MAX_MESSAGE_LENGTH = 2 << 20;
    private static final int MAX_MESSAGES = 64 * 1024;

    private final InprocNetwork network;
    private final MessagePool pool;
    private final int endpointId;
    private final long queueLength;
    private final ManyToOneConcurrentArrayQueue<Message> queue =
            new ManyToOneConcurrentArrayQueue<>(MAX_MESSAGES);
    private final AtomicLong queuedBytes = new AtomicLong();

    private boolean isPolling;
    private volatile Runnable wakeUp = () -> {};
    private volatile boolean isClosed;

    InprocTransport(
            final InprocNetwork network,
            final MessagePool pool,
            final int endpointId,
            final int queueLength) {
        this.network = network;
        this.pool = pool;
        this.endpointId = endpointId;
        this.queueLength = queueLength;
    }

    @Override
    public int endpointId() {
        return endpointId;
    }

    @Override
    public int maxMessageLength() {
        return MAX_MESSAGE_LENGTH;
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
        if ((long) firstLength + secondLength > MAX_MESSAGE_LENGTH) {
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
        isPolling = true;
        try {
            int count = 0;
            while (count < limit && !isClosed) {
                final Message message = queue.poll();
                if (message == null) {
                    break;
                }
                count++;
                deliver(message, handler);
            }
            return count;
        } finally {
            isPolling = false;
            if (isClosed) {
                queue.clear();
            }
        }
    }

    private void deliver(final Message message, final Handler handler) {
        try {
            handler.onMessage(message.buffer, 0, message.length);
        } finally {
            queuedBytes.addAndGet(-message.buffer.capacity());
            pool.give(message);
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
            queue.clear();
        }
    }

    /**
     * Ends the delivery to this endpoint, from any thread. Only its owner empties its queue: what
     * late senders put there is dropped with it.
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
        if (isClosed) {
            return NOT_CONNECTED;
        }
        final Message message = pool.take(firstLength + secondLength);
        final int bytes = message.buffer.capacity();
        if (queuedBytes.addAndGet(bytes) > queueLength) {
            queuedBytes.addAndGet(-bytes);
            pool.give(message);
            return BACK_PRESSURED;
        }
        message.buffer.putBytes(0, first, firstOffset, firstLength);
        message.buffer.putBytes(firstLength, second, secondOffset, secondLength);
        if (!queue.offer(message)) {
            queuedBytes.addAndGet(-bytes);
            pool.give(message);
            return BACK_PRESSURED;
        }

        // The message must be seen before the wake-up looks whether the receiver is parked.
        VarHandle.fullFence();
        wakeUp.run();
        return 0;
    }
}
