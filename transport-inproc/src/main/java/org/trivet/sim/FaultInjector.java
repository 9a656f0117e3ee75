package org.trivet.sim;

import org.trivet.VolumeConfig.Durability;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.transport.EndpointId;

import java.util.List;
import java.util.Random;

/** Has the faults of a plan happen, as far as the atlas allows, and ends them all. */
final class FaultInjector {
    private static final long OBSERVE_NS = 100_000_000L;
    private static final int MAX_EXTENTS = 64;
    private static final int RECENT_SHARE = 3;
    private static final long LOOK_AGAIN_NS = 3_000_000L;

    private final SimulatedCluster cluster;
    private final List<Workload> workloads;
    private final FaultAtlas atlas;
    private boolean healed;

    FaultInjector(final SimulatedCluster cluster, final List<Workload> workloads) {
        this.cluster = cluster;
        this.workloads = workloads;
        this.atlas = new FaultAtlas(cluster);
    }

    FaultAtlas atlas() {
        return atlas;
    }

    /** Schedules all faults of the plan. */
    void start() {
        cluster.network().conditions(cluster.plan().network());
        final long startNs = cluster.events().nowNs();
        for (final Fault fault : cluster.plan().faults()) {
            cluster.events().at(startNs + fault.atNs(), () -> happen(fault));
        }
        observe();
    }

    private void observe() {
        atlas.observe();
        if (!healed || atlas.isAnyHarmed()) {
            cluster.events().after(OBSERVE_NS, this::observe);
        }
    }

    /** Ends all faults: everything is up and connected from now on. */
    void heal() {
        healed = true;
        cluster.note("all faults are over");
        cluster.network().conditions(NetworkConditions.GOOD);
        cluster.network().restoreAll();
        cluster.metadata().start();
        for (int i = 0; i < cluster.nodeCount(); i++) {
            if (cluster.node(i).storage().isDeleted()) {
                findDeleted(cluster.node(i));
            }
            cluster.node(i).storage().heal();
            cluster.node(i).start();
            cluster.node(i).latencyNs(0);
            cluster.node(i).paused(false);
        }
        for (final SimulatedClient client : cluster.clients()) {
            client.goOn();
            restart(client);
        }
    }

    private void restart(final SimulatedClient client) {
        if (!client.isRunning()) {
            client.start();
            workloads.forEach(workload -> workload.clientStarted(client.number()));
        }
    }

    private void later(final Fault fault, final Runnable action) {
        cluster.events()
                .after(
                        fault.durationNs(),
                        () -> {
                            if (!healed) {
                                action.run();
                            }
                        });
    }

    private void happen(final Fault fault) {
        if (healed) {
            return;
        }
        final Random random = new Random(fault.salt());
        final SimulatedNode node = cluster.node(fault.target() % cluster.nodeCount());
        switch (fault.kind()) {
            case KILL_NODE -> {
                node.kill();
                later(fault, node::start);
            }
            case LOSE_POWER -> losePower(fault, node, random);
            case LOSE_POWER_EVERYWHERE -> losePowerEverywhere(fault, random);
            case WIPE_NODE -> {
                if (atlas.mayHarm(node.id())) {
                    if (atlas.isAnyHarmed()) {
                        cluster.occurrences().count(Occurrence.SECOND_LOSS_DURING_REBUILD);
                    }
                    node.wipe();
                    atlas.wiped(node.id());
                    later(fault, node::start);
                }
            }
            case PAUSE_NODE -> {
                cluster.note("node " + node.id() + " stands still");
                cluster.occurrences().count(Occurrence.NODE_PAUSED);
                node.paused(true);
                later(fault, () -> node.paused(false));
            }
            case SLOW_NODE -> {
                cluster.note("node " + node.id() + " is slow");
                cluster.occurrences().count(Occurrence.NODE_SLOW);
                node.latencyNs(1_000_000L + random.nextInt(100_000_000));
                later(fault, () -> node.latencyNs(0));
            }
            case CUT_LINK -> {
                cluster.note("nothing gets from " + fault.target() + " to " + fault.other());
                cluster.network().cut(fault.target(), fault.other());
                later(fault, () -> cluster.network().restore(fault.target(), fault.other()));
            }
            case ISOLATE_NODE -> isolate(fault, random);
            case LOSE_SESSION -> cluster.network().loseSession(fault.target(), fault.other());
            case KILL_CLIENT -> killClient(fault);
            case PAUSE_CLIENT -> pauseClient(fault);
            case ROLL_BACK_STORAGE -> rollBackLater(fault, node);
            case DELETE_OPEN_STORAGE -> deleteOpenStorage(fault, node);
            case STRAY_WRITE -> strayWrite(node, random);
            case KILL_METADATA -> {
                cluster.metadata().kill();
                later(fault, cluster.metadata()::start);
            }
            case LOSE_POWER_METADATA -> {
                if (cluster.plan().volume().durability() == Durability.DISK) {
                    cluster.metadata().losePower(random);
                    later(fault, cluster.metadata()::start);
                }
            }
            case JUMP_CLOCK -> {
                cluster.note("the clock of node " + node.id() + " jumps");
                cluster.occurrences().count(Occurrence.CLOCK_JUMPED);
                node.clock.jump(fault.durationNs());
                node.wake();
            }
            case CORRUPT_COPY -> {
                if (fault.salt() % RECENT_SHARE == 0) {
                    corruptRecent(node, random, cluster.events().nowNs() + fault.durationNs());
                } else {
                    corrupt(node, random);
                }
            }
            case CRASH_AT_CALL ->
                    node.crashAfter(
                            random.nextInt(random.nextBoolean() ? 8 : 200),
                            () -> crashed(fault, node, random));
            case FAIL_SYNC ->
                    node.failSyncs(
                            () -> {
                                cluster.occurrences().count(Occurrence.SYNC_FAILED);
                                node.buried(false, random);
                                cluster.events().after(fault.durationNs(), node::start);
                            });
            case FILL_DISK -> {
                cluster.occurrences().count(Occurrence.DISK_FULL);
                node.storage().full(true);
                later(fault, () -> node.storage().full(false));
            }
            case EXHAUST_SPACE -> {
                cluster.note("node " + node.id() + " has no space left");
                node.storage().exhausted(true);
                later(fault, () -> node.storage().exhausted(false));
            }
        }
    }

