package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.BlockStore;
import org.trivet.store.BlockStoreContract;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.store.FileFaults;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.store.StoredEntries;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class SegmentBlockStoreTest extends BlockStoreContract {
    private final MemoryFileLayer layer = new MemoryFileLayer(64 << 20);
    private final MemoryIndex index = new MemoryIndex();

    /** An index in memory that survives the closing of its store. */
    static final class MemoryIndex implements KeyValueStoreProvider {
        MemoryKeyValueStore store = new MemoryKeyValueStore();
        int putAside;

        @Override
        public KeyValueStore open() {
            return store.reopen();
        }

        @Override
        public void putAside() {
            store = new MemoryKeyValueStore();
            putAside++;
        }
    }

    static SegmentStoreConfig config(final long capacityBytes, final Durability durability) {
        final JournalConfig journal =
                new JournalConfig(
                        99,
                        1 << 20,
                        128 << 10,
                        capacityBytes,
                        0,
                        1 << 20,
                        durability,
                        100_000_000L,
                        true);
        return new SegmentStoreConfig(
                journal, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE, 1 << 16, 64 << 10);
    }

    @Override
    protected BlockStore create() {
        return SegmentBlockStore.open(layer, index, config(0, Durability.DISK), System::nanoTime);
    }

    @Override
    protected BlockStore reopenAfterCrash(final BlockStore crashed) {
        layer.losePower(new Random(1));
        return SegmentBlockStore.open(layer, index, config(0, Durability.DISK), System::nanoTime);
    }

    @Test
    void aLongReadTakesOneCallIfThereIsRoomForTheFront() {
        final byte[] data = new byte[1000 * StoredEntries.UNIT_LENGTH];
        final StoredEntries.Stored entry = entries.write(store, 0, 1, 7, 0, data);
        settle();
        entry.applyTo(store);
        final ExtentList extents = new ExtentList();
        store.find(0, 7, 0, 1000, extents);
        final Extent extent = extents.get(0);
        final int dataAt =
                BlockStore.FRONT_LENGTH + extent.unitCount() * StoredEntries.TYPE.length();
        final UnsafeBuffer buffer =
                new UnsafeBuffer(ByteBuffer.allocateDirect(dataAt + data.length));
        final List<Long> reads = new ArrayList<>();
        layer.faults(
                (call, name, offset, length) -> {
                    if (call == FileFaults.Call.READ) {
                        reads.add(offset);
                    }
                });
        assertTrue(store.read(extent, buffer, 0, dataAt));
        assertEquals(1, reads.size());
    }
}
