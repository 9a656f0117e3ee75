package org.trivet.sim;

import org.trivet.wire.BlockRequestPublisher;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * One run: first clients work while things go wrong; then all faults are over, and everything that
 * is under way has to end, all copies have to become equal, and what clients saw has to make sense.
 */
final class Simulation {
    private static final long SLICE_NS = 5_000_000L;
    private static final long PATIENCE_NS = 120_000_000_000L;
    private static final long SCRUB_NS = 100_000_000L;

    private final SimulatedCluster cluster;
    private final List<Workload> workloads = new ArrayList<>();
    private final FaultInjector faults;
    private final LossTrial losses;
    private final DifferenceTrial difference;
    private final EventQueue events;

    private Simulation(final SimulationPlan plan) {
        cluster = new SimulatedCluster(plan);
        if (plan.usesBlocks()) {
            workloads.add(new BlockWorkload(cluster));
        }
        if (plan.usesFiles()) {
            workloads.add(new FileWorkload(cluster));
        }
        faults = new FaultInjector(cluster, workloads);
        losses = new LossTrial(cluster);
        difference = new DifferenceTrial(cluster);
        events = cluster.events();
    }

    /** Runs what a seed says. */
    static SimulationResult run(final long seed) {
        return run(SimulationPlan.of(seed));
    }

    static SimulationResult run(final SimulationPlan plan) {
        final Simulation simulation = new Simulation(plan);
        Throwable failure = null;
        try {
            simulation.runPhases();
        } catch (final RuntimeException | AssertionError | SimulatedCrash error) {
            failure = error; // a crash belongs to a process: out here it is the simulator's mistake
        }
        return simulation.result(plan, failure);
    }

    private SimulationResult result(final SimulationPlan plan, final Throwable failure) {
        cluster.takeCounts();
        return new SimulationResult(
                plan,
                failure,
                events.traceHash(),
                events.executed(),
                workloads.stream().mapToInt(Workload::operations).sum(),
                events.nowNs(),
                cluster.occurrences(),
                failure == null ? List.of() : cluster.notes());
    }

    private void runPhases() {
        cluster.start();
        workloads.forEach(Workload::start);
        faults.start();
        if (cluster.plan().acceptsLosses()) {
            losses.start();
        }
        advance(
                () -> workloads.stream().allMatch(Workload::isDone),
                cluster.plan().profile().longestWorkNs);
        workloads.forEach(Workload::stop);
        faults.heal();
        must(() -> pending() == 0, () -> "operations never ended, " + pending() + " of them");
        workloads.forEach(Workload::letGo);
        cluster.clients().forEach(SimulatedProcess::wake);
        must(() -> pending() == 0, () -> "files are never released");
        if (cluster.plan().usesFiles()) {
            must(cluster::hasMetadataFinished, () -> "the metadata node has something left to do");
        }
        mendCopies();
        must(() -> cluster.obstacle() == null, () -> "no rest: " + cluster.obstacle());
        must(cluster::isIdle, () -> "a node has something left to do");
        copiesMustBeEqual();
        if (cluster.plan().scrubs() && cluster.plan().volume().replicaCount() > 1) {
            differencesMustBeMended();
        }
        workloads.forEach(Workload::readAll);
        cluster.clients().forEach(SimulatedProcess::wake);
        must(() -> pending() == 0, () -> "the last reads never ended");
        workloads.forEach(Workload::check);
        checkLosses();
    }

    private int pending() {
        return workloads.stream().mapToInt(Workload::pending).sum();
    }

    private void checkLosses() {
        losses.stop();
        must(losses::isDone, () -> "giving up what is lost never ended");
        final String violation = losses.violation();
        if (violation != null) {
            throw new SimulationFailure(violation);
        }
        if (!cluster.plan().acceptsLosses() || cluster.hasAnyStrayed()) {
            return; // what went astray may still be read from memory, and then be missed
        }
        // What is late of a write would make known again what is lost.
        must(() -> !cluster.network().hasEarlierMessages(), () -> "messages never arrive");
        must(() -> cluster.obstacle() == null, () -> "no rest: " + cluster.obstacle());
        if (losses.loseUnit()) {
            must(losses::isLossKnown, () -> "not found out that a unit is lost");
            losses.acceptLoss();
            must(losses::isGivenUp, () -> "a unit that is lost was not given up");
            must(() -> cluster.obstacle() == null, () -> "no rest: " + cluster.obstacle());
            copiesMustBeEqual();
        }
    }

    /** What differs without a trace is found before anybody reads it. */
    private void differencesMustBeMended() {
        if (cluster.hasAnyStrayed() || !difference.prepare()) {
            return; // what went astray may still be read from memory, and then be missed
        }
        must(difference::isPrepared, () -> "a node never syncs");
        difference.makeDifferent();
        must(
                () -> cluster.obstacle() == null && cluster.differences().isEmpty(),
                () -> "a copy that differs is never mended: " + cluster.differences());
    }

    private void copiesMustBeEqual() {
        final List<String> differences = cluster.differences();
        if (!differences.isEmpty()) {
            throw new SimulationFailure("copies differ: " + String.join("; ", differences));
        }
    }

    /** Goes on until something holds, at most for so long; whether it does. */
    private boolean advance(final BooleanSupplier condition, final long longestNs) {
        final long endNs = events.nowNs() + longestNs;
        while (!condition.getAsBoolean()) {
            final long sliceNs = events.nowNs() + SLICE_NS;
            while (events.step(sliceNs)) {
                // to the end of the slice
            }
            events.passTo(sliceNs);
            if (sliceNs >= endNs) {
                return condition.getAsBoolean();
            }
        }
        return true;
    }

    private void must(final BooleanSupplier condition, final Supplier<String> otherwise) {
        if (!advance(condition, PATIENCE_NS)) {
            throw new SimulationFailure(
                    otherwise.get() + System.lineSeparator() + cluster.describe());
        }
    }

    /** Tells nodes of copies that were corrupted and nobody has read since, as a scrubber would. */
    private void mendCopies() {
        if (faults.atlas().isAnyDoubtful()) { // what is not in the index yet cannot be listed
            must(() -> cluster.obstacle() == null, () -> "no rest: " + cluster.obstacle());
        }
        faults.atlas().lookAgain();
        final BlockRequestPublisher publisher =
                new BlockRequestPublisher(
                        cluster.plan().volume().volumeId(),
                        cluster.network().open(cluster.nextEndpoint(), () -> {}));
        must(
                () -> {
                    faults.atlas().observe();
                    final boolean all = faults.atlas().badCopies().isEmpty();
                    if (!all && events.nowNs() % SCRUB_NS < SLICE_NS) {
                        for (final FaultAtlas.BadCopy copy : faults.atlas().badCopies()) {
                            publisher.sendRepair(
                                    copy.node(), copy.group(), copy.dataId(), copy.unit(), 1);
                        }
                    }
                    return all;
                },
                () -> "copies never mended: " + faults.atlas().badCopies());
    }
}
