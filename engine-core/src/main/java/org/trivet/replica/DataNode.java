package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.Placement;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.BlockStore;
import org.trivet.store.EntryView;
import org.trivet.transport.Transport;

import java.util.ArrayList;
import java.util.List;

/**
 * A data node: its store, its groups, and what it says and hears. An agent: whoever drives it calls
 * {@link #doWork}; it starts no thread. Everything but {@link #counters} belongs to the driving
 * thread.
 *
 * <p>Closing it closes its store and its transport endpoint.
 */
public final class DataNode implements Agent {
    private static final int POLL_LIMIT = 64;
    private static final int MISSED_HEARTBEATS = 2;
    private static final long REGISTER_INTERVAL_NS = 100_000_000L;
    private static final long SESSIONS_INTERVAL_NS = 200_000_000L;

    private final NodeConfig config;
    private final Transport transport;
    private final NanoClock clock;
    private final NodeCounters counters = new NodeCounters();
    private final NodeContext context;
    private final NodeAdapter adapter;
    private final GroupPrimary primary;
    private final Group[] groups;
    private final EntryBatch batch;
    private final Scrub scrub;
    private final PieceDesk pieces;
    private final long start;

    /** So that the nodes of one process do not commit at the same time. */
    private final long checkpointPhaseNs;

    private boolean registering;

    /** By the metadata node; 0 until then. */
    private long given;

    /** Up to here the journal says that this storage is in use. */
    private long begunAt;

    private long lastRegisterNs;
    private long lastSessionsQueryNs;
    private long checkpointPeriod;
    private long urgencyAtNs;
    private long lastCheckpointEnd = -1;
    private long checkpointBarrier;
    private boolean damaged;

    /**
     * A node over a store that has just been opened. Replays what the store holds.
     *
     * @param config what it is.
     * @param store its store; closed with it.
     * @param transport its endpoint; closed with it.
     * @param clock monotonic.
     * @param epochClock the time of day, for what people are told.
     */
    public DataNode(
            final NodeConfig config,
            final BlockStore store,
            final Transport transport,
            final NanoClock clock,
            final EpochClock epochClock) {
        this.config = config;
        this.transport = transport;
        this.clock = clock;
        final NodePublisher publisher =
                new NodePublisher(config.volume().volumeId(), config.nodeId(), transport, counters);
        context =
                new NodeContext(
                        config,
                        store,
                        publisher,
                        counters,
                        epochClock,
                        transport.maxMessageLength());
        context.nowNs = clock.nanoTime();
        start = Placement.mix64(config.bootHash()) + context.nowNs;
        batch = new EntryBatch(transport.maxMessageLength() - 1024);
        final int nodes = config.volume().nodeCount();
        checkpointPhaseNs = config.checkpointIntervalNs() / nodes * config.nodeId();
        checkpointPeriod = checkpointPeriod();
        urgencyAtNs = context.nowNs;
        groups = new Group[config.volume().replicaCount()];
        primary = new GroupPrimary(context, config.nodeId(), batch);
        groups[0] = primary;
        for (int copy = 1; copy < groups.length; copy++) {
            groups[copy] = new GroupBackup(context, Math.floorMod(config.nodeId() - copy, nodes));
        }
        adapter = new NodeAdapter(this, context);
        scrub = new Scrub(context, groups, primary);
        pieces = new PieceDesk(context);
        store.recover(new Recovery());
        for (final Group group : groups) {
            group.replay.finish(damaged);
        }
        scrub.resume();
    }

    private final class Recovery implements BlockStore.RecoveryHandler {
        @Override
        public void onCheckpointState(
                final int group, final DirectBuffer state, final int offset, final int length) {
            onState(group, state, offset, length);
        }

        @Override
        public void onState(
                final int group, final DirectBuffer state, final int offset, final int length) {
            final Group member = group(group);
            if (member != null) {
                member.replay.onState(state, offset, length);
            }
        }

        @Override
        public void onEntry(final EntryView entry, final long position) {
            final Group member = group(entry.group());
            if (member != null) {
                member.replay.onEntry(entry, position);
            }
        }

        @Override
        public void onDamagedEntry(final EntryView entry, final long position) {
            counters.increment(Counter.DAMAGED_IN_STORE);
            final Group member = group(entry.group());
            if (member != null) {
                member.replay.onDamagedEntry(entry, position);
            }
        }

