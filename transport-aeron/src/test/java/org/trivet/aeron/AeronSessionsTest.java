package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Endpoints that come and go, at two drivers over UDP or at one over shared memory. */
@Timeout(60)
class AeronSessionsTest {
    private static final int CLIENT = EndpointId.FIRST_CLIENT;

    private static Path parent;
    private static AeronDriver here;
    private static AeronDriver there;

    @BeforeAll
    static void startDrivers() {
        parent = TestPlaces.newDirectory();
        here = AeronDriver.start(parent.resolve("here"), IdleMode.BALANCED, TestPlaces.PATIENT);
        there =
                AeronDriver.start(
                        parent.resolve("there"), IdleMode.LOW_LATENCY, TestPlaces.PATIENT);
    }

    @AfterAll
    static void stopDrivers() {
        here.close();
        there.close();
        TestPlaces.remove(parent);
    }

    private static AeronConfig config(final Media media) {
        return media == Media.IPC
                ? AeronConfig.ipc(here.directory())
                : TestPlaces.udp(here.directory(), 3);
    }

    /** The same network seen by another process. */
    private static AeronConfig other(final AeronConfig config) {
        return config.media() == Media.IPC ? config : TestPlaces.at(config, there.directory());
    }

    @ParameterizedTest
    @EnumSource(Media.class)
    void aClientIsAnsweredAndSoIsOneThatHasTakenItsPlace(final Media media) {
        final AeronConfig config = config(media);
        try (AeronNetwork nodes = new AeronNetwork(config, TestPlaces.PATIENT);
                Transport node = nodes.open(0)) {
            assertEquals(
                    Transport.NOT_CONNECTED,
                    node.offer(CLIENT, new UnsafeBuffer(new byte[8]), 0, 8));
            for (int life = 0; life < 4; life++) {
                // Closed cleanly or not: the endpoint by itself, or with its whole process.
                try (AeronNetwork clients = new AeronNetwork(other(config), TestPlaces.PATIENT)) {
                    final Transport client = clients.open(CLIENT);
                    Messages.passOne(client, node);
                    Messages.passOne(node, client);
                    if (life % 2 == 0) {
                        client.close();
                    }
                }
            }
            assertEquals(0, nodes.snapshot().announcementsRefused());
        }
    }

    @ParameterizedTest
    @EnumSource(Media.class)
    void aNodeThatIsOpenedAgainIsReachedAndReaches(final Media media) {
        final AeronConfig config = config(media);
        try (AeronNetwork first = new AeronNetwork(config, TestPlaces.PATIENT);
                AeronNetwork second = new AeronNetwork(other(config), TestPlaces.PATIENT);
                Transport node = first.open(0)) {
            for (int life = 0; life < 4; life++) {
                try (Transport peer = second.open(1)) {
                    Messages.passOne(node, peer);
                    Messages.passOne(peer, node);
                }
            }
        }
    }

    @Test
    void longMessagesAreCarriedBetweenDrivers() {
        final AeronConfig config = config(Media.UDP);
        try (AeronNetwork first = new AeronNetwork(config, TestPlaces.PATIENT);
                AeronNetwork second = new AeronNetwork(other(config), TestPlaces.PATIENT);
                Transport node = first.open(0);
                Transport peer = second.open(1)) {
            final UnsafeBuffer message = new UnsafeBuffer(new byte[node.maxMessageLength()]);
            for (int i = 0; i < message.capacity(); i += 8) {
                message.putLong(i, i * 31L);
            }
            Messages.passOne(node, peer);
            final AtomicInteger sent = new AtomicInteger();
            final AtomicInteger taken = new AtomicInteger();
            TestPlaces.await(
                    () -> {
                        if (sent.get() < 20 && node.offer(1, message, 0, message.capacity()) >= 0) {
                            sent.incrementAndGet();
                        }
                        peer.poll(
                                (buffer, offset, length) -> {
                                    if (length > 64) {
                                        assertEquals(
                                                message, new UnsafeBuffer(buffer, offset, length));
                                        taken.incrementAndGet();
                                    }
                                },
                                1);
                        return taken.get() == 20;
                    });
        }
    }

