package org.trivet.node;

import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.NanoClock;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.meta.MetadataConfig;
import org.trivet.meta.MetadataNode;
import org.trivet.meta.SegmentCommandJournal;
import org.trivet.meta.TrimPort;
import org.trivet.node.disk.DataDirectory;
import org.trivet.node.disk.JournalThreads;
import org.trivet.node.disk.LmdbIndex;
import org.trivet.node.disk.NioFileLayer;
import org.trivet.store.KeyValueStore;
import org.trivet.store.segment.Journal;
import org.trivet.store.segment.JournalConfig;
import org.trivet.transport.Transport;

import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * A metadata node over its directory, with the threads that write its journal. Owned by the node's
 * thread.
 */
final class MetadataStorage implements AutoCloseable {
    private static final long MAP_SIZE = 1L << 40;
    private static final int SEGMENT_LENGTH = 16 << 20;

    private final DataDirectory directory;
    private final JournalThreads threads;
    private final MetadataNode node;

    private MetadataStorage(
            final DataDirectory directory, final JournalThreads threads, final MetadataNode node) {
        this.directory = directory;
        this.threads = threads;
        this.node = node;
    }

    static MetadataStorage open(
            final Path path,
            final VolumeConfig volume,
            final Transport transport,
            final TrimPort trims,
            final EpochNanoClock epochClock,
            final NanoClock clock,
            final Runnable wakeUp) {
        final DataDirectory directory = new DataDirectory(path, "metadata", volume);
        KeyValueStore store = null;
        Journal journal = null;
        try {
            final NioFileLayer layer = new NioFileLayer(directory.journal());
            journal =
                    Journal.open(
                            layer,
                            config(layer, volume.durability()),
                            (type, tag, buffer, at, n) -> true,
                            clock);
            journal.onProgress(wakeUp);
            store = new LmdbIndex(directory.index(), MAP_SIZE).open();
            final MetadataNode node =
                    new MetadataNode(
                            MetadataConfig.of(volume),
                            transport,
                            store,
                            new SegmentCommandJournal(journal, clock),
                            trims,
                            epochClock,
                            clock);
            node.endFormerSessions(); // all clients are in this process, and new
            return new MetadataStorage(
                    directory, new JournalThreads("metadata", journal.workers()), node);
        } catch (final RuntimeException e) {
            if (store != null) {
                store.close();
            }
            if (journal != null) {
                journal.abandon();
            }
            directory.close();
            transport.close();
            if (e instanceof final TrivetException typed) {
                throw new TrivetException(
                        typed.code(), "metadata in " + path + ": " + typed.getMessage(), typed);
            }
            throw e;
        }
    }

    private static JournalConfig config(final NioFileLayer layer, final Durability durability) {
        final JournalConfig usual =
                JournalConfig.of(
                        new SecureRandom().nextLong() | 1, 0, layer.usableSpace(), durability);
        return new JournalConfig(
                usual.newStorageId(),
                Math.min(usual.segmentLength(), SEGMENT_LENGTH),
                usual.maxRecordLength(),
                0,
                usual.marginBytes(),
                usual.stagingLength(),
                durability,
                usual.syncIntervalNs(),
                usual.zeroFill());
    }

    MetadataNode node() {
        return node;
    }

    /** Stops the threads, writes what is staged, and closes everything. */
    @Override
    public void close() {
        threads.close();
        try {
            node.onClose();
        } finally {
            directory.close();
        }
    }
}
