package org.trivet.node;

import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.inproc.InprocNetwork;
import org.trivet.node.disk.LmdbIndex;
import org.trivet.node.disk.OfflineStorage;
import org.trivet.node.disk.ReadOnlyFileLayer;
import org.trivet.node.disk.StorageFiles;
import org.trivet.replica.DataNode;
import org.trivet.replica.LostRange;
import org.trivet.replica.MemberLosses;
import org.trivet.replica.NodeConfig;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;
import org.trivet.store.segment.FoundRecord;
import org.trivet.store.segment.JournalConfig;
import org.trivet.store.segment.JournalInspection;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SegmentStoreConfig;

import java.nio.file.Path;
import java.util.List;

/**
 * Makes the index of a data node that does not run anew from its segments, as the node itself does
 * at its start when it has none: its agent is made over its store, replays it, and is closed
 * without having been run. The index that was there is kept beside it.
 *
 * <p>A node whose segments are damaged, and which has only them to go by, fetches everything from
 * the other nodes; so they are read through before anything is changed, and an index is left alone
 * that may be better than what they prove.
 */
public final class IndexRebuild {
    private static final String ASIDE = ".old";
    private static final long NO_NEW_STORAGE = 1; // there are segments: none is created

    private final Path path;
    private final OfflineStorage.Owner owner;
    private final StorageFiles files;
    private final Listener listener;
    private Path aside;
    private long readBytes;
    private boolean isCommitted;

    /** Told how far it is, on the thread that does it. */
    public interface Listener {
        /**
         * Something begins.
         *
         * @param what it, in a word or two.
         * @param bytes bytes of segments that are to be read.
         */
        void onBegin(String what, long bytes);

        /**
         * A segment has been read through.
         *
         * @param bytes bytes of its records.
         */
        void onRead(long bytes);
    }

    /**
     * What has been done.
     *
     * @param readBytes bytes of segments that were read to make the index.
     * @param durationNs how long that took, until the index was on the disk.
     * @param rows rows of the index.
     * @param aside where the former index is; null if there was none.
     * @param lostGroups groups of whose data the segments prove nothing: the node fetches them from
     *     the other nodes.
     */
    public record Result(
            long readBytes, long durationNs, long rows, Path aside, List<Integer> lostGroups) {}

    private IndexRebuild(
            final Path path,
            final OfflineStorage.Owner owner,
            final StorageFiles files,
            final Listener listener) {
        this.path = path;
        this.owner = owner;
        this.files = files;
        this.listener = listener;
    }

    /**
     * Makes the index of a node anew.
     *
     * @param directory the node's.
     * @param isForced whether damaged segments are taken as they are.
     * @param listener told how far it is.
     * @return what has been done.
     * @throws TrivetException NOT_FOUND or INVALID if it is no data node's; BUSY if a process has
     *     it open; CORRUPT if the segments are damaged; NO_SPACE; IO. The index is as it was then.
     */
    public static Result run(
            final Path directory, final boolean isForced, final Listener listener) {
        final Path path = directory.toAbsolutePath().normalize();
        final OfflineStorage.Owner owner = OfflineStorage.ownerOf(path);
        try (StorageFiles files = new StorageFiles(path, owner.name(), owner.volume())) {
            final IndexRebuild rebuild = new IndexRebuild(path, owner, files, listener);
            rebuild.lookAtSegments(isForced);
            return rebuild.rebuild();
        }
    }

    private void lookAtSegments(final boolean isForced) {
        final VolumeConfig volume = owner.volume();
        try (JournalInspection journal =
                JournalInspection.open(
                        new ReadOnlyFileLayer(path.resolve("journal")),
                        volume.unitLength(),
                        volume.checksumType())) {
            if (!isForced) {
                listener.onBegin("verifying", journal.recordBytes());
                journal.onScanned(listener::onRead);
                final DamageCount damage = new DamageCount();
                journal.visit(0, damage);
                if (damage.count > 0) {
                    throw new TrivetException(
                            ErrorCode.CORRUPT,
                            path
                                    + ": the segments are damaged in "
                                    + damage.count
                                    + (damage.count == 1 ? " place" : " places")
                                    + " (see: trivet node check): an index made from them would"
                                    + " have the node fetch everything from the others; nothing"
                                    + " was changed");
                }
            }
        }
    }

