package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

@Timeout(60)
class LmdbLibraryTest {
    private static final int KILLED = 137;

    @TempDir private Path parent;

    /** A process that opens a store, and then ends as kill -9 would end it. */
    static final class Killed {
        private Killed() {}

        public static void main(final String[] args) {
            new LmdbKeyValueStore(Path.of(args[0]), 1L << 30);
            Runtime.getRuntime().halt(KILLED);
        }
    }

    @Test
    void aProcessThatIsKilledLeavesNoLibraryBehind() throws Exception {
        final Path temporary = Files.createDirectory(parent.resolve("tmp"));
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of(
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Killed.class.getName(),
                        parent.resolve("index").toString()));
        final Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            assertTrue(process.waitFor(50, TimeUnit.SECONDS));
        } finally {
            process.destroyForcibly();
        }
        assertEquals(KILLED, process.exitValue());
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
