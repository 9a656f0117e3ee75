package org.trivet.node.disk;

import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An index in LMDB, in a directory of its own; one that cannot be used is kept beside it, the last
 * such only.
 */
public final class LmdbIndex implements KeyValueStoreProvider {
    private final Path directory;
    private final Path file;
    private final long mapSize;
    private LmdbKeyValueStore store;
    private volatile String key = "";

    /**
     * An index in a directory.
     *
     * @param directory of the index, and of nothing else.
     * @param mapSize the most it can grow to.
     */
    public LmdbIndex(final Path directory, final long mapSize) {
        this.directory = directory;
        this.file = directory.resolve(LmdbKeyValueStore.DATA_FILE);
        this.mapSize = mapSize;
    }

    @Override
    public KeyValueStore open() {
        store = new LmdbKeyValueStore(directory, mapSize);
        key = NioFileLayer.keyIfAny(file);
        return store;
    }

    @Override
    public void putAside() {
        putAside(".unusable");
    }

    /**
     * Puts what is there aside, while it is not open, in place of what was put there before.
     *
     * @param suffix of its name then.
     * @return where it is then; null if there was nothing.
     */
    public Path putAside(final String suffix) {
        if (!Files.exists(directory)) {
            return null;
        }
        final Path aside = directory.resolveSibling(directory.getFileName() + suffix);
        DirectoryTree.replace(directory, aside);
        return aside;
    }

    /**
     * Puts back what was put aside, in place of what is there, while that is not open.
     *
     * @param aside where it is.
     */
    public void putBack(final Path aside) {
        DirectoryTree.replace(aside, directory);
    }

    /**
     * Whether the index's name leads to the file that was opened last. May be called from any
     * thread.
     */
    boolean intact() {
        return NioFileLayer.keyIfAny(file).equals(key);
    }

    /** Detaches the open store: see {@link LmdbKeyValueStore#detach}. */
    public void detach() {
        store.detach();
    }

    /**
     * Copies the open store: see {@link LmdbKeyValueStore#copyTo}.
     *
     * @param target a directory, which is created.
     */
    public void copyTo(final Path target) {
        store.copyTo(target);
        DirectoryTree.sync(target);
    }

    /**
     * Refuses a copy that is damaged, CORRUPT.
     *
     * @param copy a directory that {@link #copyTo} has written.
     */
    public static void checkCopy(final Path copy) {
        LmdbTreeCheck.check(copy.resolve(LmdbKeyValueStore.DATA_FILE));
    }

    /** Deletes the open file if its name still leads to it. */
    void deleteOpenFile() {
        if (intact()) {
            DirectoryTree.delete(file);
        }
    }
}
