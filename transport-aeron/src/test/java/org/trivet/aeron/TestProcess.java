package org.trivet.aeron;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.IdleMode;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.transport.Transport;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A process that runs a driver, an endpoint or both, to be killed. */
final class TestProcess implements AutoCloseable {
    private static final long PAUSE_NS = 1_000_000L;

    private final Process process;

    private TestProcess(final Process process) {
        this.process = process;
    }

    /**
     * Arguments: {@code driver DIR}, {@code echo URI ID}, {@code driver DIR echo URI ID}. Ends when
     * its standard input does.
     */
    public static void main(final String[] args) throws IOException {
        final List<String> rest = new ArrayList<>(List.of(args));
        if (rest.getFirst().equals("driver")) {
            rest.removeFirst();
            AeronDriver.start(Path.of(rest.removeFirst()), IdleMode.BALANCED);
        }
        if (!rest.isEmpty()) {
            echo(URI.create(rest.get(1)), Integer.parseInt(rest.get(2)));
        }
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // only its end matters
        }
        System.exit(0);
    }

    /** Sends to endpoint 0 what comes, on a thread of its own. */
    private static void echo(final URI uri, final int endpointId) {
        final Transport endpoint = new AeronProvider().create(uri).open(endpointId);
        final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            while (true) {
                                if (endpoint.poll((buffer, offset, length) -> {}, 10) > 0) {
                                    while (endpoint.offer(0, message, 0, 8) < 0) {
                                        LockSupport.parkNanos(PAUSE_NS);
                                    }
                                }
                                LockSupport.parkNanos(PAUSE_NS);
                            }
                        });
    }

    /** Runs a driver; returns when it is ready. */
    static TestProcess driver(final Path directory) {
        return start(List.of("driver", directory.toString()));
    }

    /** Runs an endpoint that answers endpoint 0, and if wanted its driver. */
    static TestProcess echo(
            final AeronConfig config, final int endpointId, final boolean hasDriver) {
        final List<String> arguments = new ArrayList<>();
        if (hasDriver) {
            arguments.addAll(List.of("driver", config.directory().toString()));
        }
        arguments.addAll(List.of("echo", uri(config), String.valueOf(endpointId)));
        return start(arguments);
    }

    private static String uri(final AeronConfig config) {
        return config.media() == Media.IPC
                ? "aeron:ipc?dir=" + config.directory()
                : "aeron:udp?dir="
                        + config.directory()
                        + "&host="
                        + config.host()
                        + "&nodes="
                        + config.addresses().get(0)
                        + ","
                        + config.addresses().get(1);
    }

    private static TestProcess start(final List<String> arguments) {
        final List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Xmx64m",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                TestProcess.class.getName()));
        command.addAll(arguments);
        try {
            final Process process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            final BufferedReader output =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.UTF_8));
            final String line = output.readLine();
            if (!"ready".equals(line)) {
                process.destroyForcibly();
                throw new IllegalStateException("the process says " + line);
            }
            return new TestProcess(process);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
