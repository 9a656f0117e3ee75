package org.trivet.node;

import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochClock;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.node.disk.DirectoryTree;
import org.trivet.node.disk.NodeStorage;
import org.trivet.replica.DataNode;
import org.trivet.replica.NodeConfig;
import org.trivet.store.segment.SharedSpace;
import org.trivet.transport.Transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/**
 * A data node in this process: its agent while it is up, and its storage. Belongs to the engine's
 * thread, but for what is said otherwise.
 */
final class LocalNode implements StorageKeeper.Member {
    private static final System.Logger LOG = System.getLogger(LocalNode.class.getName());
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String LOST_SUFFIX = ".lost";
    private static final long BUSY_PAUSE_NS = 2_000_000L;
    private static final long QUIET_PAUSE_NS = 100_000_000L;

    private final int number;
    private final Path path;
    private final VolumeConfig volume;
    private final long bootHash;
    private final EngineThread engine;
    private final IntFunction<Transport> endpoints;
    private final SharedSpace.Share share;
    private final NanoClock clock;
    private final Predicate<LocalNode> othersAreGood;
    private final NodeSettings settings;
    private volatile NodeStorage storage;
    private DataNode agent;
    private Transport transport;

    /** Has the engine run the agent. */
    private Runnable resumption;

    private volatile String failure;
    private boolean isPaused;
    private boolean lost;
    private boolean wiping;
    private long losses;

    LocalNode(
            final int number,
            final Path path,
            final VolumeConfig volume,
            final long bootHash,
            final EngineThread engine,
            final IntFunction<Transport> endpoints,
            final SharedSpace.Share share,
            final NanoClock clock,
            final Predicate<LocalNode> othersAreGood,
            final NodeSettings settings) {
        this.number = number;
        this.path = path;
        this.volume = volume;
        this.bootHash = bootHash;
        this.engine = engine;
        this.endpoints = endpoints;
        this.share = share;
        this.clock = clock;
        this.othersAreGood = othersAreGood;
        this.settings = settings;
    }

    /** Differs after the machine has started again; 0 if that cannot be told. */
    static long readBootHash() {
        try {
            return Files.readString(BOOT_ID).hashCode();
        } catch (final IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot tell one boot of this machine from another: " + e);
            return 0;
        }
    }

    @Override
    public String name() {
        return "node-" + number;
    }

    int number() {
        return number;
    }

    boolean isUp() {
        return agent != null;
    }

    /** Whether it stands still because it was told to. */
    boolean isPaused() {
        return isPaused;
    }

    /** The agent; null if it is down. */
    DataNode agent() {
        return agent;
    }

    /** The storage of a node that is up. */
    NodeStorage storage() {
        return storage;
    }

    /** Why it is down, though nobody has taken it down; otherwise null. */
    String failure() {
        return failure;
    }

    /** How often its storage was deleted while it was up. */
    long losses() {
        return losses;
    }

    /** Whether it is out of service until its storage is back. */
    boolean isLost() {
        return lost;
    }

    /** Whether it is up and lacks nothing. */
    boolean isGood() {
        return agent != null
                && storage.intact()
                && agent.status().groups().stream().allMatch(group -> group.state().equals("good"));
    }

    /** Opens its storage, and runs it. */
    void start() {
        final EngineThread.Bell bell = engine.new Bell();
        final NodeStorage opened =
                new NodeStorage(path, name(), volume, settings.capacityBytes(), share, clock);
        Transport endpoint = null;
        final boolean isCalled;
        final DataNode started;
        try {
            opened.store().onProgress(bell::ring);
            endpoint = endpoints.apply(number);
            isCalled = endpoint.onArrival(bell::ring);
            started =
                    new DataNode(
                            NodeConfig.of(volume, number, bootHash).with(settings.scrub()),
                            opened.store(),
                            endpoint,
                            clock,
                            SystemEpochClock.INSTANCE);
        } catch (final RuntimeException e) {
            if (endpoint != null) {
                endpoint.close();
            }
            opened.abandon();
            throw e;
        }
        agent = started;
        storage = opened;
        transport = endpoint;
        failure = null;
        isPaused = false;
        resumption =
                () ->
                        engine.add(
                                started,
                                isCalled ? bell : null,
                                () -> started.isBusy() ? BUSY_PAUSE_NS : QUIET_PAUSE_NS);
        resumption.run();
    }

    /** Starts it; if that fails it is down, and says why. */
    TrivetException tryStart() {
        try {
            start();
            return null;
        } catch (final TrivetException e) {
            failure =
                    "its storage in "
                            + path
                            + " cannot be used: "
                            + e.getMessage()
                            + (e.code() == ErrorCode.NOT_SUPPORTED ? "" : adviceToWipe());
            LOG.log(System.Logger.Level.ERROR, name() + " is down: " + failure);
            return e;
        }
    }

