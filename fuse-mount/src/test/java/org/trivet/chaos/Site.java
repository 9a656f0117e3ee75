package org.trivet.chaos;

import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.ClusterClient;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** From where files are seen: a mount, or a client in this process. */
final class Site {
    /**
     * Past the page cache of the kernel. By its name: the compiler warns of types of this package,
     * and cannot be told not to.
     */
    static final OpenOption DIRECT = openOption("com.sun.nio.file.ExtendedOpenOption", "DIRECT");

    /** What is done to files. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    /** How many degraded reads there were. */
    @FunctionalInterface
    private interface DegradedReads {
        long count() throws IOException;
    }

    private final int number;
    private final String name;
    private final Path root;
    private final Path impatientRoot;
    private final DegradedReads degradedReads;

    /** A mount that is being replaced is not to be used: what is below it are other files. */
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock(true);

    /** Grows before it is killed, and after. */
    private volatile int deaths;

    /** From before it is killed until another one is in its place. */
    private volatile boolean isDown;

    private Site(
            final int number,
            final String name,
            final Path root,
            final Path impatientRoot,
            final DegradedReads degradedReads) {
        this.number = number;
        this.name = name;
        this.root = root;
        this.impatientRoot = impatientRoot;
        this.degradedReads = degradedReads;
    }

    static Site ofMount(final int number, final String name, final Mount mount) {
        return new Site(number, name, mount.point(), null, () -> mount.program().ask());
    }

    static Site ofClient(
            final int number,
            final String name,
            final ClusterClient client,
            final Duration impatience)
            throws IOException {
        final var counters = client.agent().blocks().counters();
        return new Site(
                number,
                name,
                root(name, client.files()),
                root(name + "-impatient", client.files().within(impatience)),
                counters::degradedReads);
    }

    private static OpenOption openOption(final String type, final String name) {
        try {
            for (final Object constant : Class.forName(type).getEnumConstants()) {
                if (constant.toString().equals(name)) {
                    return (OpenOption) constant;
                }
            }
        } catch (final ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
        throw new IllegalStateException("there is no " + type + "." + name);
    }

    private static Path root(final String name, final TrivetFileSystem files) throws IOException {
        return FileSystems.newFileSystem(
                        URI.create("trivet://" + name + "/"), Map.of("files", files))
                .getPath("/");
    }

    int number() {
        return number;
    }

    String name() {
        return name;
    }

    boolean isMount() {
        return impatientRoot == null;
    }

    Path path(final String path) {
        return root.resolve(path);
    }

    /** A path by which operations fail that take long. */
    Path impatientPath(final String path) {
        return impatientRoot.resolve(path);
    }

    SeekableByteChannel open(final String path, final OpenOption... options) throws IOException {
        return Files.newByteChannel(path(path), options);
    }

    /** Of all reads so far. */
    long degradedReads() throws IOException {
        return degradedReads.count();
    }

    /**
     * Does something. Nobody replaces the mount meanwhile.
     *
     * @return false if the mount was killed meanwhile: what was not done may be, or may not be.
     * @throws IOException if it fails without that.
     */
    boolean tries(final Work work) throws IOException {
        use.readLock().lock();
        try {
            run(work);
            return true;
        } catch (final IOException e) {
            if (!isDown) { // while this is under way nobody puts another one in its place
                throw e;
            }
            return false;
        } finally {
            use.readLock().unlock();
        }
    }

    private static void run(final Work work) throws IOException {
        try {
            work.run();
        } catch (final DirectoryIteratorException e) {
            throw e.getCause();
        } catch (final UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Differs from what it was if channels of then are dead. */
    int deaths() {
        return deaths;
    }

    /** Has it killed and replaced. All that is under way there must end by that. */
    void replace(final Death death, final Death birth) throws Exception {
        deaths++;
        isDown = true;
        death.run();
        if (!use.writeLock().tryLock(ChaosRun.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new TimeoutException(name + ": something hangs though its server is dead");
        }
        try {
            birth.run();
            deaths++; // also for what was opened after the first, and before the end
            isDown = false;
        } finally {
            use.writeLock().unlock();
        }
    }

    /** Kills, or starts. */
    @FunctionalInterface
    interface Death {
        void run() throws Exception;
    }
}
