package org.trivet.node;

import org.trivet.store.BlockStore;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

/**
 * Counts the blocks of a group in a store by walking its index, a bounded number of extents at a
 * time, so that the node's work goes on between the steps.
 */
final class BlockCensus {
    private static final int MAX_EXTENTS = 2048;

    private final int group;
    private final int unitsPerBlock;
    private final ExtentList extents = new ExtentList();
    private long nextDataId;
    private long nextUnit;
    private boolean hasLast;
    private long lastDataId;
    private long lastSlot;
    private long blocks;

    BlockCensus(final int group, final int unitsPerBlock) {
        this.group = group;
        this.unitsPerBlock = unitsPerBlock;
    }

    /** Counts on. On the store's thread. False if there is nothing more to count. */
    boolean step(final BlockStore store) {
        store.scan(group, nextDataId, nextUnit, MAX_EXTENTS, extents);
        for (int i = 0; i < extents.size(); i++) {
            add(extents.get(i));
        }
        return extents.size() == MAX_EXTENTS;
    }

    /** A block that lies in several extents counts once: they follow each other. */
    private void add(final Extent extent) {
        final long first = extent.firstUnit / unitsPerBlock;
        final long last = (extent.endUnit - 1) / unitsPerBlock;
        final boolean isCounted = hasLast && lastDataId == extent.dataId && lastSlot == first;
        blocks += last - first + (isCounted ? 0 : 1);
        hasLast = true;
        lastDataId = extent.dataId;
        lastSlot = last;
        nextDataId = extent.dataId;
        nextUnit = extent.endUnit;
    }

    long blocks() {
        return blocks;
    }
}
