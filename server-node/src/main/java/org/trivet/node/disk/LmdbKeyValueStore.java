package org.trivet.node.disk;

import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.lmdbjava.CopyFlags;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.DirectBufferProxy;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.LmdbException;
import org.lmdbjava.LmdbNativeException;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.KeyValueStore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A key-value store in LMDB, through one write transaction that is held open; there is never a read
 * transaction, which would keep old pages alive. A damaged page can end the process in native code:
 * all of them are checked when it is opened, and one that is damaged later does it only once. The
 * checksum behind each value is verified then, too.
 *
 * <p>Damage need not be noticed where it is: with a bad list of free pages LMDB writes over pages
 * that are in use. What is visited is therefore compared with the key before: keys that are in no
 * order, or go round in circles, are the end of the store in this process.
 */
public final class LmdbKeyValueStore implements KeyValueStore {
    /** The usual size of the map: address space, not memory or disk. */
    public static final long DEFAULT_MAP_SIZE = 1L << 40;

    static final String DATA_FILE = "data.mdb";
    private static final long SMALLEST_MAP_SIZE = 1L << 30;
    private static final int MAX_KEY_LENGTH = 511;
    private static final int MAX_VALUE_LENGTH = 64 << 10;
    private static final int ENOMEM = 12;
    private static final PutFlags[] NO_FLAGS = {};

    /** A power of two. */
    private static final int WRITING_CURSORS = 8;

    /** Keys that have so many bytes in common are mostly written in order. */
    private static final int PREFIX_LENGTH = 3;

    private static final EnvFlags[] READ_WRITE = {EnvFlags.MDB_NORDAHEAD, EnvFlags.MDB_NOTLS};
    private static final EnvFlags[] READ_ONLY = {
        EnvFlags.MDB_NORDAHEAD, EnvFlags.MDB_NOTLS, EnvFlags.MDB_RDONLY_ENV, EnvFlags.MDB_NOLOCK
    };