    private void losePower(final Fault fault, final SimulatedNode node, final Random random) {
        final boolean harms = cluster.plan().volume().durability() == Durability.PROCESS;
        if (harms && !atlas.mayHarm(node.id())) {
            return;
        }
        node.losePower(random);
        if (harms) {
            atlas.harmed(node.id());
        }
        later(fault, node::start);
    }

    /**
     * Nothing is promised to survive that but what was synced. Not where a write may have gone
     * astray: that this node lacks what it has acknowledged the others know only as long as they
     * remember how far was committed.
     */
    private void losePowerEverywhere(final Fault fault, final Random random) {
        if (cluster.plan().volume().durability() != Durability.DISK || atlas.isAnyDoubtful()) {
            return;
        }
        cluster.occurrences().count(Occurrence.ALL_LOST_POWER);
        for (int i = 0; i < cluster.nodeCount(); i++) {
            final SimulatedNode node = cluster.node(i);
            node.losePower(random);
            cluster.events().after(1 + random.nextLong(fault.durationNs()), node::start);
        }
    }

    private void crashed(final Fault fault, final SimulatedNode node, final Random random) {
        cluster.occurrences().count(Occurrence.CRASHED_AT_CALL);
        final boolean harms = cluster.plan().volume().durability() == Durability.PROCESS;
        final boolean powerLost = random.nextBoolean() && (!harms || atlas.mayHarm(node.id()));
        node.buried(powerLost, random);
        if (powerLost && harms) {
            atlas.harmed(node.id());
        }
        cluster.events()
                .after(
                        fault.durationNs(),
                        () -> {
                            node.start();
                            node.paused(false);
                        });
    }

    private void isolate(final Fault fault, final Random random) {
        final boolean in = random.nextBoolean();
        final boolean out = !in || random.nextBoolean();
        final boolean fromClients = random.nextBoolean();
        final int node = fault.target();
        cluster.note(
                "node "
                        + node
                        + " is cut off: "
                        + (in ? "nothing comes in " : "")
                        + (out ? "nothing goes out " : "")
                        + (fromClients ? "clients included" : ""));
        for (int other = 0; other < cluster.nodeCount(); other++) {
            if (other != node) {
                cutBoth(fault, other, in, out);
            }
        }
        if (fromClients) {
            cutBoth(fault, EndpointId.METADATA, in, out);
            for (int i = 0; i < 4 * cluster.clients().size(); i++) {
                cutBoth(fault, EndpointId.FIRST_CLIENT + i, in, out);
            }
        }
    }

    private void cutBoth(final Fault fault, final int other, final boolean in, final boolean out) {
        final SimulatedNetwork network = cluster.network();
        if (in) {
            network.cut(other, fault.target());
            later(fault, () -> network.restore(other, fault.target()));
        }
        if (out) {
            network.cut(fault.target(), other);
            later(fault, () -> network.restore(fault.target(), other));
        }
    }

    private void killClient(final Fault fault) {
        final int number = fault.target() % cluster.clients().size();
        final SimulatedClient client = cluster.clients().get(number);
        if (client.isRunning()) {
            client.kill();
            workloads.forEach(workload -> workload.clientDied(number));
            later(fault, () -> restart(client));
        }
    }

