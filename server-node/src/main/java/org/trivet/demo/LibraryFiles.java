package org.trivet.demo;

import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFile;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.LocalCluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Files by the Java API, where nothing can be mounted. */
final class LibraryFiles implements DemoFiles {
    private static final Duration TIMEOUT = Duration.ofSeconds(120);
    private static final int BUFFER_LENGTH = 1 << 20;

    private final TrivetFileSystem files;

    LibraryFiles(final LocalCluster cluster) {
        // The cluster is closed by whoever started it.
        files = new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {}).within(TIMEOUT);
    }

    @Override
    public String description() {
        return "used through the Java API";
    }

    @Override
    public void store(final Path source, final String name) throws IOException {
        try (Stream<Path> all = Files.walk(source)) {
            for (final Iterator<Path> each = all.iterator(); each.hasNext(); ) {
                final Path file = each.next();
                final String below = source.relativize(file).toString();
                final String target = "/" + name + (below.isEmpty() ? "" : "/" + below);
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    files.makeDirectory(target);
                } else if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    storeFile(file, target);
                }
            }
        }
    }

    private void storeFile(final Path source, final String target) throws IOException {
        final byte[] buffer = new byte[BUFFER_LENGTH];
        try (InputStream bytes = Files.newInputStream(source);
                TrivetFile file = files.create(target)) {
            long position = 0;
            for (int got = bytes.readNBytes(buffer, 0, BUFFER_LENGTH);
                    got > 0;
                    got = bytes.readNBytes(buffer, 0, BUFFER_LENGTH)) {
                file.write(position, buffer, 0, got);
                position += got;
            }
        }
    }

    @Override
    public Writing beginStore(final Path source, final String name) {
        final FutureTask<Boolean> task =
                new FutureTask<>(
                        () -> {
                            store(source, name);
                            return true;
                        });
        Thread.ofPlatform().daemon().name("demo-writer").start(task);
        return new Writing() {
            @Override
            public boolean isDone() {
                return task.isDone();
            }

            @Override
            public boolean await(final long seconds) throws InterruptedException {
                try {
                    return task.get(seconds, TimeUnit.SECONDS);
                } catch (final ExecutionException | TimeoutException ex) {
                    return false;
                }
            }
        };
    }

    @Override
    public List<String> digests(final String name) {
        final List<String> lines = new ArrayList<>();
        add(name.equals(".") ? "" : "/" + name, lines);
        return Digests.inOrderOfPaths(lines);
    }

    private void add(final String path, final List<String> lines) {
        final Attributes attributes = files.linkAttributes(path.isEmpty() ? "/" : path);
        if (attributes.isDirectory()) {
            for (final String name : files.list(path.isEmpty() ? "/" : path)) {
                add(path + "/" + name, lines);
            }
        } else {
            lines.add(Digests.line(digest(path), "." + path));
        }
    }

    private MessageDigest digest(final String path) {
        final MessageDigest digest = Digests.sha256();
        final byte[] buffer = new byte[BUFFER_LENGTH];
        try (TrivetFile file = files.open(path)) {
            long position = 0;
            for (int got = file.read(position, buffer, 0, BUFFER_LENGTH);
                    got > 0;
                    got = file.read(position, buffer, 0, BUFFER_LENGTH)) {
                digest.update(buffer, 0, got);
                position += got;
            }
        }
        return digest;
    }

    @Override
    public void close() {
        files.close();
    }
}