    private Result rebuild() {
        final long beganNs = System.nanoTime();
        final Index index = new Index(files.index());
        SegmentBlockStore store = null;
        try {
            store = open(index);
            listener.onBegin("rebuilding", store.recordBytes());
            store.onScanned(
                    bytes -> {
                        readBytes += bytes;
                        listener.onRead(bytes);
                    });
            final boolean isEmpty = store.recordBytes() == 0;
            final DataNode node = replay(store);
            node.commitIndex();
            requireCommitted(store);
            final Result result =
                    new Result(
                            readBytes,
                            System.nanoTime() - beganNs,
                            store.statistics().rowCount(),
                            aside,
                            isEmpty ? List.of() : lostGroups(node));
            node.onClose();
            return result;
        } catch (final RuntimeException e) {
            try {
                if (store != null) {
                    store.abandon();
                }
            } catch (final RuntimeException another) {
                e.addSuppressed(another);
            }
            if (aside != null && !isCommitted) {
                files.index().putBack(aside);
            }
            throw e;
        }
    }

    private void requireCommitted(final SegmentBlockStore store) {
        isCommitted = store.isIndexCommitted();
        if (!isCommitted) {
            throw new TrivetException(
                    ErrorCode.NO_SPACE,
                    path + ": there is no room for another index beside the one that is there");
        }
    }

    private SegmentBlockStore open(final KeyValueStoreProvider index) {
        final VolumeConfig volume = owner.volume();
        final JournalConfig journal =
                JournalConfig.of(
                        NO_NEW_STORAGE, 0, files.journal().usableSpace(), volume.durability());
        return SegmentBlockStore.open(
                files.journal(),
                index,
                SegmentStoreConfig.of(journal, volume.unitLength(), volume.checksumType()),
                SystemNanoClock.INSTANCE);
    }

    /** Its messages reach nobody. */
    private DataNode replay(final SegmentBlockStore store) {
        return new DataNode(
                NodeConfig.of(owner.volume(), owner.node(), LocalNode.readBootHash()),
                store,
                new InprocNetwork().open(owner.node()),
                SystemNanoClock.INSTANCE,
                SystemEpochClock.INSTANCE);
    }

    private static List<Integer> lostGroups(final DataNode node) {
        return node.losses().members().stream()
                .filter(each -> !each.hasLog() || each.unknown().contains(all(each)))
                .map(MemberLosses::group)
                .toList();
    }

    private static LostRange all(final MemberLosses of) {
        return LostRange.ofGroup(of.group());
    }

    /** Counts what would make the node give up what it has. */
    private static final class DamageCount implements JournalInspection.Visitor {
        private long count;

        @Override
        public void onRecord(final FoundRecord record) {
            if (!record.isGood() && record.entry() == null) {
                count++; // of an entry with bad units the node knows which it is
            }
        }

        @Override
        public void onDamage(final int segment, final int offset, final boolean torn) {
            count += torn ? 0 : 1;
        }
    }

    /** Puts what is there aside when it is first opened: by then the segments are open. */
    private final class Index implements KeyValueStoreProvider {
        private final LmdbIndex index;
        private boolean isOpened;

        Index(final LmdbIndex index) {
            this.index = index;
        }

        @Override
        public KeyValueStore open() {
            if (!isOpened) {
                isOpened = true;
                aside = index.putAside(ASIDE);
            }
            return index.open();
        }

        @Override
        public void putAside() {
            index.putAside();
        }
    }
}
