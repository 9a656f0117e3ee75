package org.trivet.nio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trivet.fs.RunningVolume;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

@Timeout(60)
class TrivetFileSystemProviderTest {
    private RunningVolume volume;
    private FileSystem fileSystem;

    @BeforeEach
    void start() throws IOException {
        volume = new RunningVolume(4096, 4);
        fileSystem =
                FileSystems.newFileSystem(
                        URI.create("trivet://test/"),
                        Map.of(TrivetFileSystemProvider.FILES, volume.files));
    }

    @AfterEach
    void stop() throws IOException {
        fileSystem.close();
        volume.close();
        assertThrows(
                FileSystemNotFoundException.class, () -> Path.of(URI.create("trivet://test/x")));
    }

    private Path path(final String text) {
        return fileSystem.getPath(text);
    }

    @Test
    void filesAreWrittenAndReadByUri() throws IOException {
        Files.createDirectories(path("/a/b"));
        Files.writeString(path("/a/b/greeting"), "hello");
        assertEquals("hello", Files.readString(Path.of(URI.create("trivet://test/a/b/greeting"))));
        assertEquals(URI.create("trivet://test/a/b/greeting"), path("/a/b/greeting").toUri());
        Files.writeString(path("/a/b/greeting"), " you", StandardOpenOption.APPEND);
        assertEquals("hello you", Files.readString(path("a/b/greeting")));
        final byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        Files.write(path("/large"), bytes);
        assertArrayEquals(bytes, Files.readAllBytes(path("/large")));
        assertEquals(300_000, Files.size(path("/large")));
        assertThrows(
                FileAlreadyExistsException.class,
                () -> Files.writeString(path("/large"), "", StandardOpenOption.CREATE_NEW));
        assertThrows(NoSuchFileException.class, () -> Files.readString(path("/none")));
    }

    @Test
    void treesAreWalkedCopiedMovedAndDeleted() throws IOException {
        Files.createDirectories(path("/a/b"));
        Files.writeString(path("/a/b/f"), "1");
        Files.writeString(path("/a/g.txt"), "2");
        try (Stream<Path> walk = Files.walk(path("/a"))) {
            assertEquals(
                    List.of("/a", "/a/b", "/a/b/f", "/a/g.txt"),
                    walk.map(Path::toString).sorted().toList());
        }
        try (var matching = Files.newDirectoryStream(path("/a"), "*.txt")) {
            assertEquals(path("/a/g.txt"), matching.iterator().next());
        }
        assertThrows(DirectoryNotEmptyException.class, () -> Files.delete(path("/a")));
        Files.copy(path("/a/g.txt"), path("/h"));
        assertThrows(
                FileAlreadyExistsException.class, () -> Files.copy(path("/a/b/f"), path("/h")));
        Files.copy(path("/a/b/f"), path("/h"), StandardCopyOption.REPLACE_EXISTING);
        assertEquals("1", Files.readString(path("/h")));
        assertThrows(
                FileAlreadyExistsException.class, () -> Files.move(path("/h"), path("/a/g.txt")));
        Files.move(path("/h"), path("/a/g.txt"), StandardCopyOption.REPLACE_EXISTING);
        assertEquals("1", Files.readString(path("/a/g.txt")));
        Files.move(path("/a"), path("/c"), StandardCopyOption.ATOMIC_MOVE);
        assertTrue(Files.isDirectory(path("/c/b")));
        assertFalse(Files.exists(path("/a")));
        assertTrue(Files.deleteIfExists(path("/c/g.txt")));
        assertFalse(Files.deleteIfExists(path("/c/g.txt")));
    }

    @Test
    void linksAreFollowedUnlessToldNot() throws IOException {
        Files.createDirectory(path("/d"));
        Files.writeString(path("/d/f"), "x");
        Files.createSymbolicLink(path("/l"), path("d/f"));
        Files.createLink(path("/hard"), path("/d/f"));
        assertEquals("x", Files.readString(path("/l")));
        assertTrue(Files.isSymbolicLink(path("/l")));
        assertTrue(Files.isRegularFile(path("/l")));
        assertFalse(Files.isRegularFile(path("/l"), LinkOption.NOFOLLOW_LINKS));
        assertEquals(path("d/f"), Files.readSymbolicLink(path("/l")));
        assertEquals(path("/d/f"), path("/l").toRealPath());
        assertTrue(Files.isSameFile(path("/hard"), path("/l")));
    }

    @Test
    void attributesAreReadAndSet() throws IOException {
        Files.writeString(path("/f"), "x");
        Files.setPosixFilePermissions(path("/f"), PosixFilePermissions.fromString("rwxr-x--x"));
        assertEquals(
                "rwxr-x--x",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(path("/f"))));
        Files.setLastModifiedTime(path("/f"), FileTime.fromMillis(1234));
        assertEquals(1234, Files.getLastModifiedTime(path("/f")).toMillis());
        assertEquals("0", Files.getOwner(path("/f")).getName());
        Files.setOwner(
                path("/f"), fileSystem.getUserPrincipalLookupService().lookupPrincipalByName("7"));
        assertEquals("7", Files.getOwner(path("/f")).getName());
        assertEquals(1L, Files.readAttributes(path("/f"), "size,isDirectory").get("size"));
        assertEquals(12, Files.readAttributes(path("/f"), "posix:*").size());
    }

    @Test
    void aChannelHasAPosition() throws IOException {
        try (SeekableByteChannel channel =
                Files.newByteChannel(
                        path("/f"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            channel.position(1000).write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            assertEquals(1003, channel.size());
            assertEquals(1003, channel.position());
            assertEquals(-1, channel.read(ByteBuffer.allocate(1)));
            final ByteBuffer read = ByteBuffer.allocate(10);
            assertEquals(4, channel.position(999).read(read));
            assertArrayEquals(new byte[] {0, 1, 2, 3}, java.util.Arrays.copyOf(read.array(), 4));
            channel.truncate(5);
            assertEquals(5, channel.position());
        }
        assertEquals(5, Files.size(path("/f")));
    }

    @Test
    void pathsAreArithmetic() {
        assertEquals("/a/c", path("/a/./b/../c").normalize().toString());
        assertEquals("..", path("a/../..").normalize().toString());
        assertEquals("/", path("/../..").normalize().toString());
        assertEquals("../../x", path("/a/b").relativize(path("/x")).toString());
        assertEquals("/a/b", path("/a").resolve("b").toString());
        assertEquals("/b", path("/a").resolve("/b").toString());
        assertTrue(path("/a/b").startsWith("/a"));
        assertFalse(path("/ab").startsWith("/a"));
        assertTrue(path("/a/b").endsWith("b"));
        assertEquals(path("/a"), path("/a/b").getParent());
        assertEquals(2, path("/a/b").getNameCount());
        assertEquals("", path("").toString());
        assertEquals("/a/b/c", fileSystem.getPath("/a", "b", "", "c").toString());
    }
}
