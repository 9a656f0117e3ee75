package org.trivet.cli;

import org.trivet.sim.SimulationProfile;
import org.trivet.sim.SimulationRunner;
import org.trivet.sim.SimulationTally;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Simulates volumes on which much goes wrong. */
@Command(
        name = "simulate",
        description = {
            "Simulates whole volumes in virtual time, one for each seed, with faults of all kinds,"
                    + " and checks what clients see.",
            "Prints a seed that fails with what happened and a test that shows it again, and at"
                    + " the end how often which rare thing did happen.",
            "Exits with 0 if all held, 1 if a seed failed, 2 if the command line is wrong."
        },
        mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {
    private static final long NEVER_MINUTES = TimeUnit.DAYS.toMinutes(10_000);

    @Spec private CommandSpec spec;

    @ArgGroup private final Which which = new Which();

    /** Which seeds. */
    static final class Which {
        @Option(names = "--seed", paramLabel = "SEED", description = "Only this one.")
        private Long seed;

        @ArgGroup(exclusive = false)
        private Range range;

        Which() {}
    }

    /** Seeds in order. */
    static final class Range {
        @Option(names = "--first", paramLabel = "SEED", description = "The first; 1 by default.")
        private Long first;

        @Option(
                names = "--seeds",
                paramLabel = "N",
                description =
                        "How many at most; by default 1000, or as many as can be in --minutes.")
        private Long seeds;

        @Option(
                names = "--minutes",
                paramLabel = "M",
                description = "After so many minutes no more are begun.")
        private Long minutes;

        Range() {}
    }

    @Option(
            names = "--profile",
            paramLabel = "PROFILE",
            description =
                    "How large: short, default or long (some 2,000, 20,000 or 200,000 events).")
    private SimulationProfile profile;

    @Option(
            names = "--threads",
            paramLabel = "T",
            description = "How many seeds at once; ${DEFAULT-VALUE} by default.")
    private int threads = 2;

    @Option(
            names = "--resume",
            paramLabel = "FILE",
            description =
                    "Keeps in FILE how far it has come, and what was found; if FILE is there, goes"
                            + " on where that says.")
    private Path state;

    @Option(names = "--json", description = "Print what was found as JSON.")
    private boolean isJson;

    SimulateCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        final Range range = which.range == null ? new Range() : which.range;
        if (which.seed != null) {
            range.first = which.seed;
            range.seeds = 1L;
        }
        // To run nothing would look as if all had held.
        refuseBelowOne("--seeds", range.seeds);
        refuseBelowOne("--minutes", range.minutes);
        refuseBelowOne("--threads", (long) threads);
        final SimulationState saved = state == null ? null : new SimulationState(state);
        final SimulationTally tally = begin(range, saved);
        final long minutes = range.minutes == null ? NEVER_MINUTES : range.minutes;
        final long usual = range.minutes == null ? 1000 : Long.MAX_VALUE - tally.first();
        final long end = tally.first() + (range.seeds == null ? usual : range.seeds);
        final long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        final PrintWriter out = spec.commandLine().getOut();
        final PrintWriter reports = isJson ? spec.commandLine().getErr() : out;
        final boolean isTerminal = System.console() != null && System.console().isTerminal();
        try (SimulationProgress progress =
                new SimulationProgress(tally, end, isTerminal, reports)) {
            new SimulationRunner(tally, threads, reports)
                    .run(
                            seed -> seed < end && endNs - System.nanoTime() > 0,
                            () -> {
                                progress.show();
                                if (saved != null) {
                                    saved.saveSometimes(tally);
                                }
                            });
        }
        if (saved != null) {
            saved.save(tally);
        }
        print(tally, out);
        out.flush();
        return tally.failures().isEmpty() ? 0 : 1;
    }

    private SimulationTally begin(final Range range, final SimulationState saved) {
        final SimulationTally found = saved == null ? null : saved.load();
        if (found == null) {
            return new SimulationTally(
                    profile == null ? SimulationProfile.DEFAULT : profile,
                    range.first == null ? 1 : range.first);
        }
        if (profile != null && profile != found.profile()
                || range.first != null && range.first != found.first()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "%s is of other seeds: --profile %s --first %d"
                            .formatted(state, found.profile(), found.first()));
        }
        return found;
    }

    private void print(final SimulationTally tally, final PrintWriter out) {
        if (isJson) {
            JsonOutput.print(tally.toMap(), out);
            return;
        }
        out.printf("%s; %.0f seeds/s%n", tally, tally.seedsPerSecond());
        tally.occurrences().forEach((what, count) -> out.printf("  %-32s %,15d%n", what, count));
        tally.failures()
                .forEach(
                        (seed, reason) ->
                                out.printf(
                                        "seed %d failed: %s%n",
                                        seed, reason.lines().findFirst().orElse("")));
    }

    private void refuseBelowOne(final String option, final Long value) {
        if (value != null && value < 1) {
            throw new ParameterException(
                    spec.commandLine(), option + " is " + value + ": it must be at least 1");
        }
    }
}
