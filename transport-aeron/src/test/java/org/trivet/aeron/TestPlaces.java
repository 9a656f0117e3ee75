package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.IoUtil;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Directories and ports for tests, and waiting. */
final class TestPlaces {
    /** For tests that are not about it: a loaded machine may stand still for longer than usual. */
    static final Liveness PATIENT = new Liveness(TimeUnit.SECONDS.toNanos(8), 8_000);

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

    /** UDP at free ports of this machine. */
    static AeronConfig udp(final Path directory, final int nodes) {
        AeronConfig config = AeronConfig.udp(directory, "127.0.0.1", 0);
        final List<Integer> ports = LoopbackPorts.choose(nodes);
        for (int i = 0; i < nodes; i++) {
            config = config.with(i, "127.0.0.1:" + ports.get(i));
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
