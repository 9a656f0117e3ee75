package org.trivet.fs;

import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.client.ClientAgent;

import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The file system for programs: paths, and calls that wait.
 *
 * <p>Safe for use by any number of threads, platform or virtual, but not by the agent's own. A path
 * is absolute, its names separated by '/', in UTF-8; "." and ".." mean what they mean in POSIX, and
 * symbolic links are followed. Every call waits for as long as it takes, while nodes are down too,
 * unless a deadline was set with {@link #within} (then it fails with TIMED_OUT) or the thread is
 * interrupted (then with INTERRUPTED, and stays interrupted). All errors are {@link
 * TrivetException}s that name what was being done.
 */
public final class TrivetFileSystem implements AutoCloseable {
    private static final int DEFAULT_FILE_MODE = 0644;
    private static final int DEFAULT_DIRECTORY_MODE = 0755;
    private static final int LIST_ENTRIES = 1024;
    private static final byte[] ROOT_NAME = {};

    private final ClientAgent agent;
    private final VolumeFileSystem fileSystem;
    private final Caller caller;
    private final long timeoutNs;
    private final Await await;
    private final AutoCloseable resources;

    /**
     * A file system over a client.
     *
     * @param agent the client; something runs it.
     * @param caller owns what is created.
     * @param resources closed with this: stops what runs the client, and closes it.
     */
    public TrivetFileSystem(
            final ClientAgent agent, final Caller caller, final AutoCloseable resources) {
        this(agent, caller, Await.FOREVER, resources);
    }

    private TrivetFileSystem(
            final ClientAgent agent,
            final Caller caller,
            final long timeoutNs,
            final AutoCloseable resources) {
        this.agent = agent;
        this.caller = caller;
        this.timeoutNs = timeoutNs;
        this.resources = resources;
        fileSystem = agent.fileSystem();
        await = new Await(agent);
    }

    /**
     * The same file system, with a deadline for each step of a call; files opened through it have
     * it too.
     *
     * @param timeout how long to wait at most.
     * @return a view; closing it closes this.
     */
    public TrivetFileSystem within(final Duration timeout) {
        return new TrivetFileSystem(agent, caller, timeout.toNanos(), resources);
    }

    /**
     * Opens a file. Without options for reading.
     *
     * @param path of the file.
     * @param options READ, WRITE, APPEND, CREATE, CREATE_NEW, TRUNCATE_EXISTING, SYNC, DSYNC;
     *     others have no effect.
     * @return the file; to be closed.
     */
    public TrivetFile open(final String path, final OpenOption... options) {
        return open(path, DEFAULT_FILE_MODE, Set.of(options));
    }

    /**
     * Opens a file, with permissions where it is created.
     *
     * @param path of the file.
     * @param mode permissions.
     * @param options as for {@link #open(String, OpenOption...)}.
     * @return the file; to be closed.
     */
    public TrivetFile open(
            final String path, final int mode, final Set<? extends OpenOption> options) {
        final boolean appends = options.contains(StandardOpenOption.APPEND);
        final boolean writes = appends || options.contains(StandardOpenOption.WRITE);
        int flags = writes ? (options.contains(StandardOpenOption.READ) ? 2 : 1) : 0;
        flags |= appends ? Opening.O_APPEND : 0;
        flags |=
                writes && options.contains(StandardOpenOption.TRUNCATE_EXISTING)
                        ? Opening.O_TRUNC
                        : 0;
        final boolean createNew = writes && options.contains(StandardOpenOption.CREATE_NEW);
        final int openFlags = createNew ? flags | Opening.O_EXCL : flags;
        final String what = "open " + path;
        final Opened opened;
        if (createNew || writes && options.contains(StandardOpenOption.CREATE)) {
            final Place place = resolve(what, path, !createNew);
            if (place.attributes() != null && !createNew) {
                opened = openExisting(what, place.attributes(), openFlags);
            } else {
                opened =
                        call(
                                what,
                                done ->
                                        fileSystem.create(
                                                caller,
                                                place.parent(),
                                                place.name(),
                                                mode,
                                                openFlags,
                                                done));
            }
        } else {
            opened = openExisting(what, existing(what, path, true), openFlags);
        }
        final boolean syncs =
                options.contains(StandardOpenOption.SYNC)
                        || options.contains(StandardOpenOption.DSYNC);
        return new TrivetFile(this, fileSystem, path, opened, writes, appends, syncs);
    }

    private Opened openExisting(final String what, final Attributes attributes, final int flags) {
        if (attributes.isDirectory()) {
            throw new TrivetException(ErrorCode.IS_DIRECTORY, what + ": it is a directory");
        }
        return call(what, done -> fileSystem.open(attributes.inode(), flags, done));
    }

    /**
     * Creates a file, or empties it.
     *
     * @param path of the file.
     * @return the file, for reading and writing; to be closed.
     */
    public TrivetFile create(final String path) {
        return open(
                path,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    /**
     * Reads a whole file.
     *
     * @param path of the file.
     * @return its bytes.
     */
    public byte[] read(final String path) {
        try (TrivetFile file = open(path)) {
            final long size = file.size();
            if (size > Integer.MAX_VALUE - 8) {
                throw new TrivetException(
                        ErrorCode.TOO_LARGE, "read " + path + ": " + size + " bytes do not fit");
            }
            final byte[] bytes = new byte[(int) size];
            int done = 0;
            while (done < bytes.length) {
                final int got = file.read(done, bytes, done, bytes.length - done);
                if (got == 0) {
                    return Arrays.copyOf(bytes, done);
                }
                done += got;
            }
            return bytes;
        }
    }

    /**
     * Writes a whole file, creating or replacing it.
     *
     * @param path of the file.
     * @param bytes its new contents.
     */
    public void write(final String path, final byte[] bytes) {
        try (TrivetFile file = create(path)) {
            file.write(0, bytes, 0, bytes.length);
        }
    }

    /**
     * Adds to the end of a file, creating it if there is none.
     *
     * @param path of the file.
     * @param bytes what to add.
     */
    public void append(final String path, final byte[] bytes) {
        try (TrivetFile file = open(path, StandardOpenOption.APPEND, StandardOpenOption.CREATE)) {
            file.append(bytes, 0, bytes.length);
        }
    }

    /**
     * Sets the size of a file; what is added reads as zeros.
     *
     * @param path of the file.
     * @param size in bytes.
     */
    public void truncate(final String path, final long size) {
        setAttributes(path, AttributeChange.ofSize(size));
    }

    /**
     * Changes attributes; follows symbolic links.
     *
     * @param path of the file or directory.
     * @param change what to change.
     */
    public void setAttributes(final String path, final AttributeChange change) {
        final String what = "set attributes of " + path;
        final Attributes attributes = existing(what, path, true);
        call(
                what,
                (Completion<Attributes> done) ->
                        fileSystem.setAttributes(attributes.inode(), 0, change, done));
    }

    /**
     * The attributes of a file or directory; follows symbolic links.
     *
     * @param path of it.
     * @return its attributes.
     */
    public Attributes attributes(final String path) {
        return existing("attributes of " + path, path, true);
    }

    /**
     * The attributes of what a path names, which may be a symbolic link itself.
     *
     * @param path of it.
     * @return its attributes.
     */
    public Attributes linkAttributes(final String path) {
        return existing("attributes of " + path, path, false);
    }

    /**
     * Whether a path leads to something; follows symbolic links.
     *
     * @param path to look at.
     * @return true if so.
     */
    public boolean exists(final String path) {
        try {
            attributes(path);
            return true;
        } catch (final TrivetException error) {
            if (error.code() == ErrorCode.NOT_FOUND || error.code() == ErrorCode.NOT_DIRECTORY) {
                return false;
            }
            throw error;
        }
    }

    /**
     * Renames a file or directory, replacing a file or an empty directory.
     *
     * @param from its path.
     * @param to its new path.
     */
    public void rename(final String from, final String to) {
        rename(from, to, 0);
    }

    /**
     * Renames a file or directory.
     *
     * @param from its path.
     * @param to its new path.
     * @param flags the RENAME constants of {@link InodeFileSystem}.
     */
    public void rename(final String from, final String to, final int flags) {
        final String what = "rename " + from + " to " + to;
        final Place source = named(what, resolve(what, from, false));
        final Place target = named(what, resolve(what, to, false));
        call(
                what,
                (Completion<Void> done) ->
                        fileSystem.rename(
                                source.parent(),
                                source.name(),
                                target.parent(),
                                target.name(),
                                flags,
                                done));
    }

    /**
     * Deletes a file, a symbolic link or an empty directory.
     *
     * @param path of it.
     */
    public void delete(final String path) {
        final String what = "delete " + path;
        final Place place = named(what, resolve(what, path, false));
        if (place.attributes() == null) {
            throw new TrivetException(ErrorCode.NOT_FOUND, what + ": there is none");
        }
        call(
                what,
                (Completion<Void> done) ->
                        place.attributes().isDirectory()
                                ? fileSystem.removeDirectory(place.parent(), place.name(), done)
                                : fileSystem.unlink(place.parent(), place.name(), done));
    }

    /**
     * The names in a directory, in no particular order, without "." and "..".
     *
     * @param path of the directory.
     * @return its names.
     */
    public List<String> list(final String path) {
        final String what = "list " + path;
        final Attributes directory = existing(what, path, true);
        final Opened opened = call(what, done -> fileSystem.openDirectory(directory.inode(), done));
        try {
            final List<String> names = new ArrayList<>();
            long cookie = 0;
            while (true) {
                final long after = cookie;
                final List<DirectoryEntry> entries =
                        call(
                                what,
                                (Completion<List<DirectoryEntry>> done) ->
                                        fileSystem.readDirectory(
                                                opened.handle(), after, LIST_ENTRIES, false, done));
                if (entries.isEmpty()) {
                    return names;
                }
                for (final DirectoryEntry entry : entries) {
                    names.add(new String(entry.name(), StandardCharsets.UTF_8));
                    cookie = entry.cookie();
                }
            }
        } finally {
            call(
                    what,
                    (Completion<Void> done) -> fileSystem.releaseDirectory(opened.handle(), done));
        }
    }

    /**
     * Makes a directory.
     *
     * @param path of the new directory.
     */
    public void makeDirectory(final String path) {
        makeDirectory(path, DEFAULT_DIRECTORY_MODE);
    }

    /**
     * Makes a directory.
     *
     * @param path of the new directory.
     * @param mode its permissions.
     */
    public void makeDirectory(final String path, final int mode) {
        final String what = "make directory " + path;
        final Place place = unnamed(what, resolve(what, path, false));
        call(
                what,
                (Completion<Attributes> done) ->
                        fileSystem.makeDirectory(caller, place.parent(), place.name(), mode, done));
    }

    /**
     * Makes a symbolic link.
     *
     * @param path of the new link.
     * @param target what it says.
     */
    public void symlink(final String path, final String target) {
        final String what = "make link " + path;
        final Place place = unnamed(what, resolve(what, path, false));
        final byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
        call(
                what,
                (Completion<Attributes> done) ->
                        fileSystem.symlink(caller, place.parent(), place.name(), bytes, done));
    }

    /**
     * What a symbolic link says.
     *
     * @param path of the link.
     * @return its target.
     */
    public String readLink(final String path) {
        final String what = "read link " + path;
        final Attributes attributes = existing(what, path, false);
        if (attributes.type() != Attributes.SYMLINK) {
            throw new TrivetException(ErrorCode.INVALID, what + ": it is no symbolic link");
        }
        return target(what, attributes.inode());
    }

    /**
     * Makes another name for a file.
     *
     * @param existing a path of the file.
     * @param path the new one.
     */
    public void link(final String existing, final String path) {
        final String what = "link " + existing + " as " + path;
        final Attributes attributes = existing(what, existing, false);
        final Place place = unnamed(what, resolve(what, path, false));
        call(
                what,
                (Completion<Attributes> done) ->
                        fileSystem.link(attributes.inode(), place.parent(), place.name(), done));
    }

    /**
     * Sets an extended attribute.
     *
     * @param path of the file or directory.
     * @param name of the attribute.
     * @param value its value.
     */
    public void setXattr(final String path, final String name, final byte[] value) {
        final String what = "set " + name + " of " + path;
        final Attributes attributes = existing(what, path, true);
        call(
                what,
                (Completion<Void> done) ->
                        fileSystem.setXattr(attributes.inode(), bytes(name), value, 0, done));
    }

    /**
     * An extended attribute.
     *
     * @param path of the file or directory.
     * @param name of the attribute.
     * @return its value.
     */
    public byte[] getXattr(final String path, final String name) {
        final String what = "get " + name + " of " + path;
        final Attributes attributes = existing(what, path, true);
        return call(
                what,
                (Completion<byte[]> done) ->
                        fileSystem.getXattr(attributes.inode(), bytes(name), done));
    }

    /**
     * The names of all extended attributes.
     *
     * @param path of the file or directory.
     * @return the names.
     */
    public List<String> listXattr(final String path) {
        final String what = "list attributes of " + path;
        final Attributes attributes = existing(what, path, true);
        final byte[] all =
                call(
                        what,
                        (Completion<byte[]> done) ->
                                fileSystem.listXattr(attributes.inode(), done));
        final String text = new String(all, StandardCharsets.UTF_8);
        return text.isEmpty() ? List.of() : List.of(text.split("\0"));
    }

    /**
     * Removes an extended attribute.
     *
     * @param path of the file or directory.
     * @param name of the attribute.
     */
    public void removeXattr(final String path, final String name) {
        final String what = "remove " + name + " of " + path;
        final Attributes attributes = existing(what, path, true);
        call(
                what,
                (Completion<Void> done) ->
                        fileSystem.removeXattr(attributes.inode(), bytes(name), done));
    }

    /**
     * Room in the file system.
     *
     * @return how much.
     */
    public FileSystemStatus status() {
        return call("status", fileSystem::status);
    }

    /** Closes the client: what waits fails with CLOSED. */
    @Override
    public void close() {
        try {
            resources.close();
        } catch (final TrivetException error) {
            throw error;
        } catch (final Exception error) {
            throw new TrivetException(ErrorCode.IO, "close: " + error, error);
        }
    }

    <T> T call(final String what, final Function<Completion<T>, Cancellable> operation) {
        return await.call(what, timeoutNs, operation);
    }

    /** Where a path leads: its last name, and what it names, or null. The root has no name. */
    private record Place(long parent, byte[] name, Attributes attributes) {}

    private static byte[] bytes(final String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    private Attributes existing(final String what, final String path, final boolean followLast) {
        final Attributes attributes = resolve(what, path, followLast).attributes();
        if (attributes == null) {
            throw new TrivetException(ErrorCode.NOT_FOUND, what + ": there is none");
        }
        return attributes;
    }

    private static Place named(final String what, final Place place) {
        if (place.name().length == 0) {
            throw new TrivetException(
                    ErrorCode.BUSY, what + ": the root cannot be moved or removed");
        }
        return place;
    }

    private static Place unnamed(final String what, final Place place) {
        if (place.attributes() != null) {
            throw new TrivetException(ErrorCode.EXISTS, what + ": the name exists");
        }
        return place;
    }

    private Place resolve(final String what, final String path, final boolean followLast) {
        return new PathWalk(this, fileSystem, what).walk(path, followLast, Place::new);
    }

    String target(final String what, final long inode) {
        return new String(
                call(what, (Completion<byte[]> done) -> fileSystem.readLink(inode, done)),
                StandardCharsets.UTF_8);
    }

    static byte[] rootName() {
        return ROOT_NAME;
    }
}
