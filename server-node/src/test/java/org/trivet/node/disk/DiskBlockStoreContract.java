package org.trivet.node.disk;

import org.junit.jupiter.api.io.TempDir;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.BlockStore;
import org.trivet.store.BlockStoreContract;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;
import org.trivet.store.StoredEntries;
import org.trivet.store.segment.JournalConfig;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SegmentStoreConfig;

import java.nio.file.Path;

/** The contract over real files and LMDB. */
abstract class DiskBlockStoreContract extends BlockStoreContract {
    private static final SegmentStoreConfig CONFIG =
            SegmentStoreConfig.of(
                    new JournalConfig(
                            99,
                            8 << 20,
                            2 << 20,
                            0,
                            0,
                            8 << 20,
                            Durability.DISK,
                            100_000_000L,
                            true),
                    StoredEntries.UNIT_LENGTH,
                    StoredEntries.TYPE);

    @TempDir Path directory;

    private KeyValueStore index;
    private JournalThreads threads;

    /** Whether threads run the workers; otherwise the store's owner does its work. */
    abstract boolean threaded();

    @Override
    protected final BlockStore create() {
        final LmdbIndex lmdb = new LmdbIndex(directory.resolve("index"), 1L << 30);
        final KeyValueStoreProvider provider =
                new KeyValueStoreProvider() {
                    @Override
                    public KeyValueStore open() {
                        index = lmdb.open();
                        return index;
                    }

                    @Override
                    public void putAside() {
                        lmdb.putAside();
                    }
                };
        final SegmentBlockStore opened =
                SegmentBlockStore.open(
                        new NioFileLayer(directory.resolve("journal")),
                        provider,
                        CONFIG,
                        System::nanoTime);
        if (threaded()) {
            threads = new JournalThreads("store", opened.workers());
        }
        return opened;
    }

    @Override
    protected final BlockStore reopenAfterCrash(final BlockStore crashed) {
        stopThreads();
        index.close(); // forgets what was not committed, as the death of the process does
        return create();
    }

    @Override
    protected final void shutDown(final BlockStore open) {
        stopThreads();
        open.close();
    }

    private void stopThreads() {
        if (threads != null) {
            threads.close();
        }
    }
}
