package org.trivet.aeron;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A process that runs a driver, to be killed. */
final class DriverProcess implements AutoCloseable {
    private final Process process;

    private DriverProcess(final Process process) {
        this.process = process;
    }

    /** Argument: the directory. Ends when its standard input does. */
    public static void main(final String[] args) throws IOException {
        try (AeronDriver driver = AeronDriver.start(Path.of(args[0]), IdleMode.BALANCED)) {
            System.out.println("ready " + driver.directory());
            while (System.in.read() >= 0) {
                // only its end matters
            }
        }
    }

    /** Returns when the driver is ready. */
    static DriverProcess start(final Path directory) {
        try {
            final Process process =
                    new ProcessBuilder(
                                    List.of(
                                            Path.of(System.getProperty("java.home"), "bin", "java")
                                                    .toString(),
                                            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                                            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                                            "--enable-native-access=ALL-UNNAMED",
                                            "--sun-misc-unsafe-memory-access=allow",
                                            "-Xmx64m",
                                            "-XX:TieredStopAtLevel=1",
                                            "-cp",
                                            System.getProperty("java.class.path"),
                                            DriverProcess.class.getName(),
                                            directory.toString()))
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            final BufferedReader output =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.UTF_8));
            final String line = output.readLine();
            if (line == null || !line.startsWith("ready")) {
                process.destroyForcibly();
                throw new IllegalStateException("the driver's process says " + line);
            }
            return new DriverProcess(process);
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
