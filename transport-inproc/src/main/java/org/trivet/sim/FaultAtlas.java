package org.trivet.sim;

import org.trivet.block.Placement;
import org.trivet.replica.StoredCopy;

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
    private final List<BadCopy> badCopies = new ArrayList<>();
    private final List<BadCopy> mendedCopies = new ArrayList<>();

    FaultAtlas(final SimulatedCluster cluster) {
        this.cluster = cluster;
        harmed = new boolean[cluster.nodeCount()];
        goodSinceNs = new long[cluster.nodeCount()];
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

    /** A node's storage is gone, and with it what was bad there. */
    void wiped(final int node) {
        harmed(node);
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
            if (!cluster.node(node).isGood() || hasBadCopy(node)) {
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
