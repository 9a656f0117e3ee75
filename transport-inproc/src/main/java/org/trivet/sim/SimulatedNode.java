package org.trivet.sim;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.replica.DataNode;
import org.trivet.replica.NodeConfig;
import org.trivet.replica.NodeCounters;
import org.trivet.replica.NodeStatus;

import java.util.Random;
import java.util.Set;

/** A data node's machine: the storage, and the process that is there or not. */
final class SimulatedNode extends SimulatedProcess {
    private static final Set<String> NOT_LEADING = Set.of("starting", "joining", "recovering");

    private static final long BUSY_NS = 2_000_000L;
    private static final long QUIET_NS = 100_000_000L;

    private final int id;
    private final SimulatedCluster cluster;
    private final NodeStorage storage;
    private SimulatedNetwork.Endpoint endpoint;
    private Runnable whenDead = () -> {};
    private DataNode agent;
    private long boot = 1;
    private long quietNs;

    SimulatedNode(
            final int id,
            final SimulatedCluster cluster,
            final VirtualClock clock,
            final NodeStorage storage) {
        super(cluster.events(), clock);
        this.id = id;
        this.cluster = cluster;
        this.storage = storage;
    }

    int id() {
        return id;
    }

    /** The agent, or null while the process is not there. */
    DataNode agent() {
        return agent;
    }

    NodeStorage storage() {
        return storage;
    }

    void start() {
        if (isRunning()) {
            return;
        }
        cluster.note("node " + id + " starts");
        final NodeConfig config = cluster.plan().nodeConfig(id, boot);
        quietNs = Math.min(QUIET_NS, config.heartbeatIntervalNs());
        endpoint = cluster.network().open(id, this::wake);
        try {
            agent =
                    new DataNode(
                            config,
                            storage.open(),
                            endpoint,
                            clock,
                            () -> cluster.events().nowNs() / 1_000_000L);
            started();
        } catch (final SimulatedCrash crash) {
            onCrash();
        } catch (final TrivetException error) {
            if (storage.hasStrayed() && error.code() == ErrorCode.CORRUPT) {
                cluster.note("node " + id + " cannot start: " + error.getMessage());
                endpoint.close();
                wipe(); // as its operator would
                start();
                return;
            }
            if (!storage.isTroubled()) {
                throw new SimulationFailure("node " + id + " cannot start: " + error, error);
            }
            cluster.note("node " + id + " cannot start: " + error.getMessage());
            onCrash();
        }
    }

    /**
     * Has the process die at a call that changes files.
     *
     * @param calls after so many more of them.
     * @param onDeath told when it has died.
     */
    void crashAfter(final int calls, final Runnable onDeath) {
        whenDead = onDeath;
        storage.crashAfter(calls);
    }

    /** Has the disk refuse to sync. */
    void failSyncs(final Runnable onDeath) {
        whenDead = onDeath;
        storage.failSyncs();
    }

    @Override
    void onCrash() {
        cluster.note("node " + id + " dies at a call of its files");
        end();
        whenDead.run();
    }

    /** The process that has died at a call has left what it wrote; or its machine lost power. */
    void buried(final boolean powerLost, final Random random) {
        if (powerLost) {
            storage.powerLost(random);
            boot++;
        } else {
            storage.processDied();
        }
    }

    void kill() {
        if (isRunning()) {
            cluster.note("node " + id + " is killed");
            cluster.occurrences().count(Occurrence.NODE_KILLED);
            end();
            storage.processDied();
        }
    }

    void losePower(final Random random) {
        if (isRunning()) {
            cluster.note("node " + id + " loses power");
            cluster.occurrences().count(Occurrence.NODE_LOST_POWER);
            end();
            storage.powerLost(random);
            boot++;
        }
    }

    /** Loses everything, while down. */
    void wipe() {
        kill();
        cluster.note("node " + id + " loses its storage");
        cluster.occurrences().count(Occurrence.NODE_WIPED);
        storage.wipe();
    }

    private void end() {
        if (agent != null) {
            cluster.occurrences().add(agent.counters());
        }
        ended();
        endpoint.close();
        agent = null;
    }

    @Override
    int duty() {
        storage.advance();
        final int workCount = agent.doWork();
        for (final NodeCounters.Counter never : Occurrences.NEVER) {
            if (agent.counters().get(never) > 0) {
                throw new SimulationFailure("node " + id + " has counted " + never);
            }
        }
        if (agent.counters().get(NodeCounters.Counter.FOUND_DIFFERING) > 0
                && !cluster.mayCopiesDiffer()) {
            throw new SimulationFailure("node " + id + " finds copies that differ, and none do");
        }
        return workCount;
    }

    @Override
    long idleNs() {
        return agent.isBusy() ? BUSY_NS : quietNs;
    }

    @Override
    void onFailure(final Throwable error) {
        if (storage.isTroubled() && agent.store().failure() != null) {
            cluster.note("node " + id + " is out of service: " + error.getMessage());
            onCrash();
            return;
        }
        throw new SimulationFailure("node " + id + " has failed: " + error, error);
    }

    /** Whether there are writes, of the group that it leads, that are not committed. */
    boolean leadsPendingWrites() {
        final NodeStatus.GroupStatus own = agent.status().groups().getFirst();
        return own.watermark() < own.logEnd();
    }

    /** Whether it is up, and has recovered the log of the group that it leads. */
    boolean isLeading() {
        return isRunning() && !NOT_LEADING.contains(agent.status().groups().getFirst().state());
    }

    /** Whether it is up, and all its groups are good. */
    boolean isGood() {
        if (!isRunning()) {
            return false;
        }
        for (final NodeStatus.GroupStatus group : agent.status().groups()) {
            if (!group.state().equals("good")) {
                return false;
            }
        }
        return true;
    }
}
