package org.trivet.fs;

import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;

/** Walks a path from the root, name by name, and follows symbolic links. For one walk. */
final class PathWalk {
    private static final int MAX_LINKS = 40;

    /** Takes where a path led. */
    interface End<T> {
        T at(long parent, byte[] name, Attributes attributes);
    }

    private final TrivetFileSystem files;
    private final VolumeFileSystem fileSystem;
    private final String what;
    private final ArrayDeque<String> names = new ArrayDeque<>();
    private final ArrayList<Attributes> walked = new ArrayList<>();
    private int links;

    PathWalk(final TrivetFileSystem files, final VolumeFileSystem fileSystem, final String what) {
        this.files = files;
        this.fileSystem = fileSystem;
        this.what = what;
    }

    <T> T walk(final String path, final boolean followLast, final End<T> end) {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            throw new TrivetException(
                    ErrorCode.INVALID, what + ": a path begins with '/' and holds no NUL");
        }
        final Attributes root =
                files.call(
                        what,
                        (Completion<Attributes> done) ->
                                fileSystem.getAttributes(Attributes.ROOT_INODE, done));
        walked.add(root);
        prepend(path);
        while (!names.isEmpty()) {
            final String name = names.poll();
            final Attributes directory = walked.getLast();
            if (!directory.isDirectory()) {
                throw new TrivetException(
                        ErrorCode.NOT_DIRECTORY,
                        what + ": what holds " + name + " is no directory");
            }
            if (name.equals("..")) {
                if (walked.size() > 1) {
                    walked.removeLast();
                }
                continue;
            }
            final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 255) {
                throw new TrivetException(
                        ErrorCode.NAME_TOO_LONG, what + ": " + name + " is longer than 255 bytes");
            }
            final Attributes found = lookup(directory.inode(), bytes);
            if (found == null) {
                if (names.isEmpty()) {
                    return end.at(directory.inode(), bytes, null);
                }
                throw new TrivetException(ErrorCode.NOT_FOUND, what + ": there is no " + name);
            }
            if (found.type() == Attributes.SYMLINK && (followLast || !names.isEmpty())) {
                follow(found);
            } else if (names.isEmpty()) {
                return end.at(directory.inode(), bytes, found);
            } else {
                walked.add(found);
            }
        }
        return end.at(walked.getLast().inode(), TrivetFileSystem.rootName(), walked.getLast());
    }

    private void follow(final Attributes link) {
        links++;
        if (links > MAX_LINKS) {
            throw new TrivetException(
                    ErrorCode.LOOP, what + ": more than " + MAX_LINKS + " symbolic links");
        }
        final String target = files.target(what, link.inode());
        if (target.startsWith("/")) {
            final Attributes root = walked.getFirst();
            walked.clear();
            walked.add(root);
        }
        prepend(target);
    }

    private void prepend(final String path) {
        final String[] parts = path.split("/");
        for (int i = parts.length - 1; i >= 0; i--) {
            if (!parts[i].isEmpty() && !parts[i].equals(".")) {
                names.addFirst(parts[i]);
            }
        }
    }

    private Attributes lookup(final long directory, final byte[] name) {
        try {
            return files.call(
                    what,
                    (Completion<Attributes> done) -> fileSystem.lookup(directory, name, done));
        } catch (final TrivetException error) {
            if (error.code() == ErrorCode.NOT_FOUND) {
                return null;
            }
            throw error;
        }
    }
}
