package org.trivet.sim;

import org.trivet.VolumeConfig;
import org.trivet.store.BlockStore;
import org.trivet.store.EntryView;
import org.trivet.store.MemoryBlockStore;

import java.util.Random;
import java.util.function.LongSupplier;

/** Storage that is a block store in memory: the cheap kind. */
final class MemoryNodeStorage implements NodeStorage {
    private static final long CAPACITY = 1L << 34;
    private static final int RECENT = 2;

    private final VolumeConfig volume;
    private final LongSupplier storageIds;
    private MemoryBlockStore store;

    MemoryNodeStorage(final VolumeConfig volume, final LongSupplier storageIds) {
        this.volume = volume;
        this.storageIds = storageIds;
        wipe();
    }

    @Override
    public BlockStore open() {
        return store;
    }

    @Override
    public void processDied() {
        store = store.reopen(false);
    }

    @Override
    public void powerLost(final Random random) {
        store = store.reopen(true);
    }

    @Override
    public void wipe() {
        store =
                new MemoryBlockStore(
                        storageIds.getAsLong(),
                        volume.unitLength(),
                        volume.checksumType().length(),
                        CAPACITY,
                        MemoryBlockStore.Progress.IN_DO_WORK);
    }

    @Override
    public void crashAfter(final int calls) {
        // it has no files
    }

    @Override
    public void failSyncs() {
        // it has no files
    }

    @Override
    public void heal() {
        // nothing goes wrong with it
    }

    @Override
    public boolean isTroubled() {
        return false;
    }

    @Override
    public void full(final boolean isFull) {
        // it has no files
    }

    @Override
    public boolean corruptRecent(final Random random, final EntryView found) {
        return store.flipBitOfRecent(random.nextInt(RECENT), found);
    }

    @Override
    public boolean corrupt(
            final int group, final long dataId, final long unit, final Random random) {
        return random.nextBoolean()
                ? store.flipBit(group, dataId, unit)
                : store.loseRow(group, dataId, unit);
    }
}
