package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

class ClusterKeyFileTest {
    private static final int NOBODY = 65534;

    @TempDir private Path directory;
    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("cluster.key");
    }

    @Test
    void whatWasCreatedIsReadAndIsForItsOwnerAlone() throws IOException {
        final String text = ClusterKeyFile.create(file).toText();
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(text, ClusterKeyFile.read(file).toText());
        assertEquals(text + "\n", Files.readString(file));
    }

    @Test
    void aKeyIsNeverOverwritten() throws IOException {
        final String text = ClusterKeyFile.create(file).toText();
        assertFails(ErrorCode.EXISTS, () -> ClusterKeyFile.create(file));
        assertEquals(text, ClusterKeyFile.read(file).toText());
        final Path dangling = directory.resolve("link");
        Files.createSymbolicLink(dangling, directory.resolve("other"));
        assertFails(ErrorCode.EXISTS, () -> ClusterKeyFile.create(dangling));
        assertFalse(Files.exists(directory.resolve("other"), LinkOption.NOFOLLOW_LINKS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rw-r-----",
                "rw----r--",
                "rw--w----",
                "rwx--x---",
                "rw------x",
                "rwxrwxrwx"
            })
    void aFileThatOthersCanOpenIsRefused(final String permissions) throws IOException {
        ClusterKeyFile.create(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        final String message =
                assertFails(ErrorCode.ACCESS_DENIED, () -> ClusterKeyFile.read(file));
        assertTrue(message.contains("chmod 600 " + file), message);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        ClusterKeyFile.read(file);
    }

    @Test
    void aFileOrLinkOfAnotherUserIsRefused() throws IOException {
        assumeTrue(isRoot(), "only root can give files away");
        ClusterKeyFile.create(file);
        final Path link = directory.resolve("link");
        Files.createSymbolicLink(link, file.getFileName());
        ClusterKeyFile.read(link);
        Files.setAttribute(link, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
        assertFails(ErrorCode.ACCESS_DENIED, () -> ClusterKeyFile.read(link));
        Files.setAttribute(file, "unix:uid", NOBODY);
        assertFails(ErrorCode.ACCESS_DENIED, () -> ClusterKeyFile.read(file));
    }

    private boolean isRoot() throws IOException {
        return (int) Files.getAttribute(directory, "unix:uid") == 0;
    }

    @Test
    void whatIsNoFileIsRefused() throws IOException {
        assertFails(ErrorCode.NOT_FOUND, () -> ClusterKeyFile.read(file));
        assertFails(ErrorCode.INVALID, () -> ClusterKeyFile.read(directory));
        assertFails(
                ErrorCode.NOT_FOUND,
                () -> ClusterKeyFile.create(directory.resolve("none").resolve("key")));
        Files.createSymbolicLink(file, file.getFileName());
        assertFails(ErrorCode.IO, () -> ClusterKeyFile.read(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret\n", "0123456789abcdef"})
    void whatIsNoKeyIsRefusedAndNotCited(final String text) throws IOException {
        ClusterKeyFile.create(file);
        Files.writeString(file, text);
        final String message = assertFails(ErrorCode.CORRUPT, () -> ClusterKeyFile.read(file));
        assertFalse(!text.isBlank() && message.contains(text.strip()), message);
        Files.writeString(file, "0".repeat(100_000));
        assertFails(ErrorCode.CORRUPT, () -> ClusterKeyFile.read(file));
    }

    private String assertFails(final ErrorCode code, final Runnable what) {
        final TrivetException error = assertThrows(TrivetException.class, what::run);
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(error.getMessage().contains(directory.toString()), error.getMessage());
        return error.getMessage();
    }
}
