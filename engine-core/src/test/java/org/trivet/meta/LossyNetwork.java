package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Transport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Endpoints in memory whose messages get lost, repeated and reordered, as a seed decides. */
final class LossyNetwork {
    static final int NOBODY = -1;

    private final Map<Integer, List<byte[]>> inboxes = new HashMap<>();
    private final Random random;
    double lossRate;
    double repeatRate;
    double reorderRate;

    /** What was offered last of each template. */
    private final Map<Integer, byte[]> lastOffered = new HashMap<>();

    /** What never arrives, by its template; -1 for nothing. */
    int lostTemplate = -1;

    /** The endpoint that nothing reaches, and which knows that. */
    int disconnected = NOBODY;

    LossyNetwork(final long seed) {
        random = new Random(seed);
    }

    Transport open(final int endpointId) {
        inboxes.put(endpointId, new ArrayList<>());
        return new Endpoint(endpointId);
    }

    /** What was offered last of a template. */
    byte[] lastOffered(final int templateId) {
        return lastOffered.get(templateId);
    }

    /** Delivers what was offered last of a template once more. */
    void repeatLast(final int templateId, final int destination) {
        inboxes.get(destination).add(lastOffered.get(templateId));
    }

    private void deliver(final List<byte[]> inbox, final byte[] message) {
        final boolean reorders = random.nextDouble() < reorderRate;
        inbox.add(reorders ? random.nextInt(inbox.size() + 1) : inbox.size(), message);
    }

    private final class Endpoint implements Transport {
        private final int id;

        private Endpoint(final int id) {
            this.id = id;
        }

        @Override
        public int endpointId() {
            return id;
        }

        @Override
        public int maxMessageLength() {
            return 2 << 20;
        }

        @Override
        public long offer(
                final int destination,
                final DirectBuffer buffer,
                final int offset,
                final int length) {
            final List<byte[]> inbox = inboxes.get(destination);
            if (inbox == null || disconnected == id || disconnected == destination) {
                return NOT_CONNECTED;
            }
            if (inbox.size() > 10_000) {
                return BACK_PRESSURED;
            }
            final byte[] message = new byte[length];
            buffer.getBytes(offset, message);
            lastOffered.put(Verbs.templateId(buffer, offset), message);
            if (random.nextDouble() >= lossRate
                    && Verbs.templateId(buffer, offset) != lostTemplate) {
                deliver(inbox, message);
            }
            if (random.nextDouble() < repeatRate) {
                deliver(inbox, message);
            }
            return 0;
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
            throw new UnsupportedOperationException();
        }

        @Override
        public int poll(final Handler handler, final int limit) {
            final List<byte[]> inbox = inboxes.get(id);
            int count = 0;
            while (count < limit && !inbox.isEmpty()) {
                final byte[] message = inbox.remove(0);
                handler.onMessage(new UnsafeBuffer(message), 0, message.length);
                count++;
            }
            return count;
        }

        @Override
        public boolean isConnected() {
            return disconnected != id;
        }

        @Override
        public boolean onArrival(final Runnable wakeUp) {
            return false;
        }

        @Override
        public void close() {
            inboxes.remove(id);
        }
    }
}
