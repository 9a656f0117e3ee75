package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.os.LockFile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The lock of a data directory, in two files: one in the directory, which all see who can reach it,
 * and one outside, named for the directory's path, which holds when somebody deletes the first
 * while it is in use.
 *
 * <pre>
 * DATA_DIR/lock
 * java.io.tmpdir/trivet-USER/HASH.lock
 * </pre>
 */
final class DirectoryLock implements AutoCloseable {
    private static final String NAME = "lock";
    private static final int HASH_LENGTH = 16;

    private final Path directory;
    private final Path outsideFile;
    private final LockFile outside;
    private LockFile inside;

    private DirectoryLock(final Path directory, final Path outsideFile) throws IOException {
        this.directory = directory;
        this.outsideFile = outsideFile;
        outside = lock(directory, outsideFile);
    }

    /** Takes the lock of a directory, given by its real path; BUSY if another has it. */
    static DirectoryLock take(final Path directory) throws IOException {
        final DirectoryLock lock = new DirectoryLock(directory, outside(directory));
        try {
            lock.takeInside();
            return lock;
        } catch (final IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static Path outside(final Path directory) throws IOException {
        final Path place =
                Path.of(
                        System.getProperty("java.io.tmpdir"),
                        "trivet-" + System.getProperty("user.name"));
        try {
            Files.createDirectory(
                    place,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } catch (final FileAlreadyExistsException e) {
            if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
        }
        return place.resolve(hash(directory) + ".lock");
    }

    private static String hash(final Path directory) {
        try {
            final byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(directory.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, HASH_LENGTH);
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private void takeInside() throws IOException {
        final Path file = directory.resolve(NAME);
        final LockFile taken = lock(directory, file);
        if (inside != null) {
            inside.close();
        }
        inside = taken;
    }

    private static LockFile lock(final Path directory, final Path file) throws IOException {
        final LockFile lock = LockFile.tryTake(file);
        if (lock == null) {
            throw new TrivetException(
                    ErrorCode.BUSY,
                    "another process uses " + directory + "; see: trivet status " + directory);
        }
        return lock;
    }

    /** Puts the file in the directory back if it has been deleted; and the directory, too. */
    void keep() {
        try {
            if (!inside.is(directory.resolve(NAME))) {
                Files.createDirectories(directory);
                takeInside();
            }
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "cannot lock " + directory + " again: " + e, e);
        }
    }

    @Override
    public void close() {
        try (LockFile _ = outside;
                LockFile _ = inside) {
            Files.deleteIfExists(outsideFile);
        } catch (final IOException e) {
            throw new TrivetException(
                    ErrorCode.IO, "cannot close the lock of " + directory + ": " + e, e);
        }
    }
}
