package org.trivet.node;

import org.trivet.store.segment.SharedSpace;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Nodes of other processes that have their storage on the same file system: looks, when it is told
 * to, how much of it their journals take.
 */
final class Neighbours {
    private final Map<Path, SharedSpace.Share> shares = new LinkedHashMap<>();

    /** Looks for the first time. */
    Neighbours(final SharedSpace space, final List<Path> directories) {
        for (final Path directory : directories) {
            shares.put(directory.resolve("journal"), space.newShare());
        }
        look();
    }

    void look() {
        shares.forEach((journal, share) -> share.heldElsewhere(bytes(journal)));
    }

    /** Bytes of the files of a directory; what goes meanwhile is not counted. */
    private static long bytes(final Path directory) {
        long sum = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (final Path file : files) {
                sum += size(file);
            }
        } catch (final NoSuchFileException e) {
            return 0; // it has not begun yet, or has been deleted
        } catch (final IOException | DirectoryIteratorException e) {
            return sum; // as far as can be seen
        }
        return sum;
    }

    private static long size(final Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (final NoSuchFileException e) {
            return 0;
        }
    }
}
