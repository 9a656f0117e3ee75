package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.store.StoredEntries;
import org.trivet.store.segment.JournalConfig;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SegmentStoreConfig;
import org.trivet.wire.sbe.EntryKind;

import java.util.Random;

/** What a member knows after a loss of power before its index was first committed. */
class GroupReplayTest {
    private static final int ENDPOINT = 7_000;
    private static final long DATA_ID = 77;
    private static final byte[] NOTHING = {};

    private final VolumeConfig volume =
            new VolumeConfig(
                    11, 3, 3, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE, Durability.PROCESS);
    private final ClusterHarness cluster = new ClusterHarness(volume, 1);
    private final MemoryFileLayer files = new MemoryFileLayer(64 << 20);
    private final StoredEntries entries = new StoredEntries();
    private final Random random = new Random(1);

    /** The group of which the node under test has the first copy behind the primary's. */
    private final int number = 2;

    private SegmentBlockStore store;
    private Group group = open();

    /** What an index holds that was never committed. */
    private static final class UncommittedIndex implements KeyValueStoreProvider {
        @Override
        public KeyValueStore open() {
            return new MemoryKeyValueStore();
        }

        @Override
        public void putAside() {
            // there is nothing
        }
    }

    private Group open() {
        final JournalConfig journal =
                new JournalConfig(
                        99,
                        1 << 20,
                        128 << 10,
                        0,
                        0,
                        1 << 20,
                        volume.durability(),
                        100_000_000L,
                        false);
        store =
                SegmentBlockStore.open(
                        files,
                        new UncommittedIndex(),
                        SegmentStoreConfig.of(journal, volume.unitLength(), volume.checksumType()),
                        cluster::nowNs);
        return new DataNode(
                        NodeConfig.of(volume, 0, 1),
                        store,
                        cluster.open(ENDPOINT),
                        cluster::nowNs,
                        () -> cluster.nowNs() / 1_000_000L)
                .group(number);
    }

    private void write(final long sequence) {
        entries.write(store, number, sequence, DATA_ID, sequence, StoredEntries.bytes(random, 64));
    }

    /** Makes what was appended from an entry on void, up to the marker. */
    private void makeVoid(final long from, final long marker) {
        entries.append(store, EntryKind.VOID, number, marker, 0, from, 0, 0, NOTHING);
    }

    private void losePower() {
        store.requestSync(store.endPosition());
        store.doWork(cluster.nowNs());
        assertEquals(store.endPosition(), store.syncedPosition());
        files.losePower(random);
        group = open();
        assertTrue(store.indexRebuilt());
        assertTrue(group.hasLog);
    }

    @Test
    void allIsKnownOfALogWithVoidEntriesThatIsToldFromTheFirst() {
        group.begin();
        write(1);
        write(2);
        makeVoid(2, 3);
        write(4);
        losePower();
        assertEquals(4, group.log.end());
        assertEquals(3, group.log.get(2).voidedBy);
        assertTrue(group.coverage.isComplete());
    }

    /** What makes an earlier part of it void may be missing. */
    @Test
    void nothingIsKnownOfALogWithVoidEntriesThatIsToldInPart() {
        group.resetTo(10, 1);
        group.begin();
        write(11);
        makeVoid(11, 12);
        losePower();
        assertEquals(12, group.log.end());
        assertFalse(group.coverage.covers(DATA_ID, 0, 1));
    }

    @Test
    void allIsKnownOfALogWithoutVoidEntriesThoughItIsToldInPart() {
        group.resetTo(10, 1);
        group.begin();
        write(11);
        losePower();
        assertEquals(11, group.log.end());
        assertTrue(group.coverage.isComplete());
    }
}