    /** Opening one environment twice in a process breaks LMDB's locks. */
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final Path realPath;
    private final boolean isReadOnly;
    private final Env<DirectBuffer> env;
    private final Dbi<DirectBuffer> dbi;
    private final UnsafeBuffer keyMemory =
            new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_KEY_LENGTH));
    private final UnsafeBuffer valueMemory =
            new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_VALUE_LENGTH + RowChecksum.LENGTH));
    private final UnsafeBuffer keyView = new UnsafeBuffer();
    private final UnsafeBuffer valueView = new UnsafeBuffer();
    private final UnsafeBuffer foundView = new UnsafeBuffer();
    private final RowChecksum checksum = new RowChecksum();

    /** The key that was visited last, or, before the first one, where the visit begins. */
    private byte[] passed = new byte[MAX_KEY_LENGTH];

    private int passedLength;
    private byte[] visited = new byte[MAX_KEY_LENGTH];
    private TrivetException failure;

    /** The open transaction; null once the store is detached. */
    private Txn<DirectBuffer> txn;

    private Cursor<DirectBuffer> cursor;

    /**
     * Where rows were written last, by the prefixes of their keys: the next one is mostly on the
     * same page, and LMDB finds it there at half the cost of a search from the root.
     */
    private final List<Cursor<DirectBuffer>> writing =
            new ArrayList<>(Collections.nCopies(WRITING_CURSORS, null));

    private boolean closed;

    /**
     * Opens a store, creating it where there is none.
     *
     * @param directory of the store, and of nothing else.
     * @param mapSize the most it can grow to; less is taken if the address space does not allow it.
     * @throws TrivetException CORRUPT if what is there is no such store; BUSY; NO_SPACE; IO.
     */
    public LmdbKeyValueStore(final Path directory, final long mapSize) {
        this(directory, mapSize, false);
    }

    /**
     * Opens a store that no process has open, to read it only: nothing in the directory is written,
     * not even LMDB's lock file. What would change it fails.
     *
     * @param directory of the store.
     * @return the open store.
     * @throws TrivetException CORRUPT if what is there is no such store; NOT_FOUND; BUSY; IO.
     */
    public static LmdbKeyValueStore readOnly(final Path directory) {
        return new LmdbKeyValueStore(directory, DEFAULT_MAP_SIZE, true);
    }

    private LmdbKeyValueStore(final Path directory, final long mapSize, final boolean isReadOnly) {
        this.directory = directory;
        this.isReadOnly = isReadOnly;
        LmdbLibrary.load();
        try {
            if (!isReadOnly) {
                Files.createDirectories(directory);
            }
            realPath = directory.toRealPath();
        } catch (final IOException e) {
            throw FileErrors.of(isReadOnly ? "opening" : "creating", directory, e);
        }
        if (!OPEN.add(realPath)) {
            throw new TrivetException(
                    ErrorCode.BUSY, directory + " is open in this process already");
        }
        Env<DirectBuffer> opened = null;
        try {
            LmdbTreeCheck.check(directory.resolve(DATA_FILE));
            opened = openEnv(mapSize);
            dbi =
                    isReadOnly
                            ? opened.openDbi((byte[]) null)
                            : opened.openDbi((byte[]) null, DbiFlags.MDB_CREATE);
            txn = isReadOnly ? opened.txnRead() : opened.txnWrite();
            env = opened;
        } catch (final RuntimeException e) {
            if (opened != null) {
                opened.close();
            }
            OPEN.remove(realPath);
            throw e instanceof final LmdbException lmdb ? error("opening", lmdb) : e;
        }
    }

    private Env<DirectBuffer> openEnv(final long mapSize) {
        final EnvFlags[] flags = isReadOnly ? READ_ONLY : READ_WRITE;
        for (long size = mapSize; ; size /= 8) {
            try {
                // MDB_NOTLS: a reader that belongs to a thread is released when the thread ends,
                // which crashes the process if the environment has been closed before.
                return Env.create(DirectBufferProxy.PROXY_DB)
                        .setMapSize(size)
                        .setMaxDbs(1)
                        .setMaxReaders(1)
                        .open(directory.toFile(), flags);
            } catch (final LmdbNativeException e) {
                if (e.getResultCode() != ENOMEM || size <= SMALLEST_MAP_SIZE) {
                    throw e;
                }
            }
        }
    }

    private TrivetException error(final String doing, final LmdbException e) {
        final ErrorCode code;
        if (e instanceof Env.MapFullException) {
            code = ErrorCode.NO_SPACE;
        } else if (e instanceof final LmdbNativeException.ConstantDerivedException system) {
            code = FileErrors.codeOf(system.getResultCode());
        } else if (e instanceof Env.FileInvalidException
                || e instanceof Env.VersionMismatchException
                || e instanceof LmdbNativeException.PageCorruptedException
                || e instanceof LmdbNativeException.PageNotFoundException
                || e instanceof LmdbNativeException.PanicException
                || e instanceof Dbi.IncompatibleException) {
            code = ErrorCode.CORRUPT;
        } else {
            code = ErrorCode.IO;
        }
        final TrivetException typed =
                new TrivetException(
                        code,
                        doing + " " + directory.resolve(DATA_FILE) + ": " + e.getMessage(),
                        e);
        if (code == ErrorCode.CORRUPT) {
            failure = typed;
        }
        return typed;
    }

    private TrivetException damage(final String what) {
        failure =
                new TrivetException(
                        ErrorCode.CORRUPT,
                        "reading " + directory.resolve(DATA_FILE) + ": it is damaged: " + what);
        return failure;
    }

    @Override
    public RuntimeException failure() {
        return failure;
    }

    @Override
    public DirectBuffer get(final DirectBuffer key, final int offset, final int length) {
        try {
            final DirectBuffer found = dbi.get(txn, wrapKey(key, offset, length));
            return found == null ? null : withoutChecksum(found);
        } catch (final LmdbException e) {
            throw error("reading", e);
        }
    }

    @Override
    public void put(
            final DirectBuffer key,
            final int keyOffset,
            final int keyLength,
            final DirectBuffer value,
            final int valueOffset,
            final int valueLength) {
        refuseIfReadOnly();
        valueMemory.putBytes(0, value, valueOffset, valueLength);
        valueMemory.putInt(
                valueLength,
                checksum.of(key, keyOffset, keyLength, valueMemory, 0, valueLength),
                ByteOrder.LITTLE_ENDIAN);
        valueView.wrap(valueMemory, 0, valueLength + RowChecksum.LENGTH);
        try {
            writingCursor(key, keyOffset, keyLength)
                    .put(wrapKey(key, keyOffset, keyLength), valueView, NO_FLAGS);
        } catch (final LmdbException e) {
            throw error("writing", e);
        }
    }

    @Override
    public boolean remove(final DirectBuffer key, final int offset, final int length) {
        refuseIfReadOnly();
        try {
            return dbi.delete(txn, wrapKey(key, offset, length));
        } catch (final LmdbException e) {
            throw error("removing from", e);
        }
    }

    @Override
    public void forward(
            final DirectBuffer key, final int offset, final int length, final Visitor visitor) {
        try {
            final Cursor<DirectBuffer> at = cursor();
            boolean found =
                    length == 0
                            ? at.first()
                            : at.get(wrapKey(key, offset, length), GetOp.MDB_SET_RANGE);
            beginAt(key, offset, length);
            int least = 0;
            while (found) {
                if (orderBehindPassed(at.key()) < least) {
                    throw damage("a key is not behind the one before it");
                }
                least = 1;
                if (!visitor.onEntry(at.key(), withoutChecksum(at.val()))) {
                    return;
                }
                found = at.next();
            }
        } catch (final LmdbException e) {
            throw error("reading", e);
        }
    }

    @Override
    public void backward(
            final DirectBuffer key, final int offset, final int length, final Visitor visitor) {
        try {
            final Cursor<DirectBuffer> at = cursor();
            final DirectBuffer wanted = wrapKey(key, offset, length);
            boolean found;
            if (!at.get(wanted, GetOp.MDB_SET_RANGE)) {
                found = at.last();
            } else {
                found = at.key().compareTo(wanted) == 0 || at.prev();
            }
            beginAt(key, offset, length);
            int most = 0;
            while (found) {
                if (orderBehindPassed(at.key()) > most) {
                    throw damage("a key is not ahead of the one behind it");
                }
                most = -1;
                if (!visitor.onEntry(at.key(), withoutChecksum(at.val()))) {
                    return;
                }
                found = at.prev();
            }
        } catch (final LmdbException e) {
            throw error("reading", e);
        }
    }

    @Override
    public void commit() {
        refuseIfReadOnly();
        closeCursors();
        try {
            txn.commit();
        } catch (final LmdbException e) {
            throw error("committing", e);
        } finally {
            txn.close();
            txn = env.txnWrite();
        }
    }

    @Override
    public void rollback() {
        refuseIfReadOnly();
        closeCursors();
        txn.close();
        txn = env.txnWrite();
    }

    @Override
    public long size() {
        return dbi.stat(txn).entries;
    }

    /**
     * Forgets everything since the last commit, and takes no more changes: {@link #copyTo} and
     * {@link #close} may come next, from any thread. On the thread that owns the store.
     */
    public void detach() {
        closeCursors();
        txn.close();
        txn = null;
    }

    /**
     * Writes what was committed to another directory, durably: also if the file of this store has
     * been deleted, for it is still open. From any thread but the one that owns the store, unless
     * it is detached; the store is not closed meanwhile.
     *
     * @param target a directory, which is created.
     */
    public void copyTo(final Path target) {
        final Path file = target.resolve(DATA_FILE);
        try {
            Files.createDirectories(target);
            env.copy(target.toFile(), CopyFlags.MDB_CP_COMPACT); // waits for no transaction
            try (FileChannel copy = FileChannel.open(file, StandardOpenOption.WRITE)) {
                copy.force(true);
            }
        } catch (final LmdbException e) {
            throw error("copying to " + target, e);
        } catch (final IOException e) {
            throw FileErrors.of("writing", file, e);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            closeCursors();
            if (txn != null) {
                txn.close();
            }
            env.close();
            OPEN.remove(realPath);
        }
    }

    private void refuseIfReadOnly() {
        if (isReadOnly) {
            throw new TrivetException(
                    ErrorCode.READ_ONLY, directory + " has been opened to be read only");
        }
    }

    private Cursor<DirectBuffer> cursor() {
        if (cursor == null) {
            cursor = dbi.openCursor(txn);
        }
        return cursor;
    }

    private Cursor<DirectBuffer> writingCursor(
            final DirectBuffer key, final int offset, final int length) {
        int prefix = 0;
        for (int i = 0; i < Math.min(length, PREFIX_LENGTH); i++) {
            prefix = 31 * prefix + key.getByte(offset + i);
        }
        final int slot = prefix & WRITING_CURSORS - 1;
        Cursor<DirectBuffer> found = writing.get(slot);
        if (found == null) {
            found = dbi.openCursor(txn);
            writing.set(slot, found);
        }
        return found;
    }

    private void closeCursors() {
        CloseHelper.close(cursor);
        cursor = null;
        for (int i = 0; i < WRITING_CURSORS; i++) {
            CloseHelper.close(writing.get(i));
            writing.set(i, null);
        }
    }

    private void beginAt(final DirectBuffer key, final int offset, final int length) {
        key.getBytes(offset, passed, 0, length);
        passedLength = length;
    }

    /** Compares a key with the one that was visited before it, whose place it takes: -1, 0 or 1. */
    private int orderBehindPassed(final DirectBuffer key) {
        final int length = key.capacity();
        if (length > MAX_KEY_LENGTH) {
            throw damage("a key of " + length + " bytes");
        }
        key.getBytes(0, visited, 0, length);
        final int order = Arrays.compareUnsigned(visited, 0, length, passed, 0, passedLength);
        final byte[] free = passed;
        passed = visited;
        passedLength = length;
        visited = free;
        return Integer.signum(order);
    }

    private DirectBuffer withoutChecksum(final DirectBuffer value) {
        if (value.capacity() < RowChecksum.LENGTH) {
            throw damage("a value of " + value.capacity() + " bytes");
        }
        foundView.wrap(value, 0, value.capacity() - RowChecksum.LENGTH);
        return foundView;
    }

    private DirectBuffer wrapKey(final DirectBuffer key, final int offset, final int length) {
        keyMemory.putBytes(0, key, offset, length);
        keyView.wrap(keyMemory, 0, length);
        return keyView;
    }
}
