package org.trivet.node.disk;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.FileLayer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The files of a real directory that is only looked at: whatever would change it is refused. */
public final class ReadOnlyFileLayer implements FileLayer {
    private final Path directory;

    /**
     * A layer over a directory.
     *
     * @param directory it; it must exist.
     */
    public ReadOnlyFileLayer(final Path directory) {
        this.directory = directory;
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
        if (create) {
            throw refusal(path);
        }
        try {
            return new ReadOnlyFile(path, FileChannel.open(path, StandardOpenOption.READ));
        } catch (final IOException e) {
            throw FileErrors.of("opening", path, e);
        }
    }

    @Override
    public void delete(final String name) {
        throw refusal(directory.resolve(name));
    }

    @Override
    public void rename(final String from, final String to) {
        throw refusal(directory.resolve(from));
    }

    @Override
    public void syncDirectory() {
        throw refusal(directory);
    }

    @Override
    public long usableSpace() {
        return 0;
    }

    private static TrivetException refusal(final Path path) {
        return new TrivetException(ErrorCode.READ_ONLY, path + " is only looked at");
    }

    private static final class ReadOnlyFile extends ChannelFile {
        private final Path path;

        ReadOnlyFile(final Path path, final FileChannel channel) {
            super(channel);
            this.path = path;
        }

        @Override
        Path path() {
            return path;
        }

        @Override
        public void write(final ByteBuffer buffer, final long offset) {
            throw refusal(path);
        }

        @Override
        public void sync() {
            throw refusal(path);
        }

        @Override
        public void preallocate(final long length) {
            throw refusal(path);
        }
    }
}
