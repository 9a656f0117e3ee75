package org.trivet.node.disk;

import org.agrona.CloseHelper;
import org.agrona.concurrent.NanoClock;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.store.segment.JournalConfig;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SegmentStoreConfig;

import java.nio.file.Path;
import java.util.SplittableRandom;

/** A node's storage: its directory, its store, and the threads that write the journal. */
public final class NodeStorage implements AutoCloseable {
    private final DataDirectory directory;
    private final NioFileLayer layer;
    private final Path index;
    private final String indexKey;
    private final SegmentBlockStore store;
    private final JournalThreads threads;

    /**
     * Opens a node's storage, creating it where there is none. {@link SegmentBlockStore#recover}
     * comes next.
     *
     * @param path its directory.
     * @param owner whose it is, one word.
     * @param config the volume's options; null to take those of an existing directory.
     * @param capacityBytes bytes that segments may take; 0 for no bound but the file system's.
     * @param clock the clock of the agent that owns the store.
     * @throws TrivetException as {@link DataDirectory} and {@link SegmentBlockStore#open} do.
     */
    public NodeStorage(
            final Path path,
            final String owner,
            final VolumeConfig config,
            final long capacityBytes,
            final NanoClock clock) {
        directory = new DataDirectory(path, owner, config);
        SegmentBlockStore opened = null;
        try {
            final VolumeConfig volume = directory.volume();
            layer = new NioFileLayer(directory.journal());
            final JournalConfig journal =
                    JournalConfig.of(
                            newStorageId(),
                            capacityBytes,
                            layer.usableSpace(),
                            volume.durability());
            opened =
                    SegmentBlockStore.open(
                            layer,
                            new LmdbIndex(directory.index(), LmdbKeyValueStore.DEFAULT_MAP_SIZE),
                            SegmentStoreConfig.of(
                                    journal, volume.unitLength(), volume.checksumType()),
                            clock);
            if (directory.storageId() != opened.storageId()) {
                directory.recordStorageId(opened.storageId());
            }
        } catch (final RuntimeException e) {
            CloseHelper.quietCloseAll(opened, directory);
            throw e;
        }
        index = directory.index().resolve("data.mdb");
        indexKey = NioFileLayer.keyIfAny(index);
        store = opened;
        threads = new JournalThreads(owner, store.workers());
    }

    private static long newStorageId() {
        final long id = new SplittableRandom().nextLong();
        return id == 0 ? 1 : id;
    }

    /**
     * The store, for the one thread that owns it.
     *
     * @return the open store.
     */
    public SegmentBlockStore store() {
        return store;
    }

    /**
     * The directory.
     *
     * @return the open, locked directory.
     */
    public DataDirectory directory() {
        return directory;
    }

    /**
     * Space left in the file system of the storage.
     *
     * @return bytes.
     */
    public long usableSpace() {
        return layer.usableSpace();
    }

    /**
     * Whether the names still lead to the files that are open.
     *
     * @return false if the directory, a segment or the index has been removed or replaced.
     */
    public boolean intact() {
        return layer.intact() && indexKey.equals(NioFileLayer.keyIfAny(index));
    }

    /**
     * Stops the threads that write the journal, and waits for their ends: before the store is
     * closed.
     */
    public void stopThreads() {
        threads.close();
    }

    /** Stops the threads, closes the store with a last checkpoint, and unlocks the directory. */
    @Override
    public void close() {
        stopThreads();
        try {
            store.close();
        } finally {
            directory.close();
        }
    }

    /** Ends it as the death of the process would: nothing more is written. */
    public void abandon() {
        stopThreads();
        try {
            store.abandon();
        } finally {
            directory.close();
        }
    }
}
