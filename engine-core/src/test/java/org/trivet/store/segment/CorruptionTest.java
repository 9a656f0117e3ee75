package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.ExtentList;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.StoredEntries;
import org.trivet.store.StoredEntries.Stored;

import java.util.Random;

class CorruptionTest {
    private static final int GROUP = 2;
    private static final long DATA_ID = 7;

    private final StoredEntries entries = new StoredEntries();
    private final Random random = new Random(1);
    private final SegmentBlockStore store =
            SegmentBlockStore.open(
                    new MemoryFileLayer(64 << 20),
                    new SegmentBlockStoreTest.MemoryIndex(),
                    SegmentBlockStoreTest.config(0, Durability.PROCESS),
                    () -> 1);

    /** The writer writes the last page again with what is appended to it. */
    @Test
    void damageInTheLastPageStaysThoughTheJournalGrows() {
        store.recover(new StoredEntries.Collected());
        final Stored first = append(1, 0);
        assertTrue(
                new Corruption(store, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE.length())
                        .flipData(GROUP, DATA_ID, 0));
        append(2, 10);
        final ExtentList extents = new ExtentList();
        store.find(GROUP, DATA_ID, 0, 1, extents);
        final byte[] read = new byte[first.data().length];
        assertTrue(store.readData(extents.get(0), new UnsafeBuffer(read), 0));
        assertEquals(first.data()[0] ^ 1, read[0]);
    }

    private Stored append(final long version, final long unit) {
        final byte[] data = StoredEntries.bytes(random, StoredEntries.UNIT_LENGTH);
        final Stored entry = entries.write(store, GROUP, version, DATA_ID, unit, data);
        store.requestSync(store.endPosition());
        store.doWork(1);
        entry.applyTo(store);
        return entry;
    }
}
