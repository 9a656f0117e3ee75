package org.trivet.node.disk;

import org.agrona.CloseHelper;
import org.trivet.VolumeConfig;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files of a node: its directory, those of its journal, and its index; and how they are put
 * back where they belong when somebody has deleted them while they are open.
 *
 * <p>What is put back is written to a directory beside, which gets the node's name only when it is
 * complete:
 *
 * <pre>
 *   node-0.part       being written; of no use
 *   node-0.complete   to be renamed to node-0, by the next process if this one dies before
 *   node-0.lost       what stood in the place of node-0 and was not this node's; only the last
 * </pre>
 */
public final class StorageFiles implements AutoCloseable {
    private final Path path;
    private final String owner;
    private final DataDirectory directory;
    private final NioFileLayer journal;
    private final LmdbIndex index;

    /**
     * Opens and locks the directory. The journal's files and the index are for others to open.
     *
     * @param path the directory.
     * @param owner whose it is, one word.
     * @param config the volume's options; null to take those of an existing directory.
     * @throws org.trivet.TrivetException as {@link DataDirectory} does.
     */
    public StorageFiles(final Path path, final String owner, final VolumeConfig config) {
        this.path = path;
        this.owner = owner;
        final Path complete = sibling(".complete");
        if (Files.exists(complete)) {
            install(complete);
        }
        directory = new DataDirectory(path, owner, config);
        try {
            journal = new NioFileLayer(directory.journal());
            index = new LmdbIndex(directory.index(), LmdbKeyValueStore.DEFAULT_MAP_SIZE);
        } catch (final RuntimeException e) {
            CloseHelper.quietClose(directory);
            throw e;
        }
    }

    /**
     * The directory.
     *
     * @return the open, locked directory.
     */
    public DataDirectory directory() {
        return directory;
    }

    /**
     * The files of the journal.
     *
     * @return their directory.
     */
    public NioFileLayer journal() {
        return journal;
    }

    /**
     * The index.
     *
     * @return it; to be opened once.
     */
    public LmdbIndex index() {
        return index;
    }

    /**
     * Whether the names still lead to the files that are open. May be called from any thread.
     *
     * @return false if the directory, a segment or the index has been removed or replaced.
     */
    public boolean intact() {
        return journal.intact() && index.intact();
    }

    /**
     * Writes all open files to the place where they belong. Nobody changes them meanwhile, and the
     * index is detached. What is there of them is deleted; what else is there is put aside. May be
     * tried again after an error.
     *
     * @throws org.trivet.TrivetException NO_SPACE, IO and others.
     */
    public void putBack() {
        final Path part = sibling(".part");
        final Path complete = sibling(".complete");
        DirectoryTree.delete(part);
        try (DataDirectory copy = new DataDirectory(part, owner, directory.volume())) {
            journal.copyOpenFiles(copy.journal());
            index.copyTo(copy.index());
            DirectoryTree.sync(part);
        }
        DirectoryTree.replace(part, complete);
        journal.deleteOpenFiles();
        index.deleteOpenFile();
        install(complete);
    }

    private void install(final Path complete) {
        if (Files.exists(path)) {
            DirectoryTree.replace(path, sibling(".lost"));
        }
        DirectoryTree.rename(complete, path);
    }

    private Path sibling(final String suffix) {
        return path.resolveSibling(path.getFileName() + suffix);
    }

    /** Unlocks the directory. */
    @Override
    public void close() {
        directory.close();
    }
}