    private void rollBackLater(final Fault fault, final SimulatedNode node) {
        final Runnable putBack = node.storage().snapshot();
        if (putBack != null) {
            later(
                    fault,
                    () -> {
                        if (atlas.mayHarm(node.id())) {
                            node.kill();
                            cluster.note("node " + node.id() + " has an old storage put back");
                            cluster.occurrences().count(Occurrence.STORAGE_ROLLED_BACK);
                            putBack.run();
                            atlas.harmed(node.id());
                            node.start();
                        }
                    });
        }
    }

    private void deleteOpenStorage(final Fault fault, final SimulatedNode node) {
        if (!node.isRunning()
                || node.storage().isTroubled()
                || !atlas.mayHarm(node.id())
                || !node.storage().deleteOpen()) {
            return;
        }
        cluster.note("node " + node.id() + " has its storage deleted while it is up");
        cluster.occurrences().count(Occurrence.STORAGE_DELETED_WHILE_UP);
        atlas.harmed(node.id());
        later(
                fault,
                () -> {
                    if (node.storage().isDeleted()) {
                        findDeleted(node);
                        node.start();
                    }
                });
    }

    /** The process goes on with files that nobody will find again, until it dies. */
    private void findDeleted(final SimulatedNode node) {
        node.kill();
        atlas.wiped(node.id());
    }

    private void strayWrite(final SimulatedNode node, final Random random) {
        if (!node.isRunning() || node.storage().isTroubled() || !atlas.mayHarm(node.id())) {
            return;
        }
        final boolean elsewhere = random.nextBoolean();
        final boolean armed =
                node.storage()
                        .strayAfter(
                                random.nextInt(8),
                                elsewhere,
                                () -> {
                                    cluster.note("node " + node.id() + " loses a write");
                                    cluster.occurrences()
                                            .count(
                                                    elsewhere
                                                            ? Occurrence.WRITE_MISDIRECTED
                                                            : Occurrence.WRITE_LOST);
                                });
        if (armed) {
            atlas.damagedSomewhere(node.id());
        }
    }

    private void pauseClient(final Fault fault) {
        final SimulatedClient client =
                cluster.clients().get(fault.target() % cluster.clients().size());
        if (client.isRunning()) {
            cluster.note("client " + client.number() + " stands still");
            cluster.occurrences().count(Occurrence.CLIENT_PAUSED);
            client.paused(true);
            later(fault, client::goOn);
        }
    }

    /**
     * A write that was stored just now goes bad, as soon as there is one that others may not have
     * yet.
     */
    private void corruptRecent(final SimulatedNode node, final Random random, final long untilNs) {
        final EntryView found = new EntryView();
        if (healed
                || !node.isRunning()
                || node.storage().isTroubled()
                || !atlas.mayHarm(node.id())) {
            return;
        }
        if (!node.leadsPendingWrites() || !leadersAreActive(node)) {
            if (cluster.events().nowNs() < untilNs) {
                cluster.events().after(LOOK_AGAIN_NS, () -> corruptRecent(node, random, untilNs));
            }
            return;
        }
        if (node.storage().corruptRecent(random, found)) {
            cluster.note(
                    "node %d: write %d of group %d is corrupted"
                            .formatted(node.id(), found.sequence(), found.group()));
            cluster.occurrences().count(Occurrence.RECENT_WRITE_CORRUPTED);
            final int unitLength = cluster.plan().volume().unitLength();
            final long unit = found.firstUnit() + (found.dataLength() - 1) / unitLength;
            atlas.corrupted(new FaultAtlas.BadCopy(node.id(), found.group(), found.dataId(), unit));
        }
    }

    /**
     * Whether the leaders of all groups of a node have their logs: what one has lost with power
     * before it was synced, this node alone may have.
     */
    private boolean leadersAreActive(final SimulatedNode node) {
        for (int copy = 1; copy < cluster.plan().volume().replicaCount(); copy++) {
            if (!cluster.node(Math.floorMod(node.id() - copy, cluster.nodeCount())).isLeading()) {
                return false;
            }
        }
        return true;
    }

    private void corrupt(final SimulatedNode node, final Random random) {
        if (!node.isGood() || node.storage().isTroubled() || !atlas.mayHarm(node.id())) {
            return;
        }
        final int copy = random.nextInt(cluster.plan().volume().replicaCount());
        final int group = Math.floorMod(node.id() - copy, cluster.nodeCount());
        final ExtentList extents = new ExtentList();
        node.agent().store().scan(group, 0, 0, MAX_EXTENTS, extents);
        if (extents.size() == 0) {
            return;
        }
        final Extent extent = extents.get(random.nextInt(extents.size()));
        final long dataId = extent.dataId;
        final long unit = extent.firstUnit + random.nextInt(extent.unitCount());
        if (node.storage().corrupt(group, dataId, unit, random)) {
            cluster.note(
                    "node %d: unit %d of %d, group %d, is corrupted"
                            .formatted(node.id(), unit, dataId, group));
            cluster.occurrences().count(Occurrence.COPY_CORRUPTED);
            atlas.corrupted(new FaultAtlas.BadCopy(node.id(), group, dataId, unit));
        }
    }
}
