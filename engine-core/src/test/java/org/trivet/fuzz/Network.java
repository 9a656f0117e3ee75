package org.trivet.fuzz;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.TransportDouble;

import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Endpoints in memory, one after the other; all that is delivered can be listened to. */
final class Network {
    static final int MAX_MESSAGE_LENGTH = 2 << 20;

    /** Decides what gets lost. */
    @FunctionalInterface
    interface Loss {
        boolean loses(int from, int to, int templateId);
    }

    /** Hears what is sent. */
    @FunctionalInterface
    interface Listener {
        void onMessage(int to, byte[] message);
    }

    private final Map<Integer, Endpoint> endpoints = new HashMap<>();

    /** What gets lost. */
    Loss loss = (from, to, templateId) -> false;

    /** Told of each message that is sent, and to whom; also of those that get lost. */
    Listener listener = (to, message) -> {};

    Endpoint open(final int id) {
        final Endpoint endpoint = new Endpoint(id);
        endpoints.put(id, endpoint);
        return endpoint;
    }

    final class Endpoint extends TransportDouble {
        private final int id;
        private final ArrayDeque<byte[]> inbox = new ArrayDeque<>();

        /** Takes the place of what would be polled, once. */
        Consumer<Handler> injection;

        /** Messages that were offered. */
        long offered;

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
                final DirectBuffer first,
                final int firstOffset,
                final int firstLength,
                final DirectBuffer second,
                final int secondOffset,
                final int secondLength) {
            if ((long) firstLength + secondLength > MAX_MESSAGE_LENGTH) {
                return TOO_LONG;
            }
            first.boundsCheck(firstOffset, firstLength);
            second.boundsCheck(secondOffset, secondLength);
            offered++;
            final byte[] bytes = new byte[firstLength + secondLength];
            first.getBytes(firstOffset, bytes, 0, firstLength);
            second.getBytes(secondOffset, bytes, firstLength, secondLength);
            listener.onMessage(destination, bytes);
            final Endpoint receiver = endpoints.get(destination);
            final int templateId =
                    first.getShort(firstOffset + 2, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
            if (receiver != null && !loss.loses(id, destination, templateId)) {
                receiver.inbox.add(bytes);
            }
            return 0;
        }

        @Override
        public int poll(final Handler handler, final int limit) {
            if (injection != null) {
                final Consumer<Handler> injected = injection;
                injection = null;
                injected.accept(handler);
                return 1;
            }
            int count = 0;
            while (count < limit && !inbox.isEmpty()) {
                final byte[] bytes = inbox.poll();
                handler.onMessage(new UnsafeBuffer(bytes), 0, bytes.length);
                count++;
            }
            return count;
        }

        @Override
        public void close() {
            endpoints.remove(id, this);
        }
    }
}
