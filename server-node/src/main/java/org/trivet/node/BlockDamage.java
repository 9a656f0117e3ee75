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
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Picks a stored copy of a block and damages it. On the thread that owns the stores. */
final class BlockDamage {
    private static final int SCAN_LIMIT = 1024;

    /** A unit that a node stores. */
    private record Stored(int group, long dataId, long unit) {}

    private final VolumeConfig volume;
    private final SegmentBlockStore[] stores;
    private final DamageRequest request;
    private final Random random;
    private final ExtentList extents = new ExtentList();

    /**
     * Damage of one copy.
     *
     * @param volume whose.
     * @param stores the nodes' stores; null for a node that is down.
     * @param request what to damage.
     */
    BlockDamage(
            final VolumeConfig volume,
            final SegmentBlockStore[] stores,
            final DamageRequest request) {
        this.volume = volume;
        this.stores = stores;
        this.request = request;
        random = new Random(request.seed());
    }

    /** Damages a random block of any file. */
    Damage damageAny() {
        final List<Integer> order = new ArrayList<>();
        for (int node = 0; node < stores.length; node++) {
            if (stores[node] != null && (request.node() == null || request.node() == node)) {
                order.add(node);
            }
        }
        Collections.shuffle(order, random);
        for (final int node : order) {
            final Stored stored = pick(node, null);
            if (stored != null) {
                return damage(node, stored);
            }
        }
        throw new TrivetException(
                ErrorCode.NOT_FOUND,
                request.node() == null
                        ? "corrupt: no node that is up stores a block"
                        : "corrupt: node "
                                + request.node()
                                + (stores[request.node()] == null
                                        ? " is down"
                                        : " stores no block"));
    }

    /** Damages a block of a file, a random one if none was asked for. */
    Damage damageFile(final long dataId, final long size) {
        final long blocks = (size + volume.blockLength() - 1) / volume.blockLength();
        if (request.block() != null) {
            if (request.block() >= 0 && request.block() < blocks) {
                final Damage damage = damageBlock(dataId, request.block());
                if (damage != null) {
                    return damage;
                }
            }
            throw new TrivetException(
                    ErrorCode.NOT_FOUND,
                    "corrupt "
                            + request.path()
                            + ": no node that was asked for stores block "
                            + request.block()
                            + " (the file has "
                            + blocks
                            + " blocks)");
        }
        final long first = blocks == 0 ? 0 : random.nextLong(blocks);
        for (long i = 0; i < blocks; i++) {
            final Damage damage = damageBlock(dataId, (first + i) % blocks);
            if (damage != null) {
                return damage;
            }
        }
        throw new TrivetException(
                ErrorCode.NOT_FOUND,
                "corrupt " + request.path() + ": no node that was asked for stores a block of it");
    }

    private Damage damageBlock(final long dataId, final long block) {
        final int nodes = volume.nodeCount();
        final int group = Placement.group(Placement.startGroup(dataId, nodes), block, nodes);
        final int firstCopy = random.nextInt(volume.replicaCount());
        for (int i = 0; i < volume.replicaCount(); i++) {
            final int copy = (firstCopy + i) % volume.replicaCount();
            final int node = Placement.node(group, copy, nodes);
            if (stores[node] != null && (request.node() == null || request.node() == node)) {
                final long first = block / nodes * volume.unitsPerBlock();
                stores[node].find(group, dataId, first, first + volume.unitsPerBlock(), extents);
                if (extents.size() > 0) {
                    return damage(node, new Stored(group, dataId, extents.get(0).firstUnit));
                }
            }
        }
        return null;
    }

    /** A random unit that a node stores whole, other than the given one; null if there is none. */
    private Stored pick(final int node, final Stored other) {
        final List<Stored> all = new ArrayList<>();
        for (int copy = 0; copy < volume.replicaCount(); copy++) {
            final int group = Math.floorMod(node - copy, volume.nodeCount());
            stores[node].scan(group, 0, 0, SCAN_LIMIT, extents);
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

    private Damage damage(final int node, final Stored stored) {
        final Corruption corruption =
                new Corruption(stores[node], volume.unitLength(), volume.checksumType().length());
        final int group = stored.group();
        final long dataId = stored.dataId();
        final long unit = stored.unit();
        final String done;
        switch (request.kind()) {
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
                final Stored other = pick(node, stored);
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
            default -> throw new IllegalStateException("kind " + request.kind());
        }
        final String description =
                done + " " + name(stored) + ", copy " + copy(node, group) + ", on node " + node;
        return new Damage(node, request.kind(), group, dataId, block(stored), description);
    }

    private int copy(final int node, final int group) {
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
