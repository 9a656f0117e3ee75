package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.collections.IntHashSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.transport.Transport;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Answers to clients that the transport could not take yet: who reads much at once gets them faster
 * than it takes them. A client would ask again only after its timeout. What is held for one client
 * leaves in order; what it does not take for a while is dropped, and it asks again.
 */
final class HeldAnswers {
    /** As many bytes as a client has under way at most. */
    static final int MAX_BYTES = 8 << 20;

    static final int MAX_COUNT = 4096;

    /** Clients ask again after twice as long. */
    static final long PATIENCE_NS = 100_000_000L;

    private record Answer(int client, byte[] message, long sinceNs) {}

    private final Transport transport;
    private final NodeCounters counters;
    private final ArrayDeque<Answer> answers = new ArrayDeque<>();
    private final IntHashSet blocked = new IntHashSet();
    private final UnsafeBuffer message = new UnsafeBuffer();
    private long heldBytes;
    private long nowNs;

    HeldAnswers(final Transport transport, final NodeCounters counters) {
        this.transport = transport;
        this.counters = counters;
    }

    boolean isEmpty() {
        return answers.isEmpty();
    }

    /** Keeps a copy of an answer; false if there are too many. */
    boolean hold(final int client, final DirectBuffer buffer, final int offset, final int length) {
        if (heldBytes + length > MAX_BYTES || answers.size() == MAX_COUNT) {
            return false;
        }
        final byte[] copy = new byte[length];
        buffer.getBytes(offset, copy);
        answers.add(new Answer(client, copy, nowNs));
        heldBytes += length;
        return true;
    }

    /** Sends what the transport takes now. */
    int send(final long instantNs) {
        nowNs = instantNs;
        if (answers.isEmpty()) {
            return 0;
        }
        int count = 0;
        blocked.clear();
        for (final Iterator<Answer> each = answers.iterator(); each.hasNext(); ) {
            final Answer answer = each.next();
            final boolean isOld = nowNs - answer.sinceNs >= PATIENCE_NS;
            if (isOld || !blocked.contains(answer.client)) {
                message.wrap(answer.message);
                final long result =
                        transport.offer(answer.client, message, 0, answer.message.length);
                if (result == Transport.BACK_PRESSURED && !isOld) {
                    blocked.add(answer.client);
                    continue;
                }
                if (result < 0) {
                    counters.increment(Counter.BACK_PRESSURED);
                }
                each.remove();
                heldBytes -= answer.message.length;
                count++;
            }
        }
        return count;
    }
}
