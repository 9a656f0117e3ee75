package org.trivet.node.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** A directory and all that is in it. Errors are {@link org.trivet.TrivetException}s. */
public final class DirectoryTree {
    private DirectoryTree() {}

    /**
     * Deletes a directory with all that is in it, if there is one.
     *
     * @param path the directory; something else in its place is deleted, too.
     */
    public static void delete(final Path path) {
        if (!Files.exists(path)) {
            return;
        }
        try {
            Files.walkFileTree(path, new Deletion());
        } catch (final IOException e) {
            throw FileErrors.of("deleting", path, e);
        }
    }

    /**
     * Gives a directory another name, in the same file system, in place of what bears it.
     *
     * @param path the directory.
     * @param target its new name.
     */
    public static void replace(final Path path, final Path target) {
        delete(target);
        rename(path, target);
    }

    /**
     * Copies the files of a directory, durably; not what is in directories in it.
     *
     * @param path the directory.
     * @param target a directory, which is created.
     */
    public static void copy(final Path path, final Path target) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
            Files.createDirectories(target);
            for (final Path file : files) {
                final Path copy = target.resolve(file.getFileName());
                Files.copy(file, copy);
                try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
        } catch (final IOException e) {
            throw FileErrors.of("copying to " + target, path, e);
        }
        sync(target);
    }

    /** Renames, durably. Nothing bears the new name. */
    static void rename(final Path path, final Path target) {
        try {
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException e) {
            throw FileErrors.of("renaming to " + target, path, e);
        }
        sync(target.toAbsolutePath().getParent());
    }

    /** Makes what was created, renamed and removed in a directory survive loss of power. */
    static void sync(final Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (final IOException e) {
            throw FileErrors.of("syncing", path, e);
        }
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes)
                throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(final Path file, final IOException error)
                throws IOException {
            if (error instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE; // somebody else has deleted it meanwhile
            }
            throw error;
        }

        @Override
        public FileVisitResult postVisitDirectory(final Path directory, final IOException error)
                throws IOException {
            if (error != null) {
                throw error;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
