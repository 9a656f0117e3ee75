package org.trivet.sim;

import org.trivet.client.ClientAgent;
import org.trivet.client.StripTrims;
import org.trivet.meta.MetadataNode;
import org.trivet.meta.SegmentCommandJournal;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.store.segment.IndexSpace;
import org.trivet.store.segment.Journal;
import org.trivet.store.segment.JournalConfig;
import org.trivet.transport.EndpointId;

import java.util.Random;
import java.util.function.LongUnaryOperator;

/**
 * The metadata node's machine: its storage, and the process, in which a client of its own removes
 * data.
 */
final class SimulatedMetadata extends SimulatedProcess {
    private static final long IDLE_NS = 20_000_000L;
    private static final long EPOCH_NS = 1_700_000_000_000_000_000L;
    private static final int SEGMENT_LENGTH = 1 << 20;
    private static final int MAX_RECORD_LENGTH = 16 << 10;
    private static final int STAGING_LENGTH = 64 << 10;
    private static final int BYTES_PER_COMMAND = 16 << 10;
    private static final long CAPACITY = 64L << 20;

    private final SimulatedCluster cluster;
    private final MemoryFileLayer files = new MemoryFileLayer(CAPACITY);
    private final MemoryKeyValueStore store = new MemoryKeyValueStore();
    private Journal journal;
    private MetadataNode agent;
    private ClientAgent keeper;
    private int keeperId;

    SimulatedMetadata(final SimulatedCluster cluster, final VirtualClock clock) {
        super(cluster.events(), clock);
        this.cluster = cluster;
    }

    MetadataNode agent() {
        return agent;
    }

    void start() {
        if (isRunning()) {
            return;
        }
        cluster.note("the metadata node starts");
        final SimulationPlan plan = cluster.plan();
        journal =
                Journal.open(
                        files,
                        new JournalConfig(
                                cluster.nextId(),
                                SEGMENT_LENGTH,
                                MAX_RECORD_LENGTH,
                                0,
                                0,
                                STAGING_LENGTH,
                                plan.volume().durability(),
                                100_000_000L,
                                true),
                        (type, tag, buffer, at, length) -> true,
                        clock);
        keeperId = cluster.nextEndpoint();
        keeper = cluster.newClientAgent(keeperId, clock, this::wake);
        agent =
                new MetadataNode(
                        plan.metadataConfig(),
                        cluster.network().open(EndpointId.METADATA, this::wake),
                        store.reopen(),
                        new SegmentCommandJournal(
                                journal,
                                new IndexSpace(files, "reserve", 0, BYTES_PER_COMMAND),
                                new IndexSpace(files, "reserve.last", 0, BYTES_PER_COMMAND),
                                LongUnaryOperator.identity(),
                                clock),
                        new StripTrims(keeper, plan.volume().nodeCount()),
                        () -> EPOCH_NS + clock.nanoTime(),
                        clock);
        agent.onStart();
        keeper.onStart();
        started();
    }

    void kill() {
        if (isRunning()) {
            cluster.note("the metadata node is killed");
            cluster.occurrences().count(Occurrence.METADATA_KILLED);
            if (!agent.hasNoIntents()) {
                cluster.occurrences().count(Occurrence.METADATA_KILLED_WITH_INTENTS);
            }
            end();
        }
    }

    void losePower(final Random random) {
        if (isRunning()) {
            kill();
            cluster.note("its machine has lost power");
            cluster.occurrences().count(Occurrence.METADATA_LOST_POWER);
            files.losePower(random);
        }
    }

    /** Takes over what it has counted. */
    void takeCounts() {
        if (isRunning()) {
            cluster.occurrences()
                    .add(Occurrence.METADATA_ANSWERED_AGAIN.name(), agent.answeredAgain());
        }
    }

    /** Whether it has nothing left to do, and knows of no client that is not there. */
    boolean hasFinished(final int clients) {
        return agent.hasNoIntents()
                && keeper.metadata().sessionId() != 0
                && agent.sessionCount() == clients + 1;
    }

    String describe() {
        return agent == null
                ? "metadata: down"
                : "metadata: %d inodes, %d sessions, %d intents under way"
                        .formatted(agent.inodeCount(), agent.sessionCount(), agent.activeIntents());
    }

    private void end() {
        takeCounts();
        ended();
        journal.abandon();
        cluster.network().close(EndpointId.METADATA);
        cluster.network().close(keeperId);
        agent = null;
        keeper = null;
    }

    @Override
    int duty() {
        return agent.doWork() + keeper.doWork();
    }

    @Override
    long idleNs() {
        return Math.min(IDLE_NS, keeper.idleNs());
    }

    @Override
    void onFailure(final Throwable error) {
        throw new SimulationFailure("the metadata node has failed: " + error, error);
    }
}
