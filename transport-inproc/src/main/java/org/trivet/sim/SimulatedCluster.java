package org.trivet.sim;

import org.trivet.client.ClientAgent;
import org.trivet.replica.CopyComparison;
import org.trivet.replica.DataNode;
import org.trivet.transport.EndpointId;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** All machines of a volume, on one thread, in virtual time. */
final class SimulatedCluster {
    private static final int MAX_NOTES = 400;
    private static final long START_NS = 1_000_000_000L;

    /** Something that has happened; made words when somebody wants to read it. */
    private record Note(long timeNs, String text) {
        @Override
        public String toString() {
            return "%,15d us  %s".formatted(timeNs / 1000, text);
        }
    }

    private final SimulationPlan plan;
    private final EventQueue events = new EventQueue();
    private final Occurrences occurrences = new Occurrences();
    private final SimulatedNetwork network;
    private final SimulatedNode[] nodes;
    private final SimulatedMetadata metadata;
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final ArrayDeque<Note> notes = new ArrayDeque<>();
    private final Random clockRandom;
    private boolean hasDifference;
    private long lastId;
    private int lastEndpoint = EndpointId.FIRST_CLIENT;

    SimulatedCluster(final SimulationPlan plan) {
        this.plan = plan;
        network = new SimulatedNetwork(events, new PlainRandom(plan.seed() ^ 0x1111), occurrences);
        clockRandom = new Random(plan.seed() ^ 0x2222);
        metadata = new SimulatedMetadata(this, newClock());
        nodes = new SimulatedNode[plan.volume().nodeCount()];
        for (int i = 0; i < nodes.length; i++) {
            final VirtualClock clock = newClock();
            nodes[i] = new SimulatedNode(i, this, clock, plan.newStorage(i, this, clock));
        }
        for (int i = 0; i < plan.clientCount(); i++) {
            clients.add(new SimulatedClient(i, this, newClock()));
        }
    }

    private VirtualClock newClock() {
        return new VirtualClock(
                events,
                START_NS + clockRandom.nextInt(1_000_000_000),
                clockRandom.nextInt(20_001) - 10_000);
    }

    void start() {
        metadata.start();
        for (final SimulatedNode node : nodes) {
            node.start();
        }
        clients.forEach(SimulatedClient::start);
    }

    SimulationPlan plan() {
        return plan;
    }

    EventQueue events() {
        return events;
    }

    Occurrences occurrences() {
        return occurrences;
    }

    SimulatedNetwork network() {
        return network;
    }

    int nodeCount() {
        return nodes.length;
    }

    SimulatedNode node(final int id) {
        return nodes[id];
    }

    SimulatedMetadata metadata() {
        return metadata;
    }

    List<SimulatedClient> clients() {
        return clients;
    }

    /** A number that nothing else has. */
    long nextId() {
        return ++lastId;
    }

    /** An endpoint id that no other process had. */
    int nextEndpoint() {
        return lastEndpoint++;
    }

    ClientAgent newClientAgent(
            final int endpointId, final VirtualClock clock, final Runnable onArrival) {
        return new ClientAgent(
                plan.clientConfig(plan.seed() + nextId()),
                network.open(endpointId, onArrival),
                clock,
                null,
                error -> {
                    throw new SimulationFailure("a client's command has failed", error);
                });
    }

    /** Writes down what happens, for whoever has to understand a failure. */
    void note(final String text) {
        events.trace(text.hashCode());
        if (notes.size() == MAX_NOTES) {
            notes.removeFirst();
        }
        notes.add(new Note(events.nowNs(), text));
    }

    List<String> notes() {
        return notes.stream().map(Note::toString).toList();
    }

    /** The nodes' agents; null where a node is down. */
    DataNode[] agents() {
        final DataNode[] agents = new DataNode[nodes.length];
        for (int i = 0; i < nodes.length; i++) {
            agents[i] = nodes[i].agent();
        }
        return agents;
    }

    /** What the comparison of all copies waits for, or null. */
    String obstacle() {
        final DataNode[] agents = agents();
        for (int group = 0; group < nodes.length; group++) {
            final String obstacle = new CopyComparison(plan.volume(), group).obstacle(agents);
            if (obstacle != null) {
                return obstacle;
            }
        }
        return null;
    }

    /** Whether no intent or request is left, and only the sessions of clients that are there. */
    boolean hasMetadataFinished() {
        return clients.stream().allMatch(client -> client.hasSession() && client.isAnswered())
                && metadata.hasFinished(clients.size());
    }

    /** Whether a write has gone astray in what a node stores. */
    boolean hasAnyStrayed() {
        for (final SimulatedNode node : nodes) {
            if (node.storage().hasStrayed()) {
                return true;
            }
        }
        return false;
    }

    /** A copy differs from now on, though its store takes it to be right. */
    void copyDiffers() {
        hasDifference = true;
    }

    /** Whether copies may differ that are good by themselves. */
    boolean mayCopiesDiffer() {
        return hasDifference || hasAnyStrayed();
    }

    boolean isAnyNodeDown() {
        for (final SimulatedNode node : nodes) {
            if (!node.isRunning()) {
                return true;
            }
        }
        return false;
    }

    /** Whether no node has anything left: no entry, read, pull or commit of the index. */
    boolean isIdle() {
        for (final SimulatedNode node : nodes) {
            if (node.agent() == null || node.agent().isBusy()) {
                return false;
            }
        }
        return true;
    }

    /** How the copies differ, there being no obstacle. */
    List<String> differences() {
        final List<String> all = new ArrayList<>();
        final DataNode[] agents = agents();
        for (int group = 0; group < nodes.length; group++) {
            final CopyComparison comparison = new CopyComparison(plan.volume(), group);
            comparison.compareAll(agents);
            all.addAll(comparison.differences());
        }
        return all;
    }

    /** Takes over what processes have counted that are still there. */
    void takeCounts() {
        for (final SimulatedNode node : nodes) {
            if (node.agent() != null) {
                occurrences.add(node.agent().counters());
            }
        }
        metadata.takeCounts();
        clients.forEach(SimulatedClient::end);
    }

    String describe() {
        final StringBuilder text = new StringBuilder(metadata.describe()).append('\n');
        for (final SimulatedNode node : nodes) {
            text.append("node ").append(node.id()).append(": ");
            text.append(node.agent() == null ? "down" : node.agent().status().toString());
            text.append('\n');
        }
        return text.toString();
    }
}
