package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.fs.TrivetFile;
import org.trivet.replica.NodeStatus.RebuildStatus;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A node of five loses all it has, while clients read and write: they hardly notice, and are told
 * how long it will take. With -Dtrivet.spec.full=true there is enough to be fetched for the
 * estimate to be judged: without it the rebuild is over in about a second, in which the code is
 * still being compiled, and its first tenth is nothing but that.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RebuildUnderLoadTest {
    private static final boolean FULL = Boolean.getBoolean("trivet.spec.full");
    private static final int FILE_LENGTH = 8 << 20;
    private static final int FILES = FULL ? 512 : 48;
    private static final int PIECE = 64 << 10;
    private static final int PIECES = FILE_LENGTH / PIECE;
    private static final int WIPED = 2;
    private static final long WIDEST_MISS_PERCENT = 20;

    @TempDir private Path directory;

    /** One client's operations until it is told to stop. */
    private abstract static class Load extends Thread {
        private final List<long[]> spans = new ArrayList<>();
        final Random random = new Random(getClass().hashCode());
        private volatile boolean stopped;
        private volatile Throwable failure;

        /** Gets ready for the next operation, which does not count. */
        abstract void prepare();

        abstract void operate() throws Exception;

        @Override
        public void run() {
            try {
                while (!stopped) {
                    prepare();
                    final long beganNs = System.nanoTime();
                    operate();
                    synchronized (spans) {
                        spans.add(new long[] {beganNs, System.nanoTime()});
                    }
                    Thread.sleep(2); // a client that thinks, and leaves the processors to others
                }
            } catch (final Exception | AssertionError e) {
                failure = e;
            }
        }

        void end() throws InterruptedException {
            stopped = true;
            join();
            assertNull(failure, () -> "it failed: " + failure);
        }

        /** How long each took, in milliseconds, of those that lay in a span of time. */
        long[] between(final long fromNs, final long toNs) {
            synchronized (spans) {
                return spans.stream()
                        .filter(span -> span[0] >= fromNs && span[1] <= toNs)
                        .mapToLong(span -> (span[1] - span[0]) / 1_000_000)
                        .sorted()
                        .toArray();
            }
        }
    }

    private record Sample(long atNs, RebuildStatus status) {}

    private static byte[] piece(final int file, final int number) {
        final byte[] bytes = new byte[PIECE];
        new Random(file * PIECES + number).nextBytes(bytes);
        return bytes;
    }

    private static byte[] content(final int file) {
        final byte[] bytes = new byte[FILE_LENGTH];
        for (int i = 0; i < PIECES; i++) {
            System.arraycopy(piece(file, i), 0, bytes, i * PIECE, PIECE);
        }
        return bytes;
    }

    @Test
    void clientsGoOnAndAreToldHowLongItTakes() throws Exception {
        try (Volume volume = new Volume(new Shape(5, 64 << 10), directory)) {
            for (int file = 0; file < FILES; file++) {
                volume.files.write("/f" + file, content(file));
            }
            volume.files.write("/w", new byte[FILE_LENGTH]);
            volume.mustAllBeGood();
            final byte[] written = new byte[FILE_LENGTH];
            final Load reader = reader(volume);
            final Load writer = writer(volume, written);
            reader.start();
            writer.start();

            final long beganNs = System.nanoTime();
            volume.cluster.wipeNode(WIPED);
            volume.await("it is back", () -> volume.report(WIPED).status().rebuild() != null);
            final long backNs = System.nanoTime();
            final List<Sample> samples = new ArrayList<>();
            RebuildStatus status = volume.report(WIPED).status().rebuild();
            while (status != null) {
                samples.add(new Sample(System.nanoTime(), status));
                Thread.sleep(20);
                status = volume.report(WIPED).status().rebuild();
            }
            final long endNs = System.nanoTime();
            volume.await( // a short rebuild may be over before a write that waited is sent again
                    "writes go on", () -> writer.between(backNs, System.nanoTime()).length >= 10);
            reader.end();
            writer.end();
            volume.mustAllBeGood();

            final long tookMs = (endNs - backNs) / 1_000_000;
            final long[] reads = reader.between(beganNs, endNs);
            final long[] writes = writer.between(backNs, System.nanoTime());
            assertTrue(reads.length >= 10, reads.length + " reads in " + tookMs + " ms");
            System.out.printf(
                    "back after %d ms, rebuilt after %d ms more; %d reads, median %d ms, longest %d"
                            + " ms; %d writes, median %d ms, longest %d ms%n",
                    (backNs - beganNs) / 1_000_000,
                    tookMs,
                    reads.length,
                    reads[reads.length / 2],
                    reads[reads.length - 1],
                    writes.length,
                    writes[writes.length / 2],
                    writes[writes.length - 1]);
            judge(samples, backNs, endNs);
            if (FULL) {
                assertTrue(reads[reads.length - 1] < tookMs / 4, "no read waits for the rebuild");
                assertTrue(writes[writes.length - 1] < tookMs / 4, "nor does a write");
            }

            for (int file = 0; file < FILES; file++) {
                assertEquals(-1, Arrays.mismatch(content(file), volume.files.read("/f" + file)));
            }
            assertEquals(-1, Arrays.mismatch(written, volume.files.read("/w")));
            volume.mustBeEqual("/f0", FILE_LENGTH / volume.shape.blockLength());
            volume.mustBeEqual("/w", FILE_LENGTH / volume.shape.blockLength());
        }
    }

    private static Load reader(final Volume volume) {
        return new Load() {
            private final byte[] found = new byte[PIECE];
            private byte[] expected;
            private int number;
            private int at;

            @Override
            void prepare() {
                number = random.nextInt(FILES);
                final int piece = random.nextInt(PIECES);
                at = piece * PIECE;
                expected = piece(number, piece);
            }

            @Override
            void operate() throws Exception {
                try (TrivetFile file = volume.files.open("/f" + number, StandardOpenOption.READ)) {
                    assertEquals(PIECE, file.read(at, found, 0, PIECE));
                }
                assertEquals(-1, Arrays.mismatch(expected, found), "file " + number + " at " + at);
            }
        };
    }

    /** Writes pieces of one file, and reads each of them back. */
    private static Load writer(final Volume volume, final byte[] written) {
        return new Load() {
            private final byte[] piece = new byte[PIECE];
            private final byte[] found = new byte[PIECE];
            private int at;

            @Override
            void prepare() {
                random.nextBytes(piece);
                at = random.nextInt(FILE_LENGTH - PIECE);
            }

            @Override
            void operate() throws Exception {
                try (TrivetFile file =
                        volume.files.open(
                                "/w", StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    file.write(at, piece, 0, PIECE);
                    System.arraycopy(piece, 0, written, at, PIECE);
                    assertEquals(PIECE, file.read(at, found, 0, PIECE));
                    assertEquals(-1, Arrays.mismatch(piece, found), "written at " + at);
                }
            }
        };
    }

    /** What was said, past the first tenth, of progress, total and the time it will take. */
    private static void judge(final List<Sample> samples, final long beganNs, final long endNs) {
        final long tookNs = endNs - beganNs;
        final long allBytes = samples.getLast().status.totalBytes();
        long widestTime = 0;
        long widestProgress = 0;
        long known = 0;
        for (final Sample sample : samples) {
            final RebuildStatus status = sample.status;
            final long elapsedNs = sample.atNs - beganNs;
            assertTrue(status.knownBytes() <= status.totalBytes(), status::toString);
            if (elapsedNs < tookNs / 10) {
                continue;
            }
            known++;
            final long expectedNs = elapsedNs + status.millisLeft() * 1_000_000L;
            widestTime = Math.max(widestTime, Math.abs(expectedNs - tookNs) * 100 / tookNs);
            widestProgress =
                    Math.max(
                            widestProgress,
                            Math.abs(status.totalBytes() - allBytes) * 100 / allBytes);
        }
        System.out.printf(
                "%d samples of %d MiB: expected time off by %d %% at most, total by %d %%%n",
                known, allBytes >> 20, widestTime, widestProgress);
        if (FULL) {
            assertTrue(widestTime <= WIDEST_MISS_PERCENT, "expected time");
            assertTrue(widestProgress <= WIDEST_MISS_PERCENT, "total");
        }
    }
}
