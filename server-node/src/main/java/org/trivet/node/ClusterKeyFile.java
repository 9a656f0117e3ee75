package org.trivet.node;

import com.sun.security.auth.module.UnixSystem;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.transport.auth.ClusterKey;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;

/**
 * The file of a cluster's key: 64 hexadecimal digits or base64, and a line end. It is taken only if
 * nobody but its owner can read or change it, and that is this user or root. Without state: any
 * thread may call.
 */
public final class ClusterKeyFile {
    private static final int MAX_LENGTH = 256;
    private static final int OTHERS_BITS = 0077;
    private static final int PERMISSION_BITS = 07777;
    private static final int ROOT = 0;
    private static final String WHAT_TO_DO = "; it must be a file of this user's, with: chmod 600 ";

    private ClusterKeyFile() {}

    /**
     * Reads a key.
     *
     * @param file where it is; may be a symbolic link of this user's or root's.
     * @return the key.
     * @throws TrivetException naming the file and what to do: NOT_FOUND if there is none;
     *     ACCESS_DENIED if others could have read or written it, or this user may not; CORRUPT if
     *     it holds no key; INVALID if it is no regular file; IO.
     */
    public static ClusterKey read(final Path file) {
        try {
            checkLinks(file);
            final Path real = file.toRealPath();
            final Map<String, Object> before = attributes(real);
            check(file, before);
            final byte[] bytes = readWhole(real);
            try {
                // That of which the attributes were looked at is what was read.
                if (!before.equals(attributes(real))) {
                    throw denied(file, "is being changed");
                }
                return parse(file, bytes);
            } finally {
                Arrays.fill(bytes, (byte) 0);
            }
        } catch (final NoSuchFileException e) {
            throw new TrivetException(
                    ErrorCode.NOT_FOUND,
                    "there is no cluster key "
                            + file
                            + "; create one on one machine, and copy it to the others",
                    e);
        } catch (final java.nio.file.AccessDeniedException e) {
            throw new TrivetException(
                    ErrorCode.ACCESS_DENIED,
                    "cluster key " + file + " cannot be read by this user" + WHAT_TO_DO + file,
                    e);
        } catch (final IOException e) {
            throw new TrivetException(
                    ErrorCode.IO, "cannot read cluster key " + file + ": " + e, e);
        }
    }

    /** Whoever owns a link decides what is read. */
    private static void checkLinks(final Path file) throws IOException {
        Path link = file.toAbsolutePath();
        for (int i = 0; i < 40 && Files.isSymbolicLink(link); i++) {
            if (!isTrusted((int) Files.getAttribute(link, "unix:uid", LinkOption.NOFOLLOW_LINKS))) {
                throw denied(file, "is reached through a symbolic link of another user, " + link);
            }
            link = link.resolveSibling(Files.readSymbolicLink(link));
        }
    }

    private static Map<String, Object> attributes(final Path file) throws IOException {
        return Files.readAttributes(
                file, "unix:dev,ino,uid,mode,size,ctime,isRegularFile", LinkOption.NOFOLLOW_LINKS);
    }

    private static void check(final Path file, final Map<String, Object> attributes) {
        if (!(boolean) attributes.get("isRegularFile")) {
            throw new TrivetException(
                    ErrorCode.INVALID, "cluster key " + file + " is not a regular file");
        }
        final int mode = (int) attributes.get("mode") & PERMISSION_BITS;
        if ((mode & OTHERS_BITS) != 0) {
            throw denied(file, "has mode " + Integer.toOctalString(mode) + ", open to others");
        }
        if (!isTrusted((int) attributes.get("uid"))) {
            throw denied(file, "belongs to user " + attributes.get("uid"));
        }
        if ((long) attributes.get("size") > MAX_LENGTH) {
            throw corrupt(file, null);
        }
    }

    private static boolean isTrusted(final int uid) {
        return uid == ROOT || uid == new UnixSystem().getUid();
    }

    private static byte[] readWhole(final Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            final ByteBuffer buffer = ByteBuffer.allocate(MAX_LENGTH);
            int count = 0;
            while (count >= 0 && buffer.hasRemaining()) {
                count = channel.read(buffer);
            }
            return Arrays.copyOf(buffer.array(), buffer.position());
        }
    }

    private static ClusterKey parse(final Path file, final byte[] bytes) {
        try {
            return ClusterKey.parse(new String(bytes, StandardCharsets.ISO_8859_1));
        } catch (final TrivetException e) {
            throw corrupt(file, e);
        }
    }

    /**
     * Creates a file with a new key, readable by this user alone from its first moment on. Its
     * directory must exist.
     *
     * @param file where it shall be.
     * @return the key.
     * @throws TrivetException naming the file: EXISTS if there is something of that name, which is
     *     left as it is; NOT_FOUND if there is no such directory; IO, in which case nothing is
     *     left.
     */
    public static ClusterKey create(final Path file) {
        final ClusterKey key = ClusterKey.random(new SecureRandom());
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))) {
            write(file, channel, key);
        } catch (final FileAlreadyExistsException e) {
            throw new TrivetException(
                    ErrorCode.EXISTS,
                    "there is a file " + file + " already; a cluster key is never overwritten",
                    e);
        } catch (final NoSuchFileException e) {
            throw new TrivetException(
                    ErrorCode.NOT_FOUND,
                    "cannot create cluster key " + file + ": there is no such directory",
                    e);
        } catch (final IOException e) {
            throw new TrivetException(
                    ErrorCode.IO, "cannot create cluster key " + file + ": " + e, e);
        }
        return key;
    }

    private static void write(final Path file, final FileChannel channel, final ClusterKey key)
            throws IOException {
        boolean isDone = false;
        try {
            final byte[] text = (key.toText() + "\n").getBytes(StandardCharsets.US_ASCII);
            final ByteBuffer bytes = ByteBuffer.wrap(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
            final Path directory = file.toAbsolutePath().getParent();
            try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
                parent.force(true);
            }
            isDone = true;
        } finally {
            if (!isDone) {
                Files.deleteIfExists(file); // it is ours: there was none before
            }
        }
    }

    private static TrivetException denied(final Path file, final String why) {
        return new TrivetException(
                ErrorCode.ACCESS_DENIED, "cluster key " + file + " " + why + WHAT_TO_DO + file);
    }

    private static TrivetException corrupt(final Path file, final TrivetException cause) {
        return new TrivetException(
                ErrorCode.CORRUPT,
                "cluster key "
                        + file
                        + " does not hold a key: 64 hexadecimal digits, or base64 of 32 bytes",
                cause);
    }
}
