package org.trivet.nio;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;

/** A path: names, and whether they begin at the root. Immutable. */
final class TrivetPath implements Path {
    private final NioFileSystem fileSystem;
    private final boolean absolute;
    private final List<String> names;

    private TrivetPath(
            final NioFileSystem fileSystem, final boolean absolute, final List<String> names) {
        this.fileSystem = fileSystem;
        this.absolute = absolute;
        this.names = List.copyOf(names);
    }

    static TrivetPath parse(final NioFileSystem fileSystem, final String text) {
        if (text.indexOf('\0') >= 0) {
            throw new InvalidPathException(text, "holds a NUL");
        }
        final List<String> names = new ArrayList<>();
        for (final String name : text.split("/")) {
            if (!name.isEmpty()) {
                names.add(name);
            }
        }
        final boolean absolute = text.startsWith("/");
        if (names.isEmpty() && !absolute) {
            names.add("");
        }
        return new TrivetPath(fileSystem, absolute, names);
    }

    static TrivetPath of(final Path path) {
        if (path instanceof TrivetPath trivetPath) {
            return trivetPath;
        }
        throw new ProviderMismatchException(path + " is not a path of Trivet");
    }

    private boolean isEmpty() {
        return !absolute && names.size() == 1 && names.getFirst().isEmpty();
    }

    /** The path from the root, as the file system takes it. */
    String absoluteText() {
        return toAbsolutePath().toString();
    }

    NioFileSystem nioFileSystem() {
        return fileSystem;
    }

    @Override
    public FileSystem getFileSystem() {
        return fileSystem;
    }

    @Override
    public boolean isAbsolute() {
        return absolute;
    }

    @Override
    public Path getRoot() {
        return absolute ? new TrivetPath(fileSystem, true, List.of()) : null;
    }

    @Override
    public Path getFileName() {
        return names.isEmpty() ? null : new TrivetPath(fileSystem, false, List.of(names.getLast()));
    }

    @Override
    public Path getParent() {
        if (names.isEmpty() || (names.size() == 1 && !absolute)) {
            return null;
        }
        return new TrivetPath(fileSystem, absolute, names.subList(0, names.size() - 1));
    }

    @Override
    public int getNameCount() {
        return names.size();
    }

    @Override
    public Path getName(final int index) {
        return subpath(index, index + 1);
    }

    @Override
    public Path subpath(final int beginIndex, final int endIndex) {
        if (beginIndex < 0 || endIndex > names.size() || beginIndex >= endIndex) {
            throw new IllegalArgumentException(
                    "names " + beginIndex + " to " + endIndex + " of " + this);
        }
        return new TrivetPath(fileSystem, false, names.subList(beginIndex, endIndex));
    }

    @Override
    public boolean startsWith(final Path other) {
        return other instanceof TrivetPath path
                && path.fileSystem == fileSystem
                && path.absolute == absolute
                && path.isEmpty() == isEmpty()
                && path.names.size() <= names.size()
                && names.subList(0, path.names.size()).equals(path.names);
    }

    @Override
    public boolean endsWith(final Path other) {
        if (!(other instanceof TrivetPath path)
                || path.fileSystem != fileSystem
                || path.isEmpty() != isEmpty()) {
            return false;
        }
        if (path.absolute) {
            return equals(path);
        }
        final int from = names.size() - path.names.size();
        return from >= 0 && names.subList(from, names.size()).equals(path.names);
    }

    @Override
    public Path normalize() {
        final List<String> kept = new ArrayList<>();
        for (final String name : names) {
            if (name.equals("..") && !kept.isEmpty() && !kept.getLast().equals("..")) {
                kept.removeLast();
            } else if (name.equals("..") && absolute) {
                continue;
            } else if (!name.equals(".")) {
                kept.add(name);
            }
        }
        if (kept.isEmpty() && !absolute) {
            kept.add("");
        }
        return new TrivetPath(fileSystem, absolute, kept);
    }

    @Override
    public Path resolve(final Path other) {
        final TrivetPath path = of(other);
        if (path.absolute || isEmpty()) {
            return path;
        }
        if (path.isEmpty()) {
            return this;
        }
        final List<String> joined = new ArrayList<>(names);
        joined.addAll(path.names);
        return new TrivetPath(fileSystem, absolute, joined);
    }

    @Override
    public Path relativize(final Path other) {
        final TrivetPath path = of(other);
        if (path.absolute != absolute) {
            throw new IllegalArgumentException("one of " + this + " and " + other + " is absolute");
        }
        final List<String> from = isEmpty() ? List.of() : names;
        final List<String> to = path.isEmpty() ? List.of() : path.names;
        int same = 0;
        while (same < from.size() && same < to.size() && from.get(same).equals(to.get(same))) {
            same++;
        }
        final List<String> result = new ArrayList<>();
        for (int i = same; i < from.size(); i++) {
            result.add("..");
        }
        result.addAll(to.subList(same, to.size()));
        if (result.isEmpty()) {
            result.add("");
        }
        return new TrivetPath(fileSystem, false, result);
    }

    @Override
    public URI toUri() {
        try {
            return new URI(
                    TrivetFileSystemProvider.SCHEME, fileSystem.name(), absoluteText(), null, null);
        } catch (final URISyntaxException error) {
            throw new AssertionError(error);
        }
    }

    @Override
    public Path toAbsolutePath() {
        return absolute ? this : new TrivetPath(fileSystem, true, isEmpty() ? List.of() : names);
    }

    @Override
    public Path toRealPath(final LinkOption... options) throws IOException {
        TrivetPath real = (TrivetPath) fileSystem.getPath("/");
        int links = 0;
        final List<String> left = new ArrayList<>(((TrivetPath) toAbsolutePath()).names);
        final boolean follow = List.of(options).isEmpty();
        while (!left.isEmpty()) {
            final String name = left.removeFirst();
            if (name.equals("..")) {
                real = real.getParent() == null ? real : (TrivetPath) real.getParent();
            } else if (!name.equals(".")) {
                final TrivetPath next = (TrivetPath) real.resolve(name);
                final String target = Failures.translate(next, () -> fileSystem.linkTarget(next));
                if (target == null || !follow) {
                    real = next;
                } else if (++links > 40) {
                    throw new java.nio.file.FileSystemLoopException(toString());
                } else {
                    final TrivetPath path = parse(fileSystem, target);
                    real = path.absolute ? (TrivetPath) fileSystem.getPath("/") : real;
                    left.addAll(0, path.names);
                }
            }
        }
        return real;
    }

    @Override
    public WatchKey register(
            final WatchService watcher,
            final WatchEvent.Kind<?>[] events,
            final WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException("there is no watch service");
    }

    @Override
    public int compareTo(final Path other) {
        return toString().compareTo(of(other).toString());
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof TrivetPath path
                && path.fileSystem == fileSystem
                && path.absolute == absolute
                && path.names.equals(names);
    }

    @Override
    public int hashCode() {
        return names.hashCode() * 31 + Boolean.hashCode(absolute);
    }

    @Override
    public String toString() {
        return (absolute ? "/" : "") + String.join("/", names);
    }
}
