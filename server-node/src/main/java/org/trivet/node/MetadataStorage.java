package org.trivet.node;

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
import org.trivet.node.disk.LmdbIndex;
import org.trivet.node.disk.NioFileLayer;
import org.trivet.store.KeyValueStore;
import org.trivet.store.segment.Journal;
import org.trivet.store.segment.JournalConfig;
import org.trivet.transport.Transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * A metadata node over its directory, with the thread that writes its journal. Owned by the node's
 * thread.
 */
final class MetadataStorage implements AutoCloseable {
    private static final long MAP_SIZE = 1L << 40;
    private static final int SEGMENT_LENGTH = 16 << 20;

    private final DataDirectory directory;
    private final Journal journal;
    private final Thread writerThread;
    private final MetadataNode node;

    private MetadataStorage(
            final DataDirectory directory,
            final Journal journal,
            final Thread writerThread,
            final MetadataNode node) {
        this.directory = directory;
        this.journal = journal;
        this.writerThread = writerThread;
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
                            config(path, volume),
                            transport,
                            store,
                            new SegmentCommandJournal(journal, clock),
                            trims,
                            epochClock,
                            clock);
            node.endFormerSessions(); // all clients are in this process, and new
            final Thread writer =
                    Thread.ofPlatform().daemon().name("journal-metadata").start(journal.writer());
            return new MetadataStorage(directory, journal, writer, node);
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

    /** Stops the writer, writes what is staged, and closes everything. */
    @Override
    public void close() {
        journal.writer().stop();
        boolean interrupted = false;
        while (writerThread.isAlive()) {
            try {
                writerThread.join();
            } catch (final InterruptedException e) {
                interrupted = true; // the files must not be closed under the writer
            }
        }
        try {
            node.onClose();
        } finally {
            directory.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
