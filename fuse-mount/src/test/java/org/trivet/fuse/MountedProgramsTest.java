package org.trivet.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Real programs on a mount that a process of its own serves: quick forms of {@code programs}, see
 * there. What they leave is verified again with a node down, and after a restart.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MountedProgramsTest {
    @TempDir private static Path directory;

    private static Path mount;
    private static Process up;
    private static final List<String> DONE = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        Scripts.assumeMountable();
        mount = Files.createDirectories(directory.resolve("mnt"));
        startUp();
    }

    private static void startUp() throws IOException {
        final List<String> command = Scripts.trivet();
        command.addAll(List.of("up", directory.resolve("data").toString(), mount.toString()));
        up =
                new ProcessBuilder(command)
                        .redirectError(directory.resolve("up.err").toFile())
                        .start();
        final BufferedReader out = up.inputReader();
        final String ready = out.readLine();
        assertTrue(ready != null && ready.startsWith("ready "), () -> ready + "\n" + said());
    }

    private static String said() {
        try {
            return Files.readString(directory.resolve("up.err"));
        } catch (final IOException e) {
            return e.toString();
        }
    }

    private static void stopUp() throws InterruptedException {
        up.toHandle().destroy(); // SIGTERM; leaves the pipes open
        assertTrue(up.waitFor(30, TimeUnit.SECONDS), "it does not stop");
        assertEquals(0, up.exitValue(), MountedProgramsTest::said);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (up != null && up.isAlive()) {
            stopUp();
        }
    }

    private static void run(
            final List<String> options, final String action, final List<String> names)
            throws Exception {
        final List<String> command = new ArrayList<>();
        command.addAll(List.of("env", "TREE=" + Scripts.script(".")));
        command.add("TRIVET=" + String.join("\u001f", Scripts.trivet()));
        command.addAll(List.of("bash", Scripts.script("programs").toString(), "--quick"));
        command.addAll(options);
        command.addAll(List.of(action, mount.toString()));
        command.addAll(names);
        final Scripts.Ended ended = Scripts.run(100, command);
        if (names.size() == 1 && ended.output().startsWith("skipped")) {
            throw new TestAbortedException(ended.output());
        }
        assertEquals(0, ended.status(), () -> ended.output() + said());
    }

    @Order(1)
    @ParameterizedTest
    @ValueSource(
            strings = {
                "tree",
                "git",
                "gcc",
                "sqlite",
                "blocks",
                "fsx",
                "mmap",
                "locks",
                "directory",
                "fio"
            })
    void works(final String name) throws Exception {
        run(List.of(), "do", List.of(name));
        DONE.add(name);
    }

    @Order(1)
    @ParameterizedTest
    @ValueSource(
            strings = {
                "names",
                "renames",
                "permissions",
                "timestamps",
                "descriptors",
                "holes",
                "attributes",
                "locks"
            })
    void behavesAsTheLocalFileSystem(final String section) throws Exception {
        Scripts.assumePresent("python3");
        assumeTrue(
                Scripts.run(5, List.of("id", "-u")).output().strip().equals("0"),
                "ordinary users are tried by root");
        assumeTrue(
                Files.getFileStore(directory).type().equals("ext4"),
                "what is compared with is ext4");
        final Scripts.Ended local = posix(section, directory.resolve("local"));
        assertEquals(0, local.status(), local.output());
        final Scripts.Ended here = posix(section, mount.resolve("posix"));
        assertEquals(local.output(), here.output());
        assertEquals(0, here.status(), said());
    }

    private static Scripts.Ended posix(final String section, final Path in) throws Exception {
        final String program = Scripts.script("programs.d/posix.py").toString();
        // Ordinary users must get to it, and the directory of a test is its user's alone.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        return Scripts.run(100, List.of("python3", program, in.toString(), section));
    }

    private static void node(final String action, final int node) throws Exception {
        final List<String> command = Scripts.trivet();
        final String data = directory.resolve("data").toString();
        command.addAll(List.of("node", action, String.valueOf(node), "--data", data));
        final Scripts.Ended ended = Scripts.run(30, command);
        assertEquals(0, ended.status(), ended.output());
    }

    @Order(2)
    @Test
    void isThereWithANodeDown() throws Exception {
        node("kill", 2);
        final String read =
                "cd " + mount + "; find . -type f -print0 | xargs -0 sha256sum | sha256sum";
        final Scripts.Ended without = Scripts.run(60, List.of("sh", "-c", read));
        node("start", 2);
        assertEquals(0, without.status(), without.output());
        assertEquals(without, Scripts.run(60, List.of("sh", "-c", read)));
    }

    @Order(3)
    @Test
    void isThereWhileNodesComeAndGoAndCopiesAreDamaged() throws Exception {
        run(List.of("--faults", directory.resolve("data").toString()), "again", DONE);
        node("wipe", 0); // nobody may have read all that was damaged: it is rebuilt
    }

    @Order(4)
    @Test
    void isThereAfterARestartAndAllCopiesAgree() throws Exception {
        stopUp();
        startUp();
        run(List.of(), "again", DONE);
        final List<String> command = Scripts.trivet();
        command.addAll(List.of("verify", directory.resolve("data").toString()));
        final Scripts.Ended ended = Scripts.run(60, command);
        assertEquals(0, ended.status(), ended.output());
    }
}
