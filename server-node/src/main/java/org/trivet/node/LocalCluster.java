package org.trivet.node;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.client.ClientAgent;
import org.trivet.client.ClientConfig;
import org.trivet.client.StripTrims;
import org.trivet.fs.Caller;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.inproc.InprocNetwork;
import org.trivet.replica.StoredCopy;
import org.trivet.store.segment.SharedSpace;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;

import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A volume in this process: its metadata node, its data nodes and a client, all on one thread, over
 * the in-process transport; each node's storage under the data directory, with threads that write
 * its journal.
 */
public final class LocalCluster implements Cluster {
    private static final System.Logger LOG = System.getLogger(LocalCluster.class.getName());
    private static final int KEEPER = EndpointId.FIRST_CLIENT;
    private static final int CLIENT = EndpointId.FIRST_CLIENT + 1;
    private static final long MAX_PAUSE_NS = 400_000_000L;

    private final DataDirectory directory;
    private final VolumeConfig volume;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final InprocNetwork network = new InprocNetwork();
    private final EngineThread engine;
    private final LocalNode[] nodes;
    private final LocalMetadata metadata;
    private final StorageKeeper storageKeeper;
    private ClientAgent keeper;
    private ClientAgent client;
    private ClusterInspection inspection;
    private volatile boolean closed;

