package org.trivet.node.disk;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.node.os.LockFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The directory of one node, held by one process at a time.
 *
 * <pre>
 *   lock                locked while the directory is open
 *   volume.properties   format, whose directory it is, the volume's options, as key=value lines, and a
 *                       checksum
 *   storage-id          the storage id of the journal, 16 hexadecimal digits, and a checksum
 *   journal/            segments
 *   journal.copy/       the same once more, of the metadata node
 *   index/              the index
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {
    /** The format that this version reads and writes. */
    public static final int FORMAT = 1;

    private static final System.Logger LOG = System.getLogger(DataDirectory.class.getName());
    private static final String VOLUME_FILE = "volume.properties";
    private static final String STORAGE_FILE = "storage-id";
    private static final int MAX_FILE_LENGTH = 4096;

    private final Path path;
    private final LockFile lock;
    private final VolumeConfig volume;
    private final boolean created;

    /**
     * Opens a directory, creating it where there is none.
     *
     * @param path the directory.
     * @param owner whose it is: "node-3", "metadata"; one word.
     * @param config the volume's options; null to take those of an existing directory.
     * @throws TrivetException BUSY if it is in use; CORRUPT if a file of it is damaged and no
     *     options are given, with which it is written again; NOT_SUPPORTED if it is of another
     *     format; INVALID if it is of another owner or volume; NOT_FOUND if there is none and no
     *     options are given.
     */
    public DataDirectory(final Path path, final String owner, final VolumeConfig config) {
        this.path = path;
        try {
            Files.createDirectories(path);
            lock = LockFile.tryTake(path.resolve("lock"));
        } catch (final IOException e) {
            throw FileErrors.of("locking", path.resolve("lock"), e);
        }
        if (lock == null) {
            throw new TrivetException(
                    ErrorCode.BUSY,
                    path + " is in use, by this process or another: " + path.resolve("lock"));
        }
        try {
            created = !Files.exists(path.resolve(VOLUME_FILE));
            volume = readOrWrite(owner, config);
        } catch (final RuntimeException e) {
            close();
            throw e;
        }
    }

    private VolumeConfig readOrWrite(final String owner, final VolumeConfig config) {
        final Path file = path.resolve(VOLUME_FILE);
        VolumeConfig found = null;
        try {
            found = read(path, owner);
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.CORRUPT || config == null) {
                throw e;
            }
            LOG.log(System.Logger.Level.WARNING, e.getMessage() + "; it is written again");
        }
        if (found == null) {
            if (config == null) {
                throw new TrivetException(
                        ErrorCode.NOT_FOUND, path + " holds no volume: " + file + " is missing");
            }
            write(VOLUME_FILE, encode(owner, config));
            return config;
        }
        if (config != null && !config.equals(found)) {
            throw new TrivetException(
                    ErrorCode.INVALID, file + " says " + found + ", but asked for is " + config);
        }
        return found;
    }

    /**
     * What is noted in a directory of the volume that its owner belongs to.
     *
     * @param path the directory.
     * @param owner whose it is: "node-3", "metadata"; one word.
     * @return the volume's options; null if there is no such directory, or nothing is noted there.
     * @throws TrivetException CORRUPT if the file is damaged; NOT_SUPPORTED if it is of another
     *     format; INVALID if it is of another owner.
     */
    public static VolumeConfig read(final Path path, final String owner) {
        final Path file = path.resolve(VOLUME_FILE);
        return Files.exists(file) ? decode(file, owner) : null;
    }

    /**
     * What is noted in a directory, whosever it is.
     *
     * @param owner whose it is: "node-3", "metadata"; one word.
     * @param volume the options of the volume that the owner belongs to.
     */
    public record Noted(String owner, VolumeConfig volume) {}

    /**
     * What is noted in a directory, whosever it is.
     *
     * @param path the directory.
     * @return what is noted; null if there is nothing.
     * @throws TrivetException CORRUPT if the file is damaged; NOT_SUPPORTED if it is of another
     *     format.
     */
    public static Noted readNoted(final Path path) {
        final Path file = path.resolve(VOLUME_FILE);
        if (!Files.exists(file)) {
            return null;
        }
        final Map<String, String> values = readLines(file);
        requireFormat(file, values);
        return new Noted(take(file, values, "owner"), volume(file, values));
    }

    /**
     * The directory.
     *
     * @return its path.
     */
    public Path path() {
        return path;
    }

    /**
     * The volume's options, as given or found.
     *
     * @return the options.
     */
    public VolumeConfig volume() {
        return volume;
    }

    /**
     * Whether there was none.
     *
     * @return true if it was created.
     */
    public boolean created() {
        return created;
    }

    /**
     * Where segments are kept.
     *
     * @return a directory, which may not exist yet.
     */
    public Path journal() {
        return path.resolve("journal");
    }

    /**
     * Where the second copy of segments is kept, if there is one.
     *
     * @return a directory, which may not exist yet.
     */
    Path journalCopy() {
        return path.resolve("journal.copy");
    }

    /**
     * Where the index is kept.
     *
     * @return a directory, which may not exist yet.
     */
    public Path index() {
        return path.resolve("index");
    }

    /**
     * The storage id that was recorded.
     *
     * @return the id; 0 if none was, or the file is damaged.
     */
    public long storageId() {
        final Path file = path.resolve(STORAGE_FILE);
        if (!Files.exists(file)) {
            return 0;
        }
        try {
            return Long.parseUnsignedLong(SealedText.open(file, read(file)).strip(), 16);
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.CORRUPT) {
                throw e;
            }
            LOG.log(System.Logger.Level.WARNING, e.getMessage());
            return 0;
        }
    }

    /**
     * Records the storage id of the journal.
     *
     * @param storageId the id, not 0.
     */
    public void recordStorageId(final long storageId) {
        write(STORAGE_FILE, SealedText.seal(String.format("%016x\n", storageId)));
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (final IOException e) {
            throw FileErrors.of("closing", path.resolve("lock"), e);
        }
    }

    private static String encode(final String owner, final VolumeConfig config) {
        return SealedText.seal(
                "format="
                        + FORMAT
                        + "\nowner="
                        + owner
                        + "\nvolumeId="
                        + String.format("%016x", config.volumeId())
                        + "\nnodeCount="
                        + config.nodeCount()
                        + "\nreplicaCount="
                        + config.replicaCount()
                        + "\nblockLength="
                        + config.blockLength()
                        + "\nchecksumType="
                        + config.checksumType()
                        + "\ndurability="
                        + config.durability()
                        + "\n");
    }

    private static VolumeConfig decode(final Path file, final String owner) {
        final Map<String, String> values = readLines(file);
        requireFormat(file, values);
        final String found = take(file, values, "owner");
        if (!found.equals(owner)) {
            throw new TrivetException(
                    ErrorCode.INVALID, file + " belongs to " + found + ", not to " + owner);
        }
        return volume(file, values);
    }

    private static Map<String, String> readLines(final Path file) {
        final Map<String, String> values = new LinkedHashMap<>();
        for (final String line : SealedText.open(file, read(file)).lines().toList()) {
            final int at = line.indexOf('=');
            if (at <= 0 || values.put(line.substring(0, at), line.substring(at + 1)) != null) {
                throw new TrivetException(
                        ErrorCode.CORRUPT, file + " has a line that is not key=value, or twice");
            }
        }
        return values;
    }

    private static void requireFormat(final Path file, final Map<String, String> values) {
        final String format = take(file, values, "format");
        if (!format.equals(Integer.toString(FORMAT))) {
            throw new TrivetException(
                    ErrorCode.NOT_SUPPORTED,
                    file + " says format " + format + "; this version knows format " + FORMAT);
        }
    }

    /** What the lines say that have not been taken yet. */
    private static VolumeConfig volume(final Path file, final Map<String, String> values) {
        try {
            final VolumeConfig config =
                    new VolumeConfig(
                            Long.parseUnsignedLong(take(file, values, "volumeId"), 16),
                            Integer.parseInt(take(file, values, "nodeCount")),
                            Integer.parseInt(take(file, values, "replicaCount")),
                            Integer.parseInt(take(file, values, "blockLength")),
                            ChecksumType.valueOf(take(file, values, "checksumType")),
                            Durability.valueOf(take(file, values, "durability")));
            if (!values.isEmpty()) {
                throw new TrivetException(
                        ErrorCode.CORRUPT, file + " has unknown keys " + values.keySet());
            }
            return config;
        } catch (final IllegalArgumentException e) {
            throw new TrivetException(
                    ErrorCode.CORRUPT, file + " is damaged: " + e.getMessage(), e);
        } catch (final TrivetException e) {
            throw new TrivetException(ErrorCode.CORRUPT, file + ": " + e.getMessage(), e);
        }
    }

    private static String take(
            final Path file, final Map<String, String> values, final String key) {
        final String value = values.remove(key);
        if (value == null) {
            throw new TrivetException(ErrorCode.CORRUPT, file + " is damaged: no " + key);
        }
        return value;
    }

    private static String read(final Path file) {
        try {
            if (Files.size(file) > MAX_FILE_LENGTH) {
                throw new TrivetException(
                        ErrorCode.CORRUPT, file + " is longer than " + MAX_FILE_LENGTH + " bytes");
            }
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (final IOException e) {
            throw FileErrors.of("reading", file, e);
        }
    }

    /** Replaces a file as a whole: written beside it, synced, and renamed. */
    private void write(final String name, final String text) {
        final Path file = path.resolve(name);
        final Path beside = path.resolve(name + ".new");
        try (FileChannel channel =
                FileChannel.open(
                        beside,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
            channel.force(true);
            Files.move(
                    beside,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (final IOException e) {
            throw FileErrors.of("writing", file, e);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (final IOException e) {
            throw FileErrors.of("syncing", path, e);
        }
    }
}
