package org.trivet.node.disk;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.StoredEntries;
import org.trivet.store.StoredEntries.Collected;
import org.trivet.store.StoredEntries.Stored;
import org.trivet.store.segment.SharedSpace;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;

/** A data node's directory with a few entries, for tests of what looks at it. */
public final class SmallStore {
    private static final VolumeConfig VOLUME =
            new VolumeConfig(
                    77, 3, 2, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE, Durability.PROCESS);
    private static final int RECORD_HEADER_LENGTH = 32;

    public final Path path;
    private final StoredEntries entries = new StoredEntries();
    private final Random random = new Random(1);

    public SmallStore(final Path path) {
        this.path = path;
    }

    public NodeStorage open() {
        final NodeStorage storage =
                new NodeStorage(
                        path,
                        "node-1",
                        VOLUME,
                        64 << 20,
                        SharedSpace.Share.ofAll(),
                        System::nanoTime);
        storage.store().recover(new Collected());
        return storage;
    }

    /** Writes, and brings it into the index once it is synced. */
    public Stored write(
            final NodeStorage storage,
            final long version,
            final long dataId,
            final long firstUnit,
            final int length) {
        final Stored entry = append(storage, version, dataId, firstUnit, length);
        entry.applyTo(storage.store());
        return entry;
    }

    /** Writes, and syncs. */
    public Stored append(
            final NodeStorage storage,
            final long version,
            final long dataId,
            final long firstUnit,
            final int length) {
        final Stored entry =
                entries.write(
                        storage.store(),
                        0,
                        version,
                        dataId,
                        firstUnit,
                        StoredEntries.bytes(random, length));
        sync(storage);
        return entry;
    }

    public static void sync(final NodeStorage storage) {
        storage.store().requestSync(storage.store().endPosition());
        while (storage.store().syncedPosition() < storage.store().endPosition()) {
            storage.store().doWork(System.nanoTime());
            Thread.onSpinWait();
        }
    }

    /** Saves what is no state of a group, but stands for one. */
    public static void saveState(final NodeStorage storage, final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        storage.store().saveState(0, new UnsafeBuffer(bytes), 0, bytes.length);
    }

    public static void checkpoint(final NodeStorage storage) {
        storage.store().checkpoint(storage.store().endPosition());
    }

    public Path segment(final long position) {
        return path.resolve("journal").resolve(String.format("%08x.journal", position >>> 32));
    }

    /** Flips a bit of a byte of a record's body; counted from its end if below 0. */
    public void flipInBody(final Stored entry, final int at) throws IOException {
        final int checksums =
                (entry.data().length + StoredEntries.UNIT_LENGTH - 1)
                        / StoredEntries.UNIT_LENGTH
                        * StoredEntries.TYPE.length();
        final int length = org.trivet.store.EntryView.encodedLength(checksums, entry.data().length);
        flip(
                segment(entry.position()),
                (int) entry.position() + RECORD_HEADER_LENGTH + (at < 0 ? length + at : at));
    }

    public static void flip(final Path file, final long at) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(at);
            final int found = opened.read();
            opened.seek(at);
            opened.write(found ^ 1);
        }
    }
}
