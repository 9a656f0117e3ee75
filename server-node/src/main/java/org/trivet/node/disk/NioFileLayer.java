package org.trivet.node.disk;

import org.trivet.store.FileLayer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files of a real directory. Its files are not closed by interrupting a thread that uses them,
 * as file channels otherwise are.
 */
public final class NioFileLayer implements FileLayer {
    private static final int ZEROS_LENGTH = 1 << 20;
    private static final int COPY_LENGTH = 1 << 20;

    private final Path directory;
    private final String directoryKey;
    private final FileStore fileStore;
    private final Set<NioFile> openFiles = new HashSet<>();

    /**
     * A layer over a directory, which is created if it is missing.
     *
     * @param directory the directory.
     */
    public NioFileLayer(final Path directory) {
        this.directory = directory;
        try {
            Files.createDirectories(directory);
            directoryKey = keyOf(directory);
            fileStore = Files.getFileStore(directory); // reads the table of mounts: once is enough
        } catch (final IOException e) {
            throw FileErrors.of("creating", directory, e);
        }
    }

    @Override
    public List<String> list() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (final IOException e) {
            throw FileErrors.of("listing", directory, e);
        }
    }

    @Override
    public OpenFile open(final String name, final boolean create) {
        final Path path = directory.resolve(name);
        final List<StandardOpenOption> options =
                new ArrayList<>(List.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
        if (create) {
            options.add(StandardOpenOption.CREATE);
        }
        try {
            final NioFile file = new NioFile(path, FileChannel.open(path, Set.copyOf(options)));
            synchronized (openFiles) {
                openFiles.add(file);
            }
            return file;
        } catch (final IOException e) {
            throw FileErrors.of("opening", path, e);
        }
    }

    @Override
    public void delete(final String name) {
        try {
            Files.deleteIfExists(directory.resolve(name));
        } catch (final IOException e) {
            throw FileErrors.of("deleting", directory.resolve(name), e);
        }
    }

    @Override
    public void rename(final String from, final String to) {
        final Path source = directory.resolve(from);
        final Path target = directory.resolve(to);
        synchronized (openFiles) { // whoever looks for lost files must not find the old name
            try {
                Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (final IOException e) {
                throw FileErrors.of("renaming to " + to, source, e);
            }
            for (final NioFile file : openFiles) {
                if (file.path.equals(source)) {
                    file.path = target;
                }
            }
        }
    }

    @Override
    public void syncDirectory() {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            ChannelInternals.makeUninterruptible(channel);
            channel.force(true);
        } catch (final IOException e) {
            throw FileErrors.of("syncing", directory, e);
        }
    }

    @Override
    public long usableSpace() {
        try {
            return fileStore.getUsableSpace();
        } catch (final IOException e) {
            throw FileErrors.of("asking for the space left in", directory, e);
        }
    }

    @Override
    public boolean intact() {
        if (!keyIfAny(directory).equals(directoryKey)) {
            return false;
        }
        for (final NioFile file : openFiles()) {
            if (!isNamed(file)) {
                return false;
            }
        }
        return true;
    }

    private List<NioFile> openFiles() {
        synchronized (openFiles) {
            return List.copyOf(openFiles);
        }
    }

    /** Whether a file's name leads to it, unless it has been closed meanwhile. */
    private boolean isNamed(final NioFile file) {
        if (keyIfAny(file.path).equals(file.key)) {
            return true;
        }
        synchronized (openFiles) { // it may have been renamed, or closed and deleted, meanwhile
            return !openFiles.contains(file) || keyIfAny(file.path).equals(file.key);
        }
    }

    /**
     * Copies all open files, whether their names still lead to them or not. Nothing is written to
     * them meanwhile.
     *
     * @param target a directory, which is created.
     */
    public void copyOpenFiles(final Path target) {
        try {
            Files.createDirectories(target);
        } catch (final IOException e) {
            throw FileErrors.of("creating", target, e);
        }
        final NioFileLayer copies = new NioFileLayer(target);
        for (final NioFile file : openFiles()) {
            file.copyTo(copies);
        }
        copies.syncDirectory();
    }

    /** Deletes those open files whose names still lead to them: others are none of ours. */
    public void deleteOpenFiles() {
        for (final NioFile file : openFiles()) {
            if (keyIfAny(file.path).equals(file.key)) {
                delete(file.path.getFileName().toString());
            }
        }
    }

    /** Device and inode; empty if there is no such file. */
    static String keyIfAny(final Path path) {
        try {
            return keyOf(path);
        } catch (final IOException e) {
            return "";
        }
    }

    /** Device and inode. */
    private static String keyOf(final Path path) throws IOException {
        final Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino");
        return attributes.get("dev") + ":" + attributes.get("ino");
    }

    /** An open file. */
    private final class NioFile extends ChannelFile {
        private final String key;
        private volatile Path path;

        NioFile(final Path path, final FileChannel channel) throws IOException {
            super(channel);
            this.path = path;
            try {
                key = keyOf(path);
            } catch (final IOException e) {
                channel.close();
                throw e;
            }
        }

        @Override
        Path path() {
            return path;
        }

        @Override
        public void write(final ByteBuffer buffer, final long offset) {
            long at = offset;
            try {
                while (buffer.hasRemaining()) {
                    at += channel.write(buffer, at);
                }
            } catch (final IOException e) {
                throw FileErrors.of("writing", path, e);
            }
        }

        @Override
        public boolean fill(final ByteBuffer zeros, final long offset) {
            final int length = zeros.remaining();
            write(zeros, offset);
            return LinuxFile.beginWriting(descriptor(), offset, length);
        }

        @Override
        public void sync() {
            try {
                channel.force(false);
            } catch (final IOException e) {
                throw FileErrors.of("syncing", path, e);
            }
        }

        @Override
        public void preallocate(final long length) {
            if (!LinuxFile.reserve(descriptor(), path, length)) {
                final ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS_LENGTH);
                for (long at = length(); at < length; ) {
                    final int part = (int) Math.min(ZEROS_LENGTH, length - at);
                    write(zeros.clear().limit(part), at);
                    at += part;
                }
            }
        }

        private void copyTo(final NioFileLayer target) {
            final ByteBuffer part = ByteBuffer.allocateDirect(COPY_LENGTH);
            final ByteBuffer zeros = ByteBuffer.allocateDirect(COPY_LENGTH);
            try (OpenFile copy = target.open(path.getFileName().toString(), true)) {
                final long length = length();
                copy.preallocate(length);
                for (long at = 0; at < length; ) {
                    final int count = read(part.clear(), at);
                    part.flip();
                    if (part.mismatch(zeros.clear().limit(count)) >= 0) {
                        copy.write(part, at);
                    }
                    at += count;
                }
                copy.sync();
            }
        }

        @Override
        public void close() {
            synchronized (openFiles) {
                openFiles.remove(this);
            }
            super.close();
        }
    }
}
