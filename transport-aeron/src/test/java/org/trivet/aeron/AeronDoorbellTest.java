package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trivet.IdleMode;
import org.trivet.WakeableIdleStrategy;
import org.trivet.transport.Doorbell;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Threads that wait for what arrives over shared memory. */
@Timeout(60)
class AeronDoorbellTest {
    private static final int CLIENT = EndpointId.FIRST_CLIENT;

    /** So long nothing ends a wait by itself. */
    private static final long LONG_NS = TimeUnit.SECONDS.toNanos(30);

    private Path parent;
    private AeronDriver driver;

    @BeforeEach
    void startDriver() {
        parent = TestPlaces.newDirectory();
        driver = AeronDriver.start(parent.resolve("driver"), IdleMode.BALANCED);
    }

    @AfterEach
    void stopDriver() {
        driver.close();
        TestPlaces.remove(parent);
    }

    private AeronNetwork network() {
        return new AeronNetwork(AeronConfig.ipc(driver.directory()));
    }

    /** Waits on a thread of its own; done when that has come back. */
    private static CompletableFuture<Void> await(final Doorbell doorbell) {
        final CountDownLatch listening = new CountDownLatch(1);
        final CompletableFuture<Void> end =
                CompletableFuture.runAsync(
                        () -> {
                            doorbell.listen();
                            listening.countDown();
                            doorbell.await(LONG_NS);
                        },
                        task -> Thread.ofPlatform().start(task));
        TestPlaces.await(() -> listening.getCount() == 0);
        return end;
    }

    private static void assertEnds(final CompletableFuture<Void> waiting) throws Exception {
        waiting.get(LONG_NS / 2, TimeUnit.NANOSECONDS);
    }

    @Test
    void whoeverRingsEndsTheWait() throws Exception {
        try (AeronNetwork nodes = network();
                Transport node = nodes.open(0)) {
            final CompletableFuture<Void> waiting = await(node.doorbell());
            node.doorbell().ring();
            assertEnds(waiting);

            node.doorbell().ring(); // nobody waits yet: the next wait ends at once
            assertEnds(await(node.doorbell()));
        }
    }

    @Test
    void oneDoorbellServesAllEndpointsOfANetwork() throws Exception {
        try (AeronNetwork nodes = network();
                AeronNetwork clients = network();
                Transport first = nodes.open(0);
                Transport second = nodes.open(1);
                Transport client = clients.open(CLIENT)) {
            assertEquals(first.doorbell(), second.doorbell());
            Messages.passOne(client, first);
            Messages.passOne(client, second);

            final CompletableFuture<Void> waiting = await(first.doorbell());
            Messages.passOne(client, second);
            assertEnds(waiting);
        }
    }

    @Test
    void rungWhileThereIsNoDriverAndAfterItIsBack() throws Exception {
        try (AeronNetwork nodes = network();
                AeronNetwork clients = network();
                Transport node = nodes.open(0);
                Transport client = clients.open(CLIENT)) {
            driver.close();
            TestPlaces.await(() -> !nodes.isConnected() && !clients.isConnected());
            final CompletableFuture<Void> waiting = await(node.doorbell());
            node.doorbell().ring();
            assertEnds(waiting);

            driver = AeronDriver.start(driver.directory(), IdleMode.BALANCED);
            Messages.passOne(client, node);
            final CompletableFuture<Void> again = await(node.doorbell());
            Messages.passOne(client, node);
            assertEnds(again);
        }
    }

    @Test
    void closingTheNetworkEndsTheWait() throws Exception {
        final AeronNetwork nodes = network();
        final Transport node = nodes.open(0);
        final Doorbell doorbell = node.doorbell();
        final CompletableFuture<Void> waiting = await(doorbell);
        nodes.close();
        assertEnds(waiting);

        doorbell.ring(); // what the connection had mapped is gone
        doorbell.listen();
        doorbell.await(1);
        doorbell.ignore();
    }

    @Test
    void overUdpThereIsNone() {
        try (AeronNetwork nodes = new AeronNetwork(TestPlaces.udp(driver.directory(), 1));
                Transport node = nodes.open(0)) {
            assertNull(node.doorbell());
        }
    }

    @Test
    void aThreadThatIsIdleIsWokenByAMessage() throws Exception {
        try (AeronNetwork nodes = network();
                AeronNetwork clients = network();
                Transport node = nodes.open(0);
                Transport client = clients.open(CLIENT)) {
            assertNotNull(node.doorbell());
            final WakeableIdleStrategy idleStrategy = new WakeableIdleStrategy();
            idleStrategy.watch(node);
            Messages.passOne(client, node);
            final int count = 1_000;
            final CompletableFuture<Void> answering =
                    CompletableFuture.runAsync(
                            () -> {
                                for (int taken = 0; taken < count; ) {
                                    final int polled = node.poll((buffer, at, length) -> {}, 1);
                                    taken += polled;
                                    idleStrategy.idle(polled);
                                }
                            },
                            task -> Thread.ofPlatform().start(task));
            for (int sent = 0; sent < count; ) {
                sent += client.offer(0, Messages.newMessage(), 0, Messages.LENGTH) >= 0 ? 1 : 0;
            }
            answering.get(30, TimeUnit.SECONDS);
            assertTrue(answering.isDone());
        }
    }
}
