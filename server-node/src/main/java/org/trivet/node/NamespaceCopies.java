package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.disk.DirectoryTree;
import org.trivet.node.disk.LmdbIndex;
import org.trivet.node.disk.NioFileLayer;
import org.trivet.store.KeyValueStore;
import org.trivet.store.segment.Journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Keeps an earlier copy of the namespace's map, and the journal since then: nobody else has what is
 * in it, and if the map is damaged it is made again from these.
 *
 * <pre>
 *   index.copy-POSITION    a copy of index/, with all commands before a position of the journal, 16
 *                          hexadecimal digits, and perhaps some after it
 *   index.copy.part        one that is being written
 * </pre>
 *
 * <p>A copy is made, on a thread of its own, whenever the journal has grown by four segments since
 * the last one, as long as the disk has plenty of room. Otherwise there is none, and the journal is
 * not kept for it.
 */
final class NamespaceCopies implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(NamespaceCopies.class.getName());
    private static final Pattern NAME = Pattern.compile("index\\.copy-([0-9a-f]{16})");
    private static final String PART = "index.copy.part";
    private static final int SEGMENTS_PER_COPY = 4;
    private static final long LITTLE_ROOM = 64L << 20;
    private static final long MUCH_ROOM = 2 * LITTLE_ROOM;
    private static final long NONE = Long.MAX_VALUE;

    private final Path directory;
    private final NioFileLayer layer;
    private final LmdbIndex index;
    private final Journal journal;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("namespace-copy").factory());

    /** From where the journal is needed for the last copy; {@link #NONE} without one. */
    private volatile long copied = NONE;

    private volatile boolean copying;
    private long triedAt;

    /**
     * Copies of an index that is not open yet.
     *
     * @param directory where they are, and the index.
     * @param layer the files of the journal.
     * @param index the index.
     * @param journal its journal.
     */
    NamespaceCopies(
            final Path directory,
            final NioFileLayer layer,
            final LmdbIndex index,
            final Journal journal) {
        this.directory = directory;
        this.layer = layer;
        this.index = index;
        this.journal = journal;
    }

    /** Opens the index; made from a copy if it is damaged, or gone. */
    KeyValueStore open() {
        final NavigableMap<Long, Path> copies = find();
        if (!copies.isEmpty()) {
            copied = copies.lastKey();
            triedAt = copied;
        }
        try {
            final KeyValueStore opened = index.open();
            if (opened.size() > 0 || journal.reachesBackTo(0)) {
                return opened;
            }
            opened.close();
            throw new TrivetException(
                    ErrorCode.CORRUPT, "the index in " + directory.resolve("index") + " is gone");
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.CORRUPT) {
                throw e;
            }
            return restore(copies, e);
        }
    }

    private KeyValueStore restore(
            final NavigableMap<Long, Path> copies, final TrivetException damage) {
        for (final var copy : copies.descendingMap().entrySet()) {
            if (isUsable(copy.getKey(), copy.getValue())) {
                return begin(copy.getValue(), damage);
            }
        }
        if (journal.reachesBackTo(0)) {
            return begin(null, damage);
        }
        throw new TrivetException(
                ErrorCode.CORRUPT,
                damage.getMessage()
                        + "; there is no good copy of it. Put a backup of the whole directory in"
                        + " its place",
                damage);
    }

    private boolean isUsable(final long position, final Path copy) {
        try {
            LmdbIndex.checkCopy(copy);
            return journal.reachesBackTo(position);
        } catch (final TrivetException e) {
            LOG.log(System.Logger.Level.ERROR, "no use: " + e.getMessage());
            return false;
        }
    }

    /** Begins again from a copy, or from nothing if the journal has everything. */
    private KeyValueStore begin(final Path copy, final TrivetException damage) {
        LOG.log(
                System.Logger.Level.ERROR,
                damage.getMessage()
                        + "; it is put aside, and made again from "
                        + (copy == null ? "the journal" : copy.getFileName() + " and the journal"));
        index.putAside();
        if (copy != null) {
            final Path part = directory.resolve(PART);
            DirectoryTree.delete(part);
            DirectoryTree.copy(copy, part);
            DirectoryTree.replace(part, directory.resolve("index"));
        }
        return index.open();
    }

    private NavigableMap<Long, Path> find() {
        final NavigableMap<Long, Path> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.forEach(
                    each -> {
                        final Matcher name = NAME.matcher(each.getFileName().toString());
                        if (name.matches()) {
                            found.put(Long.parseUnsignedLong(name.group(1), 16), each);
                        }
                    });
            return found;
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "cannot list " + directory + ": " + e, e);
        }
    }

    /**
     * The index has been committed, with all commands before a position. Says from where the
     * journal is to be kept.
     */
    long onCommit(final long position) {
        if (copying) {
            return Math.min(copied, triedAt);
        }
        final long interval = (long) SEGMENTS_PER_COPY * journal.segmentLength();
        if (copied != NONE && layer.usableSpace() < LITTLE_ROOM) {
            copying = true;
            thread.execute(this::giveUp);
        } else if (triedAt == 0 || journal.bytesSince(triedAt) >= interval) {
            copying = true;
            triedAt = position;
            thread.execute(() -> copy(position));
            return Math.min(copied, position);
        }
        return copied;
    }

    /** Others need the room more. */
    private void giveUp() {
        copied = NONE;
        try {
            find().values().forEach(DirectoryTree::delete);
        } catch (final TrivetException e) {
            LOG.log(System.Logger.Level.ERROR, "removing copies: " + e.getMessage());
        } finally {
            copying = false;
        }
    }

    private void copy(final long position) {
        try {
            if (hasRoom()) {
                final Path part = directory.resolve(PART);
                DirectoryTree.delete(part);
                index.copyTo(part);
                LmdbIndex.checkCopy(part);
                final NavigableMap<Long, Path> older = find();
                DirectoryTree.replace(
                        part, directory.resolve(String.format("index.copy-%016x", position)));
                copied = position;
                older.remove(position);
                older.values().forEach(DirectoryTree::delete);
            } else {
                giveUp();
            }
        } catch (final TrivetException e) {
            LOG.log(System.Logger.Level.ERROR, "copying the namespace: " + e.getMessage());
        } finally {
            copying = false;
        }
    }

    private boolean hasRoom() {
        try {
            final long length = Files.size(directory.resolve("index").resolve("data.mdb"));
            return layer.usableSpace() >= 4 * length + MUCH_ROOM;
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "cannot ask for a length: " + e, e);
        }
    }

    /** Completes a copy that is being made; the index may be closed then. */
    @Override
    public void close() {
        thread.close();
    }
}
