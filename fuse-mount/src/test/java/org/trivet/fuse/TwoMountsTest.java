package org.trivet.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Two mounts of one cluster, in processes of their own: the checks of {@code two-mounts}, see
 * there.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoMountsTest {
    @TempDir private static Path directory;

    private static final List<Process> RUNNING = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        Scripts.assumeMountable();
        Scripts.assumePresent("python3");
        final String data = directory.resolve("data").toString();
        serve("a", List.of("up", "--transport", "aeron:ipc", data));
        serve("b", List.of("mount", "--cluster", directory.resolve("data/cluster").toString()));
    }

    private static void serve(final String name, final List<String> arguments) throws IOException {
        final Path mount = Files.createDirectories(directory.resolve(name));
        final List<String> command = Scripts.trivet();
        command.addAll(arguments);
        command.add(mount.toString());
        final Path errors = directory.resolve(name + ".err");
        final Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        RUNNING.add(process);
        final String ready = process.inputReader().readLine();
        assertTrue(
                ready != null && ready.startsWith("ready "), () -> ready + "\n" + contents(errors));
    }

    private static String contents(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            return e.toString();
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        for (final Process process : RUNNING.reversed()) {
            process.toHandle().destroy(); // SIGTERM; leaves the pipes open
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it does not stop");
            assertEquals(0, process.exitValue());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"names", "attributes", "contents", "unlinked", "appends", "locks"})
    void whatIsDoneOnOneIsSeenOnTheOtherAtOnce(final String check) throws Exception {
        run(check);
    }

    @ParameterizedTest
    @ValueSource(strings = {"git", "sqlite"})
    void programsWorkOnBoth(final String program) throws Exception {
        if (program.equals("git")) {
            Scripts.assumePresent(program);
        }
        run(program);
    }

    private static void run(final String check) throws IOException, InterruptedException {
        final Scripts.Ended ended =
                Scripts.run(
                        100,
                        List.of(
                                "python3",
                                Scripts.script("two-mounts").toString(),
                                check,
                                "--mounts",
                                directory.resolve("a").toString(),
                                directory.resolve("b").toString()));
        assertEquals(0, ended.status(), ended.output());
    }
}
