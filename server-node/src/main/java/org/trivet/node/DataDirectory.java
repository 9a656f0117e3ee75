package org.trivet.node;

import org.agrona.CloseHelper;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A directory that holds a volume, locked for this process.
 *
 * <pre>
 * DATA_DIR/lock                 locked by the process that uses the directory
 * DATA_DIR/volume.properties    what the volume is made of
 * DATA_DIR/metadata/            of the metadata node
 * DATA_DIR/node-0/ ...          of the data nodes, one each
 * DATA_DIR/control/             socket of the control channel
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DataDirectory.class.getName());

    private final Path path;
    private final VolumeConfig volume;
    private final boolean isNew;
    private final DirectoryLock lock;

    private DataDirectory(
            final Path path,
            final VolumeConfig volume,
            final boolean isNew,
            final DirectoryLock lock) {
        this.path = path;
        this.volume = volume;
        this.isNew = isNew;
        this.lock = lock;
    }

    /**
     * Opens a directory; makes it, and a volume in it, if need be.
     *
     * @param path the directory.
     * @param options what is asked of the volume.
     * @return the directory. BUSY if another process uses it, INVALID if the volume in it is
     *     another one than asked for or there is something else in it, CORRUPT if the volume's
     *     description is damaged, NOT_SUPPORTED if it is of another format.
     */
    public static DataDirectory open(final Path path, final VolumeOptions options) {
        DirectoryLock lock = null;
        try {
            Files.createDirectories(path);
            final Path directory = path.toRealPath();
            final VolumeConfig found = find(directory);
            if (found == null) {
                refuseForeignFiles(directory);
            } else {
                options.check(found, path);
            }
            final VolumeConfig volume =
                    found == null ? options.create(new SecureRandom().nextLong()) : found;

            lock = DirectoryLock.take(directory);
            final VolumeConfig lockedVolume = find(directory); // made by another meanwhile?
            if (lockedVolume != null) {
                options.check(lockedVolume, path);
            }
            if (!isDescribed(directory)) {
                VolumeFile.write(directory, volume);
            }
            final DataDirectory opened =
                    new DataDirectory(
                            directory,
                            lockedVolume == null ? volume : lockedVolume,
                            lockedVolume == null,
                            lock);
            lock = null;
            return opened;
        } catch (final IOException ex) {
            throw new TrivetException(
                    ErrorCode.IO, "cannot use " + path + " as a data directory: " + ex, ex);
        } finally {
            CloseHelper.close(lock);
        }
    }

    /** Whether the volume's own description is there, and good. */
    private static boolean isDescribed(final Path directory) {
        try {
            return VolumeFile.read(directory) != null;
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.CORRUPT) {
                throw e;
            }
            return false;
        }
    }

    /**
     * The volume in a directory, null if there is none; if its description is gone or damaged, by
     * what its nodes have noted of it.
     */
    private static VolumeConfig find(final Path directory) throws IOException {
        if (isDescribed(directory)) {
            return VolumeFile.read(directory);
        }
        final VolumeConfig noted = findNoted(directory);
        if (noted == null) {
            return VolumeFile.read(directory);
        }
        LOG.log(
                System.Logger.Level.WARNING,
                directory.resolve(VolumeFile.NAME)
                        + " is damaged or gone; it is as the nodes in their directories say");
        return noted;
    }

    /**
     * What all nodes have noted whose notes can be read; null if there are none, or they differ.
     */
    private static VolumeConfig findNoted(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            final List<VolumeConfig> noted =
                    files.filter(Files::isDirectory)
                            .map(DataDirectory::readNoted)
                            .filter(Objects::nonNull)
                            .distinct()
                            .toList();
            return noted.size() == 1 ? noted.getFirst() : null;
        }
    }

    private static VolumeConfig readNoted(final Path node) {
        try {
            return org.trivet.node.disk.DataDirectory.read(node, node.getFileName().toString());
        } catch (final TrivetException e) {
            if (e.code() == ErrorCode.NOT_SUPPORTED) {
                throw e; // another version's volume is not to be described by this one
            }
            LOG.log(System.Logger.Level.WARNING, "no use: " + e.getMessage());
            return null;
        }
    }

    /**
     * Where it is.
     *
     * @return its real path.
     */
    public Path path() {
        return path;
    }

    /**
     * The volume in it.
     *
     * @return its description.
     */
    public VolumeConfig volume() {
        return volume;
    }

    /**
     * Whether the volume was made by this opening.
     *
     * @return true if so.
     */
    public boolean isNew() {
        return isNew;
    }

    /**
     * The directory of a data node.
     *
     * @param node its number.
     * @return a path; there may be nothing yet.
     */
    public Path node(final int node) {
        return path.resolve("node-" + node);
    }

    /**
     * The directory of the metadata node.
     *
     * @return a path; there may be nothing yet.
     */
    public Path metadata() {
        return path.resolve("metadata");
    }

    /**
     * Puts back what is here besides the nodes' directories, if somebody has deleted it. To be
     * called from time to time, from one thread.
     */
    void keep() {
        lock.keep();
        if (!Files.exists(path.resolve(VolumeFile.NAME))) {
            VolumeFile.write(path, volume);
        }
    }

    /** Unlocks it. */
    @Override
    public void close() {
        lock.close();
    }

    private static void refuseForeignFiles(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            final List<String> foreign =
                    files.map(file -> file.getFileName().toString())
                            .filter(
                                    name ->
                                            !List.of(
                                                            "lock",
                                                            "lost+found",
                                                            "control",
                                                            VolumeFile.NAME + ".part")
                                                    .contains(name))
                            .limit(3)
                            .toList();
            if (!foreign.isEmpty()) {
                throw new TrivetException(
                        ErrorCode.INVALID,
                        directory
                                + " holds no volume, but other things ("
                                + String.join(", ", foreign)
                                + "); use an empty or a new directory");
            }
        }
    }
}
