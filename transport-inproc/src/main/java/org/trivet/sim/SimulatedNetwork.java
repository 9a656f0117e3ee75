package org.trivet.sim;

import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.ReadOkDecoder;
import org.trivet.wire.sbe.WriteDecoder;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;

/**
 * A network in virtual time, as bad as its conditions say. It promises nothing of what a transport
 * may break: messages get lost, come twice, overtake each other, and reach whoever has the endpoint
 * by then.
 */
final class SimulatedNetwork {
    /** Shorter than a real transport's: nodes are cheaper so, and messages more. */
    static final int MAX_MESSAGE_LENGTH = 256 * 1024;

    private static final int MAX_WAITING = 8192;

    /** Added to a length, a template or a version it makes one that there is not. */
    private static final int UNKNOWN = 1000;

    private static final int VOLUME_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH;

    private final EventQueue events;
    private final Random random;
    private final Occurrences occurrences;
    private final Int2ObjectHashMap<Endpoint> endpoints = new Int2ObjectHashMap<>();
    private final LongHashSet cutLinks = new LongHashSet();
    private final CRC32C crc = new CRC32C();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private NetworkConditions conditions = NetworkConditions.GOOD;
    private long lastArrivalNs;
    private long lastEarlierArrivalNs;

    /** Messages sent before this, between two endpoints whose session was lost, never arrive. */
    private final org.agrona.collections.Long2LongHashMap lostBefore =
            new org.agrona.collections.Long2LongHashMap(Long.MIN_VALUE);

    SimulatedNetwork(final EventQueue events, final Random random, final Occurrences occurrences) {
        this.events = events;
        this.random = random;
        this.occurrences = occurrences;
    }

    void conditions(final NetworkConditions newConditions) {
        conditions = newConditions;
        lastEarlierArrivalNs = lastArrivalNs;
    }

    /** Whether messages are still under way that were sent under earlier conditions. */
    boolean hasEarlierMessages() {
        return events.nowNs() <= lastEarlierArrivalNs;
    }

    /** Opens an endpoint; an open one of the same id hears nothing any more. */
    Endpoint open(final int id, final Runnable onArrival) {
        final Endpoint endpoint = new Endpoint(id, onArrival);
        endpoints.put(id, endpoint);
        return endpoint;
    }

    /** Its process is no more. */
    void close(final int id) {
        final Endpoint endpoint = endpoints.get(id);
        if (endpoint != null) {
            endpoint.close();
        }
    }

    /** Cuts the way from one endpoint to another: what is sent on it is lost. */
    void cut(final int from, final int to) {
        cutLinks.add(link(from, to));
    }

    void restore(final int from, final int to) {
        cutLinks.remove(link(from, to));
    }

    void restoreAll() {
        cutLinks.clear();
    }

    /** Loses all that is under way between two endpoints. */
    void loseSession(final int one, final int other) {
        lostBefore.put(link(one, other), events.nowNs());
        lostBefore.put(link(other, one), events.nowNs());
    }

    private static long link(final int from, final int to) {
        return (long) from << 32 | to;
    }

    private void send(final int from, final int to, final byte[] message) {
        if (cutLinks.contains(link(from, to))) {
            occurrences.count(Occurrence.MESSAGE_CUT_OFF);
            return;
        }
        int copies = 1;
        if (random.nextDouble() < conditions.dropRate()) {
            copies = 0;
            occurrences.count(Occurrence.MESSAGE_DROPPED);
        }
        if (random.nextDouble() < conditions.repeatRate()) {
            copies++;
            occurrences.count(Occurrence.MESSAGE_REPEATED);
        }
        if (conditions.mangleRate() > 0 && random.nextDouble() < conditions.mangleRate()) {
            final byte[] mangled = mangle(message);
            events.after(conditions.delayNs(random), () -> deliver(from, to, mangled));
        }
        final long sentNs = events.nowNs();
        for (int i = 0; i < copies; i++) {
            byte[] sent = message;
            if (random.nextDouble() < conditions.flipRate()) {
                sent = flipBit(message);
            }
            final byte[] arriving = sent;
            final long delayNs = conditions.delayNs(random);
            lastArrivalNs = Math.max(lastArrivalNs, sentNs + delayNs);
            events.after(
                    delayNs,
                    () -> {
                        if (sentNs > lostBefore.get(link(from, to))) {
                            deliver(from, to, arriving);
                        }
                    });
        }
    }

