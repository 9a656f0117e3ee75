package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.replica.CopyPiece;
import org.trivet.replica.DataNode;
import org.trivet.replica.LostRange;
import org.trivet.replica.NodeCounters;
import org.trivet.replica.NodeLosses;
import org.trivet.replica.NodeStatus;
import org.trivet.replica.PieceRequest;
import org.trivet.replica.StoredCopy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Access to a node of this process: has its agent asked on the engine's thread. */
final class LocalNodeAccess implements NodeAccess {
    private final VolumeConfig volume;
    private final LocalNode node;
    private final EngineThread engine;
    private final Supplier<Map<String, Long>> networkCounters;

    /**
     * Access to a node.
     *
     * @param networkCounters what its network has counted, by name.
     */
    LocalNodeAccess(
            final VolumeConfig volume,
            final LocalNode node,
            final EngineThread engine,
            final Supplier<Map<String, Long>> networkCounters) {
        this.volume = volume;
        this.node = node;
        this.engine = engine;
        this.networkCounters = networkCounters;
    }

    @Override
    public NodeReport report() throws InterruptedException {
        return engine.call(
                () ->
                        node.isPaused()
                                ? NodeReport.paused(node.number())
                                : node.isUp()
                                        ? report(node.agent())
                                        : NodeReport.down(node.number(), node.failure()));
    }

    private NodeReport report(final DataNode agent) {
        final Map<String, Long> counters = new LinkedHashMap<>();
        for (final NodeCounters.Counter counter : NodeCounters.Counter.values()) {
            counters.put(counter.name().toLowerCase(Locale.ROOT), agent.counters().get(counter));
        }
        counters.put("storage_losses", node.losses());
        counters.putAll(networkCounters.get());
        final NodeStatus status = agent.status();
        return new NodeReport(
                node.number(),
                true,
                false,
                status,
                agent.store().statistics(),
                counters,
                status.failure());
    }

    @Override
    public NodeLosses losses() throws InterruptedException {
        return ask(DataNode::losses);
    }

    @Override
    public BlockTally countBlocks(final BlockTally before) throws InterruptedException {
        requireMember(before.group());
        final BlockCensus census = new BlockCensus(volume.unitsPerBlock());
        return ask(agent -> census.count(agent.store(), before));
    }

    @Override
    public StoredCopy inspect(final UnitRange units) throws InterruptedException {
        if (units.endUnit() - units.firstUnit() > volume.unitsPerBlock()) {
            throw new TrivetException(
                    ErrorCode.INVALID, "only units of one block can be looked at: " + units);
        }
        return ask(
                agent ->
                        agent.inspect(
                                units.group(), units.dataId(), units.firstUnit(), units.endUnit()));
    }

    @Override
    public CopyPiece piece(final PieceRequest request) throws InterruptedException {
        return ask(agent -> agent.piece(request));
    }

    @Override
    public Damage damage(final DamageOrder order) throws InterruptedException {
        if (order.units() != null) {
            requireMember(order.units().group());
        }
        return ask(
                _ ->
                        new StoreDamage(volume, node.number(), node.storage().store(), order)
                                .damage());
    }

    @Override
    public void scrub() throws InterruptedException {
        ask(
                agent -> {
                    agent.scrubNow();
                    return null;
                });
    }

    @Override
    public void acceptLoss(final LostRange range, final long firstUnusedDataId)
            throws InterruptedException {
        if (range.group() != node.number()) {
            throw new TrivetException(
                    ErrorCode.INVALID, node.name() + " does not lead group " + range.group());
        }
        ask(
                agent -> {
                    agent.acceptLoss(List.of(range), firstUnusedDataId);
                    return null;
                });
    }

    private <T> T ask(final Function<DataNode, T> question) throws InterruptedException {
        return engine.call(
                () -> {
                    if (!node.isUp() || node.isPaused()) {
                        throw TrivetException.answered(
                                ErrorCode.CLOSED,
                                "node "
                                        + node.number()
                                        + (node.isPaused() ? " stands still" : " is down"));
                    }
                    return question.apply(node.agent());
                });
    }

    private void requireMember(final int group) {
        final int count = volume.nodeCount();
        if (group < 0
                || group >= count
                || Placement.copy(group, node.number(), count, volume.replicaCount()) < 0) {
            throw new TrivetException(
                    ErrorCode.INVALID, "node " + node.number() + " is no member of group " + group);
        }
    }
}
