package org.trivet.bench.network;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.logbuffer.FragmentHandler;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.aeron.SharedBell;
import org.trivet.transport.Doorbell;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A place that takes messages, and publications to the others: plain Aeron. For one thread. */
final class EchoEndpoint implements AutoCloseable {
    private static final int POLL_LIMIT = 64;
    private static final long CONNECT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long CONNECT_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Aeron aeron;
    private final int self;
    private final Subscription subscription;
    private final ExclusivePublication[] publications;
    private final UnsafeBuffer head = EchoMessage.newHead();
    private final Doorbell doorbell;
    private final int[] bells;

    EchoEndpoint(final Path driver, final EchoPlaces places, final int self) {
        this.self = self;
        aeron =
                Aeron.connect(
                        new Aeron.Context()
                                .aeronDirectoryName(driver.toString())
                                .threadFactory(Thread.ofPlatform().daemon().factory()));
        doorbell =
                places.media() == Media.IPC && SharedBell.isAvailable()
                        ? new EchoDoorbell(aeron, self)
                        : null;
        subscription = aeron.addSubscription(places.subscription(self), places.streamId(self));
        publications = new ExclusivePublication[places.numbers().size()];
        bells = new int[publications.length];
        for (int i = 0; i < publications.length; i++) {
            if (i != self) {
                publications[i] =
                        aeron.addExclusivePublication(places.publication(i), places.streamId(i));
            }
        }
    }

    /** Waits until all others listen. */
    void awaitOthers() {
        final long deadlineNs = System.nanoTime() + CONNECT_TIMEOUT_NS;
        for (final ExclusivePublication publication : publications) {
            while (publication != null && !publication.isConnected()) {
                if (deadlineNs - System.nanoTime() <= 0) {
                    throw new TrivetException(
                            ErrorCode.TIMED_OUT, "echo " + self + ": others do not listen");
                }
                LockSupport.parkNanos(CONNECT_PAUSE_NS);
            }
        }
        for (int place = 0; place < bells.length; place++) {
            bells[place] =
                    doorbell == null
                            ? CountersReader.NULL_COUNTER_ID
                            : EchoDoorbell.find(aeron, place);
        }
    }

    /** Where its thread waits; null if others cannot ring, as over UDP. */
    Doorbell doorbell() {
        return doorbell;
    }

    /** Sends a message. The windows are so much smaller than the logs that it hardly waits. */
    void send(
            final int place,
            final int kind,
            final long correlation,
            final DirectBuffer block,
            final int offset,
            final int length) {
        EchoMessage.put(head, kind, self, correlation);
        while (true) {
            final long result =
                    publications[place].offer(
                            head, 0, EchoMessage.LENGTH, block, offset, length, null);
            if (result >= 0) {
                if (bells[place] != CountersReader.NULL_COUNTER_ID) {
                    SharedBell.ring(aeron.countersReader().valuesBuffer(), bells[place]);
                }
                return;
            }
            if (result != Publication.BACK_PRESSURED && result != Publication.ADMIN_ACTION) {
                throw new TrivetException(ErrorCode.IO, "echo " + self + " cannot send: " + result);
            }
            Thread.yield();
        }
    }

    /** Sends a message without a block. */
    void send(final int place, final int kind, final long correlation) {
        send(place, kind, correlation, head, 0, 0);
    }

    /** Puts fragments of messages together. */
    static FragmentAssembler assembling(final FragmentHandler handler) {
        return new FragmentAssembler(handler);
    }

    int poll(final FragmentAssembler handler) {
        return subscription.poll(handler, POLL_LIMIT);
    }

    @Override
    public void close() {
        aeron.close();
    }
}
