package org.trivet.node;

import org.agrona.CloseHelper;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.NanoClock;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.meta.MetadataConfig;
import org.trivet.meta.MetadataNode;
import org.trivet.meta.SegmentCommandJournal;
import org.trivet.meta.TrimPort;
import org.trivet.node.disk.DataDirectory;
import org.trivet.node.disk.JournalThreads;
import org.trivet.node.disk.NioFileLayer;
import org.trivet.node.disk.StorageFiles;
import org.trivet.store.KeyValueStore;
import org.trivet.store.segment.IndexSpace;
import org.trivet.store.segment.Journal;
import org.trivet.store.segment.JournalConfig;
import org.trivet.transport.Transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * A metadata node over its directory, with the threads that write its journal. Owned by the node's
 * thread.
 */
final class MetadataStorage implements AutoCloseable {
    /** Commands are few and small: on a small disk, which has it twice, the data need the room. */
    private static final int SEGMENTS_FOR_ONE_OF_DATA = 4;

    /** More than a verb with two values of the greatest length, see {@code MessageShapes}. */
    private static final int MAX_RECORD_LENGTH = 256 << 10;

    /**
     * Each of two: more than the commands of one look at the room can take, and so little that data
     * nodes, which leave a segment's length free, do not take it when it is given up.
     */
    private static final int RESERVE_BYTES = 8 << 20;

    /** What a command can add to a commit of LMDB: a few pages, each with those above it. */
    private static final int BYTES_PER_COMMAND = 16 << 10;

    private final StorageFiles files;
    private final Transport transport;
    private final KeyValueStore store;
    private final Journal journal;
    private final NamespaceCopies copies;
    private final JournalThreads threads;
    private final MetadataNode node;

    private MetadataStorage(
            final StorageFiles files,
            final Transport transport,
            final KeyValueStore store,
            final Journal journal,
            final NamespaceCopies copies,
            final JournalThreads threads,
            final MetadataNode node) {
        this.files = files;
        this.transport = transport;
        this.store = store;
        this.journal = journal;
        this.copies = copies;
        this.threads = threads;
        this.node = node;
    }

    /** Opens the storage, and makes a node over it; nothing stays open after an error. */
    static MetadataStorage open(
            final Path path,
            final VolumeConfig volume,
            final Transport transport,
            final TrimPort trims,
            final EpochNanoClock epochClock,
            final NanoClock clock,
            final Runnable wakeUp) {
        StorageFiles files = null;
        KeyValueStore store = null;
        Journal journal = null;
        NamespaceCopies copies = null;
        try {
            files = StorageFiles.withMirroredJournal(path, "metadata", volume);
            journal = openJournal(files, volume, clock);
            journal.onProgress(wakeUp);
            copies =
                    new NamespaceCopies(
                            files.directory().path(), files.journal(), files.index(), journal);
            store = copies.open();
            checkIdentity(files.directory(), journal, store);
            final MetadataNode node =
                    new MetadataNode(
                            config(path, volume),
                            transport,
                            store,
                            new SegmentCommandJournal(
                                    journal,
                                    space(files, "reserve"),
                                    space(files, "reserve.last"),
                                    copies::onCommit,
                                    clock),
                            trims,
                            epochClock,
                            clock);
            return new MetadataStorage(
                    files,
                    transport,
                    store,
                    journal,
                    copies,
                    new JournalThreads("metadata", journal.workers()),
                    node);
        } catch (final RuntimeException e) {
            if (store != null) {
                store.close();
            }
            if (journal != null) {
                journal.abandon();
            }
            CloseHelper.closeAll(copies, files, transport);
            if (e instanceof final TrivetException typed) {
                throw new TrivetException(
                        typed.code(), "metadata in " + path + ": " + typed.getMessage(), typed);
            }
            throw e;
        }
    }

    private static IndexSpace space(final StorageFiles files, final String name) {
        return new IndexSpace(files.journal(), name, RESERVE_BYTES, BYTES_PER_COMMAND);
    }

    /** Nobody else has what was in it: to begin without it would be to lose all names. */
    private static Journal openJournal(
            final StorageFiles files, final VolumeConfig volume, final NanoClock clock) {
        try {
            return Journal.open(
                    files.journalCopies(),
                    config(files.journal(), volume.durability()),
                    (type, tag, buffer, at, n) -> true,
                    clock);
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.CORRUPT) {
                throw e;
            }
            throw new TrivetException(
                    e.code(),
                    e.getMessage()
                            + ", in both copies of the journal; put a backup of the whole directory"
                            + " in its place",
                    e);
        }
    }

    /**
     * Refuses a journal that is not the one that the index goes by, as when its files are gone and
     * it has just been made anew: what was only in it is lost, and its positions say nothing.
     */
    private static void checkIdentity(
            final DataDirectory directory, final Journal journal, final KeyValueStore store) {
        final long recorded = directory.storageId();
        if (recorded == 0 && !(journal.created() && store.size() > 0)) {
            directory.recordStorageId(journal.storageId());
        } else if (recorded != journal.storageId()) {
            throw new TrivetException(
                    ErrorCode.CORRUPT,
                    "the journal in "
                            + directory.journal()
                            + " is gone, or is another one; put a backup of the whole directory in"
                            + " its place");
        }
    }

    /** The files of a volume belong to whom its data directory belongs to. */
    private static MetadataConfig config(final Path path, final VolumeConfig volume) {
        try {
            final Path owned = path.toAbsolutePath().getParent();
            return MetadataConfig.of(volume)
                    .withRootOwner(
                            (Integer) Files.getAttribute(owned, "unix:uid"),
                            (Integer) Files.getAttribute(owned, "unix:gid"));
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "the owner of the data directory", e);
        }
    }

    private static JournalConfig config(final NioFileLayer layer, final Durability durability) {
        final JournalConfig usual =
                JournalConfig.of(
                        new SecureRandom().nextLong() | 1, 0, layer.usableSpace(), durability);
        final int segmentLength = usual.segmentLength() / SEGMENTS_FOR_ONE_OF_DATA;
        return new JournalConfig(
                usual.newStorageId(),
                segmentLength,
                MAX_RECORD_LENGTH,
                0,
                segmentLength, // of what data nodes leave free, it may take the rest
                usual.stagingLength(),
                durability,
                usual.syncIntervalNs(),
                usual.zeroFill(),
                Journal.KEEP_LITTLE);
    }

    MetadataNode node() {
        return node;
    }

    /** Whether the names still lead to the files that are open. May be called from any thread. */
    boolean intact() {
        return files.intact();
    }

    /**
     * Takes the node out of use as the death of the process would, but keeps its files open: they
     * have been deleted. On the node's thread; {@link #putBack} and {@link #abandon} come next.
     */
    void detach() {
        threads.close();
        copies.close();
        files.index().detach();
        transport.close();
    }

    /** Writes the files of detached storage to where they belong. */
    void putBack() {
        files.putBack();
    }

    /** Closes the files of detached storage. */
    void abandon() {
        try {
            store.close();
        } finally {
            try {
                journal.abandon();
            } finally {
                files.close();
            }
        }
    }

    /** Stops the threads, writes what is staged, and closes everything. */
    @Override
    public void close() {
        threads.close();
        copies.close();
        try {
            node.onClose();
        } finally {
            files.close();
        }
    }
}
