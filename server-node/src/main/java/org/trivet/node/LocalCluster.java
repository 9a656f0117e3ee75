package org.trivet.node;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;
import org.trivet.client.ClientAgent;
import org.trivet.client.ClientConfig;
import org.trivet.client.StripTrims;
import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.inproc.InprocNetwork;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.replica.CopyComparison;
import org.trivet.replica.DataNode;
import org.trivet.replica.GroupLosses;
import org.trivet.replica.LostRange;
import org.trivet.replica.NodeCounters;
import org.trivet.replica.NodeStatus;
import org.trivet.replica.StoredCopy;
import org.trivet.store.StoreStatistics;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SharedSpace;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;

import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
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
    private static final long VERIFY_POLL_NS = 2_000_000L;
    private static final long MAX_PAUSE_NS = 400_000_000L;
    private static final long APPLY_PATIENCE_NS = 500_000_000L;
    private static final long APPLY_POLL_MS = 20;

    private static final long VERIFY_PATIENCE_NS = 20_000_000_000L;
    private static final long ACCEPT_PATIENCE_NS = 10_000_000_000L;

    /** How a step of a verification went. */
    private enum Step {
        DONE,
        LAST,
        WAITING
    }

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
    private boolean closed;

    private LocalCluster(final DataDirectory directory) {
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
                            this::areOthersGood);
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
     * Starts a volume.
     *
     * @param directory where it is stored; stays open, and is the caller's to close after the
     *     cluster.
     * @return the running cluster; its nodes find their state as they come up. A node whose storage
     *     cannot be opened is down.
     * @throws InterruptedException if interrupted before that.
     * @throws TrivetException if the metadata node's storage cannot be opened, or no data node's,
     *     naming it.
     */
    public static LocalCluster start(final DataDirectory directory) throws InterruptedException {
        final LocalCluster cluster = new LocalCluster(directory);
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
        engine.add(new RoomReport(clock, this::reportRoom));
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

    /**
     * What the files of the volume take and can still take. A file has its blocks on all nodes, so
     * the node with the least room decides.
     */
    private void reportRoom() {
        long live = 0;
        long least = Long.MAX_VALUE;
        for (final LocalNode node : nodes) {
            if (!node.isUp()) {
                return; // what it has is not known; the last figures stand
            }
            final StoreStatistics store = node.agent().store().statistics();
            live += store.liveBytes();
            least = Math.min(least, store.roomBytes());
        }
        final int replicas = volume.replicaCount();
        final long free = least * nodes.length / replicas;
        client.fileSystem().room(live / replicas + free, free);
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
            if (node.agent() == agent && node.onFailure(error)) {
                storageKeeper.onLost(node);
            }
        }
        if (metadata.isRunBy(agent)) {
            metadata.onFailure();
            storageKeeper.reopenSoon(metadata); // nothing goes without it
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

    /**
     * The client, for the library's interfaces over it.
     *
     * @return the client's agent.
     */
    public ClientAgent client() {
        return client;
    }

    @Override
    public ClusterStatus status() throws InterruptedException {
        return engine.call(
                () -> {
                    final List<NodeReport> reports = new ArrayList<>();
                    for (int i = 0; i < nodes.length; i++) {
                        reports.add(report(i));
                    }
                    return new ClusterStatus(volume, reports, groupLosses());
                });
    }

    private NodeReport report(final int number) {
        final DataNode agent = nodes[number].agent();
        if (agent == null) {
            return NodeReport.down(number, nodes[number].failure());
        }
        final Map<String, Long> counters = new LinkedHashMap<>();
        for (final NodeCounters.Counter counter : NodeCounters.Counter.values()) {
            counters.put(counter.name().toLowerCase(Locale.ROOT), agent.counters().get(counter));
        }
        counters.put("storage_losses", nodes[number].losses());
        final NodeStatus status = agent.status();
        return new NodeReport(
                number, true, status, agent.store().statistics(), counters, status.failure());
    }

    @Override
    public List<BlockCount> countBlocks() throws InterruptedException {
        final List<BlockCount> counts = new ArrayList<>();
        for (int node = 0; node < nodes.length; node++) {
            for (int copy = 0; copy < volume.replicaCount(); copy++) {
                final int number = node;
                final int group = Math.floorMod(node - copy, nodes.length);
                final BlockCensus census = new BlockCensus(group, volume.unitsPerBlock());
                Boolean goesOn;
                do {
                    goesOn = engine.call(() -> count(number, census));
                } while (Boolean.TRUE.equals(goesOn));
                if (goesOn != null) {
                    counts.add(new BlockCount(node, group, copy, census.blocks()));
                }
            }
        }
        return counts;
    }

    /** Whether there is more to count; null if the node is down. */
    private Boolean count(final int number, final BlockCensus census) {
        final DataNode agent = nodes[number].agent();
        return agent == null ? null : Boolean.valueOf(census.step(agent.store()));
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
        final Attributes file = request.path() == null ? null : lookUp(request.path());
        final long deadlineNs = clock.nanoTime() + APPLY_PATIENCE_NS;
        while (true) {
            try {
                return damage(request, file);
            } catch (final TrivetException e) {
                // What was written just now is in the index only when it is synced.
                if (e.code() != ErrorCode.NOT_FOUND || clock.nanoTime() - deadlineNs > 0) {
                    throw e;
                }
                Thread.sleep(APPLY_POLL_MS);
            }
        }
    }

    private Damage damage(final DamageRequest request, final Attributes file)
            throws InterruptedException {
        return engine.call(
                () -> {
                    final SegmentBlockStore[] stores = new SegmentBlockStore[nodes.length];
                    for (int i = 0; i < nodes.length; i++) {
                        stores[i] = nodes[i].isUp() ? nodes[i].storage().store() : null;
                    }
                    final BlockDamage damage = new BlockDamage(volume, stores, request);
                    return file == null
                            ? damage.damageAny()
                            : damage.damageFile(file.dataId(), file.size());
                });
    }

    /**
     * What the nodes store of a block of a file, first copy first.
     *
     * @param path of the file.
     * @param block number of the block in the file.
     * @return its copies.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public List<StoredCopy> copies(final String path, final long block)
            throws InterruptedException {
        final long dataId = lookUp(path).dataId();
        return engine.call(
                () -> {
                    final List<StoredCopy> copies = new ArrayList<>();
                    final int count = nodes.length;
                    final int group =
                            Placement.group(Placement.startGroup(dataId, count), block, count);
                    final long unit = block / count * volume.unitsPerBlock();
                    for (int copy = 0; copy < volume.replicaCount(); copy++) {
                        final int number = Placement.node(group, copy, count);
                        final DataNode agent = nodes[number].agent();
                        copies.add(
                                agent == null
                                        ? new StoredCopy(
                                                number, copy, StoredCopy.State.DOWN, 0, 0, 0)
                                        : agent.inspect(
                                                group,
                                                dataId,
                                                unit,
                                                unit + volume.unitsPerBlock()));
                    }
                    return copies;
                });
    }

    private Attributes lookUp(final String path) {
        final Attributes file = files().attributes(path.startsWith("/") ? path : "/" + path);
        if (file.isDirectory()) {
            throw new TrivetException(ErrorCode.IS_DIRECTORY, path + " is a directory");
        }
        return file;
    }

    /** Not to be closed: the client is the cluster's. */
    private TrivetFileSystem files() {
        return new TrivetFileSystem(client, Caller.ROOT, () -> {});
    }

    @Override
    public Verification verify() throws InterruptedException {
        long units = 0;
        long count = 0;
        final List<String> differences = new ArrayList<>();
        for (int group = 0; group < nodes.length; group++) {
            final CopyComparison comparison = new CopyComparison(volume, group);
            long sinceNs = clock.nanoTime();
            for (Step step = Step.DONE; step != Step.LAST; ) {
                final String[] obstacle = new String[1];
                step = engine.call(() -> verifyNext(comparison, obstacle));
                if (step != Step.WAITING) {
                    sinceNs = clock.nanoTime();
                } else if (clock.nanoTime() - sinceNs > VERIFY_PATIENCE_NS) {
                    throw new TrivetException(
                            ErrorCode.TIMED_OUT, "verify: cannot go on: " + obstacle[0]);
                } else {
                    LockSupport.parkNanos(VERIFY_POLL_NS);
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                }
            }
            units += comparison.units();
            count += comparison.differenceCount();
            differences.addAll(comparison.differences());
        }
        return new Verification(units, count, differences);
    }

    @Override
    public void scrub() throws InterruptedException {
        engine.call(
                () -> {
                    for (final LocalNode node : nodes) {
                        if (node.isUp()) {
                            node.agent().scrubNow();
                        }
                    }
                    return null;
                });
    }

    @Override
    public Losses losses() throws InterruptedException {
        final List<GroupLosses> groups = engine.call(this::groupLosses);
        return new Losses(groups, new LossSurvey(volume, files(), groups).survey());
    }

    private List<GroupLosses> groupLosses() {
        final DataNode[] agents = agents();
        return IntStream.range(0, nodes.length)
                .mapToObj(group -> GroupLosses.of(volume, agents, group))
                .filter(Losses::isWorthTelling)
                .toList();
    }

    @Override
    public Losses acceptLoss(final String path) throws InterruptedException {
        final List<LostRange> ranges = new ArrayList<>();
        for (int group = 0; group < nodes.length; group++) {
            ranges.add(
                    path == null
                            ? LostRange.ofGroup(group)
                            : LostRange.ofStrip(group, lookUp(path).dataId()));
        }
        final long unused = metadata.firstUnusedDataId();
        final List<GroupLosses> groups = engine.call(this::groupLosses);
        final DataNode[] asked = new DataNode[nodes.length];
        final long deadlineNs = clock.nanoTime() + ACCEPT_PATIENCE_NS;
        while (engine.call(() -> acceptLoss(groups, ranges, unused, asked))
                && clock.nanoTime() - deadlineNs < 0) {
            Thread.sleep(APPLY_POLL_MS);
        }
        return losses();
    }

    /**
     * Has losses accepted by the nodes that lead the groups, also by those that have started again
     * since and do not know. Tells whether that is to be waited for.
     */
    private boolean acceptLoss(
            final List<GroupLosses> groups,
            final List<LostRange> ranges,
            final long unused,
            final DataNode[] asked) {
        boolean isUnderWay = false;
        for (final GroupLosses each : groups) {
            final int group = each.group();
            final DataNode lead = nodes[group].agent();
            if (lead == null) {
                isUnderWay |= each.isLogLost() || !each.ranges().isEmpty();
            } else if (lead != asked[group]) {
                lead.acceptLoss(ranges, unused);
                asked[group] = lead;
                isUnderWay = true;
            }
        }
        return isUnderWay || groupLosses().stream().anyMatch(GroupLosses::isUnderWay);
    }

    private DataNode[] agents() {
        final DataNode[] agents = new DataNode[nodes.length];
        for (int i = 0; i < nodes.length; i++) {
            agents[i] = nodes[i].agent();
        }
        return agents;
    }

    private Step verifyNext(final CopyComparison comparison, final String[] obstacle) {
        final DataNode[] agents = agents();
        obstacle[0] = comparison.obstacle(agents);
        if (obstacle[0] != null) {
            return Step.WAITING;
        }
        return comparison.step(agents) ? Step.DONE : Step.LAST;
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
