package org.trivet.node;

import org.agrona.concurrent.SystemNanoClock;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.aeron.LoopbackPorts;
import org.trivet.client.ClientAgent;
import org.trivet.fs.InodeFileSystem;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.node.control.ControlClient;
import org.trivet.node.control.Progress;
import org.trivet.node.disk.DirectoryTree;
import org.trivet.replica.StoredCopy;
import org.trivet.transport.EndpointId;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * A volume on this machine with a process for each of its nodes, one for the metadata node and one
 * for the media driver, all of which this process keeps running; and a client in this process.
 *
 * <pre>
 * DATA_DIR/cluster      describes it, written anew at each start; more clients may use it
 * DATA_DIR/cluster.key  its key, if its messages are sealed
 * </pre>
 */
public final class ProcessCluster implements Cluster {
    private static final System.Logger LOG = System.getLogger(ProcessCluster.class.getName());
    private static final String CLUSTER_FILE = "cluster";
    private static final String KEY_FILE = "cluster.key";
    private static final String LOOPBACK = "127.0.0.1";
    private static final String LOST_SUFFIX = ".lost";
    private static final long READY_TIMEOUT_S = 60;
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
    private static final long KEEP_INTERVAL_MS = 400;

    private final DataDirectory directory;
    private final VolumeConfig volume;
    private final ClusterFile clusterFile;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("trivet-supervisor").factory());
    private final ChildProcess driver;
    private final ChildProcess metadata;
    private final ChildProcess[] nodes;
    private final RemoteNodeAccess[] access;
    private ClusterClient client;
    private ClusterInspection inspection;
    private boolean isClosed;

    private ProcessCluster(
            final DataDirectory directory,
            final Media media,
            final IdleMode idleMode,
            final boolean isSealed,
            final NodeSettings settings) {
        this.directory = directory;
        volume = directory.volume();
        clusterFile = newClusterFile(media, isSealed);
        final ClusterProcesses processes =
                new ClusterProcesses(directory.path().resolve(CLUSTER_FILE), idleMode, settings);
        driver = new ChildProcess("driver", processes.driver(), timer);
        metadata =
                new ChildProcess(
                        "metadata", processes.metadata(directory.metadata(), isNew()), timer);
        nodes = new ChildProcess[volume.nodeCount()];
        access = new RemoteNodeAccess[nodes.length];
        for (int i = 0; i < nodes.length; i++) {
            final Path place = directory.node(i);
            nodes[i] = new ChildProcess("node-" + i, processes.node(i, place, others(i)), timer);
            access[i] = new RemoteNodeAccess(i, place, ANSWER_LIMIT);
        }
    }

    private List<Path> others(final int node) {
        return IntStream.range(0, volume.nodeCount())
                .filter(other -> other != node)
                .mapToObj(directory::node)
                .toList();
    }

    /** Whether nothing has been stored yet: only then may the metadata node begin with nothing. */
    private boolean isNew() {
        for (int i = 0; i < volume.nodeCount(); i++) {
            if (Files.exists(directory.node(i))) {
                return false;
            }
        }
        return true;
    }

    private ClusterFile newClusterFile(final Media media, final boolean isSealed) {
        final Path file = directory.path().resolve(CLUSTER_FILE);
        try {
            Files.deleteIfExists(file);
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "cannot replace " + file + ": " + e, e);
        }
        final ClusterFile made =
                new ClusterFile(
                        volume,
                        media,
                        ClusterFile.usualDriver(volume),
                        media == Media.UDP ? addresses(volume) : Map.of(),
                        isSealed ? directory.path().resolve(KEY_FILE) : null);
        made.create(file);
        return made;
    }

    /** Addresses of all nodes, which they keep while they are down. */
    static Map<Integer, String> addresses(final VolumeConfig volume) {
        final Map<Integer, String> addresses = new HashMap<>();
        final List<Integer> ports = LoopbackPorts.choose(volume.nodeCount() + 1);
        addresses.put(EndpointId.METADATA, LOOPBACK + ":" + ports.getLast());
        for (int node = 0; node < volume.nodeCount(); node++) {
            addresses.put(node, LOOPBACK + ":" + ports.get(node));
        }
        return addresses;
    }

    /**
     * Starts a volume.
     *
     * @param directory where it is stored; stays open, and is the caller's to close after the
     *     cluster.
     * @param media how messages travel.
     * @param idleMode how all its threads wait for messages.
     * @return the running cluster; its nodes find their state as they come up. A node whose storage
     *     cannot be opened is down.
     * @throws InterruptedException if interrupted before that; nothing runs then.
     * @throws TrivetException if a process cannot be started; the metadata node's, if its storage
     *     cannot be used; or no data node's.
     */
    public static ProcessCluster start(
            final DataDirectory directory, final Media media, final IdleMode idleMode)
            throws InterruptedException {
        return start(directory, media, idleMode, true, NodeSettings.USUAL);
    }

    /**
     * Starts a volume, whose messages may be open to all who can use the driver or its ports.
     *
     * @param directory as above.
     * @param media as above.
     * @param idleMode as above.
     * @param isSealed whether messages are sealed with a key.
     * @param settings how its data nodes work.
     * @return as above.
     * @throws InterruptedException as above.
     * @throws TrivetException as above.
     */
    public static ProcessCluster start(
            final DataDirectory directory,
            final Media media,
            final IdleMode idleMode,
            final boolean isSealed,
            final NodeSettings settings)
            throws InterruptedException {
        final ProcessCluster cluster =
                new ProcessCluster(directory, media, idleMode, isSealed, settings);
        boolean isStarted = false;
        try {
            cluster.startAll(idleMode);
            isStarted = true;
            return cluster;
        } finally {
            if (!isStarted) {
                cluster.close();
            }
        }
    }

    private void startAll(final IdleMode idleMode) throws InterruptedException {
        driver.start();
        driver.awaitReady(READY_TIMEOUT_S);
        metadata.start();
        for (final ChildProcess node : nodes) {
            node.start();
        }
        metadata.awaitReady(READY_TIMEOUT_S);
        awaitNodes();
        client = ClusterClient.start(clusterFile, LOOPBACK, idleMode);
        inspection =
                new ClusterInspection(
                        volume,
                        number -> nodes[number].isUp() ? access[number] : null,
                        client.files(),
                        this::firstUnusedDataId,
                        SystemNanoClock.INSTANCE);
        timer.scheduleWithFixedDelay(
                this::keep, KEEP_INTERVAL_MS, KEEP_INTERVAL_MS, TimeUnit.MILLISECONDS);
    }

    /**
     * A node that cannot start is down, and says why; the others serve. If it is one only, because
     * its storage is damaged, they have all that it had.
     */
    private void awaitNodes() throws InterruptedException {
        TrivetException first = null;
        int failed = -1;
        int up = 0;
        for (int i = 0; i < nodes.length; i++) {
            try {
                nodes[i].awaitReady(READY_TIMEOUT_S);
                up++;
            } catch (final TrivetException e) {
                if (first == null) {
                    first = e;
                    failed = i;
                }
            }
        }
        if (up == 0) {
            throw first;
        }
        if (up == nodes.length - 1
                && first.code() == ErrorCode.CORRUPT
                && volume.replicaCount() > 1) {
            final Path place = directory.node(failed);
            final Path aside = place.resolveSibling(place.getFileName() + LOST_SUFFIX);
            LOG.log(
                    System.Logger.Level.WARNING,
                    "node-"
                            + failed
                            + " is rebuilt from the others; its storage is kept as "
                            + aside);
            DirectoryTree.replace(place, aside);
            nodes[failed].start();
            nodes[failed].awaitReady(READY_TIMEOUT_S);
        }
    }

    private void keep() {
        try {
            directory.keep();
            if (!Files.exists(directory.path().resolve(CLUSTER_FILE))) {
                clusterFile.create(directory.path().resolve(CLUSTER_FILE));
            }
        } catch (final RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "looking after the storage: " + e.getMessage());
        }
    }

    private long firstUnusedDataId() {
        try (ControlClient control = ControlClient.connect(directory.metadata())) {
            final Object answer =
                    control.call("first-unused-data-id", Map.of(), Progress.NONE).get("dataId");
            if (answer instanceof final Number number) {
                return number.longValue();
            }
            throw new TrivetException(ErrorCode.IO, "the metadata node answers " + answer);
        }
    }

    @Override
    public VolumeConfig volume() {
        return volume;
    }

    @Override
    public InodeFileSystem fileSystem() {
        return client.agent().fileSystem();
    }

    @Override
    public Executor agentExecutor() {
        return client.agent();
    }

    @Override
    public ClientAgent client() {
        return client.agent();
    }

    /**
     * Process ids, for those who want to see that there are processes.
     *
     * @return by name: driver, metadata, node-0, node-1, ...; -1 for one that does not run.
     */
    public Map<String, Long> processIds() {
        final Map<String, Long> ids = new HashMap<>();
        ids.put(driver.name(), driver.pid());
        ids.put(metadata.name(), metadata.pid());
        for (final ChildProcess node : nodes) {
            ids.put(node.name(), node.pid());
        }
        return ids;
    }

    @Override
    public ClusterStatus status() throws InterruptedException {
        final ClusterStatus status = inspection.status();
        final List<NodeReport> reports = new ArrayList<>();
        for (final NodeReport report : status.nodes()) {
            final ChildProcess node = nodes[report.node()];
            if (node.isPaused()) {
                reports.add(NodeReport.paused(report.node()));
            } else if (!report.isUp() && node.failure() != null) {
                reports.add(NodeReport.down(report.node(), node.failure()));
            } else {
                reports.add(report);
            }
        }
        return new ClusterStatus(volume, reports, status.losses());
    }

    @Override
    public List<BlockCount> countBlocks() throws InterruptedException {
        return inspection.countBlocks();
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

    // ---- nodes down and up

    private ChildProcess node(final int number, final boolean isWanted, final String action) {
        final ChildProcess node = nodes[number];
        if (node.isWanted() != isWanted) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "cannot "
                            + action
                            + " node "
                            + number
                            + ": it is "
                            + (isWanted ? "down" : "up")
                            + " already");
        }
        return node;
    }

    @Override
    public void stopNode(final int number) throws InterruptedException {
        node(number, true, "stop").stop();
    }

    @Override
    public void killNode(final int number) throws InterruptedException {
        node(number, true, "kill").kill();
    }

    @Override
    public void startNode(final int number) throws InterruptedException {
        final ChildProcess node = node(number, false, "start");
        node.start();
        node.awaitReady(READY_TIMEOUT_S);
    }

    @Override
    public void wipeNode(final int number) throws InterruptedException {
        final ChildProcess node = nodes[number];
        final boolean wasUp = node.isWanted();
        node.kill();
        DirectoryTree.delete(directory.node(number));
        if (wasUp) {
            startNode(number);
        }
    }

    @Override
    public void pauseNode(final int number) {
        final ChildProcess node = node(number, true, "pause");
        if (node.isPaused()) {
            throw new TrivetException(
                    ErrorCode.INVALID, "cannot pause node " + number + ": it stands still already");
        }
        node.pause();
    }

    @Override
    public void resumeNode(final int number) {
        final ChildProcess node = nodes[number];
        if (!node.isPaused()) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "cannot resume node " + number + ": it does not stand still");
        }
        node.resume();
    }

    /** Stops the client, then the nodes, then the metadata node, then the driver. */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (client != null) {
            client.close();
        }
        try {
            final List<Thread> stopping = new ArrayList<>();
            for (final ChildProcess node : nodes) {
                stopping.add(Thread.ofVirtual().start(() -> stop(node)));
            }
            for (final Thread each : stopping) {
                each.join();
            }
            metadata.stop();
            driver.stop();
        } catch (final InterruptedException e) {
            stopAll();
            Thread.currentThread().interrupt();
        } finally {
            timer.shutdownNow();
            for (final RemoteNodeAccess each : access) {
                each.close();
            }
        }
    }

    private static void stop(final ChildProcess process) {
        try {
            process.stop();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stopAll() {
        final List<ChildProcess> all = new ArrayList<>(List.of(nodes));
        all.add(metadata);
        all.add(driver);
        all.forEach(ProcessCluster::stop);
    }
}
