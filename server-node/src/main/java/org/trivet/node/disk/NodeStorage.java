package org.trivet.node.disk;

import org.agrona.CloseHelper;
import org.agrona.concurrent.NanoClock;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.store.segment.JournalConfig;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SegmentStoreConfig;
import org.trivet.store.segment.SharedSpace;

import java.nio.file.Path;
import java.util.SplittableRandom;

/** A node's storage: its directory, its store, and the threads that write the journal. */
public final class NodeStorage implements AutoCloseable {
    private final StorageFiles files;
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
     * @param share what of the file system they may take.
     * @param clock the clock of the agent that owns the store.
     * @throws TrivetException as {@link DataDirectory} and {@link SegmentBlockStore#open} do.
     */
    public NodeStorage(
            final Path path,
            final String owner,
            final VolumeConfig config,
            final long capacityBytes,
            final SharedSpace.Share share,
            final NanoClock clock) {
        files = new StorageFiles(path, owner, config);
        final DataDirectory directory = files.directory();
        SegmentBlockStore opened = null;
        try {
            final VolumeConfig volume = directory.volume();
            final JournalConfig journal =
                    JournalConfig.of(
                            newStorageId(),
                            capacityBytes,
                            files.journal().usableSpace(),
                            volume.durability());
            opened =
                    SegmentBlockStore.open(
                            files.journal(),
                            files.index(),
                            SegmentStoreConfig.of(
                                    journal, volume.unitLength(), volume.checksumType()),
                            share,
                            clock);
            if (directory.storageId() != opened.storageId()) {
                directory.recordStorageId(opened.storageId());
            }
        } catch (final RuntimeException e) {
            CloseHelper.quietCloseAll(opened, files);
            throw e;
        }
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
        return files.directory();
    }

    /**
     * Whether the names still lead to the files that are open. May be called from any thread.
     *
     * @return false if the directory, a segment or the index has been removed or replaced.
     */
    public boolean intact() {
        return files.intact();
    }

    /**
     * Takes the storage out of use as the death of the process would, but keeps its files open:
     * they have been deleted. On the thread that owns the store. {@link #putBack} and then {@link
     * #abandon} come next, from any thread.
     */
    public void detach() {
        stopThreads();
        files.index().detach();
    }

    /**
     * Writes the files of detached storage to where they belong. May be tried again after an error.
     *
     * @throws TrivetException NO_SPACE, IO and others.
     */
    public void putBack() {
        files.putBack();
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
            files.close();
        }
    }

    /** Ends it as the death of the process would: nothing more is written. */
    public void abandon() {
        stopThreads();
        try {
            store.abandon();
        } finally {
            files.close();
        }
    }
}