        @Override
        public void onDamage(final long position, final boolean torn) {
            counters.increment(Counter.DAMAGED_IN_STORE);
            damaged |= !torn;
        }
    }

    Group group(final int group) {
        for (final Group member : groups) {
            if (member.group == group) {
                return member;
            }
        }
        return null;
    }

    GroupPrimary primary() {
        return primary;
    }

    EntryBatch batch() {
        return batch;
    }

    @Override
    public int doWork() {
        beginCycle();
        final BlockStore store = context.store;
        if (store.failure() != null) {
            throw store.failure();
        }
        int workCount = context.publisher.heldAnswers().send(context.nowNs);
        workCount += transport.poll(adapter, POLL_LIMIT);
        workCount += store.doWork(context.nowNs);
        if (context.incarnation == 0) {
            return workCount + (given == 0 ? register() : startWhenDurable());
        }
        for (final Group group : groups) {
            workCount += group.doWork();
        }
        workCount += checkpointIfDue() + askForSessions();
        return workCount == 0 ? scrub.doWork() : workCount;
    }

    /**
     * Has it read through, and verify, all that is stored; from the beginning as soon as the pass
     * that is under way, if there is one, has ended. May be called on the node's thread only.
     */
    public void scrubNow() {
        scrub.want();
    }

    /**
     * Has the group that this node leads give up what is lost of some of its keys, once all its
     * members have said that they do not have it. May be called on the node's thread only.
     *
     * @param ranges the keys, of the group that this node leads; others are none of its business.
     * @param firstUnusedDataId no file has ever had this data id, or one above it.
     */
    public void acceptLoss(final List<LostRange> ranges, final long firstUnusedDataId) {
        final KeyRanges keys = new KeyRanges();
        for (final LostRange range : ranges) {
            if (range.group() == primary.group) {
                keys.add(range.keys());
            }
        }
        if (!keys.isEmpty()) {
            primary.acceptLoss(keys, firstUnusedDataId);
        }
    }

    /**
     * What has been given up at the last request, until now.
     *
     * @return the ranges.
     */
    public List<LostRange> acceptedLosses() {
        return primary.losses.givenUp();
    }

    private NodeStatus.RebuildStatus rebuildStatus() {
        long known = 0;
        long total = 0;
        boolean isComplete = true;
        boolean isMeasured = true;
        for (final Group group : groups) {
            known += group.rebuild.knownUnits();
            total += group.rebuild.totalUnits();
            if (!group.coverage.isComplete()) {
                isComplete = false;
                isMeasured &= group.rebuild.isMeasured();
            }
        }
        if (isComplete) {
            return null;
        }
        final double rate = context.rebuildPace.unitsPerSecond(context.nowNs);
        return new NodeStatus.RebuildStatus(
                known * context.unitLength,
                total * context.unitLength,
                (long) (rate * context.unitLength),
                isMeasured && rate > 0 ? Math.round((total - known) * 1000 / rate) : -1);
    }

    private void beginCycle() {
        final long nowNs = clock.nanoTime();
        final long pauseNs = nowNs - context.nowNs;
        if (pauseNs > MISSED_HEARTBEATS * config.heartbeatIntervalNs()) {
            for (int copy = 1; copy < groups.length; copy++) {
                ((GroupBackup) groups[copy]).stoodStill(pauseNs);
            }
        }
        context.nowNs = nowNs;
    }

    private int register() {
        if (registering && context.nowNs - lastRegisterNs < REGISTER_INTERVAL_NS) {
            return 0;
        }
        registering = true;
        lastRegisterNs = context.nowNs;
        context.publisher.register(
                context.store.storageId(), config.bootHash(), primary.isNew, start);
        return 1;
    }

    /**
     * The metadata node has given this start of the process a number. One that was given to an
     * earlier start, and comes late, is lower than what that start may have used meanwhile.
     */
    void onRegistered(
            final long forStart,
            final long storageId,
            final long incarnation,
            final boolean firstStorage) {
        if (given != 0 || forStart != start || storageId != context.store.storageId()) {
            return;
        }
        given = incarnation;
        for (final Group group : groups) {
            if (group.isNew) {
                if (firstStorage) {
                    group.begin();
                } else {
                    group.loseEverything();
                }
                begunAt = context.store.endPosition();
            }
        }
        context.store.requestSync(begunAt);
        startWhenDurable();
    }

