package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.client.ClientAgent;
import org.trivet.fs.InodeFileSystem;
import org.trivet.node.BlockCount;
import org.trivet.node.Cluster;
import org.trivet.node.ClusterStatus;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.node.Damage;
import org.trivet.node.DamageRequest;
import org.trivet.node.DataDirectory;
import org.trivet.node.FileLoss;
import org.trivet.node.Losses;
import org.trivet.node.Verification;
import org.trivet.replica.GroupLosses;
import org.trivet.replica.LostRange;
import org.trivet.replica.NodeStatus;
import org.trivet.replica.NodeStatus.GroupStatus;
import org.trivet.replica.StoredCopy;
import org.trivet.store.StoreStatistics;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** Nodes that are only up or down; says on standard output when it has been closed. */
final class FakeCluster implements Cluster {
    private final VolumeConfig volume;
    private final BitSet down = new BitSet();

    private boolean scrubbing;
    private boolean isLossAccepted;

    FakeCluster(final DataDirectory directory) {
        volume = directory.volume();
    }

    @Override
    public VolumeConfig volume() {
        return volume;
    }

    @Override
    public InodeFileSystem fileSystem() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Executor agentExecutor() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ClientAgent client() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<StoredCopy> copies(final String path, final long block) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized ClusterStatus status() {
        final List<NodeReport> nodes = new ArrayList<>();
        for (int node = 0; node < volume.nodeCount(); node++) {
            nodes.add(down.get(node) ? NodeReport.down(node, null) : up(node));
        }
        return new ClusterStatus(volume, nodes, groupLosses());
    }

    @Override
    public List<BlockCount> countBlocks() {
        return List.of(new BlockCount(0, 0, 0, 12), new BlockCount(0, 3, 1, 9));
    }

    private NodeReport up(final int node) {
        final List<Integer> waitsFor = down.stream().boxed().toList();
        final String state = node == 1 ? "rebuilding" : "good";
        final GroupStatus group =
                new GroupStatus(
                        node, 0, state, 3, 100, 90, 90, 1, 0, 384 << 10, 512 << 10, 1 << 20);
        return new NodeReport(
                node,
                true,
                false,
                new NodeStatus(
                        node,
                        7,
                        waitsFor,
                        null,
                        node == 1
                                ? new NodeStatus.RebuildStatus(512 << 10, 1 << 20, 8 << 10, 64_400)
                                : null,
                        new NodeStatus.ScrubStatus(
                                scrubbing,
                                3 << 20,
                                3 << 20,
                                12 << 20,
                                4 << 20,
                                2_250,
                                node * 86_400_000L,
                                604_800_000L,
                                node == 3 ? 2 : 0,
                                node == 3
                                        ? new NodeStatus.ScrubFound(4, 1, 5, 1)
                                        : new NodeStatus.ScrubFound(0, 0, 0, 0),
                                new NodeStatus.ScrubFound(0, 0, 0, 0)),
                        List.of(group)),
                new StoreStatistics(3 << 19, 4 << 20, 1L << 30, 1L << 30, 0, 17, 0, 0, 0),
                Map.of("repairs", 5L),
                null);
    }

    @Override
    public synchronized void stopNode(final int node) {
        down.set(node);
    }

    @Override
    public synchronized void killNode(final int node) {
        down.set(node);
    }

    @Override
    public synchronized void startNode(final int node) {
        down.clear(node);
    }

    @Override
    public synchronized void pauseNode(final int node) {
        down.set(node);
    }

    @Override
    public synchronized void resumeNode(final int node) {
        down.clear(node);
    }

    @Override
    public void wipeNode(final int node) {
        throw new TrivetException(
                ErrorCode.IO, "node " + node + " cannot be wiped: as the test wants");
    }

    @Override
    public Damage corrupt(final DamageRequest request) {
        return new Damage(
                request.node() == null ? 2 : request.node(),
                request.kind(),
                0,
                1,
                request.block() == null ? 9 : request.block(),
                "changed " + request);
    }

    @Override
    public synchronized void scrub() {
        scrubbing = true;
    }

    private List<GroupLosses> groupLosses() {
        final List<LostRange> unit = List.of(new LostRange(1, 5, 3, 5, 4));
        return List.of(
                new GroupLosses(
                        1,
                        false,
                        0,
                        isLossAccepted ? List.of() : unit,
                        isLossAccepted ? unit : List.of(),
                        down.stream().boxed().toList(),
                        false));
    }

    @Override
    public synchronized Losses losses() {
        return new Losses(
                groupLosses(),
                List.of(
                        isLossAccepted
                                ? new FileLoss("/d/f", 0, List.of(), 2, List.of(3L, 8L))
                                : new FileLoss("/d/f", 2, List.of(3L, 8L), 0, List.of())));
    }

    @Override
    public synchronized Losses acceptLoss(final String path) {
        isLossAccepted = true;
        return losses();
    }

    @Override
    public Verification verify() {
        return down.isEmpty()
                ? new Verification(12, 0, List.of())
                : new Verification(11, 1, List.of("group 1: unit 4 differs"));
    }

    @Override
    public void close() {
        System.out.println("closed");
    }
}