    /**
     * Flips a bit of data: of what a write brings, or a read is answered. The rest of a message is
     * the transport's to protect.
     */
    private byte[] flipBit(final byte[] message) {
        view.wrap(message);
        header.wrap(view, 0);
        final int template = header.templateId();
        final boolean hasData =
                template == WriteDecoder.TEMPLATE_ID || template == ReadOkDecoder.TEMPLATE_ID;
        if (!hasData || message.length < 256) {
            return message;
        }
        final byte[] flipped = message.clone();
        flipped[message.length - 1 - random.nextInt(8)] ^= (byte) (1 << random.nextInt(8));
        occurrences.count(Occurrence.MESSAGE_DAMAGED);
        return flipped;
    }

    /** Makes a message that has to be refused: cut short, foreign, or no message at all. */
    private byte[] mangle(final byte[] message) {
        occurrences.count(Occurrence.MESSAGE_MANGLED);
        final byte[] mangled = Arrays.copyOf(message, message.length);
        view.wrap(mangled);
        switch (random.nextInt(4)) {
            case 0 -> {
                return Arrays.copyOf(message, random.nextInt(message.length));
            }
            case 1 -> view.putLong(VOLUME_OFFSET, random.nextLong());
            case 2 -> {
                final int field = 2 * random.nextInt(4); // of the header
                view.putShort(field, (short) (view.getShort(field) + UNKNOWN + random.nextInt(9)));
            }
            default -> random.nextBytes(mangled);
        }
        return mangled;
    }

    private void deliver(final int from, final int to, final byte[] message) {
        final Endpoint receiver = endpoints.get(to);
        if (receiver == null || receiver.inbox.size() >= MAX_WAITING) {
            return;
        }
        crc.reset();
        crc.update(message);
        events.trace(link(from, to) ^ crc.getValue() << 7);
        receiver.inbox.add(message);
        receiver.onArrival.run();
    }

    /** An endpoint of one process. */
    final class Endpoint implements Transport {
        private final int id;
        private final Runnable onArrival;
        private final ArrayDeque<byte[]> inbox = new ArrayDeque<>();
        private final UnsafeBuffer arrived = new UnsafeBuffer(0, 0);
        private boolean closed;

        private Endpoint(final int id, final Runnable onArrival) {
            this.id = id;
            this.onArrival = onArrival;
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
            return offer(destination, buffer, offset, length, buffer, 0, 0);
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
            if (closed) {
                return CLOSED;
            }
            if (firstLength + secondLength > MAX_MESSAGE_LENGTH) {
                return TOO_LONG;
            }
            if (random.nextDouble() < conditions.backPressureRate()) {
                occurrences.count(Occurrence.BACK_PRESSURE);
                return BACK_PRESSURED;
            }
            if (!endpoints.containsKey(destination) && random.nextBoolean()) {
                return NOT_CONNECTED; // sometimes it is noticed, sometimes not
            }
            final byte[] message = new byte[firstLength + secondLength];
            first.getBytes(firstOffset, message, 0, firstLength);
            second.getBytes(secondOffset, message, firstLength, secondLength);
            send(id, destination, message);
            return 0;
        }

        @Override
        public int poll(final Handler handler, final int limit) {
            int count = 0;
            while (count < limit && !closed && !inbox.isEmpty()) {
                final byte[] message = inbox.poll();
                arrived.wrap(message);
                handler.onMessage(arrived, 0, message.length);
                count++;
            }
            return count;
        }

        @Override
        public boolean onArrival(final Runnable wakeUp) {
            return false; // whoever opened it is woken
        }

        boolean hasWaiting() {
            return !inbox.isEmpty();
        }

        @Override
        public void close() {
            closed = true;
            inbox.clear();
            endpoints.remove(id, this);
        }
    }
}