    /**
     * A storage that is new begins with nothing, and knows that there is nothing. It must not seem
     * new once more after a loss of power, when there has been something.
     */
    private int startWhenDurable() {
        if (context.store.syncedPosition() < begunAt) {
            return 0;
        }
        context.incarnation = given;
        primary.start(given);
        return 1;
    }

    private int askForSessions() {
        if (context.sessions.isKnown()
                || context.nowNs - lastSessionsQueryNs < SESSIONS_INTERVAL_NS) {
            return 0;
        }
        lastSessionsQueryNs = context.nowNs;
        context.publisher.sessionsQuery(start);
        return 1;
    }

    /**
     * Which sessions live: the first list that is taken is one that this start of the process has
     * asked for; any other may be of before a session ended whose results have been forgotten.
     *
     * @return false if there cannot be such a list.
     */
    boolean onSessions(final long forStart, final long highest, final LongHashSet live) {
        if (!context.sessions.isPlausible(highest)) {
            return false;
        }
        if ((forStart != start && !context.sessions.isKnown())
                || !context.sessions.update(highest, live)) {
            return true;
        }
        for (final Group group : groups) {
            if (group.results.retain(context.sessions.highest(), context.sessions.live())) {
                group.touchState();
            }
        }
        return true;
    }

    /**
     * Commits the index from time to time: first it has the groups' states put into the journal and
     * synced, so that the commit itself has to wait for nothing.
     */
    private int checkpointIfDue() {
        final BlockStore store = context.store;
        if (checkpointBarrier != 0) {
            if (store.syncedPosition() < checkpointBarrier) {
                return 0;
            }
            checkpointBarrier = 0;
            boolean settled = true;
            for (final Group group : groups) {
                settled &= group.applied == group.log.end() && group.synced == group.log.end();
            }
            store.checkpoint(replayPosition());
            lastCheckpointEnd = settled ? store.endPosition() : -1;
            return 1;
        }
        final long period = checkpointPeriod();
        if (period == checkpointPeriod && !isUrgent()) {
            return 0;
        }
        checkpointPeriod = period;
        for (final Group group : groups) {
            group.saveStateIfDirty();
        }
        if (store.endPosition() == lastCheckpointEnd) {
            return 0;
        }
        checkpointBarrier = store.endPosition();
        store.requestSync(checkpointBarrier);
        return 1;
    }

    private long checkpointPeriod() {
        return Math.floorDiv(context.nowNs + checkpointPhaseNs, config.checkpointIntervalNs());
    }

    private boolean isUrgent() {
        if (context.nowNs - urgencyAtNs < 0) {
            return false;
        }
        urgencyAtNs = context.nowNs + config.urgencyIntervalNs();
        return context.store.needsCheckpoint();
    }

    /** What stands before this in the journal is not needed to start again. */
    private long replayPosition() {
        long position = context.store.endPosition();
        for (final Group group : groups) {
            position = Math.min(position, group.neededFrom());
        }
        return position;
    }

    /**
     * Commits the index as it was found, or made again from the journal, by a node that is not run
     * at all: to be called before {@link #doWork}, if that is never called. Waits for the device.
     */
    public void commitIndex() {
        for (final Group group : groups) {
            group.saveStateIfDirty();
        }
        context.store.checkpoint(replayPosition());
    }

    /**
     * How the node is doing.
     *
     * @return its status.
     */
    public NodeStatus status() {
        final List<NodeStatus.GroupStatus> list = new ArrayList<>();
        for (final Group group : groups) {
            list.add(
                    new NodeStatus.GroupStatus(
                            group.group,
                            group.copy(),
                            state(group),
                            group.epoch,
                            group.log.end(),
                            group.watermark,
                            group.applied,
                            group.coverage.rangeCount(),
                            group.givenUp.count(),
                            group.rebuild.pulledBytes(),
                            group.rebuild.knownUnits() * context.unitLength,
                            group.rebuild.totalUnits() * context.unitLength));
        }
        final List<Integer> waitingFor = new ArrayList<>();
        final long copies =
                context.incarnation == 0 ? 0 : primary.waitingFor() | primary.losses.waitingFor();
        for (int copy = 0; copy < groups.length; copy++) {
            if ((copies & 1L << copy) != 0) {
                waitingFor.add(primary.nodeOf(copy));
            }
        }
        final TrivetException failure =
                context.store.failure() instanceof TrivetException e ? e : null;
        return new NodeStatus(
                config.nodeId(),
                context.incarnation,
                waitingFor,
                failure == null ? null : failure.getMessage(),
                rebuildStatus(),
                scrub.status(),
                list);
    }

