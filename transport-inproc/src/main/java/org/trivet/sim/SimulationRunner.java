package org.trivet.sim;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;

/**
 * Runs one seed after the other, on a few threads, and reports those that fail: with as few faults
 * as still make them fail, and as a test that shows it again.
 */
public final class SimulationRunner {
    private static final int MAX_REPORTS = 3;
    private static final int MAX_SHRINKING_RUNS = 200;
    private static final long LOOK_MS = 100;

    private final SimulationTally tally;
    private final int threads;
    private final PrintWriter reports;
    private final AtomicInteger reported = new AtomicInteger();
    private final AtomicReference<Throwable> trouble = new AtomicReference<>();

    /**
     * A runner.
     *
     * @param tally where runs are counted in; seeds that it has are not run again.
     * @param threads how many seeds to run at once.
     * @param reports where failures are described.
     */
    public SimulationRunner(
            final SimulationTally tally, final int threads, final PrintWriter reports) {
        this.tally = tally;
        this.threads = threads;
        this.reports = reports;
    }

    /**
     * Runs seeds in order, until all are done that were begun.
     *
     * @param goesOn asked before each seed whether to run it.
     * @param progress called by the waiting thread, now and then.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public void run(final LongPredicate goesOn, final Runnable progress)
            throws InterruptedException {
        final AtomicLong nextSeed = new AtomicLong(tally.next());
        final List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(
                    Thread.ofPlatform()
                            .name("simulation-" + i)
                            .daemon()
                            .uncaughtExceptionHandler((thread, error) -> trouble.set(error))
                            .start(() -> runSeeds(nextSeed, goesOn)));
        }
        long lookedNs = System.nanoTime();
        for (final Thread worker : workers) {
            while (worker.isAlive()) {
                worker.join(LOOK_MS);
                final long nowNs = System.nanoTime();
                tally.worked(nowNs - lookedNs);
                lookedNs = nowNs;
                progress.run();
            }
        }
        if (trouble.get() != null) {
            throw new IllegalStateException(
                    "the simulator itself has failed, after seed " + tally.next(), trouble.get());
        }
    }

    private void runSeeds(final AtomicLong nextSeed, final LongPredicate goesOn) {
        for (long seed = nextSeed.getAndIncrement();
                goesOn.test(seed);
                seed = nextSeed.getAndIncrement()) {
            if (!tally.isDone(seed)) {
                final SimulationResult result =
                        Simulation.run(SimulationPlan.of(tally.profile(), seed));
                if (result.failure() != null && reported.incrementAndGet() <= MAX_REPORTS) {
                    report(result);
                }
                tally.add(result);
            }
        }
    }

    private void report(final SimulationResult failed) {
        final String text = FailureReport.of(new FaultShrinker(MAX_SHRINKING_RUNS).shrink(failed));
        synchronized (reports) {
            reports.println(text);
            reports.flush();
        }
    }
}
