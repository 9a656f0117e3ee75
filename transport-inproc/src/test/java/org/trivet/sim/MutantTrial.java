package org.trivet.sim;

import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What notices that a rule is switched off: run by the script {@code mutants} on classes of which
 * one is changed. Prints one line: how many random short seeds it took, what they found, and which
 * of the directed tests failed.
 */
final class MutantTrial {
    private static final int NOT_TRIED = 2;
    private static final int THREADS = 2;
    private static final int REASON_LENGTH = 70;
    private static final int MAX_TRACE_LINES = 12;

    private final long first;
    private final long end;
    private final AtomicLong nextSeed;
    private long caughtAt;
    private String reason = "";

    private MutantTrial(final long first, final long seeds) {
        this.first = first;
        end = first + seeds;
        nextSeed = new AtomicLong(first);
        caughtAt = end;
    }

    /**
     * Tries the classes as they are.
     *
     * @param args first seed, number of seeds, and tests: classes, or class#method.
     */
    public static void main(final String[] args) throws InterruptedException {
        try {
            run(args);
        } catch (final RuntimeException e) {
            e.printStackTrace();
            System.exit(NOT_TRIED);
        }
    }

    private static void run(final String[] args) throws InterruptedException {
        final MutantTrial trial = new MutantTrial(Long.parseLong(args[0]), Long.parseLong(args[1]));
        trial.runSeeds();
        final List<String> failed = new ArrayList<>();
        for (final String test : List.of(args).subList(2, args.length)) {
            if (!holds(test)) {
                failed.add(test.substring(test.lastIndexOf('.') + 1));
            }
        }
        final boolean caught = trial.caughtAt < trial.end;
        System.out.printf(
                "%s|%s|%s%n",
                caught ? trial.caughtAt - trial.first + 1 : "-",
                caught ? trial.reason : "",
                String.join(" ", failed));
        System.exit(caught || !failed.isEmpty() ? 0 : 1); // whatever threads are left
    }

    private void runSeeds() throws InterruptedException {
        final List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            workers.add(Thread.ofPlatform().daemon().start(this::work));
        }
        for (final Thread worker : workers) {
            worker.join();
        }
    }

    private void work() {
        for (long seed = nextSeed.getAndIncrement();
                seed < end();
                seed = nextSeed.getAndIncrement()) {
            String found = null;
            try {
                final SimulationPlan plan = SimulationPlan.of(SimulationProfile.SHORT, seed);
                final Throwable failure = Simulation.run(plan).failure();
                found = failure == null ? null : String.valueOf(failure.getMessage());
            } catch (final VirtualMachineError error) {
                found = error.toString(); // a mutant may need no end of memory
            }
            if (found != null) {
                caught(seed, found);
            }
        }
    }

    private synchronized long end() {
        return caughtAt;
    }

    private synchronized void caught(final long seed, final String found) {
        if (seed < caughtAt) {
            caughtAt = seed;
            final String line =
                    found.lines().findFirst().orElse("").replaceAll("\\d+", "#").replace('|', '/');
            reason = line.substring(0, Math.min(REASON_LENGTH, line.length()));
        }
    }

    /** What is to be run; a method, also one that takes parameters, is named without them. */
    static List<DiscoverySelector> selectorsOf(final String test) {
        final int methodAt = test.indexOf('#');
        final List<DiscoverySelector> selectors = new ArrayList<>();
        try {
            final Class<?> type =
                    Class.forName(test.substring(0, methodAt < 0 ? test.length() : methodAt));
            if (methodAt < 0) {
                selectors.add(DiscoverySelectors.selectClass(type));
            }
            for (final Method method : type.getDeclaredMethods()) {
                if (methodAt >= 0 && method.getName().equals(test.substring(methodAt + 1))) {
                    selectors.add(DiscoverySelectors.selectMethod(type, method));
                }
            }
        } catch (final ClassNotFoundException e) {
            throw new IllegalArgumentException("there is no class of " + test, e);
        }
        if (selectors.isEmpty()) {
            throw new IllegalArgumentException("there is no test " + test);
        }
        return selectors;
    }

    private static boolean holds(final String test) {
        final SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectorsOf(test))
                                .build(),
                        listener);
        if (listener.getSummary().getTestsStartedCount() == 0
                && listener.getSummary().getContainersFailedCount() == 0) {
            throw new IllegalArgumentException("there is no test " + test);
        }
        listener.getSummary().printFailuresTo(new PrintWriter(System.err, true), MAX_TRACE_LINES);
        return listener.getSummary().getTotalFailureCount() == 0;
    }
}