    /**
     * Looks at what this node stores of a run, and changes nothing.
     *
     * @param group the group. INVALID if this node is no member of it.
     * @param dataId the strip.
     * @param firstUnit first unit.
     * @param endUnit behind the last unit.
     * @return the copy.
     */
    public StoredCopy inspect(
            final int group, final long dataId, final long firstUnit, final long endUnit) {
        return member(group).inspect(dataId, firstUnit, endUnit);
    }

    /**
     * Takes a piece of what this node stores of a group, verified. May be called on the node's
     * thread only.
     *
     * @param request which piece. INVALID if this node is no member of its group.
     * @return the piece.
     */
    public CopyPiece piece(final PieceRequest request) {
        final Group member = member(request.group());
        return pieces.take(member, position(request.group()), request);
    }

    MemberPosition position(final int group) {
        final Group member = member(group);
        return new MemberPosition(
                config.nodeId(), group, state(member), member.log.end(), member.applied);
    }

    /**
     * What this node knows of losses. May be called on the node's thread only.
     *
     * @return the same of all its groups.
     */
    public NodeLosses losses() {
        final List<MemberLosses> members = new ArrayList<>();
        for (final Group member : groups) {
            members.add(
                    new MemberLosses(
                            member.group,
                            member.hasLog && !member.adopting,
                            LostRange.of(member.group, member.coverage.unknown()),
                            LostRange.of(member.group, member.givenUp)));
        }
        return new NodeLosses(
                config.nodeId(),
                context.incarnation,
                primary.mending.missing(),
                primary.losses.isUnderWay(),
                members);
    }

    /** As {@link #group}, of a group that somebody else has named. */
    private Group member(final int group) {
        final Group member = group(group);
        if (member == null) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "node " + config.nodeId() + " is no member of group " + group);
        }
        return member;
    }

    String state(final Group group) {
        if (context.incarnation == 0) {
            return "starting";
        }
        if (!group.hasLog) {
            return "joining";
        }
        if (group == primary && !primary.isActive()) {
            return "recovering";
        }
        if (!group.isConfirmed()) {
            return "starting";
        }
        if (!group.coverage.isComplete()) {
            return "rebuilding";
        }
        return group.suspect || group.lacksEnd() ? "suspect" : "good";
    }

    /**
     * What the node has counted. May be called from any thread.
     *
     * @return its counters.
     */
    public NodeCounters counters() {
        return counters;
    }

    /**
     * The node's store, for tools that run on the node's thread.
     *
     * @return the store.
     */
    public BlockStore store() {
        return context.store;
    }

    @Override
    public void onClose() {
        try {
            if (context.store.failure() == null) {
                scrub.save();
                for (final Group group : groups) {
                    group.saveStateIfDirty();
                }
            }
        } finally {
            try {
                context.store.close();
            } finally {
                transport.close();
            }
        }
    }

    @Override
    public String roleName() {
        return "node-" + config.nodeId();
    }

    /**
     * Whether something is under way that needs attention within milliseconds, though nothing
     * arrives.
     *
     * @return false if timers of 100 ms do.
     */
    public boolean isBusy() {
        if (context.incarnation == 0
                || !primary.isActive()
                || checkpointBarrier != 0
                || !context.publisher.heldAnswers().isEmpty()) {
            return true;
        }
        for (final Group group : groups) {
            if (group.applied < group.log.end()
                    || !group.isConfirmed()
                    || !group.coverage.isComplete() && group.rebuild.isHopeful()
                    || !group.reads.isEmpty()) {
                return true;
            }
        }
        return false;
    }
}
