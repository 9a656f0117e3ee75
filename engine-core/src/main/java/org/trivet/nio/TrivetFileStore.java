package org.trivet.nio;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;

/** Room in a volume. */
final class TrivetFileStore extends FileStore {
    private final NioFileSystem fileSystem;

    TrivetFileStore(final NioFileSystem fileSystem) {
        this.fileSystem = fileSystem;
    }

    @Override
    public String name() {
        return fileSystem.name();
    }

    @Override
    public String type() {
        return TrivetFileSystemProvider.SCHEME;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public long getTotalSpace() throws IOException {
        return Failures.translate(name(), () -> fileSystem.files().status().capacity());
    }

    @Override
    public long getUsableSpace() throws IOException {
        return Failures.translate(name(), () -> fileSystem.files().status().free());
    }

    @Override
    public long getUnallocatedSpace() throws IOException {
        return getUsableSpace();
    }

    @Override
    public boolean supportsFileAttributeView(final Class<? extends FileAttributeView> type) {
        return type == BasicFileAttributeView.class
                || type == FileOwnerAttributeView.class
                || type == PosixFileAttributeView.class;
    }

    @Override
    public boolean supportsFileAttributeView(final String name) {
        return fileSystem.supportedFileAttributeViews().contains(name);
    }

    @Override
    public <V extends FileStoreAttributeView> V getFileStoreAttributeView(final Class<V> type) {
        return null;
    }

    @Override
    public Object getAttribute(final String attribute) {
        throw new UnsupportedOperationException(attribute);
    }
}
