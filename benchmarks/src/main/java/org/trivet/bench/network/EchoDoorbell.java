package org.trivet.bench.network;

import io.aeron.Aeron;

import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.status.CountersReader;
import org.trivet.aeron.SharedBell;
import org.trivet.transport.Doorbell;

/** Where a thread that echoes waits, as a node's does; and how the others find it. */
final class EchoDoorbell implements Doorbell {
    private final AtomicBuffer values;
    private final int counterId;
    private final SharedBell bell;

    /** Makes that of a place. */
    EchoDoorbell(final Aeron aeron, final int place) {
        values = aeron.countersReader().valuesBuffer();
        counterId = aeron.addCounter(SharedBell.TYPE_ID, label(place)).id();
        bell = new SharedBell(values, counterId);
    }

    private static String label(final int place) {
        return "echo-" + place;
    }

    /** The counter of a place; {@link CountersReader#NULL_COUNTER_ID} if there is none. */
    static int find(final Aeron aeron, final int place) {
        final int[] found = {CountersReader.NULL_COUNTER_ID};
        aeron.countersReader()
                .forEach(
                        (id, typeId, keyBuffer, label) -> {
                            if (typeId == SharedBell.TYPE_ID && label.equals(label(place))) {
                                found[0] = id;
                            }
                        });
        return found[0];
    }

    @Override
    public void listen() {
        bell.listen();
    }

    @Override
    public void await(final long pauseNs) {
        bell.await(pauseNs);
        bell.ignore();
    }

    @Override
    public void ignore() {
        bell.ignore();
    }

    @Override
    public void ring() {
        SharedBell.ring(values, counterId);
    }
}