    /** What is refused for it once would be missed: not all that is sent is offered again. */
    @Test
    void aChangeOfTermsRefusesNothing() {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[4096]);
        try (AeronNetwork network = new AeronNetwork(config(Media.IPC), TestPlaces.PATIENT);
                Transport node = network.open(0);
                Transport peer = network.open(1)) {
            Messages.passOne(node, peer);
            // Each round has a change of terms; others may be refused where the driver lags.
            TestPlaces.await(
                    () -> {
                        int refused = 0;
                        for (int sent = 0; sent < Channels.TERM_LENGTH; sent += 4096) {
                            if (node.offer(1, message, 0, message.capacity()) < 0) {
                                refused++;
                            }
                            peer.poll((buffer, offset, length) -> {}, 2);
                        }
                        return refused == 0;
                    });
        }
    }

    @Test
    void malformedAnnouncementsAreRefusedAndCountedAndTheirMessagesDropped() {
        final AeronConfig config = config(Media.UDP);
        try (AeronNetwork network = new AeronNetwork(config, TestPlaces.PATIENT);
                Transport node = network.open(0);
                Transport peer = network.open(1);
                Aeron stranger =
                        Aeron.connect(
                                new Aeron.Context()
                                        .aeronDirectoryName(there.directory().toString())
                                        .errorHandler(error -> {}));
                ExclusivePublication publication =
                        stranger.addExclusivePublication(
                                Channels.udpPublication(config.address(0)),
                                Channels.UDP_STREAM_ID)) {
            final UnsafeBuffer garbage = new UnsafeBuffer(new byte[40]);
            TestPlaces.await(
                    () ->
                            publication.offer(
                                            garbage,
                                            0,
                                            garbage.capacity(),
                                            (buffer, offset, length) -> Announcement.RESERVED_VALUE)
                                    > 0);
            TestPlaces.await(() -> publication.offer(garbage) > 0);
            final AtomicInteger taken = new AtomicInteger();
            TestPlaces.await(
                    () -> {
                        node.poll((buffer, offset, length) -> taken.incrementAndGet(), 10);
                        return network.snapshot().messagesUnannounced() == 1;
                    });
            assertEquals(1, network.snapshot().announcementsRefused());
            assertEquals(0, taken.get());
            TestPlaces.await(() -> !publication.isConnected());
            Messages.passOne(peer, node);
        }
    }

    @Test
    void aMessageThatIsTooLongIsDroppedAndCounted() {
        final AeronConfig config = config(Media.UDP);
        try (AeronNetwork network = new AeronNetwork(config, TestPlaces.PATIENT);
                Transport node = network.open(0);
                Aeron stranger =
                        Aeron.connect(
                                new Aeron.Context()
                                        .aeronDirectoryName(there.directory().toString())
                                        .errorHandler(error -> {}));
                ExclusivePublication publication =
                        stranger.addExclusivePublication(
                                Channels.udpPublication(config.address(0))
                                        .replace("term-length=16m", "term-length=64m"),
                                Channels.UDP_STREAM_ID)) {
            final UnsafeBuffer announcement = new Announcement(1, 1, "127.0.0.1:9").encode();
            final UnsafeBuffer message =
                    new UnsafeBuffer(new byte[Channels.MAX_MESSAGE_LENGTH + 1]);
            final AtomicInteger taken = new AtomicInteger();
            TestPlaces.await(
                    () ->
                            publication.offer(
                                            announcement,
                                            0,
                                            announcement.capacity(),
                                            (buffer, offset, length) -> Announcement.RESERVED_VALUE)
                                    > 0);
            TestPlaces.await(() -> publication.offer(message) > 0);
            TestPlaces.await(
                    () -> {
                        node.poll((buffer, offset, length) -> taken.incrementAndGet(), 10);
                        return network.snapshot().messagesTooLong() == 1;
                    });
            TestPlaces.await(() -> publication.offer(message, 0, 100) > 0);
            TestPlaces.await(
                    () ->
                            node.poll(
                                            (buffer, offset, length) -> {
                                                assertEquals(100, length);
                                                taken.incrementAndGet();
                                            },
                                            10)
                                    > 0);
            assertEquals(1, taken.get());
        }
    }

    @Test
    void aHandlerCannotPollAgain() {
        try (AeronNetwork network = new AeronNetwork(config(Media.IPC), TestPlaces.PATIENT);
                Transport endpoint = network.open(0)) {
            Messages.passOne(endpoint, endpoint);
            final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
            TestPlaces.await(() -> endpoint.offer(0, message, 0, 8) >= 0);
            assertThrows(
                    IllegalStateException.class,
                    () ->
                            TestPlaces.await(
                                    () ->
                                            endpoint.poll(
                                                            (buffer, offset, length) ->
                                                                    endpoint.poll(
                                                                            (b, o, l) -> {}, 1),
                                                            1)
                                                    > 0));
            Messages.pass(endpoint, endpoint, 1);
        }
    }

    @Test
    void aHandlerMayCloseTheEndpointOrTheNetwork() {
        for (final boolean whole : new boolean[] {false, true}) {
            final AeronNetwork network = new AeronNetwork(config(Media.IPC), TestPlaces.PATIENT);
            try {
                final Transport endpoint = network.open(0);
                final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
                message.putLong(0, 42);
                for (int i = 0; i < 3; i++) {
                    TestPlaces.await(() -> endpoint.offer(0, message, 0, 8) >= 0);
                }
                final AtomicInteger seen = new AtomicInteger();
                TestPlaces.await(
                        () ->
                                endpoint.poll(
                                                (buffer, offset, length) -> {
                                                    if (whole) {
                                                        network.close();
                                                    } else {
                                                        endpoint.close();
                                                    }
                                                    seen.incrementAndGet();
                                                    assertEquals(42, buffer.getLong(offset));
                                                },
                                                10)
                                        > 0);
                assertEquals(1, seen.get());
                assertEquals(Transport.CLOSED, endpoint.offer(0, message, 0, 8));
                assertEquals(0, endpoint.poll((buffer, offset, length) -> {}, 10));
            } finally {
                network.close();
            }
        }
    }

    @Test
    void aPortThatAnotherHasIsAnError() {
        final AeronConfig config = config(Media.UDP);
        try (AeronNetwork first = new AeronNetwork(config, TestPlaces.PATIENT);
                AeronNetwork second = new AeronNetwork(other(config), TestPlaces.PATIENT)) {
            first.open(0);
            final TrivetException error = assertThrows(TrivetException.class, () -> second.open(0));
            assertEquals(ErrorCode.BUSY, error.code());
            assertThrows(TrivetException.class, () -> second.open(0));
            second.open(1);
        }
    }

    @Test
    void aNodeWithoutAnAddressIsAnError() {
        try (AeronNetwork network = new AeronNetwork(config(Media.UDP), TestPlaces.PATIENT)) {
            assertEquals(
                    ErrorCode.INVALID,
                    assertThrows(TrivetException.class, () -> network.open(7)).code());
            assertEquals(
                    ErrorCode.INVALID,
                    assertThrows(TrivetException.class, () -> network.open(-1)).code());
        }
    }

    @Test
    void aWayThatHasBeenWithoutAReceiverForLongIsForgotten() {
        final AeronConfig config = config(Media.UDP);
        try (AeronNetwork network = new AeronNetwork(config, TestPlaces.PATIENT);
                Transport node = network.open(0);
                Transport peer = network.open(1)) {
            final AeronTransport endpoint = (AeronTransport) node;
            final Outbox outbox = endpoint.outbox();
            Messages.passOne(node, peer);
            node.offer(2, new UnsafeBuffer(new byte[8]), 0, 8);
            assertEquals(2, outbox.size());
            final long laterNs = System.nanoTime() + Outbox.UNCONNECTED_LIMIT_NS;
            outbox.tend(laterNs - TimeUnit.SECONDS.toNanos(1));
            assertEquals(2, outbox.size());
            outbox.tend(laterNs + TimeUnit.SECONDS.toNanos(1));
            assertEquals(1, outbox.size());
            Messages.pass(node, peer, 1);
        }
    }

    @Test
    void nobodyIsWokenAtAWayThatWasLostAfterSomethingWasSent() {
        final AeronConfig config = config(Media.IPC);
        try (AeronNetwork network = new AeronNetwork(config, TestPlaces.PATIENT);
                Transport node = network.open(0)) {
            final Outbox outbox = ((AeronTransport) node).outbox();
            try (Transport peer = network.open(1)) {
                Messages.passOne(node, peer);
                assertTrue(node.offer(1, new UnsafeBuffer(new byte[8]), 0, 8) >= 0);
                outbox.onReopened(1);
            }
            final long againNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
            while (againNs - System.nanoTime() > 0) {
                Thread.onSpinWait(); // until it may look for the receiver again
            }
            assertTrue(node.offer(1, new UnsafeBuffer(new byte[8]), 0, 8) < 0);
            assertEquals(0, node.poll((buffer, offset, length) -> {}, 1));
        }
    }

    @Test
    void theNumberOfWaysIsBounded() {
        try (AeronNetwork network = new AeronNetwork(config(Media.IPC), TestPlaces.PATIENT);
                Transport node = network.open(0);
                Transport peer = network.open(1)) {
            final Outbox outbox = ((AeronTransport) node).outbox();
            Messages.passOne(node, peer);
            final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
            for (int id = 2; id < Outbox.MAX_SIZE + 100; id++) {
                assertEquals(Transport.NOT_CONNECTED, node.offer(id, message, 0, 8));
            }
            assertEquals(Outbox.MAX_SIZE, outbox.size());
            Messages.pass(node, peer, 1);
            assertTrue(network.isConnected());
        }
    }
}
