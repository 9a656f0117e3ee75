package org.trivet.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Mounts for real. Files of a mount are touched by child processes alone: this process serves them,
 * and would wait for itself.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FuseMountTest {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);
    private static final FuseOptions OPTIONS =
            FuseOptions.of("test").withCloseTimeout(Duration.ofMillis(300));

    private final ExecutorService agent = MemoryMount.agent();
    private final MemoryFileSystem fs = new MemoryFileSystem();

    @TempDir private Path temporary;

    private Path target;

    @BeforeEach
    void makeTarget() throws IOException {
        assumeTrue(
                Files.isWritable(Path.of("/dev/fuse")),
                "there is no /dev/fuse that can be written");
        target = Files.createDirectory(temporary.resolve("mnt"));
        try (FuseMount mount = FuseMount.mount(target, fs, agent, OPTIONS)) {
            assertEquals(0, mount.counters().malformed());
        } catch (final TrivetException e) {
            assumeTrue(
                    e.code() != ErrorCode.NOT_PERMITTED,
                    "mounting is not permitted: " + e.getMessage());
            throw e;
        }
    }

    @AfterEach
    void stop() {
        agent.shutdownNow();
    }

    private FuseMount mount() {
        return FuseMount.mount(target, fs, agent, OPTIONS);
    }

    private static String run(final Path directory, final String script)
            throws IOException, InterruptedException {
        final Path output = Files.createTempFile("trivet-mount", ".out");
        try {
            // the directory is entered by the child: this process must not even look at it
            final Process process =
                    new ProcessBuilder(
                                    "timeout",
                                    "60",
                                    "sh",
                                    "-c",
                                    "cd \"$1\" && " + script,
                                    "sh",
                                    directory.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            final int status = process.waitFor();
            return Files.readString(output, StandardCharsets.ISO_8859_1) + "status " + status;
        } finally {
            Files.delete(output);
        }
    }

    @Test
    void ordinaryFileWorkIsTheSameAsOnTheNativeFileSystem()
            throws IOException, InterruptedException {
        final Path plain = Files.createDirectory(temporary.resolve("plain"));
        final String script =
                """
                umask 022; export LC_ALL=C
                mkdir d d/e; echo one > d/one; echo two >> d/one; cat d/one; ln d/one hard; ln -s d/one soft
                stat -c '%n %F %a %h' d d/e . ; stat -c '%n %F %a %h %s' d/one hard soft; cat soft; readlink soft
                mv d moved; ls -R; rmdir moved; rm moved; mv -T moved hard; rmdir moved/e; stat -c %h moved .
                dd if=/dev/urandom of=big bs=1M count=5 2>/dev/null; cp big copy; cmp big copy && echo same
                truncate -s 3000000 copy; cmp -n 3000000 big copy && stat -c %s copy; truncate -s 4000000 copy
                tail -c 1000000 copy | tr -d '\\0' | wc -c
                echo end | dd of=hole bs=1 seek=1000000 2>/dev/null; stat -c %s hole; od -c hole | tail -3
                exec 3<hard; rm hard; cat <&3; exec 3<&-
                chmod 1640 big; touch -d @1234567890.123456789 big; stat -c '%a %Y %y' big
                i=0; mkdir many; while [ $i -lt 300 ]; do : > many/$i; i=$((i+1)); done; ls many | wc -l; rm -r many
                touch "$(printf 'n%.0s' $(seq 255))"; ls | wc -l
                ( flock -n 9 || echo busy; flock -n lock true || echo locked ) 9>lock; flock -n lock echo free
                """;
        try (FuseMount mount = mount()) {
            assertEquals(run(plain, script), run(target, script));
            assertEquals(0, mount.counters().malformed());
            assertEquals(0, mount.counters().failures());
        }
    }

    @Test
    void mountOfAServerThatDiedIsReplaced() throws Exception {
        final Process server = startServer();
        try {
            assertEquals("status 0", run(target, "echo before > file"));
        } finally {
            server.destroyForcibly().waitFor();
        }
        assertTrue(
                run(temporary, "stat mnt").contains("not connected"),
                "the dead mount is still there");
        try (FuseMount mount = mount()) {
            assertEquals("after\nstatus 0", run(target, "ls; echo after > file; cat file"));
            assertEquals(0, mount.counters().failures());
        }
        assertEquals("status 0", run(target, "ls"), "nothing is mounted under it");
    }

    @Test
    void aMountThatHasJustDiedIsReplacedThoughTheKernelRemembersItsAttributes() throws Exception {
        final Process server = startServer();
        try {
            assertEquals("status 0", run(target, "stat . > /dev/null"));
        } finally {
            server.destroyForcibly().waitFor();
        }
        try (FuseMount mount = mount()) {
            assertEquals("status 0", run(target, "ls"));
            assertEquals(0, mount.counters().failures());
        }
    }

    /** The kernel lets no thread of it end that waits for a page which it has yet to answer for. */
    @Test
    void aServerThatIsKilledWhileItTellsOfAChangeEnds() throws Exception {
        final Process server = startServer("-Dstuck=true");
        final Process reader;
        try {
            assertEquals("status 0", run(target, "truncate -s 8192 file"));
            reader =
                    new ProcessBuilder("sh", "-c", "cat \"$1\"/file", "sh", target.toString())
                            .redirectErrorStream(true)
                            .start();
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            while (!isAnyThreadStuck(server.pid())) {
                assertTrue(System.nanoTime() - deadlineNs < 0, "nothing waits");
                Thread.sleep(5);
            }
        } finally {
            server.destroyForcibly();
        }
        assertTrue(server.waitFor(PATIENCE_NS, TimeUnit.NANOSECONDS), "the server does not end");
        assertTrue(reader.waitFor(PATIENCE_NS, TimeUnit.NANOSECONDS), "the reader does not end");
        assertEquals(1, reader.exitValue());
        try (FuseMount mount = mount()) {
            assertEquals("status 0", run(target, "ls"));
            assertEquals(0, mount.counters().failures());
        }
    }

    private static boolean isAnyThreadStuck(final long pid) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return threads.anyMatch(FuseMountTest::isStuck);
        }
    }

    private static boolean isStuck(final Path thread) {
        try {
            final String stat = Files.readString(thread.resolve("stat"));
            return stat.contains("(trivet-fuse-not") && stat.contains(") D ");
        } catch (final IOException e) {
            return false; // it has just ended
        }
    }

    private Process startServer(final String... options) throws IOException {
        final String java = ProcessHandle.current().info().command().orElse("java");
        final List<String> command = new ArrayList<>();
        command.add(java);
        command.addAll(List.of(options));
        command.addAll(
                List.of(
                        "--add-exports",
                        "java.base/jdk.internal.misc=ALL-UNNAMED",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path")
                                + System.getProperty("path.separator")
                                + classes(),
                        MemoryMount.class.getName(),
                        target.toString()));
        final Process server =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertEquals("mounted", server.inputReader().readLine());
        return server;
    }

    /** Where this test's classes and those it uses lie, also when a launcher loaded them. */
    private static String classes() {
        return List.of(
                        FuseMountTest.class,
                        FuseMount.class,
                        TrivetException.class,
                        MutableDirectBuffer.class)
                .stream()
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .collect(java.util.stream.Collectors.joining(System.getProperty("path.separator")));
    }

    @Test
    void placesThatCannotBeMountedAreRefusedWithTheReason() throws IOException {
        final Path missing = temporary.resolve("missing");
        final Path file = Files.createFile(temporary.resolve("file"));
        assertEquals(ErrorCode.NOT_FOUND, refusal(missing));
        assertEquals(ErrorCode.NOT_DIRECTORY, refusal(file));
        try (FuseMount mount = mount()) {
            assertEquals(ErrorCode.BUSY, refusal(target));
            assertEquals(0, mount.counters().failures());
        }
    }

    private ErrorCode refusal(final Path place) {
        final TrivetException refused =
                assertThrows(
                        TrivetException.class, () -> FuseMount.mount(place, fs, agent, OPTIONS));
        assertTrue(
                refused.getMessage().contains(place.getFileName().toString()),
                refused.getMessage());
        return refused.code();
    }

    @Test
    void mountInUseIsUnmountedAllTheSame() throws Exception {
        final FuseMount mount = mount();
        final Process user =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                "cd \"$1\" && echo in; sleep 60",
                                "sh",
                                target.toString())
                        .start();
        try {
            assertEquals("in", user.inputReader().readLine());
            mount.close();
            assertEquals("status 0", run(target, "ls"));
            assertTrue(mount.awaitUnmounted(10, TimeUnit.SECONDS), "the session has not ended");
        } finally {
            user.destroyForcibly().waitFor();
        }
    }

    @Test
    void unmountingByHandEndsTheMount() throws Exception {
        try (FuseMount mount = mount()) {
            assertEquals("status 0", run(temporary, "umount mnt || fusermount3 -u mnt"));
            assertTrue(mount.awaitUnmounted(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void waitingReaderIsReleasedByAnInterruptAndByUnmounting() throws Exception {
        final MemoryFileSystem waiting =
                new MemoryFileSystem() {
                    @Override
                    public Cancellable read(
                            final long handle,
                            final long offset,
                            final MutableDirectBuffer destination,
                            final int destinationOffset,
                            final int length,
                            final Completion<Integer> done) {
                        return () ->
                                done.failed(
                                        new TrivetException(
                                                ErrorCode.INTERRUPTED,
                                                "as it does when nodes are down"));
                    }
                };
        final FuseMount mount = FuseMount.mount(target, waiting, agent, OPTIONS);
        try {
            assertEquals("status 0", run(target, "head -c 100000 /dev/zero > file"));
            final String direct = "timeout -s INT 0.5 dd if=file of=/dev/null bs=4096 iflag=direct";
            assertTrue(run(target, direct).endsWith("status 124"));
            assertTrue(run(target, "timeout -s INT 0.5 cat file").endsWith("status 124"));
            final Process reader =
                    new ProcessBuilder("cat", target.resolve("file").toString())
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            assertTrue(run(target, "ls").startsWith("file"), "others are served");
            mount.close();
            assertTrue(reader.waitFor(10, TimeUnit.SECONDS));
        } finally {
            mount.close();
        }
    }

    @Test
    void readWaitsOnDemandAfterReadaheadWasFailedAndThenSucceeds() throws Exception {
        final AtomicBoolean isAway = new AtomicBoolean();
        final MemoryFileSystem flaky =
                new MemoryFileSystem() {
                    private final List<Runnable> waiting = new ArrayList<>();

                    @Override
                    public Cancellable read(
                            final long handle,
                            final long offset,
                            final MutableDirectBuffer destination,
                            final int destinationOffset,
                            final int length,
                            final Completion<Integer> done) {
                        final Runnable read =
                                () ->
                                        super.read(
                                                handle,
                                                offset,
                                                destination,
                                                destinationOffset,
                                                length,
                                                done);
                        if (!isAway.get()) {
                            waiting.forEach(Runnable::run);
                            waiting.clear();
                            read.run();
                            return Cancellable.NONE;
                        }
                        waiting.add(read);
                        return () -> {
                            if (waiting.remove(read)) {
                                done.failed(
                                        new TrivetException(
                                                ErrorCode.INTERRUPTED, "nodes are away"));
                            }
                        };
                    }
                };
        final FuseOptions options = OPTIONS.withReadaheadTimeout(Duration.ofMillis(600));
        try (FuseMount mount = FuseMount.mount(target, flaky, agent, options)) {
            assertEquals("status 0", run(target, "seq 1 300000 > file; seq 1 10 > other"));
            final String drop =
                    "dd if=file iflag=nocache count=0 2>/dev/null; dd if=other iflag=nocache"
                            + " count=0 2>/dev/null";
            assertEquals("status 0", run(target, drop));
            isAway.set(true);
            final Process reader =
                    new ProcessBuilder("sh", "-c", "cksum < \"$1\"", "sh", target + "/file")
                            .start();
            assertFalse(reader.waitFor(3, TimeUnit.SECONDS), "it waits, and does not fail");
            isAway.set(false);
            run(target, "cat other");
            assertEquals(
                    run(temporary, "seq 1 300000 | cksum"),
                    reader.inputReader().readLine() + "\nstatus 0");
            assertEquals(0, mount.counters().failures());
        }
    }

    @Test
    void changesByOthersAreSeenAtOnceAlthoughTheKernelCachesForLong() throws Exception {
        final Duration hour = Duration.ofHours(1);
        final FuseOptions caching = OPTIONS.withTimeouts(hour, hour);
        try (FuseMount mount = FuseMount.mount(target, fs, agent, caching)) {
            assertEquals("status 0", run(target, "echo old > file"));
            assertEquals("old\nstatus 0", run(target, "cat file"));
            agent.submit(() -> fs.overwriteByAnother("file", "new contents\n")).get();
            for (int i = 0; i < 100 && !run(target, "cat file").startsWith("new"); i++) {
                Thread.sleep(10);
            }
            assertEquals("new contents\nstatus 0", run(target, "cat file"));
            assertEquals(0, mount.counters().failures());
        }
    }

    @Test
    void fusermountMountsAndUnmountsWhereThisProcessMayNot() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/fusermount3")), "there is no fusermount3");
        try (FuseMount mount = FuseMount.mount(target, fs, agent, OPTIONS.withFusermount(true))) {
            assertEquals("x\nstatus 0", run(target, "echo x > file; cat file"));
            assertTrue(run(temporary, "grep mnt /proc/mounts").contains("fuse.trivet"));
            assertEquals(0, mount.counters().failures());
        }
        assertEquals("status 1", run(temporary, "grep $(pwd)/mnt /proc/mounts"));
    }

    @Test
    void writebackCacheKeepsAppendsOfASoleWriter() throws Exception {
        try (FuseMount mount = FuseMount.mount(target, fs, agent, OPTIONS.withWriteback(true))) {
            final String script =
                    "i=0; while [ $i -lt 1000 ]; do echo line-$i; i=$((i+1)); done > native;i=0;"
                        + " while [ $i -lt 1000 ]; do echo line-$i >> file; i=$((i+1)); done; cmp"
                        + " native file && echo same";
            assertEquals("same\nstatus 0", run(target, script));
            assertEquals(0, mount.counters().failures());
        }
    }
}
