package org.trivet.demo;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.DataDirectory;
import org.trivet.node.LocalCluster;
import org.trivet.node.MountProvider;
import org.trivet.node.VolumeOptions;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ServiceLoader;

/**
 * Runs the story on a temporary directory, which is gone afterwards: also when it fails or the
 * thread is interrupted.
 */
public final class Demo {
    private static final Path DEVICE = Path.of("/dev/fuse");

    private final DemoOptions options;
    private final Narrator narrator;

    /**
     * A demonstration.
     *
     * @param options what it works with.
     * @param out where it is told.
     */
    public Demo(final DemoOptions options, final PrintWriter out) {
        this.options = options;
        narrator = new Narrator(out);
    }

    /**
     * Runs it.
     *
     * @return whether everything held.
     * @throws InterruptedException if interrupted; everything is cleaned up then, too.
     * @throws TrivetException IO if nothing can be made where it is to work.
     */
    public boolean run() throws InterruptedException {
        final long startNs = System.nanoTime();
        try {
            final Path directory = makeDirectory();
            try {
                run(directory);
            } finally {
                delete(directory);
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
        return conclude((System.nanoTime() - startNs) / 1_000_000_000L);
    }

    private Path makeDirectory() {
        try {
            return Files.createTempDirectory(options.parent(), "trivet-demo-");
        } catch (final IOException e) {
            throw new TrivetException(
                    ErrorCode.IO, "demo: cannot work in " + options.parent() + ": " + e, e);
        }
    }

    private void run(final Path directory) throws IOException, InterruptedException {
        final Path mountPoint = Files.createDirectory(directory.resolve("mnt"));
        final Path local = Files.createDirectory(directory.resolve("local"));
        narrator.say("Everything is in " + directory + ", and is removed at the end.");
        narrator.chapter("Four nodes in this process, three copies of each block");
        try (DataDirectory data =
                        DataDirectory.open(directory.resolve("data"), VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data);
                DemoFiles files = files(cluster, mountPoint, local)) {
            narrator.say("The volume is " + files.description() + ".");
            new Story(options, narrator, cluster, files, local).tell();
        }
    }

    private DemoFiles files(final LocalCluster cluster, final Path mountPoint, final Path results) {
        final MountProvider provider =
                ServiceLoader.load(MountProvider.class).findFirst().orElse(null);
        if (provider == null) {
            narrator.say("Nothing can mount here: the Java API is used.");
        } else if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
            narrator.say("There is no " + DEVICE + " that can be used: the Java API is used.");
        } else {
            try {
                return new MountedFiles(provider, cluster, mountPoint, results);
            } catch (final TrivetException ex) {
                narrator.say("It cannot be mounted (" + ex.getMessage() + "):");
                narrator.say("the Java API is used.");
            }
        }
        return new LibraryFiles(cluster);
    }

    private boolean conclude(final long seconds) {
        narrator.out().println();
        if (narrator.failures().isEmpty()) {
            narrator.out().println("All of it held. It took " + seconds + " s.");
        } else {
            narrator.out().println("This did not hold:");
            narrator.failures().forEach(failure -> narrator.out().println("  - " + failure));
        }
        narrator.out().flush();
        return narrator.failures().isEmpty();
    }

    private static void delete(final Path directory) throws IOException {
        Files.walkFileTree(
                directory,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(
                            final Path file, final BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            final Path visited, final IOException error) throws IOException {
                        Files.delete(visited);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
