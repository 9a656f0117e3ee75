package org.trivet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starting and stopping, by processes. */
@Timeout(60)
class UpProcessTest {
    @TempDir private Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void runsUntilItIsToldToStopAndThenExitsWithZero() throws Exception {
        final Path data = directory.resolve("data");
        final Process up =
                start(List.of(), "up", data.toString(), "--nodes", "5", "--block-size", "4KiB");
        try (BufferedReader out = up.inputReader()) {
            final String ready = out.readLine();
            assertTrue(ready.startsWith("ready " + data), ready);
            assertTrue(
                    ready.contains("5 nodes, 3 copies, blocks of 4KiB, crc32c, durability process"),
                    ready);
            assertTrue(ready.endsWith("pid " + up.pid()), ready);

            assertFails("another process uses " + data, "up", data.toString());
            assertEquals(0, start(List.of(), "status", data.toString()).waitFor());

            up.toHandle().destroy(); // SIGTERM; leaves the pipes open
            assertEquals("closed", out.readLine());
            assertEquals(0, up.waitFor());
        }
        assertFails(
                "was created with --nodes 5, which cannot be changed to 4",
                "up",
                data.toString(),
                "--nodes",
                "4");
        assertFails("no cluster runs on", "status", data.toString());
    }

    @Test
    void canBeStoppedWhileItStarts() throws Exception {
        final Process up =
                start(List.of("-Dfake.hang=1"), "up", directory.resolve("data").toString());
        try (BufferedReader out = up.inputReader()) {
            assertEquals("starting", out.readLine());
            up.toHandle().destroy(); // SIGTERM; leaves the pipes open
            assertEquals(0, up.waitFor());
        }
    }

    @Test
    void aKilledProcessLeavesNothingInTheWay() throws Exception {
        final Path data = directory.resolve("data");
        final Process first = start(List.of(), "up", data.toString());
        try (BufferedReader out = first.inputReader()) {
            assertTrue(out.readLine().startsWith("ready "));
        }
        first.destroyForcibly().waitFor();
        assertFails("no cluster runs on", "status", data.toString());
        final Process second = start(List.of(), "up", data.toString());
        try (BufferedReader out = second.inputReader()) {
            assertTrue(out.readLine().startsWith("ready "));
            assertEquals(0, start(List.of(), "status", data.toString()).waitFor());
        }
    }

    @Test
    void refusesADirectoryOfOtherThingsAndDamagedDescriptions() throws Exception {
        Files.writeString(directory.resolve("letter.txt"), "precious");
        assertFails("letter.txt", "up", directory.toString());
        Files.writeString(directory.resolve("volume.properties"), "\u0000\u0001garbage");
        assertFails("volume.properties is damaged", "up", directory.toString());
        assertEquals("precious", Files.readString(directory.resolve("letter.txt")));
    }

    private void assertFails(final String expected, final String... args) throws Exception {
        final Process process = start(List.of(), args);
        final String error = new String(process.getErrorStream().readAllBytes());
        assertTrue(error.contains(expected), error);
        assertEquals(1, error.lines().count(), error);
        assertEquals(1, process.waitFor());
    }

    private Process start(final List<String> options, final String... args) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path")));
        command.addAll(options);
        command.add(FakeTrivet.class.getName());
        command.addAll(List.of(args));
        final Process process = new ProcessBuilder(command).start();
        processes.add(process);
        return process;
    }
}
