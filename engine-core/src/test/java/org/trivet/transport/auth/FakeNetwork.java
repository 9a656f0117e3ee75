package org.trivet.transport.auth;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportFactory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A network on which nothing moves unless a test moves it. */
final class FakeNetwork implements TransportFactory {
    static final int MAX_MESSAGE_LENGTH = 1 << 20;

    /** A message that was sent. */
    record Packet(int from, int to, byte[] bytes) {
        byte kind() {
            return AuthHeader.kind(new UnsafeBuffer(bytes), 0);
        }

        Packet flipped(final int bit) {
            final byte[] changed = bytes.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            return new Packet(from, to, changed);
        }
    }

    /** What was sent and has not been delivered, in order. */
    final List<Packet> wire = new ArrayList<>();

    /** All that was ever sent. */
    final List<Packet> seen = new ArrayList<>();

    /** What offers to an endpoint return, if not 0. */
    final Map<Integer, Long> refusing = new HashMap<>();

    private final Map<Integer, Endpoint> endpoints = new HashMap<>();

    @Override
    public Transport open(final int endpointId) {
        final Endpoint endpoint = new Endpoint(endpointId);
        endpoints.put(endpointId, endpoint);
        return endpoint;
    }

    /** Puts a message into its receiver's inbox, if there is such a receiver. */
    void deliver(final Packet packet) {
        final Endpoint endpoint = endpoints.get(packet.to);
        if (endpoint != null) {
            endpoint.inbox.add(packet.bytes);
            endpoint.wakeUp.run();
        }
    }

    @Override
    public void close() {
        endpoints.values().forEach(endpoint -> endpoint.isClosed = true);
    }

    private final class Endpoint implements Transport {
        private final int id;
        private final ArrayDeque<byte[]> inbox = new ArrayDeque<>();
        private Runnable wakeUp = () -> {};
        private boolean isClosed;

        private Endpoint(final int id) {
            this.id = id;
        }

        @Override
        public int endpointId() {
            return id;
        }

        @Override
        public int maxMessageLength() {
            return MAX_MESSAGE_LENGTH;
        }

        @Override
        public long offer(
                final int destination,
                final DirectBuffer buffer,
                final int offset,
                final int length) {
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
            if (isClosed) {
                return CLOSED;
            }
            if (firstLength + secondLength > MAX_MESSAGE_LENGTH) {
                return TOO_LONG;
            }
            final long refusal = refusing.getOrDefault(destination, 0L);
            if (refusal != 0) {
                return refusal;
            }
            if (!endpoints.containsKey(destination)) {
                return NOT_CONNECTED;
            }
            final byte[] bytes = new byte[firstLength + secondLength];
            first.getBytes(firstOffset, bytes, 0, firstLength);
            second.getBytes(secondOffset, bytes, firstLength, secondLength);
            final Packet packet = new Packet(id, destination, bytes);
            wire.add(packet);
            seen.add(packet);
            return 0;
        }

        @Override
        public int poll(final Handler handler, final int limit) {
            int count = 0;
            while (count < limit && !isClosed && !inbox.isEmpty()) {
                count++;
                final byte[] bytes = inbox.poll();
                handler.onMessage(new UnsafeBuffer(bytes), 0, bytes.length);
            }
            return count;
        }

        @Override
        public boolean onArrival(final Runnable newWakeUp) {
            wakeUp = newWakeUp;
            return true;
        }

        @Override
        public void close() {
            isClosed = true;
            endpoints.remove(id, this);
        }
    }
}
