package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.IoUtil;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Directories and ports for tests, and waiting. */
final class TestPlaces {
    /** For tests that are not about it: a loaded machine may stand still for longer than usual. */
    static final Liveness PATIENT = new Liveness(TimeUnit.SECONDS.toNanos(8), 8_000);

    private static final int MIN_PORT = 20_000;
    private static final int MAX_PORT = 32_000;
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(30);

    private TestPlaces() {}

    /** A directory for drivers' directories, in memory if there is such a place. */
    static Path newDirectory() {
        final Path memory = Path.of("/dev/shm");
        try {
            return Files.isWritable(memory)
                    ? Files.createTempDirectory(memory, "trivet-test-")
                    : Files.createTempDirectory("trivet-test-");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void remove(final Path directory) {
        IoUtil.delete(directory.toFile(), true);
    }

    /**
     * Addresses at which nobody listens. Below the ports that the system gives to those who ask for
     * any, or one of them might have got it by the time it is used.
     */
    static List<String> freeAddresses(final int count) {
        final List<String> addresses = new ArrayList<>();
        while (addresses.size() < count) {
            final int port = ThreadLocalRandom.current().nextInt(MIN_PORT, MAX_PORT);
            final String address = "127.0.0.1:" + port;
            if (!addresses.contains(address) && isFree(port)) {
                addresses.add(address);
            }
        }
        return addresses;
    }

    private static boolean isFree(final int port) {
        try (DatagramSocket socket =
                new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            return socket.isBound();
        } catch (final SocketException e) {
            return false;
        }
    }

    /** UDP at free ports of this machine. */
    static AeronConfig udp(final Path directory, final int nodes) {
        AeronConfig config = AeronConfig.udp(directory, "127.0.0.1", 0);
        final List<String> addresses = freeAddresses(nodes);
        for (int i = 0; i < nodes; i++) {
            config = config.with(i, addresses.get(i));
        }
        return config;
    }

    /** The same seen from the processes that use another driver. */
    static AeronConfig at(final AeronConfig config, final Path directory) {
        return new AeronConfig(
                config.media(), directory, config.host(), config.port(), config.addresses());
    }

    static void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + DEADLINE_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(deadlineNs - System.nanoTime() > 0, "it took too long");
            Thread.yield();
        }
    }
}
