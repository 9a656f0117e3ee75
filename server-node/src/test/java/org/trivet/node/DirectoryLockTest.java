package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

@Timeout(60)
class DirectoryLockTest {
    private static final int TAKEN = 0;
    private static final int REFUSED = 3;

    @TempDir private Path parent;

    /** A process that tries to take the lock of a directory. */
    static final class Other {
        private Other() {}

        public static void main(final String[] args) throws IOException {
            try (DirectoryLock _ = DirectoryLock.take(Path.of(args[0]))) {
                System.exit(TAKEN);
            } catch (final TrivetException e) {
                System.exit(e.code() == ErrorCode.BUSY ? REFUSED : 1);
            }
        }
    }

    private static int take(final Path directory) throws Exception {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        Other.class.getName(),
                        directory.toString()));
        final Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            process.waitFor(50, TimeUnit.SECONDS);
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static void refusedHere(final Path directory) {
        final TrivetException refusal =
                assertThrows(TrivetException.class, () -> DirectoryLock.take(directory));
        assertEquals(ErrorCode.BUSY, refusal.code());
    }

    @Test
    void aRefusalWithinTheProcessDoesNotLetAnotherProcessIn() throws Exception {
        final Path directory = parent.toRealPath();
        try (DirectoryLock _ = DirectoryLock.take(directory)) {
            assertEquals(REFUSED, take(directory));
            refusedHere(directory);
            assertEquals(REFUSED, take(directory));
        }
        assertEquals(TAKEN, take(directory));
        DirectoryLock.take(directory).close();
    }

    @Test
    void theLockIsPutBackWhereItWasDeleted() throws Exception {
        final Path directory = parent.toRealPath();
        try (DirectoryLock lock = DirectoryLock.take(directory)) {
            Files.delete(directory.resolve("lock"));
            lock.keep();
            refusedHere(directory);
            assertEquals(REFUSED, take(directory));
        }
    }
}
