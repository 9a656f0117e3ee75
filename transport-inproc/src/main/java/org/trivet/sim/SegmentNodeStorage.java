package org.trivet.sim;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.store.BlockStore;
import org.trivet.store.EntryView;
import org.trivet.store.FileFaults;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.store.segment.Corruption;
import org.trivet.store.segment.JournalConfig;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SegmentStoreConfig;

import java.util.Random;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Storage as it is on a disk: segment files and an index, over files in memory on which all that
 * goes wrong that can. A crash may hit between any two calls of the file layer.
 */
final class SegmentNodeStorage implements NodeStorage {
    private static final long CAPACITY = 64L << 20;
    private static final int SEGMENT_LENGTH = 1 << 20;
    private static final int MAX_RECORD_LENGTH = 256 << 10;
    private static final int STAGING_LENGTH = 1 << 20;
    private static final int RESERVE_BYTES = 1 << 16;
    private static final int CLEAN_BYTES = 64 << 10;

    private final VolumeConfig volume;
    private final VirtualClock clock;
    private final LongSupplier storageIds;
    private final Disk disk = new Disk();
    private final Index index = new Index();
    private MemoryFileLayer files;
    private SegmentBlockStore store;
    private boolean deleted;

    /** An index that outlives its processes. */
    private static final class Index implements KeyValueStoreProvider {
        private MemoryKeyValueStore kept = new MemoryKeyValueStore();

        @Override
        public KeyValueStore open() {
            return kept.reopen();
        }

        @Override
        public void putAside() {
            kept = new MemoryKeyValueStore();
        }
    }

    /** What the disk does to calls. */
    private static final class Disk implements FileFaults {
        private static final long NEVER = Long.MAX_VALUE;
        private static final long STRAY_BY = 8192;

        private long callsUntilCrash = NEVER;
        private boolean dead;
        private boolean syncsFail;
        private boolean isFull;

        private long writesUntilStray = NEVER;
        private boolean strayElsewhere;
        private boolean hasStrayed;
        private Runnable onStray;

        /** Something failed that the process may not have noticed yet. */
        private boolean hasFailed;

        @Override
        public long placeOf(final String name, final long offset, final int length) {
            if (writesUntilStray == NEVER || --writesUntilStray >= 0) {
                return offset;
            }
            writesUntilStray = NEVER;
            hasStrayed = true;
            onStray.run();
            if (!strayElsewhere) {
                return NOWHERE;
            }
            return offset < STRAY_BY ? offset + STRAY_BY : offset - STRAY_BY;
        }

        @Override
        public void before(
                final Call call, final String name, final long offset, final long length) {
            if (call != Call.READ && callsUntilCrash != NEVER && --callsUntilCrash < 0) {
                dead = true;
            }
            if (dead) {
                throw new SimulatedCrash();
            }
            if (syncsFail && call == Call.SYNC) {
                hasFailed = true;
                throw new TrivetException(ErrorCode.IO, name + ": sync failed");
            }
            if (isFull && (call == Call.PREALLOCATE || call == Call.OPEN)) {
                hasFailed = true;
                throw new TrivetException(ErrorCode.NO_SPACE, name + ": no space left");
            }
        }
    }

    SegmentNodeStorage(
            final VolumeConfig volume, final VirtualClock clock, final LongSupplier storageIds) {
        this.volume = volume;
        this.clock = clock;
        this.storageIds = storageIds;
        wipe();
    }

    @Override
    public BlockStore open() {
        final JournalConfig journal =
                new JournalConfig(
                        storageIds.getAsLong(),
                        SEGMENT_LENGTH,
                        MAX_RECORD_LENGTH,
                        0,
                        0,
                        STAGING_LENGTH,
                        volume.durability(),
                        100_000_000L,
                        true);
        store =
                SegmentBlockStore.open(
                        files,
                        index,
                        new SegmentStoreConfig(
                                journal,
                                volume.unitLength(),
                                volume.checksumType(),
                                RESERVE_BYTES,
                                CLEAN_BYTES),
                        clock);
        return store;
    }

    @Override
    public void advance() {
        // it writes and syncs when it is asked to
    }

    @Override
    public void processDied() {
        store = null;
        deleted = false;
        disk.dead = false;
        disk.writesUntilStray = Disk.NEVER;
        disk.callsUntilCrash = Disk.NEVER;
        disk.syncsFail = false;
        disk.hasFailed = false;
    }

    @Override
    public void powerLost(final Random random) {
        processDied();
        files.losePower(random);
    }

    @Override
    public void wipe() {
        files = new MemoryFileLayer(CAPACITY);
        files.faults(disk);
        deleted = false;
        disk.hasStrayed = false;
        index.putAside();
    }

    @Override
    public Runnable snapshot() {
        final MemoryFileLayer keptFiles = files.copy();
        final MemoryKeyValueStore keptIndex = index.kept.copy();
        return () -> {
            files = keptFiles;
            files.faults(disk);
            index.kept = keptIndex;
            deleted = false;
        };
    }

    @Override
    public boolean deleteOpen() {
        files.removeAll();
        index.putAside();
        deleted = true;
        return true;
    }

    @Override
    public boolean isDeleted() {
        return deleted;
    }

    @Override
    public boolean strayAfter(final int writes, final boolean elsewhere, final Runnable onStray) {
        disk.writesUntilStray = writes;
        disk.strayElsewhere = elsewhere;
        disk.onStray = onStray;
        return true;
    }

    @Override
    public boolean hasStrayed() {
        return disk.hasStrayed;
    }

    @Override
    public boolean flipData(final int group, final long dataId, final long unit) {
        return damage(corruption -> corruption.flipData(group, dataId, unit));
    }

    @Override
    public boolean corrupt(
            final int group, final long dataId, final long unit, final Random random) {
        return damage(
                corruption ->
                        switch (random.nextInt(5)) {
                            case 0 -> corruption.flipChecksum(group, dataId, unit);
                            case 1 -> corruption.changeLength(group, dataId, unit);
                            case 2 -> corruption.changeVersion(group, dataId, unit);
                            case 3 -> corruption.remove(group, dataId, unit);
                            default -> corruption.flipData(group, dataId, unit);
                        });
    }

    private boolean damage(final Predicate<Corruption> kind) {
        final long callsUntilCrash = disk.callsUntilCrash;
        disk.callsUntilCrash = Disk.NEVER; // what damages it is not the process that is to die
        try {
            return kind.test(
                    new Corruption(store, volume.unitLength(), volume.checksumType().length()));
        } finally {
            disk.callsUntilCrash = callsUntilCrash;
        }
    }

    @Override
    public boolean corruptRecent(final Random random, final EntryView found) {
        return false;
    }

    @Override
    public void crashAfter(final int calls) {
        disk.callsUntilCrash = calls;
    }

    @Override
    public void failSyncs() {
        disk.syncsFail = true;
    }

    @Override
    public void heal() {
        disk.callsUntilCrash = Disk.NEVER;
        disk.writesUntilStray = Disk.NEVER;
        disk.syncsFail = false;
        disk.isFull = false;
    }

    @Override
    public boolean isTroubled() {
        return disk.syncsFail || disk.isFull || disk.hasFailed;
    }

    @Override
    public void full(final boolean isFull) {
        disk.isFull = isFull;
    }

    @Override
    public void exhausted(final boolean isExhausted) {
        full(isExhausted); // what it has made ahead is left
    }
}
