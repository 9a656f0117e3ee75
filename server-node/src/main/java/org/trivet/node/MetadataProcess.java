package org.trivet.node;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.client.ClientAgent;
import org.trivet.client.ClientConfig;
import org.trivet.client.StripTrims;
import org.trivet.node.control.ControlServer;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The metadata node alone in this process, with the client by which it has data removed: one thread
 * does all but write its journal. Its control channel is in its directory. May be used from any
 * thread.
 */
public final class MetadataProcess implements AutoCloseable {
    /** The endpoint of the client that removes data. */
    private static final int REMOVER = EndpointId.FIRST_CLIENT;

    private static final System.Logger LOG = System.getLogger(MetadataProcess.class.getName());

    private final ClusterFile cluster;
    private final Path directory;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final EngineThread engine;
    private final TransportFactory network;
    private final LocalMetadata metadata;
    private final StorageKeeper storageKeeper;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private ClientAgent remover;
    private ControlServer control;

    private MetadataProcess(
            final ClusterFile cluster, final Path directory, final IdleMode idleMode) {
        this.cluster = cluster;
        this.directory = directory;
        engine =
                new EngineThread(
                        "trivet-metadata",
                        clock,
                        this::onFailure,
                        () -> remover == null ? Long.MAX_VALUE : remover.idleNs(),
                        idleMode);
        network = ClusterNetwork.open(cluster);
        metadata = new LocalMetadata(directory, cluster.volume(), engine, this::open, clock);
        storageKeeper = new StorageKeeper(List.of(metadata), () -> {}, engine::call);
    }

    /**
     * Starts the metadata node.
     *
     * @param cluster the cluster that it belongs to.
     * @param directory its storage; locked as long as the node runs.
     * @param mayBegin whether it may begin with an empty file system if there is no storage.
     * @param idleMode how it waits for messages.
     * @return the running node.
     * @throws InterruptedException if interrupted; nothing runs then.
     * @throws TrivetException if its storage cannot be used: BUSY, CORRUPT and others; NOT_FOUND if
     *     there is none, and it may not begin.
     */
    public static MetadataProcess start(
            final ClusterFile cluster,
            final Path directory,
            final boolean mayBegin,
            final IdleMode idleMode)
            throws InterruptedException {
        final Path place = directory.toAbsolutePath().normalize();
        if (!mayBegin && !exists(place)) {
            throw new TrivetException(
                    ErrorCode.NOT_FOUND,
                    "there is no metadata in "
                            + place
                            + ": if files were stored in this cluster, put a backup of the"
                            + " directory in its place, for without it all of them are lost; if it"
                            + " is new, say so with --new");
        }
        final MetadataProcess process = new MetadataProcess(cluster, place, idleMode);
        boolean isStarted = false;
        try {
            process.run();
            isStarted = true;
            return process;
        } finally {
            if (!isStarted) {
                process.close();
            }
        }
    }

    /**
     * Whether there is storage of a metadata node, or what a process that died while it put it back
     * had completed.
     *
     * @param directory of the metadata node.
     * @return true if there is something that was made by one.
     */
    static boolean exists(final Path directory) {
        return Files.exists(directory.resolve("volume.properties"))
                || Files.exists(directory.resolveSibling(directory.getFileName() + ".complete"));
    }

    private void run() throws InterruptedException {
        engine.call(
                () -> {
                    remover =
                            new ClientAgent(
                                    ClientConfig.of(
                                            cluster.volume(), new SecureRandom().nextLong()),
                                    open(REMOVER),
                                    clock,
                                    engine.idleStrategy(),
                                    error ->
                                            LOG.log(
                                                    System.Logger.Level.ERROR,
                                                    "removing data has failed: " + error,
                                                    error));
                    metadata.start(new StripTrims(remover, cluster.volume().nodeCount()), false);
                    engine.add(remover);
                    return null;
                });
        control =
                new ControlServer(
                        directory,
                        Map.of(
                                "first-unused-data-id",
                                (arguments, progress) ->
                                        Map.of("dataId", metadata.firstUnusedDataId())));
    }

    private Transport open(final int endpointId) {
        final Transport transport = network.open(endpointId);
        engine.idleStrategy().watch(transport);
        return transport;
    }

    private void onFailure(final Agent agent, final Throwable error) {
        boolean isLost = false;
        try {
            if (metadata.isRunBy(agent) && !metadata.isIntact()) {
                metadata.onFailure();
                isLost = true;
            }
        } finally {
            if (isLost) {
                storageKeeper.onLost(metadata);
            } else {
                end.completeExceptionally(error);
            }
        }
    }

    /**
     * Waits until the node is out of service, and cannot go on.
     *
     * @throws InterruptedException if interrupted; the node goes on.
     * @throws TrivetException saying why.
     */
    public void awaitFailure() throws InterruptedException {
        try {
            end.get();
        } catch (final ExecutionException e) {
            throw e.getCause() instanceof final TrivetException typed
                    ? typed
                    : new TrivetException(
                            ErrorCode.IO, "the metadata node has failed: " + e.getCause(), e);
        }
    }

    /** Stops it cleanly: what it has acknowledged is on disk. */
    @Override
    public void close() {
        try {
            if (control != null) {
                control.close();
            }
            storageKeeper.close();
        } finally {
            stop(); // whatever has failed: it may have storage to put back
        }
    }

    private void stop() {
        try {
            engine.call(
                    () -> {
                        if (remover != null) {
                            engine.remove(remover);
                            remover.onClose();
                        }
                        metadata.stop();
                        return null;
                    });
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            engine.close();
            network.close();
        }
    }
}
