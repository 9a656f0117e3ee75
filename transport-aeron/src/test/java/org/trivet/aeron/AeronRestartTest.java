package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trivet.IdleMode;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Endpoints stay open while their driver ends and another begins. */
@Timeout(60)
class AeronRestartTest {
    private static final int CLIENT = EndpointId.FIRST_CLIENT;

    /** No call of a thread that polls may take so long. */
    private static final long LONG_CALL_NS = TimeUnit.MILLISECONDS.toNanos(1_500);

    /** Twice or so what it takes, for a loaded machine. */
    private static final long SEEN_NS = TimeUnit.SECONDS.toNanos(5);

    private Path parent;
    private Path directory;

    @BeforeEach
    void makeDirectory() {
        parent = TestPlaces.newDirectory();
        directory = parent.resolve("driver");
    }

    @AfterEach
    void removeDirectory() {
        TestPlaces.remove(parent);
    }

    private AeronConfig config(final Media media) {
        return media == Media.IPC ? AeronConfig.ipc(directory) : TestPlaces.udp(directory, 2);
    }

    @ParameterizedTest
    @EnumSource(Media.class)
    void messagesFlowAgainWhenTheDriverIsStartedAgain(final Media media) {
        final AeronConfig config = config(media);
        AeronDriver driver = AeronDriver.start(directory, IdleMode.BALANCED);
        try (AeronNetwork nodes = new AeronNetwork(config);
                AeronNetwork clients = new AeronNetwork(config);
                Transport node = nodes.open(0);
                Transport client = clients.open(CLIENT)) {
            Messages.passOne(client, node);
            Messages.passOne(node, client);
            driver.close();
            awaitDisconnection(node, CLIENT);
            awaitDisconnection(client, 0);
            TestPlaces.await(() -> !nodes.isConnected() && !clients.isConnected());
            assertFalse(node.isConnected());
            assertFalse(client.isConnected());

            driver = AeronDriver.start(directory, IdleMode.BALANCED);
            Messages.passOne(client, node);
            Messages.passOne(node, client);
            assertEquals(2, nodes.snapshot().connects());
            assertTrue(node.isConnected());
            assertTrue(client.isConnected());
        } finally {
            driver.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Media.class)
    void messagesFlowAgainWhenTheDriverWasKilledAndReplaced(final Media media)
            throws InterruptedException {
        final AeronConfig config = config(media);
        try (TestProcess process = TestProcess.driver(directory);
                AeronNetwork nodes = new AeronNetwork(config);
                AeronNetwork clients = new AeronNetwork(config);
                Transport node = nodes.open(0);
                Transport client = clients.open(CLIENT)) {
            Messages.passOne(client, node);
            Messages.passOne(node, client);
            process.kill();
            // At once: the clients still believe in the driver that was killed.
            try (AeronDriver driver = AeronDriver.start(directory, IdleMode.BALANCED)) {
                Messages.passOne(client, node);
                Messages.passOne(node, client);
                assertEquals(directory, driver.directory());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Media.class)
    void aProcessThatWasKilledIsSeenToBeGone(final Media media) throws InterruptedException {
        final AeronConfig config = config(media);
        try (AeronDriver driver = AeronDriver.start(directory, IdleMode.BALANCED);
                AeronNetwork network = new AeronNetwork(config);
                Transport node = network.open(0)) {
            // Over UDP with its driver, as on another machine.
            final boolean hasDriver = media == Media.UDP;
            final AeronConfig there =
                    hasDriver ? TestPlaces.at(config, parent.resolve("there")) : config;
            for (int life = 0; life < 2; life++) {
                try (TestProcess process = TestProcess.echo(there, 1, hasDriver)) {
                    awaitEcho(node);
                    process.kill();
                    final long startNs = System.nanoTime();
                    awaitDisconnection(node, 1);
                    final long tookNs = System.nanoTime() - startNs;
                    assertTrue(tookNs < SEEN_NS, () -> "it took " + tookNs + " ns");
                }
            }
            assertEquals(0, driver.errorCount());
        }
    }

    private static void awaitEcho(final Transport node) {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
        TestPlaces.await(
                () -> {
                    node.offer(1, message, 0, 8);
                    return node.poll((buffer, offset, length) -> assertEquals(8, length), 10) > 0;
                });
    }

    @Test
    void aNetworkMayBeThereBeforeItsDriver() {
        try (AeronNetwork network = new AeronNetwork(config(Media.IPC));
                Transport node = network.open(0)) {
            assertFalse(network.isConnected());
            assertEquals(
                    Transport.NOT_CONNECTED, node.offer(0, new UnsafeBuffer(new byte[8]), 0, 8));
            assertEquals(0, node.poll((buffer, offset, length) -> {}, 10));
            try (AeronDriver driver = AeronDriver.start(directory, IdleMode.BALANCED)) {
                Messages.passOne(node, node);
                assertEquals(0, driver.errorCount());
            }
        }
    }

    /** Sends and polls until there is no receiver any more, and no call takes long. */
    private static void awaitDisconnection(final Transport endpoint, final int destination) {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
        TestPlaces.await(
                () -> {
                    final long startNs = System.nanoTime();
                    final long result = endpoint.offer(destination, message, 0, 8);
                    endpoint.poll((buffer, offset, length) -> {}, 10);
                    assertTrue(System.nanoTime() - startNs < LONG_CALL_NS, "a call has waited");
                    return result == Transport.NOT_CONNECTED;
                });
    }
}
