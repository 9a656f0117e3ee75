package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.store.segment.Corruption;
import org.trivet.store.segment.SegmentBlockStore;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Damages a copy of a block in the store of one node. On the thread that owns the store. */
final class StoreDamage {
    private static final int SCAN_LIMIT = 1024;

    /** A unit that the node stores. */
    private record Stored(int group, long dataId, long unit) {}

    private final VolumeConfig volume;
    private final int node;
    private final SegmentBlockStore store;
    private final DamageOrder order;
    private final Random random;
    private final ExtentList extents = new ExtentList();

    /**
     * Damage that is to be done.
     *
     * @param volume whose.
     * @param node which node's.
     * @param store its store.
     * @param order what to damage.
     */
    StoreDamage(
            final VolumeConfig volume,
            final int node,
            final SegmentBlockStore store,
            final DamageOrder order) {
        this.volume = volume;
        this.node = node;
        this.store = store;
        this.order = order;
        random = new Random(order.seed());
    }

    /** Does it; null if the node stores nothing of what was named. */
    Damage damage() {
        final Stored stored = order.units() == null ? pick(null) : first(order.units());
        return stored == null ? null : damage(stored);
    }

    private Stored first(final UnitRange units) {
        store.scan(units.group(), units.dataId(), units.firstUnit(), 1, extents);
        if (extents.size() == 0) {
            return null;
        }
        final Extent extent = extents.get(0);
        return extent.dataId == units.dataId() && extent.firstUnit < units.endUnit()
                ? new Stored(units.group(), extent.dataId, extent.firstUnit)
                : null;
    }

    /** A random unit that is stored whole, other than the given one; null if there is none. */
    private Stored pick(final Stored other) {
        final List<Stored> all = new ArrayList<>();
        for (int copy = 0; copy < volume.replicaCount(); copy++) {
            final int group = Math.floorMod(node - copy, volume.nodeCount());
            store.scan(group, 0, 0, SCAN_LIMIT, extents);
            for (int i = 0; i < extents.size(); i++) {
                final Extent extent = extents.get(i);
                final int whole = extent.dataLength / volume.unitLength();
                if (whole > 0) {
                    all.add(
                            new Stored(
                                    group,
                                    extent.dataId,
                                    extent.firstUnit + random.nextInt(whole)));
                } else if (other == null) {
                    all.add(new Stored(group, extent.dataId, extent.firstUnit));
                }
            }
        }
        if (other != null) {
            all.remove(other);
        }
        return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    }

    private Damage damage(final Stored stored) {
        final Corruption corruption =
                new Corruption(store, volume.unitLength(), volume.checksumType().length());
        final int group = stored.group();
        final long dataId = stored.dataId();
        final long unit = stored.unit();
        final String done;
        switch (order.kind()) {
            case CHECKSUM -> {
                corruption.flipChecksum(group, dataId, unit);
                done = "flipped a bit of the stored checksum of";
            }
            case DATA -> {
                corruption.flipData(group, dataId, unit);
                done = "flipped a bit of the stored bytes of";
            }
            case LENGTH -> {
                corruption.changeLength(group, dataId, unit);
                done = "changed the length in the index row of";
            }
            case VERSION -> {
                corruption.changeVersion(group, dataId, unit);
                done = "raised the version in the index row of";
            }
            case MISSING -> {
                corruption.remove(group, dataId, unit);
                done = "removed the index row of";
            }
            case SWAP -> {
                final Stored other = pick(stored);
                if (other == null
                        || !corruption.swap(
                                group, dataId, unit, other.group(), other.dataId(), other.unit())) {
                    throw new TrivetException(
                            ErrorCode.NOT_FOUND,
                            "corrupt: node "
                                    + node
                                    + " stores no other block of the same length to swap with");
                }
                done =
                        "exchanged the stored bytes and checksum of a unit of "
                                + name(other)
                                + " and";
            }
            default -> throw new IllegalStateException("kind " + order.kind());
        }
        final String description =
                done + " " + name(stored) + ", copy " + copy(group) + ", on node " + node;
        return new Damage(node, order.kind(), group, dataId, block(stored), description);
    }

    private int copy(final int group) {
        return Placement.copy(group, node, volume.nodeCount(), volume.replicaCount());
    }

    private long block(final Stored stored) {
        final int nodes = volume.nodeCount();
        final int firstBlock =
                Placement.firstBlock(
                        Placement.startGroup(stored.dataId(), nodes), stored.group(), nodes);
        return firstBlock + stored.unit() / volume.unitsPerBlock() * nodes;
    }

    private String name(final Stored stored) {
        return "block " + block(stored) + " of data id " + Long.toUnsignedString(stored.dataId());
    }
}
