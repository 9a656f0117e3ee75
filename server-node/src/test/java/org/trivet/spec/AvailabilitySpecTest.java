package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.TrivetFile;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.DamageRequest;
import org.trivet.node.DamageRequest.Kind;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** S10: what waits for nodes that are down, and what does not. */
@Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AvailabilitySpecTest {
    private static final String FILE = "/file";

    @TempDir Path directory;

    static Stream<Shape> shapes() {
        return Volume.shapes();
    }

    private static void write(
            final TrivetFileSystem files, final long position, final byte[] bytes) {
        try (TrivetFile file = files.open(FILE, StandardOpenOption.WRITE)) {
            file.write(position, bytes, 0, bytes.length);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S10_1_aWriteReturnsWhenAllCopiesAreStored(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            volume.files.write(FILE, volume.bytes(1, 1));
            final int last = volume.node(FILE, 0, 2);
            volume.cluster.killNode(last);
            final byte[] block = new byte[shape.blockLength()];
            final CompletableFuture<Void> writing =
                    CompletableFuture.runAsync(() -> write(volume.files, 0, block));
            volume.await("the write waits", () -> waitsFor(volume, last));
            assertFalse(writing.isDone());
            volume.cluster.startNode(last);
            writing.get(30, TimeUnit.SECONDS);
            // Each copy alone has it.
            for (int copy = 0; copy < 3; copy++) {
                for (int other = 0; other < 3; other++) {
                    if (other != copy) {
                        volume.cluster.killNode(volume.node(FILE, 0, other));
                    }
                }
                assertArrayEquals(block, volume.files.read(FILE));
                for (int other = 0; other < 3; other++) {
                    if (other != copy) {
                        volume.cluster.startNode(volume.node(FILE, 0, other));
                    }
                }
            }
        }
    }

    /** Whether some node says that it waits for another, or the client does. */
    private static boolean waitsFor(final Volume volume, final int node) throws Exception {
        return volume.cluster.status().nodes().stream()
                .anyMatch(report -> report.isUp() && report.status().waitingFor().contains(node));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S10_2_aWaitingWriteSaysForWhomAndEndsByItself(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            volume.files.write(FILE, volume.bytes(1, 1));
            for (int copy = 0; copy < 3; copy++) {
                volume.mustAllBeGood();
                final int node = volume.node(FILE, 0, copy);
                final boolean primary = copy == 0;
                volume.cluster.killNode(node);
                final byte[] block = new byte[shape.blockLength()];
                block[0] = (byte) (copy + 1);
                final CompletableFuture<Void> writing =
                        CompletableFuture.runAsync(() -> write(volume.files, 0, block));
                if (!primary) {
                    volume.await("it says for whom", () -> waitsFor(volume, node));
                }
                final long cpuNs = engineCpuNs();
                final long sinceNs = System.nanoTime();
                assertThrows(
                        java.util.concurrent.TimeoutException.class,
                        () -> writing.get(1, TimeUnit.SECONDS));
                final double share =
                        (double) (engineCpuNs() - cpuNs) / (System.nanoTime() - sinceNs);
                assertTrue(share < 0.2, "waiting takes " + share + " of a core");
                final long backNs = System.nanoTime();
                volume.cluster.startNode(node);
                writing.get(30, TimeUnit.SECONDS);
                final long tookMs = (System.nanoTime() - backNs) / 1_000_000;
                assertTrue(tookMs < 2_000, "done " + tookMs + " ms after the node was back");
                assertArrayEquals(block, volume.files.read(FILE));
            }
        }
    }

    private static long engineCpuNs() {
        final var beans = java.lang.management.ManagementFactory.getThreadMXBean();
        for (final var info : beans.getThreadInfo(beans.getAllThreadIds())) {
            if (info != null && info.getThreadName().equals("trivet-engine")) {
                return beans.getThreadCpuTime(info.getThreadId());
            }
        }
        return 0;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S10_2_aDeadlineOrAnInterruptEndsTheWaitWithAClearError(final Shape shape)
            throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            volume.files.write(FILE, volume.bytes(1, 1));
            final int down = volume.node(FILE, 0, 1);
            volume.cluster.killNode(down);
            final byte[] block = new byte[shape.blockLength()];
            final TrivetFile file =
                    volume.files
                            .within(Duration.ofMillis(300))
                            .open(FILE, StandardOpenOption.WRITE);
            final TrivetException late =
                    assertThrows(
                            TrivetException.class, () -> file.write(0, block, 0, block.length));
            assertEquals(ErrorCode.TIMED_OUT, late.code(), late.getMessage());
            assertTrue(late.getMessage().contains(FILE), late.getMessage());

            final CompletableFuture<TrivetException> ended = new CompletableFuture<>();
            final Thread writer =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try (TrivetFile other =
                                                volume.files.open(FILE, StandardOpenOption.WRITE)) {
                                            other.write(0, block, 0, block.length);
                                            ended.complete(null);
                                        } catch (final TrivetException e) {
                                            ended.complete(e);
                                        }
                                    });
            volume.await("the write waits", () -> waitsFor(volume, down));
            writer.interrupt();
            final TrivetException error = ended.get(10, TimeUnit.SECONDS);
            assertEquals(ErrorCode.INTERRUPTED, error.code(), error.getMessage());
            volume.cluster.startNode(down);
            file.close();
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S10_3_oneGoodCopyIsEnough(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final byte[] bytes = volume.bytes(1, 1);
            volume.files.write(FILE, bytes);
            volume.mustBeEqual(FILE, 1);
            for (int good = 0; good < 3; good++) {
                final int down = volume.node(FILE, 0, (good + 1) % 3);
                final int bad = volume.node(FILE, 0, (good + 2) % 3);
                volume.cluster.killNode(down);
                volume.cluster.corrupt(new DamageRequest(bad, Kind.CHECKSUM, FILE, 0L, good));
                assertArrayEquals(bytes, volume.files.read(FILE));
                volume.cluster.startNode(down);
                IntegritySpecTest.readUntilMended(volume, bytes);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S10_4_readsGoOnAndOnlyWritesThatNeedANodeWaitForIt(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final byte[] bytes = volume.bytes(1, 2 * shape.nodes());
            volume.files.write(FILE, bytes);
            for (int first = 0; first < shape.nodes(); first++) {
                final int second = (first + 2) % shape.nodes(); // not adjacent
                volume.cluster.killNode(first);
                volume.cluster.killNode(second);
                assertArrayEquals(bytes, volume.files.read(FILE));
                volume.cluster.startNode(first);
                volume.cluster.startNode(second);
            }
            volume.mustAllBeGood();
            final int down = volume.node(FILE, 0, 0);
            volume.cluster.killNode(down);
            final int length = shape.blockLength();
            final byte[] block = new byte[length];
            for (int i = 0; i < shape.nodes(); i++) {
                final int number = i;
                final boolean needed =
                        volume.cluster.copies(FILE, i).stream().anyMatch(c -> c.node() == down);
                if (!needed) {
                    write(volume.files, (long) number * length, block);
                    System.arraycopy(block, 0, bytes, number * length, length);
                }
            }
            final CompletableFuture<Void> needing =
                    CompletableFuture.runAsync(() -> write(volume.files, 0, block));
            assertThrows(
                    java.util.concurrent.TimeoutException.class,
                    () -> needing.get(300, TimeUnit.MILLISECONDS));
            volume.cluster.startNode(down);
            needing.get(30, TimeUnit.SECONDS);
            System.arraycopy(block, 0, bytes, 0, length);
            assertArrayEquals(bytes, volume.files.read(FILE));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S10_4_withoutAGoodCopyAReadWaitsAndGoesOn(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final byte[] bytes = volume.bytes(1, 1);
            volume.files.write(FILE, bytes);
            final int[] holders = new int[3];
            for (int copy = 0; copy < 3; copy++) {
                holders[copy] = volume.node(FILE, 0, copy);
            }
            for (final int holder : holders) {
                volume.cluster.killNode(holder);
            }
            final CompletableFuture<byte[]> reading =
                    CompletableFuture.supplyAsync(() -> volume.files.read(FILE));
            assertThrows(
                    java.util.concurrent.TimeoutException.class,
                    () -> reading.get(500, TimeUnit.MILLISECONDS));
            volume.cluster.startNode(holders[2]);
            assertArrayEquals(bytes, reading.get(30, TimeUnit.SECONDS));
            volume.cluster.startNode(holders[0]);
            volume.cluster.startNode(holders[1]);
        }
    }
}
