package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.IdleMode;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFile;
import org.trivet.fs.TrivetFileSystem;

import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What clients notice of a node whose process is killed, or stands still: of reads a second at
 * most; of writes that need it, that they wait until it is back.
 *
 * <p>Times are as promised, and UDP is tried, too, with -Dtrivet.spec.full=true; a build may share
 * its cores with others, and be ten times as slow.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class FailingNodeTest {
    private static final int BLOCK_LENGTH = 4096;
    private static final int BLOCKS = 400;
    private static final int NODE = 2;
    private static final boolean FULL = Boolean.getBoolean("trivet.spec.full");
    private static final long SLOWNESS = FULL ? 1 : 10;
    private static final long FAILURE_NS = TimeUnit.SECONDS.toNanos(FULL ? 5 : 2);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(40);

    /** How long reads may be held up by what has just happened. */
    private static final long SETTLING_NS = TimeUnit.SECONDS.toNanos(1);

    @TempDir Path parent;
    private DataDirectory directory;
    private ProcessCluster cluster;
    private final byte[] contents = new byte[BLOCKS * BLOCK_LENGTH];

    /** Reads one block after the other, and remembers how long the slowest took. */
    private final class Reader implements Runnable {
        private final TrivetFile file;
        private final long settledNs;
        private final long endNs;
        private long slowestNs;
        private long slowestSettledNs;
        private int reads;

        private Reader(final TrivetFile file, final long startNs) {
            this.file = file;
            settledNs = startNs + SETTLING_NS;
            endNs = startNs + FAILURE_NS;
        }

        @Override
        public void run() {
            final Random random = new Random(1);
            final byte[] block = new byte[BLOCK_LENGTH];
            long nowNs = System.nanoTime();
            while (nowNs - endNs < 0) {
                final int offset = random.nextInt(BLOCKS) * BLOCK_LENGTH;
                assertTrue(file.read(offset, block, 0, BLOCK_LENGTH) == BLOCK_LENGTH);
                assertArrayEquals(
                        Arrays.copyOfRange(contents, offset, offset + BLOCK_LENGTH), block);
                final long endedNs = System.nanoTime();
                slowestNs = Math.max(slowestNs, endedNs - nowNs);
                if (nowNs - settledNs >= 0) {
                    slowestSettledNs = Math.max(slowestSettledNs, endedNs - nowNs);
                }
                reads++;
                nowNs = endedNs;
            }
        }
    }

    private TrivetFileSystem start(final Media media) throws InterruptedException {
        directory =
                DataDirectory.open(
                        parent.resolve("data"), new VolumeOptions(4, 3, BLOCK_LENGTH, null, null));
        cluster = ProcessCluster.start(directory, media, IdleMode.BALANCED);
        new Random(2).nextBytes(contents);
        return new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {});
    }

    @AfterEach
    void stop() {
        cluster.close();
        directory.close();
    }

    private static void await(final String what, final Callable<Boolean> condition)
            throws Exception {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.call()) {
            assertTrue(deadlineNs - System.nanoTime() > 0, what + " never came about");
            Thread.sleep(5);
        }
    }

    private boolean someNodeWaits() throws InterruptedException {
        return cluster.status().nodes().stream()
                .anyMatch(node -> node.isUp() && node.status().waitingFor().contains(NODE));
    }

    private boolean isGood() throws InterruptedException {
        final ClusterStatus.NodeReport report = cluster.status().nodes().get(NODE);
        return report.isUp()
                && report.status().groups().stream()
                        .allMatch(group -> group.state().equals("good"));
    }

    static Stream<Media> media() {
        return FULL ? Stream.of(Media.values()) : Stream.of(Media.IPC);
    }

    @ParameterizedTest
    @MethodSource("media")
    void readsGoOnAndWritesWaitUntilItIsBack(final Media media) throws Exception {
        final TrivetFileSystem files = start(media);
        files.write("/file", contents);
        fails(
                files,
                media + " killed",
                () -> cluster.killNode(NODE),
                () -> cluster.startNode(NODE));
        await("it is good again", this::isGood);
        fails(
                files,
                media + " paused",
                () -> cluster.pauseNode(NODE),
                () -> cluster.resumeNode(NODE));
    }

    /** Something that is done to the node. */
    @FunctionalInterface
    private interface Event {
        void happen() throws InterruptedException;
    }

    private void fails(
            final TrivetFileSystem files, final String what, final Event begin, final Event end)
            throws Exception {
        try (TrivetFile file = files.open("/file", StandardOpenOption.READ)) {
            begin.happen();
            final Reader reader = new Reader(file, System.nanoTime());
            final CompletableFuture<Void> write =
                    CompletableFuture.runAsync(() -> files.write("/" + what, contents));
            reader.run();
            assertFalse(write.isDone(), "the write does not wait");
            assertTrue(someNodeWaits(), "it is told for whom it waits");
            end.happen();
            final long backNs = System.nanoTime();
            write.get(20, TimeUnit.SECONDS);
            final long writtenNs = System.nanoTime() - backNs;
            final String figures =
                    "%s: %,d reads, the slowest %,d us, after the first second %,d us; the write ended %,d us after it was back"
                            .formatted(
                                    what,
                                    reader.reads,
                                    reader.slowestNs / 1000,
                                    reader.slowestSettledNs / 1000,
                                    writtenNs / 1000);
            System.out.println(figures);
            assertTrue(reader.slowestNs < SLOWNESS * SETTLING_NS, figures);
            assertTrue(
                    reader.slowestSettledNs < SLOWNESS * TimeUnit.MILLISECONDS.toNanos(100),
                    figures);
            assertTrue(writtenNs < SLOWNESS * TimeUnit.SECONDS.toNanos(1), figures);
            assertArrayEquals(contents, files.read("/" + what));
        }
    }
}
