package org.trivet.node.disk;

import org.agrona.CloseHelper;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.node.os.LockFile;
import org.trivet.store.segment.CheckReport;
import org.trivet.store.segment.JournalInspection;
import org.trivet.store.segment.StoreCheck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The directory of a data node that no process has open, to be looked at. Nothing in it is written;
 * a process that would use it is kept off meanwhile.
 */
public final class OfflineStorage implements AutoCloseable {
    private static final String NODE = "node-";

    private final Path path;
    private final Owner owner;
    private final LockFile lock;

    /**
     * Whose a directory is.
     *
     * @param node the node's number.
     * @param volume the options of its volume.
     */
    public record Owner(int node, VolumeConfig volume) {
        /**
         * Its name.
         *
         * @return one word.
         */
        public String name() {
            return NODE + node;
        }
    }

    private OfflineStorage(final Path path, final Owner owner, final LockFile lock) {
        this.path = path;
        this.owner = owner;
        this.lock = lock;
    }

    /**
     * Opens the directory of a data node.
     *
     * @param path the directory.
     * @return the directory.
     * @throws TrivetException NOT_FOUND if there is none; INVALID if it is something else; BUSY if
     *     a process has it open; CORRUPT if it cannot be told whose it is; IO.
     */
    public static OfflineStorage open(final Path path) {
        final Owner owner = ownerOf(path);
        return new OfflineStorage(path, owner, lock(path));
    }

    /**
     * Whose a directory is.
     *
     * @param path the directory.
     * @return the data node.
     * @throws TrivetException NOT_FOUND if there is none; INVALID if it is something else; CORRUPT
     *     if it cannot be told.
     */
    public static Owner ownerOf(final Path path) {
        if (!Files.exists(path)) {
            throw new TrivetException(ErrorCode.NOT_FOUND, "there is no directory " + path);
        }
        if (Files.exists(path.resolve("node-0")) && !Files.exists(path.resolve("journal"))) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    path
                            + " is that of a volume; name one of its nodes: "
                            + path.resolve("node-0"));
        }
        if (!Files.isDirectory(path.resolve("journal"))) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    path + " is no directory of a data node: it has no journal in it");
        }
        final DataDirectory.Noted noted = DataDirectory.readNoted(path);
        if (noted == null) {
            throw new TrivetException(
                    ErrorCode.CORRUPT,
                    path + " does not say whose it is: volume.properties is missing");
        }
        return new Owner(nodeOf(path, noted.owner()), noted.volume());
    }

    private static int nodeOf(final Path path, final String owner) {
        try {
            if (owner.startsWith(NODE)) {
                return Integer.parseInt(owner.substring(NODE.length()));
            }
        } catch (final NumberFormatException e) {
            // no data node's name either
        }
        throw new TrivetException(
                ErrorCode.INVALID, path + " is that of " + owner + ", which is no data node");
    }

    /** Null if there is no lock file: then nobody can be kept off, and nothing is made here. */
    private static LockFile lock(final Path path) {
        final Path file = path.resolve("lock");
        final LockFile lock;
        try {
            lock = LockFile.tryShare(file);
        } catch (final NoSuchFileException e) {
            return null;
        } catch (final IOException e) {
            throw FileErrors.of("locking", file, e);
        }
        if (lock == null) {
            throw new TrivetException(
                    ErrorCode.BUSY,
                    path
                            + " is in use: a process has it open; stop the node, or the volume,"
                            + " first");
        }
        return lock;
    }

    /**
     * Whose it is.
     *
     * @return the data node.
     */
    public Owner owner() {
        return owner;
    }

    /**
     * Looks at the segments.
     *
     * @return what there is; to be closed before this is.
     * @throws TrivetException CORRUPT if nothing can be made of them; IO.
     */
    public JournalInspection inspect() {
        return JournalInspection.open(
                new ReadOnlyFileLayer(path.resolve("journal")),
                owner.volume().unitLength(),
                owner.volume().checksumType());
    }

    /**
     * Reads all there is, and compares it.
     *
     * @param journal its segments.
     * @return what was found.
     * @throws TrivetException IO.
     */
    public CheckReport check(final JournalInspection journal) {
        final Path index = path.resolve("index");
        if (isEmpty(index.resolve(LmdbKeyValueStore.DATA_FILE))) {
            return StoreCheck.check(
                    journal, null, "there is none: it is made from the segments at the next start");
        }
        LmdbKeyValueStore rows = null;
        try {
            rows = LmdbKeyValueStore.readOnly(index);
            return StoreCheck.check(journal, rows, null);
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.CORRUPT || rows != null) {
                throw e;
            }
            return StoreCheck.check(journal, null, e.getMessage());
        } finally {
            CloseHelper.close(rows);
        }
    }

    private static boolean isEmpty(final Path file) {
        try {
            return Files.size(file) == 0;
        } catch (final NoSuchFileException e) {
            return true;
        } catch (final IOException e) {
            throw FileErrors.of("looking at", file, e);
        }
    }

    @Override
    public void close() {
        if (lock != null) {
            try {
                lock.close();
            } catch (final IOException e) {
                throw FileErrors.of("closing", path.resolve("lock"), e);
            }
        }
    }
}
