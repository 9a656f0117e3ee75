package org.trivet.sim;

import org.trivet.block.Placement;
import org.trivet.replica.StoredCopy;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

import java.util.ArrayList;
import java.util.List;

/**
 * Knows which nodes hold good copies, so that one of each block is always left: a node may be
 * harmed only while each of its groups has another member that is not.
 *
 * <p>Who was harmed counts as good again when all its groups have been good for a while, so that
 * what it got back is synced, and no copy that was corrupted there is still bad.
 */
final class FaultAtlas {
    private static final long SETTLING_NS = 4_000_000_000L;
    private static final int MAX_EXTENTS = 256;

    /** A copy of a unit that was corrupted. */
    record BadCopy(int node, int group, long dataId, long unit) {}

    /** Whether a write that went bad is past harming: all that the log holds is in the index. */
    private boolean isLogApplied(final SimulatedNode node, final int group) {
        return node.agent().status().groups().stream()
                .filter(each -> each.group() == group)
                .allMatch(each -> each.applied() == each.logEnd());
    }

    private final SimulatedCluster cluster;
    private final boolean[] harmed;
    private final long[] goodSinceNs;

    /** Whose storage may be damaged nobody knows where. */
    private final boolean[] doubtful;

    private final List<BadCopy> badCopies = new ArrayList<>();
    private final List<BadCopy> mendedCopies = new ArrayList<>();

    FaultAtlas(final SimulatedCluster cluster) {
        this.cluster = cluster;
        harmed = new boolean[cluster.nodeCount()];
        goodSinceNs = new long[cluster.nodeCount()];
        doubtful = new boolean[cluster.nodeCount()];
    }

    /** Whether a good copy of everything is left when a node loses what it has. */
    boolean mayHarm(final int node) {
        final int nodes = cluster.nodeCount();
        final int replicas = cluster.plan().volume().replicaCount();
        for (int copy = 0; copy < replicas; copy++) {
            final int group = Math.floorMod(node - copy, nodes);
            boolean another = false;
            for (int other = 0; other < replicas; other++) {
                final int member = Placement.node(group, other, nodes);
                another |= member != node && !harmed[member];
            }
            if (!another) {
                return false;
            }
        }
        return true;
    }

    /** Whether somebody is not whole at present. */
    boolean isAnyHarmed() {
        for (final boolean each : harmed) {
            if (each) {
                return true;
            }
        }
        return false;
    }

    void harmed(final int node) {
        harmed[node] = true;
        goodSinceNs[node] = 0;
    }

    void corrupted(final BadCopy copy) {
        harmed(copy.node);
        badCopies.add(copy);
    }

    /**
     * A node's storage is damaged somewhere: it is not whole until all of it has been looked at.
     */
    void damagedSomewhere(final int node) {
        harmed(node);
        doubtful[node] = true;
    }

    /** Whether somebody's storage is damaged nobody knows where. */
    boolean isAnyDoubtful() {
        for (final boolean each : doubtful) {
            if (each) {
                return true;
            }
        }
        return false;
    }

    /** A node's storage is gone, and with it what was bad there. */
    void wiped(final int node) {
        harmed(node);
        doubtful[node] = false;
        badCopies.removeIf(copy -> copy.node == node);
        mendedCopies.removeIf(copy -> copy.node == node);
    }

    /**
     * Doubts every copy that was ever bad: a node that died may have lost what it mended just
     * before, and not what was bad.
     */
    void lookAgain() {
        badCopies.addAll(mendedCopies);
        mendedCopies.clear();
        for (int node = 0; node < doubtful.length; node++) {
            if (doubtful[node]) {
                lookThrough(cluster.node(node));
            }
        }
    }

    /** Doubts all that a node lists. */
    private void lookThrough(final SimulatedNode node) {
        final ExtentList extents = new ExtentList();
        final int replicas = cluster.plan().volume().replicaCount();
        for (int copy = 0; copy < replicas; copy++) {
            final int group = Math.floorMod(node.id() - copy, cluster.nodeCount());
            long dataId = 0;
            long unit = 0;
            do {
                node.agent().store().scan(group, dataId, unit, MAX_EXTENTS, extents);
                for (int i = 0; i < extents.size(); i++) {
                    final Extent extent = extents.get(i);
                    dataId = extent.dataId;
                    for (unit = extent.firstUnit; unit < extent.endUnit; unit++) {
                        badCopies.add(new BadCopy(node.id(), group, dataId, unit));
                    }
                }
            } while (extents.size() == MAX_EXTENTS);
        }
    }

    List<BadCopy> badCopies() {
        return badCopies;
    }

    /** Looks who has become good. */
    void observe() {
        badCopies.removeIf(copy -> isMended(copy) && mendedCopies.add(copy));
        final long nowNs = cluster.events().nowNs();
        for (int node = 0; node < harmed.length; node++) {
            if (!harmed[node]) {
                continue;
            }
            if (!cluster.node(node).isGood()
                    || cluster.node(node).storage().isDeleted()
                    || doubtful[node]
                    || hasBadCopy(node)) {
                goodSinceNs[node] = 0;
            } else if (goodSinceNs[node] == 0) {
                goodSinceNs[node] = nowNs;
            } else if (nowNs - goodSinceNs[node] > SETTLING_NS) {
                harmed[node] = false;
            }
        }
    }

    private boolean hasBadCopy(final int node) {
        return badCopies.stream().anyMatch(copy -> copy.node == node);
    }

    private boolean isMended(final BadCopy copy) {
        final SimulatedNode node = cluster.node(copy.node);
        if (!node.isGood() || !isLogApplied(node, copy.group)) {
            return false;
        }
        final StoredCopy.State state =
                node.agent().inspect(copy.group, copy.dataId, copy.unit, copy.unit + 1).state();
        return state == StoredCopy.State.GOOD || state == StoredCopy.State.HOLE;
    }
}