    private String adviceToWipe() {
        return "; to have it rebuilt from the other nodes: trivet node wipe "
                + number
                + ", and trivet node start "
                + number;
    }

    /**
     * Starts it without its storage, of which nothing can be used: this is put aside, and the other
     * nodes give it all that it had.
     */
    void replaceStorage() {
        LOG.log(
                System.Logger.Level.WARNING,
                name() + " is rebuilt from the others; its storage is kept as " + putAside());
        tryStart();
    }

    private Path putAside() {
        final Path aside = path.resolveSibling(path.getFileName() + LOST_SUFFIX);
        DirectoryTree.replace(path, aside);
        return aside;
    }

    /** Has it stand still, as if its machine hung. */
    void pause() {
        if (isPaused) {
            throw new TrivetException(
                    ErrorCode.INVALID, "cannot pause node " + number + ": it stands still already");
        }
        isPaused = true;
        engine.remove(agent);
    }

    /** Has it go on. */
    void resume() {
        if (!isPaused) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "cannot resume node " + number + ": it does not stand still");
        }
        isPaused = false;
        resumption.run();
    }

    /** Ends it cleanly; what has been deleted of its storage is put back before. */
    void stop() {
        if (lose() || lost) {
            try {
                if (storage != null) {
                    storage.putBack();
                }
            } finally {
                abandonLost();
            }
        } else if (agent != null) {
            final DataNode ending = agent;
            engine.remove(ending);
            agent = null;
            isPaused = false;
            storage.stopThreads();
            try {
                ending.onClose();
            } finally {
                storage.directory().close();
                storage = null;
            }
        }
    }

    /** Ends it as the death of its process would. */
    void kill() {
        engine.remove(agent);
        agent = null;
        isPaused = false;
        transport.close();
        abandonStorage();
    }

    /** Takes it down until its storage has been deleted; tells whether it was up. */
    boolean beginWipe() {
        final boolean wasUp = agent != null;
        if (wasUp) {
            kill();
        }
        wiping = true;
        failure = null; // whoever has it wiped knows that it is down
        return wasUp;
    }

    /**
     * Deletes its storage. On whatever thread but the engine's: for large files it takes a second,
     * and the others go on meanwhile.
     */
    void deleteStorage() {
        DirectoryTree.delete(path);
        share.empty();
    }

    /** It is as it was before, but for its storage. */
    void endWipe(final boolean starts) {
        wiping = false;
        if (starts) {
            start();
        }
    }

    /**
     * Its agent has thrown, and is off the engine: it is lost if its storage has been deleted, and
     * otherwise down.
     */
    void onFailure(final Throwable error) {
        if (!lose()) {
            failure = error.getMessage() == null ? error.toString() : error.getMessage();
            kill();
        }
    }

    // ---- storage that is lost

    /**
     * Whether its storage is where it was; also of a node that could not start, and whose storage
     * has been taken away therefore. From any thread.
     */
    @Override
    public boolean isIntact() {
        final NodeStorage watched = storage;
        return watched != null
                ? watched.intact()
                : failure == null || Files.exists(path.resolve("journal"));
    }

    @Override
    public boolean lose() {
        if (lost || isIntact()) {
            return false;
        }
        lost = true;
        losses++;
        failure = "its storage has been deleted, and is being put back";
        if (agent != null) {
            engine.remove(agent);
            agent = null;
            transport.close();
            storage.detach();
        }
        return true;
    }

    @Override
    public boolean putBack() {
        final NodeStorage held = storage;
        if (held != null) {
            held.putBack();
        }
        return held != null;
    }

    @Override
    public void reopen() {
        try {
            abandonLost();
        } catch (final TrivetException e) { // what was put back can be used all the same
            LOG.log(System.Logger.Level.ERROR, name() + ": " + e.getMessage(), e);
        }
        tryStart();
    }

    @Override
    public boolean beginAnew() {
        if (!othersAreGood.test(this)) {
            return false;
        }
        abandonLost();
        if (Files.exists(path)) {
            putAside();
        }
        start();
        return true;
    }

    private void abandonLost() {
        lost = false;
        if (storage != null) {
            abandonStorage();
        }
    }

    /** Whatever goes wrong there: what has been closed is not used again. */
    private void abandonStorage() {
        final NodeStorage abandoned = storage;
        storage = null;
        abandoned.abandon();
    }

    void refuseIfLost(final String action) {
        if (lost || wiping) {
            throw new TrivetException(
                    ErrorCode.BUSY,
                    "cannot "
                            + action
                            + " "
                            + name()
                            + " now: "
                            + (wiping ? "its storage is being deleted" : failure));
        }
    }
}