    private LocalCluster(final DataDirectory directory, final NodeSettings settings) {
        this.directory = directory;
        this.volume = directory.volume();
        engine =
                new EngineThread(
                        "trivet-engine", clock, this::onFailure, this::pauseNs, IdleMode.BALANCED);
        nodes = new LocalNode[volume.nodeCount()];
        final long bootHash = LocalNode.readBootHash();
        final SharedSpace space = new SharedSpace();
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] =
                    new LocalNode(
                            i,
                            directory.node(i),
                            volume,
                            bootHash,
                            engine,
                            this::open,
                            space.newShare(),
                            clock,
                            this::areOthersGood,
                            settings);
        }
        metadata = new LocalMetadata(directory.metadata(), volume, engine, this::open, clock);
        final List<StorageKeeper.Member> members = new ArrayList<>(List.of(nodes));
        members.add(metadata);
        storageKeeper = new StorageKeeper(members, directory::keep, engine::call);
    }

    /** Whether the other nodes can give a node all that it had. */
    private boolean areOthersGood(final LocalNode node) {
        return volume.replicaCount() > 1
                && Arrays.stream(nodes).allMatch(other -> other == node || other.isGood());
    }

    /**
     * Starts a volume, whose nodes work as usual.
     *
     * @param directory as below.
     * @return as below.
     * @throws InterruptedException as below.
     * @throws TrivetException as below.
     */
    public static LocalCluster start(final DataDirectory directory) throws InterruptedException {
        return start(directory, NodeSettings.USUAL);
    }

    /**
     * Starts a volume.
     *
     * @param directory where it is stored; stays open, and is the caller's to close after the
     *     cluster.
     * @param settings how its data nodes work.
     * @return the running cluster; its nodes find their state as they come up. A node whose storage
     *     cannot be opened is down.
     * @throws InterruptedException if interrupted before that.
     * @throws TrivetException if the metadata node's storage cannot be opened, or no data node's,
     *     naming it.
     */
    public static LocalCluster start(final DataDirectory directory, final NodeSettings settings)
            throws InterruptedException {
        final LocalCluster cluster = new LocalCluster(directory, settings);
        try {
            cluster.engine.call(
                    () -> {
                        cluster.startAll();
                        return null;
                    });
            return cluster;
        } catch (final RuntimeException | InterruptedException e) {
            cluster.close();
            throw e;
        }
    }

    private void startAll() {
        refuseLostMetadata();
        keeper = newClient(KEEPER);
        metadata.start(new StripTrims(keeper, volume.nodeCount()), true);
        engine.add(keeper);
        startNodes();
        client = newClient(CLIENT);
        engine.add(client);
        inspection =
                new ClusterInspection(
                        volume,
                        this::access,
                        new TrivetFileSystem(client, Caller.ROOT, () -> {}),
                        metadata::firstUnusedDataId,
                        clock);
    }

    /**
     * A node that cannot start is down, and says why; the others serve. If it is one only, because
     * its storage is damaged, they have all that it had.
     */
    private void startNodes() {
        TrivetException first = null;
        LocalNode failed = null;
        int up = 0;
        for (final LocalNode node : nodes) {
            final TrivetException error = node.tryStart();
            if (error == null) {
                up++;
            } else if (first == null) {
                first = error;
                failed = node;
            }
        }
        if (up == 0) {
            throw first;
        }
        if (up == nodes.length - 1
                && NodeProcess.isStorageDamage(first.code())
                && volume.replicaCount() > 1) {
            failed.replaceStorage();
        }
    }

    /** Nobody else has the names: to begin without them would be to lose all files. */
    private void refuseLostMetadata() {
        if (!Files.exists(directory.metadata())
                && !Files.exists(directory.metadata().resolveSibling("metadata.complete"))
                && IntStream.range(0, nodes.length)
                        .anyMatch(node -> Files.exists(directory.node(node)))) {
            throw new TrivetException(
                    ErrorCode.CORRUPT,
                    directory.metadata()
                            + " is gone, and with it the names of all files; put a backup in its"
                            + " place");
        }
    }

    private Transport open(final int endpointId) {
        final Transport transport = network.open(endpointId);
        engine.idleStrategy().watch(transport);
        return transport;
    }

    private ClientAgent newClient(final int endpointId) {
        return new ClientAgent(
                ClientConfig.of(volume, new SecureRandom().nextLong()),
                open(endpointId),
                clock,
                engine.idleStrategy(),
                error ->
                        LOG.log(
                                System.Logger.Level.ERROR,
                                "a client's operation has failed: " + error,
                                error));
    }

    private void onFailure(final Agent agent, final Throwable error) {
        for (final LocalNode node : nodes) {
            if (node.agent() == agent) {
                try {
                    node.onFailure(error);
                } finally {
                    if (node.isLost()) {
                        storageKeeper.onLost(node);
                    }
                }
            }
        }
        if (metadata.isRunBy(agent)) {
            try {
                metadata.onFailure();
            } finally {
                storageKeeper.reopenSoon(metadata); // nothing goes without it
            }
        }
    }

    private long pauseNs() {
        if (client == null) {
            return MAX_PAUSE_NS; // nothing runs yet
        }
        return Math.min(client.idleNs(), keeper.idleNs());
    }

    @Override
    public VolumeConfig volume() {
        return volume;
    }

    @Override
    public InodeFileSystem fileSystem() {
        return client.fileSystem();
    }

    @Override
    public Executor agentExecutor() {
        return client;
    }

    @Override
    public ClientAgent client() {
        return client;
    }

    @Override
    public ClusterStatus status() throws InterruptedException {
        return inspection.status();
    }

    @Override
    public List<BlockCount> countBlocks() throws InterruptedException {
        return inspection.countBlocks();
    }

    private void onNode(
            final int number, final boolean up, final String action, final Consumer<LocalNode> task)
            throws InterruptedException {
        engine.call(
                () -> {
                    final LocalNode node = nodes[number];
                    node.refuseIfLost(action);
                    if (node.isUp() != up) {
                        throw new TrivetException(
                                ErrorCode.INVALID,
                                "cannot "
                                        + action
                                        + " node "
                                        + number
                                        + ": it is "
                                        + (up ? "down" : "up")
                                        + " already");
                    }
                    task.accept(node);
                    return null;
                });
    }

    @Override
    public void stopNode(final int number) throws InterruptedException {
        onNode(number, true, "stop", LocalNode::stop);
    }

    @Override
    public void killNode(final int number) throws InterruptedException {
        onNode(number, true, "kill", LocalNode::kill);
    }

    @Override
    public void pauseNode(final int number) throws InterruptedException {
        onNode(number, true, "pause", LocalNode::pause);
    }

    @Override
    public void resumeNode(final int number) throws InterruptedException {
        onNode(number, true, "resume", LocalNode::resume);
    }

    @Override
    public void startNode(final int number) throws InterruptedException {
        onNode(number, false, "start", LocalNode::start);
    }

    @Override
    public void wipeNode(final int number) throws InterruptedException {
        final LocalNode node = nodes[number];
        final boolean wasUp =
                engine.call(
                        () -> {
                            node.refuseIfLost("wipe");
                            return node.beginWipe();
                        });
        boolean deleted = false;
        try {
            node.deleteStorage();
            deleted = true;
        } finally {
            final boolean starts = wasUp && deleted;
            engine.call(
                    () -> {
                        node.endWipe(starts);
                        return null;
                    });
        }
    }

    @Override
    public Damage corrupt(final DamageRequest request) throws InterruptedException {
        return inspection.corrupt(request);
    }

    @Override
    public List<StoredCopy> copies(final String path, final long block)
            throws InterruptedException {
        return inspection.copies(path, block);
    }

    @Override
    public Verification verify() throws InterruptedException {
        return inspection.verify();
    }

    @Override
    public void scrub() throws InterruptedException {
        inspection.scrub();
    }

    @Override
    public Losses losses() throws InterruptedException {
        return inspection.losses();
    }

    @Override
    public Losses acceptLoss(final String path) throws InterruptedException {
        return inspection.acceptLoss(path);
    }

    /** Access to a node, which may be down. */
    NodeAccess access(final int number) {
        if (closed) {
            throw new TrivetException(ErrorCode.CLOSED, "the cluster is closed");
        }
        return new LocalNodeAccess(volume, nodes[number], engine, Map::of);
    }

    /**
     * Stops the client, then the nodes, then the metadata node. What they acknowledged is on disk.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        storageKeeper.close();
        try {
            engine.call(
                    () -> {
                        closeAll();
                        return null;
                    });
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            engine.close();
            network.close();
        }
    }

    private void closeAll() {
        RuntimeException first = null;
        final List<Runnable> steps = new ArrayList<>();
        if (client != null) {
            steps.add(() -> close(client));
        }
        for (final LocalNode node : nodes) {
            steps.add(node::stop);
        }
        if (keeper != null) {
            steps.add(() -> close(keeper));
        }
        steps.add(metadata::stop);
        for (final Runnable step : steps) {
            try {
                step.run();
            } catch (final RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private void close(final ClientAgent agent) {
        engine.remove(agent);
        agent.onClose();
    }
}
