package org.trivet.fs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

@Timeout(60)
class TrivetFileSystemTest {
    private RunningVolume volume;
    private TrivetFileSystem files;

    @BeforeEach
    void start() {
        volume = new RunningVolume(512, 4);
        files = volume.files;
    }

    @AfterEach
    void stop() {
        volume.close();
    }

    private static byte[] bytes(final long seed, final int length) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static ErrorCode errorOf(final Runnable action) {
        return assertThrows(TrivetException.class, action::run).code();
    }

    @Test
    void aTour() {
        files.makeDirectory("/a");
        files.makeDirectory("/a/b");
        files.write("/a/b/f", bytes(1, 5000));
        assertArrayEquals(bytes(1, 5000), files.read("/a/b/f"));
        files.append("/a/b/f", new byte[] {1, 2, 3});
        assertEquals(5003, files.attributes("/a/b/f").size());
        files.truncate("/a/b/f", 10);
        files.truncate("/a/b/f", 20);
        final byte[] expected =
                java.util.Arrays.copyOf(java.util.Arrays.copyOf(bytes(1, 5000), 10), 20);
        assertArrayEquals(expected, files.read("/a/b/f"));
        files.symlink("/l", "a/b");
        assertEquals("a/b", files.readLink("/l"));
        assertArrayEquals(expected, files.read("/l/f"));
        assertArrayEquals(expected, files.read("/l/../b/./f"));
        files.link("/l/f", "/g");
        assertEquals(2, files.attributes("/g").linkCount());
        files.rename("/a/b", "/c");
        assertEquals(Set.of("a", "c", "g", "l"), new TreeSet<>(files.list("/")));
        assertFalse(files.exists("/l"));
        assertTrue(files.exists("/c/f"));
        files.setXattr("/c/f", "user.x", new byte[] {7});
        assertEquals(List.of("user.x"), files.listXattr("/g"));
        assertArrayEquals(new byte[] {7}, files.getXattr("/g", "user.x"));
        files.removeXattr("/g", "user.x");
        assertEquals(ErrorCode.NO_DATA, errorOf(() -> files.getXattr("/g", "user.x")));
        assertEquals(ErrorCode.NOT_EMPTY, errorOf(() -> files.delete("/c")));
        files.delete("/c/f");
        files.delete("/c");
        files.delete("/l");
        assertEquals(ErrorCode.NOT_FOUND, errorOf(() -> files.read("/c/f")));
        assertEquals(ErrorCode.NOT_DIRECTORY, errorOf(() -> files.read("/g/f")));
        assertEquals(ErrorCode.IS_DIRECTORY, errorOf(() -> files.open("/a")));
        assertEquals(ErrorCode.EXISTS, errorOf(() -> files.makeDirectory("/a")));
        assertEquals(ErrorCode.INVALID, errorOf(() -> files.read("relative")));
        assertEquals(
                ErrorCode.NAME_TOO_LONG,
                errorOf(() -> files.write("/" + "x".repeat(256), new byte[0])));
        files.symlink("/loop", "loop");
        assertEquals(ErrorCode.LOOP, errorOf(() -> files.read("/loop")));
        assertEquals(ErrorCode.BUSY, errorOf(() -> files.delete("/")));
    }

