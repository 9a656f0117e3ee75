package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.FileLayer;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.StoredEntries;
import org.trivet.store.StoredEntries.Collected;
import org.trivet.store.StoredEntries.Stored;
import org.trivet.wire.sbe.EntryKind;

import java.util.List;
import java.util.Random;

/** Stores of several nodes in one file system that is too small. */
class SharedSpaceTest {
    /** Of a record, which is so long that it must leave the reserve. */
    private static final int UNITS = 192;

    private static final byte[] NOTHING = {};

    private final MemoryFileLayer fileSystem = new MemoryFileLayer(20 << 20);
    private final SharedSpace space = new SharedSpace();
    private final Random random = new Random(5);
    private long nowNs;

    /** A directory of the file system. */
    private record Directory(MemoryFileLayer fileSystem, String prefix) implements FileLayer {
        @Override
        public List<String> list() {
            return fileSystem.list().stream()
                    .filter(name -> name.startsWith(prefix))
                    .map(name -> name.substring(prefix.length()))
                    .toList();
        }

        @Override
        public OpenFile open(final String name, final boolean create) {
            return fileSystem.open(prefix + name, create);
        }

        @Override
        public void delete(final String name) {
            fileSystem.delete(prefix + name);
        }

        @Override
        public void rename(final String from, final String to) {
            fileSystem.rename(prefix + from, prefix + to);
        }

        @Override
        public void syncDirectory() {
            fileSystem.syncDirectory();
        }

        @Override
        public long usableSpace() {
            return fileSystem.usableSpace();
        }
    }

    /** A node's store, and what has been written to it. */
    private final class Node {
        private final SegmentBlockStoreTest.MemoryIndex index =
                new SegmentBlockStoreTest.MemoryIndex();
        private final StoredEntries entries = new StoredEntries();
        private final SharedSpace.Share share = space.newShare();
        private final String prefix;
        private SegmentBlockStore store;
        private long version;
        private long from;
        private long end;

        Node(final String prefix) {
            this.prefix = prefix;
            open();
        }

        void open() {
            store =
                    SegmentBlockStore.open(
                            new Directory(fileSystem, prefix),
                            index,
                            SegmentBlockStoreTest.config(0, Durability.PROCESS),
                            share,
                            () -> nowNs);
            store.recover(new Collected());
        }

        /** Writes until there is no space, for longer than anything is waited for. */
        int fill() {
            int count = 0;
            for (int refused = 0; refused < 50; ) {
                if (write()) {
                    count++;
                } else {
                    refused++;
                    turn();
                }
            }
            return count;
        }

        boolean write() {
            final byte[] bytes = StoredEntries.bytes(random, UNITS * StoredEntries.UNIT_LENGTH);
            final Stored entry = entries.write(store, 0, ++version, 0, end * UNITS, bytes);
            if (entry == null) {
                return false;
            }
            end++;
            apply(entry);
            if (end % 50 == 0) {
                turn();
            }
            return true;
        }

        /** Removes the oldest of what is there. */
        void trim(final int count) {
            for (int i = 0; i < count; i++) {
                Stored entry = trimOldest();
                for (int waited = 0; entry == null; waited++) {
                    assertTrue(waited < 200, "a full store takes trims");
                    turn();
                    entry = trimOldest();
                }
                apply(entry);
                from++;
            }
        }

        private Stored trimOldest() {
            return entries.append(
                    store,
                    EntryKind.TRIM,
                    0,
                    ++version,
                    0,
                    from * UNITS,
                    (from + 1) * UNITS,
                    0,
                    NOTHING);
        }

        void apply(final Stored entry) {
            store.requestSync(store.endPosition());
            store.doWork(nowNs);
            assertNull(store.failure());
            entry.applyTo(store);
        }

        void turn() {
            nowNs += 100_000_000L;
            store.doWork(nowNs);
            assertNull(store.failure());
            store.checkpoint(store.endPosition());
        }
    }

    @Test
    void whoeverIsFasterTakesNoMoreThanItsShare() {
        final Node fast = new Node("a-");
        final Node slow = new Node("b-");
        final int first = fast.fill();
        final int second = slow.fill();
        assertTrue(first > 200, () -> "took " + first);
        assertEquals(first, second, first / 10.0);
    }

    @Test
    void whatOneGivesBackIsLeftToIt() {
        final Node fast = new Node("a-");
        final Node slow = new Node("b-");
        fast.fill();
        final int before = slow.fill();
        slow.trim((int) slow.end);
        for (int i = 0; i < 500; i++) {
            slow.turn();
        }
        assertTrue(fileSystem.usableSpace() > 2 << 20, "the file system has space again");
        assertTrue(fast.fill() < before / 10, "which another does not take");
        final int again = slow.fill();
        assertEquals(before, again, before / 10.0);
    }

    @Test
    void theShareOfANodeWhoseStorageIsGoneIsKeptForIt() {
        final Node lasting = new Node("a-");
        final Node gone = new Node("b-");
        final int before = gone.fill();
        gone.store.close();
        final Directory directory = new Directory(fileSystem, "b-");
        directory.list().forEach(directory::delete);
        gone.share.empty();
        lasting.fill();
        gone.index.putAside();
        gone.open();
        gone.end = 0;
        assertEquals(before, gone.fill(), before / 10.0);
    }

    @Test
    void aCheckpointThatSetsSegmentsFreeIsUrgentWhileSpaceIsScarce() {
        final Node node = new Node("a-");
        node.fill();
        node.turn();
        assertFalse(node.store.needsCheckpoint(), "nothing is dead");
        final long segment = node.store.statistics().segmentBytes();
        node.trim(100);
        assertTrue(node.store.needsCheckpoint(), "segments can be released");
        for (int i = 0; i < 10; i++) {
            node.turn();
        }
        assertTrue(node.store.statistics().segmentBytes() < segment);
        assertFalse(node.store.needsCheckpoint(), "they have been");
    }
}
