package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig.Durability;
import org.trivet.node.disk.LmdbIndex;
import org.trivet.node.disk.NioFileLayer;
import org.trivet.store.KeyValueStore;
import org.trivet.store.segment.Journal;
import org.trivet.store.segment.JournalConfig;
import org.trivet.store.segment.JournalHandler;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NamespaceCopiesTest {
    private static final int RECORD_LENGTH = 200_000;
    private static final UnsafeBuffer KEY = new UnsafeBuffer(new byte[] {7});

    @TempDir Path directory;

    /** What stands for the namespace: a map of one number, the records that it has seen. */
    private final class Namespace implements AutoCloseable {
        private final NioFileLayer layer = new NioFileLayer(directory.resolve("journal"));
        private final Journal journal =
                Journal.open(
                        layer,
                        new JournalConfig(
                                5, 1 << 20, 256 << 10, 0, 0, 1 << 20, Durability.PROCESS, 1, false),
                        (type, tag, buffer, at, n) -> true,
                        System::nanoTime);
        private final NamespaceCopies copies =
                new NamespaceCopies(
                        directory,
                        layer,
                        new LmdbIndex(directory.resolve("index"), 1L << 30),
                        journal);
        private final KeyValueStore store = open();
        private final UnsafeBuffer value = new UnsafeBuffer(new byte[RECORD_LENGTH]);

        private KeyValueStore open() {
            try {
                return copies.open();
            } catch (final RuntimeException e) {
                copies.close();
                journal.close();
                throw e;
            }
        }

        long number() {
            final var found = store.get(KEY, 0, 1);
            return found == null ? 0 : found.getLong(0);
        }

        /** Journals a record and commits it; drops what is not to be kept. */
        void add() {
            value.putLong(0, number() + 1);
            assertTrue(journal.append(1, 0, Journal.KEEP_NOTHING, value, 0, RECORD_LENGTH) > 0);
            journal.sync();
            store.put(KEY, 0, 1, value, 0, 8);
            store.commit();
            final long end = journal.endPosition();
            journal.discardBefore(Math.min(end, copies.onCommit(end)));
            journal.doWork(System.nanoTime());
        }

        @Override
        public void close() {
            copies.close();
            store.close();
            journal.close();
        }
    }

    private List<Path> copies() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("index.copy-"))
                    .toList();
        }
    }

    private void damage(final Path index) throws IOException {
        try (FileChannel channel =
                FileChannel.open(index.resolve("data.mdb"), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(8192), 0);
        }
    }

    private void fill(final int records) {
        try (Namespace namespace = new Namespace()) {
            for (int i = 0; i < records; i++) {
                namespace.add();
            }
        }
    }

    @Test
    void aDamagedMapIsMadeAgainFromTheLastCopyAndTheJournalSinceThen() throws IOException {
        fill(100);
        final List<Path> copies = copies();
        assertEquals(1, copies.size(), "only the last one is kept");
        damage(directory.resolve("index"));
        try (Namespace namespace = new Namespace()) {
            final long found = namespace.number();
            assertTrue(found > 1 && found < 100, "as of record " + found);
            final long[] last = new long[1];
            namespace.journal.replay(
                    0,
                    new JournalHandler() {
                        @Override
                        public void onRecord(
                                final int type,
                                final int tag,
                                final long position,
                                final DirectBuffer buffer,
                                final int offset,
                                final int length) {
                            if (type == 1) {
                                final long number = buffer.getLong(offset);
                                assertTrue(last[0] != 0 || number <= found + 1, "none is missing");
                                last[0] = number;
                            }
                        }

                        @Override
                        public void onDamage(final long position, final boolean torn) {
                            throw new AssertionError("damaged at " + position);
                        }
                    });
            assertEquals(100, last[0]);
            assertFalse(namespace.journal.reachesBackTo(0), "the copy was needed");
        }
    }

    @Test
    void withoutAnyGoodCopyItIsRefusedAndNothingIsChanged() throws IOException {
        fill(100);
        damage(directory.resolve("index"));
        damage(copies().getFirst());
        final TrivetException error = assertThrows(TrivetException.class, Namespace::new);
        assertEquals(ErrorCode.CORRUPT, error.code());
        assertTrue(error.getMessage().contains(directory.resolve("index").toString()));
        assertTrue(error.getMessage().contains("backup"), error.getMessage());
        assertTrue(Files.exists(directory.resolve("index")));
    }

    @Test
    void aJournalThatHasEverythingIsEnough() throws IOException {
        fill(2);
        damage(directory.resolve("index"));
        for (final Path copy : copies()) {
            damage(copy);
        }
        try (Namespace namespace = new Namespace()) {
            assertEquals(0, namespace.number());
            assertTrue(namespace.journal.reachesBackTo(0));
        }
    }
}
