package org.trivet.nio;

import org.trivet.fs.AttributeChange;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.TrivetFile;
import org.trivet.fs.TrivetFileSystem;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes {@code Files.*} work on Trivet: for URIs {@code trivet://name/path}, where the name is
 * given to an open {@link TrivetFileSystem} with {@link #newFileSystem}.
 */
public final class TrivetFileSystemProvider extends FileSystemProvider {
    /** The scheme of URIs. */
    public static final String SCHEME = "trivet";

    /** Key of the {@link TrivetFileSystem} in the environment of {@link #newFileSystem}. */
    public static final String FILES = "files";

    private static final int COPY_LENGTH = 1 << 20;

    private final ConcurrentHashMap<String, NioFileSystem> fileSystems = new ConcurrentHashMap<>();

    /** For the service loader. */
    public TrivetFileSystemProvider() {}

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileSystem newFileSystem(final URI uri, final Map<String, ?> environment) {
        if (!(environment.get(FILES) instanceof TrivetFileSystem files)) {
            throw new IllegalArgumentException(
                    "the environment must hold an open TrivetFileSystem as \"files\"");
        }
        final String name = name(uri);
        final NioFileSystem fileSystem = new NioFileSystem(this, name, files);
        if (fileSystems.putIfAbsent(name, fileSystem) != null) {
            throw new FileSystemAlreadyExistsException(name);
        }
        return fileSystem;
    }

    @Override
    public FileSystem getFileSystem(final URI uri) {
        final NioFileSystem fileSystem = fileSystems.get(name(uri));
        if (fileSystem == null) {
            throw new FileSystemNotFoundException(uri.toString());
        }
        return fileSystem;
    }

    @Override
    public Path getPath(final URI uri) {
        return getFileSystem(uri).getPath(uri.getPath());
    }

    void closed(final NioFileSystem fileSystem) {
        fileSystems.remove(fileSystem.name(), fileSystem);
    }

    private static String name(final URI uri) {
        if (!SCHEME.equalsIgnoreCase(uri.getScheme()) || uri.getAuthority() == null) {
            throw new IllegalArgumentException(uri + " is not of the form trivet://name/path");
        }
        return uri.getAuthority();
    }

    @Override
    public SeekableByteChannel newByteChannel(
            final Path path,
            final Set<? extends OpenOption> options,
            final FileAttribute<?>... attributes)
            throws IOException {
        final TrivetPath file = TrivetPath.of(path);
        final boolean appends = options.contains(StandardOpenOption.APPEND);
        final boolean writes = appends || options.contains(StandardOpenOption.WRITE);
        final boolean reads = !writes || options.contains(StandardOpenOption.READ);
        if (appends && (options.contains(StandardOpenOption.TRUNCATE_EXISTING) || reads)) {
            throw new IllegalArgumentException(
                    "APPEND goes neither with READ nor with TRUNCATE_EXISTING");
        }
        return Failures.translate(
                path,
                () -> {
                    final TrivetFile opened =
                            files(file).open(file.absoluteText(), mode(attributes, 0644), options);
                    return new FileByteChannel(
                            file,
                            opened,
                            reads,
                            writes,
                            appends,
                            options.contains(StandardOpenOption.DELETE_ON_CLOSE));
                });
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
            final Path directory, final DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        final TrivetPath path = TrivetPath.of(directory);
        final List<String> names =
                Failures.translate(
                        directory,
                        () -> {
                            if (!files(path).attributes(path.absoluteText()).isDirectory()) {
                                throw new NotDirectoryException(directory.toString());
                            }
                            return files(path).list(path.absoluteText());
                        });
        final List<Path> accepted = new ArrayList<>();
        for (final String name : names) {
            final Path entry = path.resolve(name);
            try {
                if (filter.accept(entry)) {
                    accepted.add(entry);
                }
            } catch (final DirectoryIteratorException error) {
                throw error.getCause();
            }
        }
        return new EntryStream(accepted);
    }

    private static final class EntryStream implements DirectoryStream<Path> {
        private final List<Path> entries;
        private boolean used;

        EntryStream(final List<Path> entries) {
            this.entries = entries;
        }

        @Override
        public Iterator<Path> iterator() {
            if (used) {
                throw new IllegalStateException(
                        "the stream was closed, or gave its iterator already");
            }
            used = true;
            return List.copyOf(entries).iterator();
        }

        @Override
        public void close() {
            used = true;
        }
    }

    @Override
    public void createDirectory(final Path directory, final FileAttribute<?>... attributes)
            throws IOException {
        final TrivetPath path = TrivetPath.of(directory);
        Failures.translate(
                directory,
                () -> {
                    files(path).makeDirectory(path.absoluteText(), mode(attributes, 0755));
                    return null;
                });
    }

    @Override
    public void createSymbolicLink(
            final Path link, final Path target, final FileAttribute<?>... attributes)
            throws IOException {
        final TrivetPath path = TrivetPath.of(link);
        Failures.translate(
                link,
                () -> {
                    files(path).symlink(path.absoluteText(), target.toString());
                    return null;
                });
    }

    @Override
    public void createLink(final Path link, final Path existing) throws IOException {
        final TrivetPath path = TrivetPath.of(link);
        Failures.translate(
                link,
                () -> {
                    files(path).link(TrivetPath.of(existing).absoluteText(), path.absoluteText());
                    return null;
                });
    }

    @Override
    public Path readSymbolicLink(final Path link) throws IOException {
        final TrivetPath path = TrivetPath.of(link);
        final String target = Failures.translate(link, () -> path.nioFileSystem().linkTarget(path));
        if (target == null) {
            throw new java.nio.file.NotLinkException(link.toString());
        }
        return TrivetPath.parse(path.nioFileSystem(), target);
    }

    @Override
    public void delete(final Path path) throws IOException {
        final TrivetPath file = TrivetPath.of(path);
        Failures.translate(
                path,
                () -> {
                    files(file).delete(file.absoluteText());
                    return null;
                });
    }

    @Override
    public void copy(final Path source, final Path target, final CopyOption... options)
            throws IOException {
        final TrivetPath from = TrivetPath.of(source);
        final TrivetPath to = TrivetPath.of(target);
        final List<CopyOption> wanted = Arrays.asList(options);
        final boolean follow = !wanted.contains(LinkOption.NOFOLLOW_LINKS);
        final PosixAttributes attributes =
                new AttributeView(from, follow, "posix").readAttributes();
        if (isSame(from, to)) {
            return;
        }
        clear(to, wanted.contains(StandardCopyOption.REPLACE_EXISTING));
        final int mode = attributes.attributes().mode() & 0777;
        Failures.translate(
                target,
                () -> {
                    if (attributes.isDirectory()) {
                        files(to).makeDirectory(to.absoluteText(), mode);
                    } else if (attributes.isSymbolicLink()) {
                        files(to)
                                .symlink(
                                        to.absoluteText(),
                                        files(from).readLink(from.absoluteText()));
                    } else {
                        copyBytes(from, to, mode);
                    }
                    if (wanted.contains(StandardCopyOption.COPY_ATTRIBUTES)
                            && !attributes.isSymbolicLink()) {
                        final int mask =
                                AttributeChange.MODE
                                        | AttributeChange.ATIME
                                        | AttributeChange.MTIME;
                        files(to)
                                .setAttributes(
                                        to.absoluteText(),
                                        new AttributeChange(
                                                mask,
                                                attributes.attributes().mode() & 07777,
                                                0,
                                                0,
                                                0,
                                                attributes.attributes().atimeNs(),
                                                attributes.attributes().mtimeNs()));
                    }
                    return null;
                });
    }

    private static void copyBytes(final TrivetPath from, final TrivetPath to, final int mode) {
        final Set<StandardOpenOption> create =
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        try (TrivetFile source = files(from).open(from.absoluteText());
                TrivetFile target = files(to).open(to.absoluteText(), mode, create)) {
            final byte[] bytes = new byte[COPY_LENGTH];
            long position = 0;
            for (int got = source.read(0, bytes, 0, COPY_LENGTH); got > 0; ) {
                target.write(position, bytes, 0, got);
                position += got;
                got = source.read(position, bytes, 0, COPY_LENGTH);
            }
        }
    }

    /** Makes way for a copy. */
    private void clear(final TrivetPath target, final boolean replace) throws IOException {
        try {
            new AttributeView(target, false, "basic").readAttributes();
        } catch (final NoSuchFileException absent) {
            return;
        }
        if (!replace) {
            throw new FileAlreadyExistsException(target.toString());
        }
        delete(target);
    }

    @Override
    public void move(final Path source, final Path target, final CopyOption... options)
            throws IOException {
        final TrivetPath from = TrivetPath.of(source);
        final TrivetPath to = TrivetPath.of(target);
        final List<CopyOption> wanted = Arrays.asList(options);
        final boolean atomic = wanted.contains(StandardCopyOption.ATOMIC_MOVE);
        if (from.nioFileSystem() != to.nioFileSystem()) {
            if (atomic) {
                throw new AtomicMoveNotSupportedException(
                        source.toString(), target.toString(), "two file systems");
            }
            final List<CopyOption> copying = new ArrayList<>(wanted);
            copying.addAll(List.of(LinkOption.NOFOLLOW_LINKS, StandardCopyOption.COPY_ATTRIBUTES));
            if (new AttributeView(from, false, "basic").readAttributes().isDirectory()
                    && !Failures.translate(source, () -> files(from).list(from.absoluteText()))
                            .isEmpty()) {
                throw new DirectoryNotEmptyException(source.toString());
            }
            copy(source, target, copying.toArray(CopyOption[]::new));
            delete(source);
            return;
        }
        final boolean replaces = atomic || wanted.contains(StandardCopyOption.REPLACE_EXISTING);
        if (replaces && !atomic && !isSame(from, to)) {
            new AttributeView(from, false, "basic").readAttributes();
            replaceOtherKind(from, to);
        }
        Failures.translate(
                target,
                () -> {
                    if (!isSame(from, to)) {
                        files(from)
                                .rename(
                                        from.absoluteText(),
                                        to.absoluteText(),
                                        replaces ? 0 : InodeFileSystem.RENAME_NO_REPLACE);
                    }
                    return null;
                });
    }

    /**
     * A rename replaces a file with a file and a directory with a directory: anything else must go
     * first.
     */
    private void replaceOtherKind(final TrivetPath from, final TrivetPath to) throws IOException {
        final boolean directory =
                new AttributeView(from, false, "basic").readAttributes().isDirectory();
        try {
            if (new AttributeView(to, false, "basic").readAttributes().isDirectory() != directory) {
                delete(to);
            }
        } catch (final NoSuchFileException absent) {
            // Nothing is there: nothing to make way.
            assert absent.getFile() != null;
        }
    }

    private static boolean isSame(final TrivetPath from, final TrivetPath to) throws IOException {
        if (from.nioFileSystem() != to.nioFileSystem()) {
            return false;
        }
        try {
            return new AttributeView(from, false, "basic")
                    .readAttributes()
                    .fileKey()
                    .equals(new AttributeView(to, false, "basic").readAttributes().fileKey());
        } catch (final NoSuchFileException absent) {
            return from.toAbsolutePath().equals(to.toAbsolutePath());
        }
    }

    @Override
    public boolean isSameFile(final Path path, final Path other) throws IOException {
        if (path.equals(other)) {
            return true;
        }
        if (!(other instanceof TrivetPath second)
                || second.nioFileSystem() != TrivetPath.of(path).nioFileSystem()) {
            return false;
        }
        return new AttributeView(TrivetPath.of(path), true, "basic")
                .readAttributes()
                .fileKey()
                .equals(new AttributeView(second, true, "basic").readAttributes().fileKey());
    }

    @Override
    public boolean isHidden(final Path path) {
        final Path name = path.getFileName();
        return name != null && name.toString().startsWith(".");
    }

    @Override
    public FileStore getFileStore(final Path path) {
        return new TrivetFileStore(TrivetPath.of(path).nioFileSystem());
    }

    /** Permissions are not checked here: all that is asked is whether it is there. */
    @Override
    public void checkAccess(final Path path, final AccessMode... modes) throws IOException {
        new AttributeView(TrivetPath.of(path), true, "basic").readAttributes();
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(
            final Path path, final Class<V> type, final LinkOption... options) {
        final boolean basic = type == BasicFileAttributeView.class;
        if (basic || type == PosixFileAttributeView.class || type == FileOwnerAttributeView.class) {
            return type.cast(
                    new AttributeView(
                            TrivetPath.of(path), options.length == 0, basic ? "basic" : "posix"));
        }
        return null;
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(
            final Path path, final Class<A> type, final LinkOption... options) throws IOException {
        if (type != BasicFileAttributes.class && type != PosixFileAttributes.class) {
            throw new UnsupportedOperationException(type.getName());
        }
        return type.cast(
                new AttributeView(TrivetPath.of(path), options.length == 0, "posix")
                        .readAttributes());
    }

    @Override
    public Map<String, Object> readAttributes(
            final Path path, final String attributes, final LinkOption... options)
            throws IOException {
        final String view = view(attributes);
        return new AttributeView(TrivetPath.of(path), options.length == 0, view)
                .read(view, attributes.substring(attributes.indexOf(':') + 1));
    }

    @Override
    public void setAttribute(
            final Path path,
            final String attribute,
            final Object value,
            final LinkOption... options)
            throws IOException {
        new AttributeView(TrivetPath.of(path), options.length == 0, view(attribute))
                .set(attribute.substring(attribute.indexOf(':') + 1), value);
    }

    private static String view(final String attributes) {
        final int colon = attributes.indexOf(':');
        final String view = colon < 0 ? "basic" : attributes.substring(0, colon);
        if (!Set.of("basic", "owner", "posix").contains(view)) {
            throw new UnsupportedOperationException("view " + view);
        }
        return view;
    }

    private static TrivetFileSystem files(final TrivetPath path) {
        return path.nioFileSystem().files();
    }

    @SuppressWarnings("unchecked")
    private static int mode(final FileAttribute<?>[] attributes, final int otherwise) {
        int mode = otherwise;
        for (final FileAttribute<?> attribute : attributes) {
            if (!attribute.name().equals("posix:permissions")) {
                throw new UnsupportedOperationException("attribute " + attribute.name());
            }
            mode = PosixAttributes.mode((Set<PosixFilePermission>) attribute.value());
        }
        return mode;
    }
}
