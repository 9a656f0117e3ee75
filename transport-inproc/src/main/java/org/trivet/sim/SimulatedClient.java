package org.trivet.sim;

import org.trivet.client.ClientAgent;

import java.util.ArrayList;
import java.util.List;

/** A client's process. */
final class SimulatedClient extends SimulatedProcess {
    private static final long IDLE_NS = 50_000_000L;

    private final int number;
    private final SimulatedCluster cluster;
    private final List<Runnable> waiting = new ArrayList<>();
    private ClientAgent agent;
    private int endpointId;

    SimulatedClient(final int number, final SimulatedCluster cluster, final VirtualClock clock) {
        super(cluster.events(), clock);
        this.number = number;
        this.cluster = cluster;
    }

    int number() {
        return number;
    }

    ClientAgent agent() {
        return agent;
    }

    boolean hasSession() {
        return agent.metadata().sessionId() != 0;
    }

    /** Whether the metadata node has answered all of its requests, also those it has given up. */
    boolean isAnswered() {
        return agent.metadata().pending() == 0;
    }

    void start() {
        cluster.note("client " + number + " starts");
        endpointId = cluster.nextEndpoint();
        agent = cluster.newClientAgent(endpointId, clock, this::wake);
        agent.onStart();
        started();
    }

    /** Does something on its thread: now, or when that goes on. */
    void execute(final Runnable action) {
        if (isRunning() && isPaused()) {
            waiting.add(action);
        } else {
            action.run();
        }
    }

    /** Its thread goes on, where it stood, before it looks at what has arrived. */
    void goOn() {
        if (isPaused()) {
            paused(false);
            final List<Runnable> due = List.copyOf(waiting);
            waiting.clear();
            due.forEach(Runnable::run);
        }
    }

    /** Dies: nobody is told how its operations end. */
    void kill() {
        if (isRunning()) {
            cluster.note("client " + number + " dies");
            cluster.occurrences().count(Occurrence.CLIENT_DIED);
            end();
        }
    }

    void end() {
        if (isRunning()) {
            ended();
            waiting.clear();
            cluster.occurrences().add(agent.blocks().counters());
            cluster.network().close(endpointId);
            agent = null;
        }
    }

    @Override
    int duty() {
        return agent.doWork();
    }

    @Override
    long idleNs() {
        return Math.min(IDLE_NS, agent.idleNs());
    }

    @Override
    void onFailure(final Throwable error) {
        throw new SimulationFailure("client " + number + " has failed: " + error, error);
    }
}
