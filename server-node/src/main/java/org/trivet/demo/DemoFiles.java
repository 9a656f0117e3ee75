package org.trivet.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The files of the volume, as a program outside sees them. */
interface DemoFiles extends AutoCloseable {
    /** What is used, for people. */
    String description();

    /** Copies a file or directory into the root of the volume. */
    void store(Path source, String name) throws IOException, InterruptedException;

    /**
     * Begins to copy a file into the root of the volume, and does not wait.
     *
     * @return whose end is the write's.
     */
    Writing beginStore(Path source, String name) throws IOException;

    /**
     * Reads everything from the nodes, nothing from a cache of this machine.
     *
     * @param name of a file or directory in the root; "." for all.
     * @return {@code <SHA-256> ./path} of each file, in the order of the paths.
     */
    List<String> digests(String name) throws IOException, InterruptedException;

    @Override
    void close();

    /** A write under way. */
    interface Writing {
        boolean isDone();

        /** Waits; false if the write failed or did not end in time. */
        boolean await(long seconds) throws InterruptedException;
    }
}
