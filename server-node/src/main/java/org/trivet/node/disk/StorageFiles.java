package org.trivet.node.disk;

import org.agrona.CloseHelper;
import org.trivet.VolumeConfig;
import org.trivet.store.FileLayer;
import org.trivet.store.segment.JournalConfig;
import org.trivet.store.segment.SegmentCopies;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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
    private static final System.Logger LOG = System.getLogger(StorageFiles.class.getName());

    private final Path path;
    private final String owner;
    private final DataDirectory directory;
    private final NioFileLayer journal;
    private final MirroredFileLayer mirrored;
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
        this(path, owner, config, false);
    }

    private StorageFiles(
            final Path path, final String owner, final VolumeConfig config, final boolean twice) {
        this.path = path;
        this.owner = owner;
        final Path complete = sibling(".complete");
        if (Files.exists(complete)) {
            install(complete);
        }
        directory = new DataDirectory(path, owner, config);
        try {
            journal = new NioFileLayer(directory.journal());
            mirrored = twice ? mirror(directory.journalCopy()) : null;
            index = new LmdbIndex(directory.index(), LmdbKeyValueStore.DEFAULT_MAP_SIZE);
        } catch (final RuntimeException e) {
            CloseHelper.quietClose(directory);
            throw e;
        }
    }

    /**
     * The same with a journal that is kept twice, for nobody else has what is in it; its two copies
     * are made to agree.
     *
     * @param path the directory.
     * @param owner whose it is, one word.
     * @param config the volume's options; null to take those of an existing directory.
     * @return the files.
     * @throws org.trivet.TrivetException as {@link DataDirectory} does.
     */
    public static StorageFiles withMirroredJournal(
            final Path path, final String owner, final VolumeConfig config) {
        return new StorageFiles(path, owner, config, true);
    }

    private MirroredFileLayer mirror(final Path copy) {
        final NioFileLayer second = new NioFileLayer(copy);
        final List<String> written =
                SegmentCopies.reconcile(journal, second, JournalConfig.DEFAULT_MAX_RECORD_LENGTH);
        if (!written.isEmpty()) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "the copies of the journal in " + path + " agree again: " + written);
        }
        return new MirroredFileLayer(journal, second);
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
     * The files of the journal as it is to be opened: both copies, if it is kept twice.
     *
     * @return their directories.
     */
    public FileLayer journalCopies() {
        return mirrored == null ? journal : mirrored;
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
        return journalCopies().intact() && index.intact();
    }

    /**
     * Writes all open files to the place where they belong. Nobody changes them meanwhile, and the
     * index is detached. What is there of them is deleted; what else is there is put aside. A
     * journal's second copy is made again when it is opened next. May be tried again after an
     * error.
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
        CloseHelper.closeAll(mirrored, directory);
    }
}
