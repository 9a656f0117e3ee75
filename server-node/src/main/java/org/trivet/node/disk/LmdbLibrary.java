package org.trivet.node.disk;

import org.lmdbjava.Meta;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Loads LMDB so that no file stays behind. LMDB-java copies the library that it brings into a file,
 * to be loaded from there, and deletes that when the process ends; one that is killed leaves it. A
 * library that is loaded does not need its file any more.
 */
final class LmdbLibrary {
    private static final String DIRECTORY = "lmdbjava.extract.dir";
    private static final String LIBRARY = "lmdbjava.native.lib";

    private LmdbLibrary() {}

    /** Loads it, once in a process; not where a property says which it is, or where to copy it. */
    static synchronized void load() {
        if (System.getProperty(DIRECTORY) != null || System.getProperty(LIBRARY) != null) {
            return;
        }
        final Path directory;
        try {
            directory = Files.createTempDirectory("trivet-lmdb-");
        } catch (final IOException e) {
            final Path parent = Path.of(System.getProperty("java.io.tmpdir"));
            throw FileErrors.of("writing the library of LMDB to", parent, e);
        }
        System.setProperty(DIRECTORY, directory.toString());
        try {
            Meta.version();
        } finally {
            delete(directory);
        }
    }

    private static void delete(final Path directory) {
        try {
            final List<Path> files;
            try (Stream<Path> all = Files.list(directory)) {
                files = all.toList();
            }
            for (final Path file : files) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (final IOException e) {
            throw FileErrors.of("deleting", directory, e);
        }
    }
}
