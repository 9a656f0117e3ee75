package org.trivet.node;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.trivet.VolumeConfig;
import org.trivet.meta.TrimPort;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;

import java.nio.file.Path;
import java.util.function.IntFunction;

/**
 * The metadata node in this process. Belongs to the engine's thread, but for what is said
 * otherwise.
 */
final class LocalMetadata implements StorageKeeper.Member {
    private final Path path;
    private final VolumeConfig volume;
    private final EngineThread engine;
    private final IntFunction<Transport> endpoints;
    private final NanoClock clock;
    private volatile MetadataStorage storage;
    private TrimPort trims;
    private boolean lost;

    LocalMetadata(
            final Path path,
            final VolumeConfig volume,
            final EngineThread engine,
            final IntFunction<Transport> endpoints,
            final NanoClock clock) {
        this.path = path;
        this.volume = volume;
        this.engine = engine;
        this.endpoints = endpoints;
        this.clock = clock;
    }

    /**
     * Opens the storage, and runs the node.
     *
     * @param trimPort removes what files have no more.
     * @param endsSessions whether no session can go on: all clients are in this process, and new.
     */
    void start(final TrimPort trimPort, final boolean endsSessions) {
        trims = trimPort;
        storage = open();
        if (endsSessions) {
            storage.node().endFormerSessions();
        }
        engine.add(storage.node());
    }

    private MetadataStorage open() {
        return MetadataStorage.open(
                path,
                volume,
                endpoints.apply(EndpointId.METADATA),
                trims,
                new SystemEpochNanoClock(),
                clock,
                engine.idleStrategy()::signal);
    }

    /** No file has ever had this data id, or one above it. */
    long firstUnusedDataId() throws InterruptedException {
        return engine.call(() -> storage.node().firstUnusedDataId());
    }

    boolean isRunBy(final Agent agent) {
        return storage != null && storage.node() == agent;
    }

    /** The node has thrown, and is off the engine: it is to be reopened, as after its death. */
    void onFailure() {
        lost = true;
        storage.detach();
    }

    /** Ends it cleanly; what has been deleted of its storage is put back before. */
    void stop() {
        if (lose() || lost) {
            try {
                putBack();
            } finally {
                abandonLost();
            }
        } else if (storage != null) {
            engine.remove(storage.node());
            storage.close();
            storage = null;
        }
    }

    @Override
    public String name() {
        return "metadata";
    }

    @Override
    public boolean isIntact() {
        final MetadataStorage watched = storage;
        return watched == null || watched.intact();
    }

    @Override
    public boolean lose() {
        if (lost || isIntact()) {
            return false;
        }
        lost = true;
        engine.remove(storage.node());
        storage.detach();
        return true;
    }

    @Override
    public boolean putBack() {
        final MetadataStorage held = storage;
        if (held != null && !held.intact()) { // otherwise it is there, and is only to be opened
            held.putBack();
        }
        return true;
    }

    /** Starts it again from what was put back; sessions go on. */
    @Override
    public void reopen() {
        abandonLost();
        storage = open();
        engine.add(storage.node());
    }

    private void abandonLost() {
        if (storage != null) {
            storage.abandon();
            storage = null;
        }
        lost = false;
    }

    /** Nobody else has what it had. */
    @Override
    public boolean beginAnew() {
        return false;
    }
}
