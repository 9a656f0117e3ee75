package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A node that has died reads the tail of its journal when it starts, and not all that it stores;
 * one without its index reads all.
 *
 * <p>With -Dtrivet.spec.full=true 10 GiB are stored: there must be as much room, and it takes some
 * minutes; a start must take less than three seconds then.
 */
@Timeout(value = 3600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StartAfterKillTest {
    private static final boolean FULL = Boolean.getBoolean("trivet.spec.full");
    private static final long STORED = FULL ? 10L << 30 : 160L << 20;
    private static final long MOST_START_NS = TimeUnit.SECONDS.toNanos(3);

    /** Of what is appended between two commits of the index, with what may come meanwhile. */
    private static final long MOST_TAIL = FULL ? 8 * (64L << 20) : 8 * (8L << 20);

    @TempDir private Path directory;

    @Test
    void aStartReadsTheTailOfTheJournal() throws IOException {
        final Path node = directory.resolve("node");
        final int pieces = (int) (STORED / OverwrittenStorage.PIECE);
        try (OverwrittenStorage storage = new OverwrittenStorage(node, STORED / 2 * 3, pieces, 1)) {
            storage.fill();
            storage.awaitWritten();
            final long beganNs = System.nanoTime();
            storage.dieAndOpen();
            final long tookNs = System.nanoTime() - beganNs;
            System.out.printf(
                    "%,d bytes stored: started in %,d ms, %,d bytes of entries read%n",
                    STORED, tookNs / 1_000_000, storage.toldBytes);
            assertTrue(storage.toldBytes < MOST_TAIL, () -> "read " + storage.toldBytes);
            assertTrue(!FULL || tookNs < MOST_START_NS, () -> "started in " + tookNs + " ns");
            storage.verify();

            final long withoutNs = System.nanoTime();
            storage.dieAndOpenWithoutIndex();
            final long rebuiltNs = System.nanoTime() - withoutNs;
            assertTrue(storage.toldBytes > STORED);
            final long[] read = readAll(node.resolve("journal"));
            System.out.printf(
                    "without its index in %,d ms, %,.0f MiB/s; its files are read in %,d ms, %,.0f"
                            + " MiB/s%n",
                    rebuiltNs / 1_000_000,
                    storage.toldBytes / 1048576.0 * 1e9 / rebuiltNs,
                    read[1] / 1_000_000,
                    read[0] / 1048576.0 * 1e9 / read[1]);
            storage.verify();
            assertEquals(pieces, storage.unitCount());
        }
    }

    /**
     * Reads all files of a directory, one after the other: how many bytes, and how long it took.
     */
    private static long[] readAll(final Path directory) throws IOException {
        final List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.sorted().toList();
        }
        final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        final long beganNs = System.nanoTime();
        long bytes = 0;
        for (final Path file : files) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                for (int n = 0; n >= 0; n = channel.read(buffer.clear())) {
                    bytes += n;
                }
            }
        }
        return new long[] {bytes, System.nanoTime() - beganNs};
    }
}
