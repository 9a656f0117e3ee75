package org.trivet.bench.measure;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.disk.DirectoryTree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A new directory, deleted at the end with all that is in it. */
public final class WorkDirectory implements AutoCloseable {
    private final Path path;

    /**
     * Makes it.
     *
     * @param parent where.
     * @throws TrivetException IO if it cannot be made.
     */
    public WorkDirectory(final Path parent) {
        try {
            path = Files.createTempDirectory(parent, "trivet-bench-");
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "cannot work in " + parent + ": " + e, e);
        }
    }

    /**
     * Where the system keeps what is temporary.
     *
     * @return its directory.
     */
    public static Path usualParent() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /**
     * The directory.
     *
     * @return its path.
     */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        DirectoryTree.delete(path);
    }
}
