package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

/** Chooses whose copy of which block is damaged, and has that node do it. */
final class BlockDamage {
    private final VolumeConfig volume;
    private final IntFunction<NodeAccess> nodes;
    private final DamageRequest request;
    private final Random random;
    private boolean wasAnyUp;

    /**
     * Damage of one copy.
     *
     * @param volume whose.
     * @param nodes the nodes; null for one that is down.
     * @param request what to damage.
     */
    BlockDamage(
            final VolumeConfig volume,
            final IntFunction<NodeAccess> nodes,
            final DamageRequest request) {
        this.volume = volume;
        this.nodes = nodes;
        this.request = request;
        random = new Random(request.seed());
    }

    /** Damages a random block of any file. */
    Damage damageAny() throws InterruptedException {
        final List<Integer> order = new ArrayList<>();
        for (int node = 0; node < volume.nodeCount(); node++) {
            order.add(node);
        }
        Collections.shuffle(order, random);
        for (final int node : order) {
            final Damage damage = damage(node, null);
            if (damage != null) {
                return damage;
            }
        }
        throw new TrivetException(
                ErrorCode.NOT_FOUND,
                request.node() == null
                        ? "corrupt: no node that is up stores a block"
                        : "corrupt: node "
                                + request.node()
                                + (wasAnyUp ? " stores no block" : " is down"));
    }

    /** Damages a block of a file, a random one if none was asked for. */
    Damage damageFile(final long dataId, final long size) throws InterruptedException {
        final long blocks = (size + volume.blockLength() - 1) / volume.blockLength();
        if (request.block() != null) {
            if (request.block() >= 0 && request.block() < blocks) {
                final long slot = request.block() / volume.nodeCount();
                final Damage damage = damageStrip(dataId, request.block(), slot, slot + 1);
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
        final Damage damage = blocks == 0 ? null : damageFrom(dataId, random.nextLong(blocks));
        if (damage == null) {
            throw new TrivetException(
                    ErrorCode.NOT_FOUND,
                    "corrupt "
                            + request.path()
                            + ": no node that was asked for stores a block of it");
        }
        return damage;
    }

    /** The next block that is stored, in the strip of a block, or else in one of the others. */
    private Damage damageFrom(final long dataId, final long first) throws InterruptedException {
        for (int i = 0; i < volume.nodeCount(); i++) {
            final long block = first + i;
            final long slot = block / volume.nodeCount();
            Damage damage = damageStrip(dataId, block, slot, Long.MAX_VALUE);
            if (damage == null && slot > 0) {
                damage = damageStrip(dataId, block, 0, slot);
            }
            if (damage != null) {
                return damage;
            }
        }
        return null;
    }

    /** Slots of the strip that a block belongs to; the last one may be the largest number. */
    private Damage damageStrip(
            final long dataId, final long block, final long firstSlot, final long endSlot)
            throws InterruptedException {
        final int count = volume.nodeCount();
        final int group = Placement.group(Placement.startGroup(dataId, count), block, count);
        final UnitRange units =
                new UnitRange(
                        group,
                        dataId,
                        firstSlot * volume.unitsPerBlock(),
                        endSlot == Long.MAX_VALUE ? endSlot : endSlot * volume.unitsPerBlock());
        final int firstCopy = random.nextInt(volume.replicaCount());
        for (int i = 0; i < volume.replicaCount(); i++) {
            final int copy = (firstCopy + i) % volume.replicaCount();
            final Damage damage = damage(Placement.node(group, copy, count), units);
            if (damage != null) {
                return damage;
            }
        }
        return null;
    }

    /** Null if the node is down, stores nothing of that, or is not the one that was asked for. */
    private Damage damage(final int node, final UnitRange units) throws InterruptedException {
        final NodeAccess access = nodes.apply(node);
        if (access == null || request.node() != null && request.node() != node) {
            return null;
        }
        try {
            final Damage damage =
                    access.damage(new DamageOrder(request.kind(), units, random.nextLong()));
            wasAnyUp = true;
            return damage;
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.CLOSED) {
                throw e;
            }
            return null;
        }
    }
}
