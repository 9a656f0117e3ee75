package org.trivet.sim;

import org.trivet.block.Placement;
import org.trivet.replica.DataNode;
import org.trivet.replica.GroupLosses;
import org.trivet.replica.LostRange;
import org.trivet.replica.StoredCopy;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.wire.BlockRequestPublisher;

import java.util.List;
import java.util.Random;

/**
 * An operator who has all that is lost given up, again and again, while {@link FaultAtlas} sees to
 * it that nothing is: nothing may be given up then. At the end, with all faults over, a unit is
 * lost indeed, and it alone may be.
 */
final class LossTrial {
    private static final long PAUSE_NS = 200_000_000L;
    private static final int MAX_EXTENTS = 1024;

    private final SimulatedCluster cluster;
    private final Random random;
    private boolean stopped;
    private int group;
    private long dataId;
    private long unit;

    LossTrial(final SimulatedCluster cluster) {
        this.cluster = cluster;
        random = new Random(cluster.plan().seed() ^ 0x6666);
    }

    /** Begins to ask, and goes on. */
    void start() {
        cluster.events().after(random.nextLong(PAUSE_NS), this::askAgain);
    }

    private void askAgain() {
        if (!stopped) {
            accept(random.nextInt(cluster.nodeCount()));
            start();
        }
    }

    /** Asks no more. */
    void stop() {
        stopped = true;
    }

    /** Whether all that was asked for has come to an end. */
    boolean isDone() {
        final DataNode[] agents = cluster.agents();
        for (int each = 0; each < agents.length; each++) {
            if (GroupLosses.of(cluster.plan().volume(), agents, each).isUnderWay()) {
                return false;
            }
        }
        return true;
    }

    /** Asks for all to be given up that is lost of a group. */
    private void accept(final int ofGroup) {
        final SimulatedNode lead = cluster.node(ofGroup);
        if (lead.isRunning()) {
            lead.agent().acceptLoss(List.of(LostRange.ofGroup(ofGroup)), -1);
            lead.wake();
        }
    }

    /** What was given up though it is not lost, in words; null if nothing was. */
    String violation() {
        final DataNode[] agents = cluster.agents();
        for (int each = 0; each < agents.length; each++) {
            final List<LostRange> givenUp =
                    GroupLosses.of(cluster.plan().volume(), agents, each).givenUp();
            if (!givenUp.isEmpty()) {
                return "given up, though a good copy was left: " + givenUp;
            }
        }
        return null;
    }

    /** Damages all copies of a unit at once; false if nothing is stored. */
    boolean loseUnit() {
        final int replicas = cluster.plan().volume().replicaCount();
        group = random.nextInt(cluster.nodeCount());
        final ExtentList extents = new ExtentList();
        cluster.node(group).agent().store().scan(group, 0, 0, MAX_EXTENTS, extents);
        if (extents.size() == 0) {
            return false;
        }
        final Extent extent = extents.get(random.nextInt(extents.size()));
        dataId = extent.dataId;
        unit = extent.firstUnit + random.nextInt(extent.unitCount());
        final BlockRequestPublisher publisher =
                new BlockRequestPublisher(
                        cluster.plan().volume().volumeId(),
                        cluster.network().open(cluster.nextEndpoint(), () -> {}));
        for (int copy = 0; copy < replicas; copy++) {
            final SimulatedNode member = member(copy);
            if (!member.storage().flipData(group, dataId, unit)) {
                throw new SimulationFailure(
                        "node %d has no copy of unit %d of %d"
                                .formatted(member.id(), unit, dataId));
            }
            publisher.sendRepair(member.id(), group, dataId, unit, 1);
        }
        cluster.note("unit %d of %d, group %d, is lost".formatted(unit, dataId, group));
        return true;
    }

    private SimulatedNode member(final int copy) {
        return cluster.node(Placement.node(group, copy, cluster.nodeCount()));
    }

    /** Whether all members know that they lack it. */
    boolean isLossKnown() {
        return GroupLosses.of(cluster.plan().volume(), cluster.agents(), group)
                .ranges()
                .equals(List.of(lost()));
    }

    private LostRange lost() {
        return new LostRange(group, dataId, unit, dataId, unit + 1);
    }

    void acceptLoss() {
        cluster.note("the loss is accepted");
        cluster.occurrences().count(Occurrence.LOSS_ACCEPTED);
        accept(group);
    }

    /** Whether the unit, and nothing else, is given up everywhere. */
    boolean isGivenUp() {
        for (int copy = 0; copy < cluster.plan().volume().replicaCount(); copy++) {
            final StoredCopy.State state =
                    member(copy).agent().inspect(group, dataId, unit, unit + 1).state();
            if (state != StoredCopy.State.GIVEN_UP) {
                return false;
            }
        }
        return GroupLosses.of(cluster.plan().volume(), cluster.agents(), group)
                .givenUp()
                .equals(List.of(lost()));
    }
}
