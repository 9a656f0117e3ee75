package org.trivet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

@Timeout(60)
class ForegroundTest {
    /** Says that it is ready, and cannot be closed. */
    static final class Stubborn {
        private Stubborn() {}

        public static void main(final String[] args) {
            System.exit(
                    Foreground.run(
                            "stubborn",
                            () -> {
                                try (AutoCloseable _ =
                                        () -> {
                                            throw new IllegalStateException("it will not close");
                                        }) {
                                    System.out.println("ready");
                                    Foreground.awaitInterrupt();
                                } catch (final InterruptedException | RuntimeException e) {
                                    throw e;
                                } catch (final Exception e) {
                                    throw new AssertionError(e);
                                }
                            }));
        }
    }

    @Test
    void whatFailsAsItIsStoppedIsToldAndMakesItsExitCode() throws Exception {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Stubborn.class.getName()));
        final Process process = new ProcessBuilder(command).start();
        try {
            assertEquals("ready", process.inputReader().readLine());
            process.toHandle().destroy(); // SIGTERM; the streams stay
            assertEquals(1, process.waitFor());
            final String told = errors(process);
            assertTrue(told.contains("stubborn did not stop cleanly"), told);
            assertTrue(told.contains("it will not close"), told);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String errors(final Process process) throws IOException {
        return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
