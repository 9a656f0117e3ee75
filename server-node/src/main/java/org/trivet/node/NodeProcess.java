package org.trivet.node;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.node.control.ControlServer;
import org.trivet.store.segment.SharedSpace;
import org.trivet.transport.Transport;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A data node alone in this process: one thread does all but write its journal. Its control channel
 * is in its directory. May be used from any thread.
 */
public final class NodeProcess implements AutoCloseable {
    /** The exit code of a process whose node cannot start, if the next attempt may succeed. */
    public static final int EXIT_FAILED = 1;

    /** Its storage is damaged: see {@link #isStorageDamage}. */
    private static final int EXIT_STORAGE_DAMAGED = 3;

    /**
     * The exit code of a process whose node's storage is of a format that this version does not
     * know.
     */
    public static final int EXIT_FORMAT_UNKNOWN = 4;

    private final EngineThread engine;
    private final ClusterNetwork network;
    private final VolumeConfig volume;
    private final LocalNode node;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final StorageKeeper storageKeeper;
    private final Neighbours neighbours;
    private ControlServer control;

    private NodeProcess(
            final ClusterFile cluster,
            final int number,
            final Path directory,
            final List<Path> neighbourDirectories,
            final IdleMode idleMode,
            final NodeSettings settings) {
        final SharedSpace space = new SharedSpace();
        neighbours = new Neighbours(space, neighbourDirectories);
        final NanoClock clock = SystemNanoClock.INSTANCE;
        engine =
                new EngineThread(
                        "trivet-node-" + number,
                        clock,
                        this::onFailure,
                        () -> Long.MAX_VALUE, // the node says so itself
                        idleMode);
        volume = cluster.volume();
        network = ClusterNetwork.open(cluster);
        node =
                new LocalNode(
                        number,
                        directory,
                        volume,
                        LocalNode.readBootHash(),
                        engine,
                        this::open,
                        space.newShare(),
                        clock,
                        itself -> false, // it cannot tell how the others are
                        settings);
        storageKeeper = new StorageKeeper(List.of(node), neighbours::look, engine::call);
    }

    /**
     * Starts a node. It answers when the metadata node is there, too.
     *
     * @param cluster the cluster that it belongs to.
     * @param number its number, 0 to N-1.
     * @param directory its storage, made if there is none; locked as long as the node runs.
     * @param neighbours directories of other nodes on the same file system, which share its room
     *     equally; there may be nothing there yet.
     * @param idleMode how it waits for messages.
     * @param settings how it works.
     * @return the running node.
     * @throws InterruptedException if interrupted; nothing runs then.
     * @throws TrivetException if its storage cannot be used: BUSY, CORRUPT and others; INVALID if
     *     there is no such node.
     */
    public static NodeProcess start(
            final ClusterFile cluster,
            final int number,
            final Path directory,
            final List<Path> neighbours,
            final IdleMode idleMode,
            final NodeSettings settings)
            throws InterruptedException {
        final int nodes = cluster.volume().nodeCount();
        if (number < 0 || number >= nodes) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "there is no node " + number + ": nodes are numbered 0 to " + (nodes - 1));
        }
        final NodeProcess process =
                new NodeProcess(
                        cluster,
                        number,
                        directory.toAbsolutePath(),
                        neighbours,
                        idleMode,
                        settings);
        boolean isStarted = false;
        try {
            process.run(directory.toAbsolutePath());
            isStarted = true;
            return process;
        } finally {
            if (!isStarted) {
                process.close();
            }
        }
    }

    /**
     * Whether an error says that a node's storage is damaged, and that the other nodes can give it
     * what it had.
     *
     * @param code of the error that {@link #start} threw.
     * @return true if so.
     */
    public static boolean isStorageDamage(final ErrorCode code) {
        return switch (code) {
            case CORRUPT, IS_DIRECTORY, NOT_DIRECTORY -> true;
            default -> false;
        };
    }

    /**
     * The exit code of a process whose node cannot start.
     *
     * @param code of the error that {@link #start} threw.
     * @return {@link #EXIT_FAILED} if the next attempt may succeed; otherwise 3 for a damaged
     *     storage, or {@link #EXIT_FORMAT_UNKNOWN}.
     */
    public static int exitCode(final ErrorCode code) {
        if (code == ErrorCode.NOT_SUPPORTED) {
            return EXIT_FORMAT_UNKNOWN;
        }
        return isStorageDamage(code) ? EXIT_STORAGE_DAMAGED : EXIT_FAILED;
    }

    /** What an exit code says; IO if it says nothing of the storage. */
    static ErrorCode errorOf(final int exitCode) {
        return switch (exitCode) {
            case EXIT_STORAGE_DAMAGED -> ErrorCode.CORRUPT;
            case EXIT_FORMAT_UNKNOWN -> ErrorCode.NOT_SUPPORTED;
            default -> ErrorCode.IO;
        };
    }

    private void run(final Path directory) throws InterruptedException {
        engine.call(
                () -> {
                    node.start();
                    return null;
                });
        control =
                new ControlServer(
                        directory,
                        NodeControl.handlers(
                                new LocalNodeAccess(volume, node, engine, network::counters)));
    }

    private Transport open(final int endpointId) {
        final Transport transport = network.open(endpointId);
        engine.idleStrategy().watch(transport);
        return transport;
    }

    private void onFailure(final Agent agent, final Throwable error) {
        try {
            node.onFailure(error);
        } finally {
            if (node.isLost()) {
                storageKeeper.onLost(node);
            } else {
                end.completeExceptionally(error);
            }
        }
    }

    /**
     * Waits until the node is out of service, and cannot go on.
     *
     * @throws InterruptedException if interrupted; the node goes on.
     * @throws TrivetException saying why; never that its storage is damaged, for what goes bad
     *     while it runs, as a page of the index, the next start may mend.
     */
    public void awaitFailure() throws InterruptedException {
        try {
            end.get();
        } catch (final ExecutionException e) {
            throw e.getCause() instanceof final TrivetException typed
                            && exitCode(typed.code()) == EXIT_FAILED
                    ? typed
                    : new TrivetException(
                            ErrorCode.IO, node.name() + " has failed: " + e.getCause(), e);
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
                        node.stop();
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
