package org.trivet.store.segment;

import org.trivet.VolumeConfig.Durability;
import org.trivet.store.BlockStore;
import org.trivet.store.BlockStoreContract;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.store.StoredEntries;

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
}
