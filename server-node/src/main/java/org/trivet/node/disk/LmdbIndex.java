package org.trivet.node.disk;

import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * An index in LMDB, in a directory of its own; one that cannot be used is kept beside it, the last
 * such only.
 */
public final class LmdbIndex implements KeyValueStoreProvider {
    private final Path directory;
    private final long mapSize;

    /**
     * An index in a directory.
     *
     * @param directory of the index, and of nothing else.
     * @param mapSize the most it can grow to.
     */
    public LmdbIndex(final Path directory, final long mapSize) {
        this.directory = directory;
        this.mapSize = mapSize;
    }

    @Override
    public KeyValueStore open() {
        return new LmdbKeyValueStore(directory, mapSize);
    }

    @Override
    public void putAside() {
        final Path aside = directory.resolveSibling(directory.getFileName() + ".unusable");
        try {
            if (Files.exists(aside)) {
                final List<Path> deepestFirst;
                try (Stream<Path> found = Files.walk(aside)) {
                    deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
                }
                for (final Path each : deepestFirst) {
                    Files.delete(each);
                }
            }
            Files.move(directory, aside, StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException e) {
            throw FileErrors.of("putting aside", directory, e);
        }
    }
}
