package org.trivet.nio;

import org.trivet.fs.Attributes;
import org.trivet.fs.TrivetFileSystem;

import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Set;

/**
 * A Trivet file system under a name. Closing it takes the name away, and leaves the file system
 * itself open.
 */
final class NioFileSystem extends FileSystem {
    private final TrivetFileSystemProvider provider;
    private final String name;
    private final TrivetFileSystem files;
    private volatile boolean open = true;

    NioFileSystem(
            final TrivetFileSystemProvider provider,
            final String name,
            final TrivetFileSystem files) {
        this.provider = provider;
        this.name = name;
        this.files = files;
    }

    String name() {
        return name;
    }

    TrivetFileSystem files() {
        if (!open) {
            throw new ClosedFileSystemException();
        }
        return files;
    }

    /** What a symbolic link says, or null if it is something else. */
    String linkTarget(final TrivetPath path) {
        final String text = path.absoluteText();
        return files().linkAttributes(text).type() == Attributes.SYMLINK
                ? files().readLink(text)
                : null;
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        open = false;
        provider.closed(this);
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(getPath("/"));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of(new TrivetFileStore(this));
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return Set.of("basic", "owner", "posix");
    }

    @Override
    public Path getPath(final String first, final String... more) {
        final StringBuilder text = new StringBuilder(first);
        for (final String part : more) {
            if (!part.isEmpty()) {
                text.append(text.isEmpty() ? "" : "/").append(part);
            }
        }
        return TrivetPath.parse(this, text.toString());
    }

    @Override
    public PathMatcher getPathMatcher(final String syntaxAndPattern) {
        final FileSystem unix = FileSystems.getDefault();
        final PathMatcher matcher = unix.getPathMatcher(syntaxAndPattern);
        return path -> matcher.matches(unix.getPath(path.toString()));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return new PosixAttributes.Principals();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException("there is no watch service");
    }
}
