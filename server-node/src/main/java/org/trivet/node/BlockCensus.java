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

    private final int unitsPerBlock;
    private final ExtentList extents = new ExtentList();

    BlockCensus(final int unitsPerBlock) {
        this.unitsPerBlock = unitsPerBlock;
    }

    /** Counts on. On the store's thread. */
    BlockTally count(final BlockStore store, final BlockTally before) {
        long dataId = before.nextDataId();
        long unit = before.nextUnit();
        long blocks = before.blocks();
        store.scan(before.group(), dataId, unit, MAX_EXTENTS, extents);
        for (int i = 0; i < extents.size(); i++) {
            final Extent extent = extents.get(i);
            final long first = extent.firstUnit / unitsPerBlock;
            final long last = (extent.endUnit - 1) / unitsPerBlock;
            // A block that lies in several extents counts once: they follow each other.
            final boolean isCounted =
                    extent.dataId == dataId && unit > 0 && (unit - 1) / unitsPerBlock == first;
            blocks += last - first + (isCounted ? 0 : 1);
            dataId = extent.dataId;
            unit = extent.endUnit;
        }
        return new BlockTally(before.group(), dataId, unit, blocks, extents.size() < MAX_EXTENTS);
    }
}
