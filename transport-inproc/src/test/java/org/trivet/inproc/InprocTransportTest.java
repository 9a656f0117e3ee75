package org.trivet.inproc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportContract;
import org.trivet.transport.TransportFactory;
import org.trivet.transport.TransportProvider;

import java.net.URI;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicInteger;

class InprocTransportTest extends TransportContract {
    @Override
    protected TransportFactory newFactory() {
        return new InprocNetwork();
    }

    @Test
    void aPollGoesOnWhereTheRingWraps() {
        try (InprocNetwork network = new InprocNetwork(InprocNetwork.MIN_QUEUE_LENGTH);
                Transport sender = network.open(0);
                Transport receiver = network.open(1)) {
            final UnsafeBuffer message = new UnsafeBuffer(new byte[1_500_000]);
            for (int i = 0; i < 100; i++) {
                assertEquals(0, sender.offer(1, message, 0, message.capacity()));
                assertEquals(0, sender.offer(1, message, 0, 8));
                assertEquals(2, receiver.poll((buffer, offset, length) -> {}, 10));
            }
        }
    }

    @Test
    void aHandlerCannotPollAgain() {
        try (InprocNetwork network = new InprocNetwork();
                Transport endpoint = network.open(0)) {
            endpoint.offer(0, new UnsafeBuffer(new byte[8]), 0, 8);
            assertThrows(
                    IllegalStateException.class,
                    () ->
                            endpoint.poll(
                                    (buffer, offset, length) -> endpoint.poll((b, o, l) -> {}, 1),
                                    1));
            assertEquals(0, endpoint.poll((buffer, offset, length) -> {}, 1));
        }
    }

    @Test
    void aMessageStaysWholeWhenItsHandlerClosesTheEndpoint() {
        try (InprocNetwork network = new InprocNetwork()) {
            final Transport endpoint = network.open(0);
            final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
            message.putLong(0, 42);
            endpoint.offer(0, message, 0, 8);
            endpoint.offer(0, message, 0, 8);
            final AtomicInteger seen = new AtomicInteger();
            endpoint.poll(
                    (buffer, offset, length) -> {
                        endpoint.close();
                        seen.incrementAndGet();
                        assertEquals(42, buffer.getLong(offset));
                    },
                    10);
            assertEquals(1, seen.get());
        }
    }

    @Test
    void theSameNameIsTheSameNetworkUntilTheLastHasLeft() {
        final TransportProvider provider =
                ServiceLoader.load(TransportProvider.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(found -> found.scheme().equals("inproc"))
                        .findAny()
                        .orElseThrow();
        final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
        final TransportFactory first = provider.create(URI.create("inproc:shared?queue=16m"));
        final TransportFactory second = provider.create(URI.create("inproc:shared"));
        try (TransportFactory other = provider.create(URI.create("inproc:other"))) {
            final Transport sender = first.open(0);
            final Transport receiver = second.open(1);
            assertEquals((16 << 20) / 8 - 8, sender.maxMessageLength(), 8);
            assertEquals(0, sender.offer(1, message, 0, 8));
            assertEquals(Transport.NOT_CONNECTED, other.open(0).offer(1, message, 0, 8));

            first.close();
            assertEquals(Transport.CLOSED, sender.offer(1, message, 0, 8));
            assertEquals(1, receiver.poll((buffer, offset, length) -> {}, 10));
            assertEquals(0, receiver.offer(1, message, 0, 8));
            first.close();
            second.close();
            assertEquals(Transport.CLOSED, receiver.offer(1, message, 0, 8));
        }
        provider.create(URI.create("inproc:shared?queue=64m")).close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inproc:a/b",
                "inproc:a?queue=",
                "inproc:a?queue=1m",
                "inproc:a?queue=17m",
                "inproc:a?queue=999999999m",
                "inproc:a?x=1",
                "other:a"
            })
    void refusesWhatItDoesNotUnderstand(final String uri) {
        final TrivetException error =
                assertThrows(
                        TrivetException.class,
                        () -> new InprocProvider().create(URI.create(uri)).close());
        assertEquals(ErrorCode.INVALID, error.code());
    }

    @Test
    void aNameHasOneRingLength() {
        final InprocProvider provider = new InprocProvider();
        try (TransportFactory factory = provider.create(URI.create("inproc:sized?queue=16m"))) {
            assertThrows(
                    TrivetException.class,
                    () -> provider.create(URI.create("inproc:sized?queue=32m")));
            factory.open(1);
        }
    }
}
