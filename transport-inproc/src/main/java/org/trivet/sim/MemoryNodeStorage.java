package org.trivet.sim;

import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.BlockStore;
import org.trivet.store.EntryView;
import org.trivet.store.MemoryBlockStore;

import java.util.Random;
import java.util.function.LongSupplier;

/**
 * Storage that is a block store in memory: the cheap kind. Its disk is prompt, or takes its time.
 */
final class MemoryNodeStorage implements NodeStorage {
    private static final long CAPACITY = 1L << 34;
    private static final int RECENT = 2;

    private final VolumeConfig volume;
    private final LongSupplier storageIds;
    private final Random pace;
    private final int syncOneOf;
    private MemoryBlockStore store;

    /**
     * Empty storage.
     *
     * @param volume the volume.
     * @param storageIds gives storage ids.
     * @param pace decides when something is written, and when synced; null for at once.
     */
    MemoryNodeStorage(final VolumeConfig volume, final LongSupplier storageIds, final Random pace) {
        this.volume = volume;
        this.storageIds = storageIds;
        this.pace = pace;
        syncOneOf = volume.durability() == Durability.DISK ? 3 : 30;
        wipe();
    }

    @Override
    public void advance() {
        if (pace != null && pace.nextInt(3) == 0) {
            final long end = store.endPosition();
            store.advance(end, pace.nextInt(syncOneOf) == 0 ? end : 0);
        }
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
                        pace == null
                                ? MemoryBlockStore.Progress.IN_DO_WORK
                                : MemoryBlockStore.Progress.BY_HAND);
    }

    @Override
    public Runnable snapshot() {
        return null;
    }

    @Override
    public boolean deleteOpen() {
        return false;
    }

    @Override
    public boolean isDeleted() {
        return false;
    }

    @Override
    public boolean strayAfter(final int writes, final boolean elsewhere, final Runnable onStray) {
        return false;
    }

    @Override
    public boolean hasStrayed() {
        return false;
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
        store.full(false);
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
    public void exhausted(final boolean isExhausted) {
        store.full(isExhausted);
    }

    @Override
    public boolean corruptRecent(final Random random, final EntryView found) {
        return store.flipBitOfRecent(random.nextInt(RECENT), found);
    }

    @Override
    public boolean flipData(final int group, final long dataId, final long unit) {
        return store.flipBit(group, dataId, unit);
    }

    @Override
    public boolean corrupt(
            final int group, final long dataId, final long unit, final Random random) {
        return random.nextBoolean()
                ? store.flipBit(group, dataId, unit)
                : store.loseRow(group, dataId, unit);
    }
}