    @Test
    void aFileIsReadAndWrittenAnywhere() {
        try (TrivetFile file = files.create("/f")) {
            file.write(1_000_000, ByteBuffer.wrap(bytes(1, 3000)));
            assertEquals(1_003_000, file.size());
            final ByteBuffer read = ByteBuffer.allocateDirect(5000);
            assertEquals(4000, file.read(999_000, read));
            read.flip();
            final byte[] zeros = new byte[1000];
            read.get(zeros);
            assertArrayEquals(new byte[1000], zeros);
            final byte[] rest = new byte[3000];
            read.get(rest);
            assertArrayEquals(bytes(1, 3000), rest);
            file.punchHole(1_000_000, 1000);
            assertEquals(0, file.read(2_000_000, new byte[10], 0, 10));
            file.sync();
            file.truncate(10);
            assertEquals(10, file.size());
        }
        final TrivetFile readOnly = files.open("/f");
        assertEquals(ErrorCode.BAD_HANDLE, errorOf(() -> readOnly.write(0, new byte[1], 0, 1)));
        readOnly.close();
        readOnly.close();
        assertEquals(ErrorCode.BAD_HANDLE, errorOf(() -> readOnly.read(0, new byte[1], 0, 1)));
        assertEquals(
                ErrorCode.EXISTS,
                errorOf(
                        () ->
                                files.open(
                                        "/f",
                                        StandardOpenOption.WRITE,
                                        StandardOpenOption.CREATE_NEW)));
    }

    @Test
    void aLargeDirectoryIsListedWhole() {
        final Set<String> names = new TreeSet<>();
        for (int i = 0; i < 3000; i++) {
            names.add("n" + i);
            files.write("/n" + i, new byte[0]);
        }
        assertEquals(names, new TreeSet<>(files.list("/")));
    }

    @Test
    void aDeadlineEndsTheWaitAndNamesTheNodes() {
        try (TrivetFile file = files.within(Duration.ofMillis(300)).create("/f")) {
            volume.onAgent(() -> volume.cluster.silent.set(0, 4));
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> file.write(0, new byte[10], 0, 10));
            assertEquals(ErrorCode.TIMED_OUT, error.code());
            assertTrue(error.getMessage().contains("waiting for nodes {"), error.getMessage());
            volume.onAgent(() -> volume.cluster.silent.clear());
            file.write(0, new byte[10], 0, 10);
        }
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        try (TrivetFile file = files.create("/f")) {
            volume.onAgent(() -> volume.cluster.silent.set(0, 4));
            for (final boolean virtual : new boolean[] {false, true}) {
                final CountDownLatch begun = new CountDownLatch(1);
                final List<Object> seen = new ArrayList<>();
                final Runnable body =
                        () -> {
                            begun.countDown();
                            try {
                                file.write(0, new byte[10], 0, 10);
                            } catch (final TrivetException error) {
                                seen.add(error.code());
                                seen.add(Thread.currentThread().isInterrupted());
                            }
                        };
                final Thread thread =
                        virtual ? Thread.ofVirtual().start(body) : Thread.ofPlatform().start(body);
                begun.await();
                volume.awaitPending();
                thread.interrupt();
                thread.join();
                assertEquals(List.of(ErrorCode.INTERRUPTED, true), seen);
            }
            volume.onAgent(() -> volume.cluster.silent.clear());
        }
    }

    @Test
    void manyVirtualThreadsShareAFile() throws Exception {
        try (TrivetFile file = files.create("/f");
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            final List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                final int index = i;
                futures.add(
                        executor.submit(
                                () -> {
                                    file.write(index * 100L, bytes(index, 100), 0, 100);
                                    final byte[] read = new byte[100];
                                    assertEquals(100, file.read(index * 100L, read, 0, 100));
                                    assertArrayEquals(bytes(index, 100), read);
                                }));
            }
            for (final Future<?> future : futures) {
                future.get();
            }
            assertEquals(50_000, file.size());
        }
    }

    @Test
    void closingEndsAllWaits() throws Exception {
        final TrivetFile file = files.create("/f");
        volume.onAgent(() -> volume.cluster.silent.set(0, 4));
        final List<ErrorCode> seen = new ArrayList<>();
        final Thread thread =
                Thread.ofVirtual()
                        .start(() -> seen.add(errorOf(() -> file.write(0, new byte[10], 0, 10))));
        volume.awaitPending();
        files.close();
        thread.join();
        assertEquals(List.of(ErrorCode.CLOSED), seen);
        assertEquals(ErrorCode.CLOSED, errorOf(() -> file.read(0, new byte[1], 0, 1)));
    }
}
