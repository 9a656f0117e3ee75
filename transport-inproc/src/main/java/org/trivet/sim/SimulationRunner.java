package org.trivet.sim;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

/**
 * Runs one seed after the other, on a few threads, and reports those that fail: with as few faults
 * as still make them fail, and as a test that shows it again.
 */
public final class SimulationRunner {
    private static final int MAX_REPORTS = 3;
    private static final int MAX_SHRINKING_RUNS = 200;

    private final int threads;
    private final PrintStream out;
    private final AtomicLong nextSeed = new AtomicLong();
    private final Occurrences occurrences = new Occurrences();
    private final List<Long> failedSeeds = new ArrayList<>();
    private long runs;
    private long events;
    private long operations;
    private long virtualNs;

    /**
     * A runner.
     *
     * @param threads how many seeds to run at once.
     * @param out where failures and figures are printed.
     */
    public SimulationRunner(final int threads, final PrintStream out) {
        this.threads = threads;
        this.out = out;
    }

    /**
     * Runs seeds in order.
     *
     * @param first the first seed.
     * @param goesOn asked before each seed whether to run it.
     * @return the seeds that failed.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public List<Long> run(final long first, final LongPredicate goesOn)
            throws InterruptedException {
        nextSeed.set(first);
        final List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(Thread.ofPlatform().name("simulation-" + i).start(() -> runSeeds(goesOn)));
        }
        for (final Thread worker : workers) {
            worker.join();
        }
        return List.copyOf(failedSeeds);
    }

    private void runSeeds(final LongPredicate goesOn) {
        for (long seed = nextSeed.getAndIncrement();
                goesOn.test(seed);
                seed = nextSeed.getAndIncrement()) {
            final SimulationResult result = Simulation.run(seed);
            if (count(result)) {
                report(result);
            }
        }
    }

    /** Counts a run in; true if it failed and is to be reported. */
    private synchronized boolean count(final SimulationResult result) {
        runs++;
        events += result.events();
        operations += result.operations();
        virtualNs += result.virtualNs();
        occurrences.add(result.occurrences());
        if (result.failure() == null) {
            return false;
        }
        failedSeeds.add(result.plan().seed());
        return failedSeeds.size() <= MAX_REPORTS;
    }

    private void report(final SimulationResult failed) {
        final String text = FailureReport.of(new FaultShrinker(MAX_SHRINKING_RUNS).shrink(failed));
        synchronized (this) {
            out.println(text);
        }
    }

    /** Prints how much was simulated, and what happened how often. */
    public synchronized void printFigures() {
        out.printf(
                "%,d seeds, %,d events, %,d operations, %,d s of virtual time; %d failed%n",
                runs, events, operations, virtualNs / 1_000_000_000L, failedSeeds.size());
        occurrences.all().forEach((what, count) -> out.printf("  %-32s %,15d%n", what, count));
    }
}
