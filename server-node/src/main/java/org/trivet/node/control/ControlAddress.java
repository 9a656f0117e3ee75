package org.trivet.node.control;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Where the socket of a data directory is. */
final class ControlAddress {
    /** The longest path of a socket in bytes: 108 with the NUL byte that ends it. */
    static final int MAX_PATH_LENGTH = 107;

    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_ATTRIBUTE =
            PosixFilePermissions.asFileAttribute(OWNER_ONLY);

    private ControlAddress() {}

    /** Prepares the place for a new socket. What an earlier server left there is removed. */
    static UnixDomainSocketAddress prepare(final Path dataDirectory) throws IOException {
        final Path directory = directory(dataDirectory);
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory, OWNER_ONLY_ATTRIBUTE);
        }
        Files.setPosixFilePermissions(directory, OWNER_ONLY);
        remove(dataDirectory);

        Path socket = directory.resolve("socket");
        if (byteLength(socket) > MAX_PATH_LENGTH) {
            socket = Files.createTempDirectory("trivet", OWNER_ONLY_ATTRIBUTE).resolve("socket");
            Files.writeString(location(dataDirectory), socket.toString());
        }
        if (byteLength(socket) > MAX_PATH_LENGTH) {
            throw new TrivetException(
                    ErrorCode.NAME_TOO_LONG,
                    "the path "
                            + socket
                            + " is too long for a socket; use a shorter java.io.tmpdir");
        }
        return UnixDomainSocketAddress.of(socket);
    }

    /** Where the socket is, if a server runs. */
    static UnixDomainSocketAddress find(final Path dataDirectory) throws IOException {
        final Path location = location(dataDirectory);
        return UnixDomainSocketAddress.of(
                Files.exists(location)
                        ? Path.of(Files.readString(location))
                        : directory(dataDirectory).resolve("socket"));
    }

    /** Removes the socket, and all that {@link #prepare} made outside the data directory. */
    static void remove(final Path dataDirectory) throws IOException {
        if (!Files.isDirectory(dataDirectory)) {
            return; // it has been deleted, and the address with it
        }
        final Path location = location(dataDirectory);
        if (Files.exists(location)) {
            final Path socket = Path.of(Files.readString(location));
            Files.deleteIfExists(socket);
            Files.deleteIfExists(socket.getParent());
            Files.delete(location);
        }
        Files.deleteIfExists(directory(dataDirectory).resolve("socket"));
    }

    private static Path directory(final Path dataDirectory) throws IOException {
        return dataDirectory.toRealPath().resolve("control");
    }

    private static Path location(final Path dataDirectory) throws IOException {
        return directory(dataDirectory).resolve("location");
    }

    private static int byteLength(final Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }
}
