package org.trivet.cli;

import org.trivet.sim.SimulationRunner;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Simulates volumes on which much goes wrong. */
@Command(
        name = "simulate",
        description = {
            "Simulates whole volumes in virtual time, one for each seed, with faults of all kinds,"
                    + " and checks what clients see.",
            "Prints a seed that fails with what happened and a test that shows it again; exits with"
                    + " 1 then."
        },
        mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--first",
            paramLabel = "SEED",
            description = "The first seed; ${DEFAULT-VALUE} by default.")
    private long first = 1;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "How many seeds at most; ${DEFAULT-VALUE} by default.")
    private long seeds = 1000;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "After so many minutes no more seeds are begun.")
    private long minutes = 24 * 60;

    @Option(
            names = "--threads",
            paramLabel = "T",
            description = "How many seeds at once; ${DEFAULT-VALUE} by default.")
    private int threads = 2;

    SimulateCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        // To run nothing would look as if all had held.
        refuseBelowOne("--seeds", seeds);
        refuseBelowOne("--minutes", minutes);
        refuseBelowOne("--threads", threads);
        final PrintWriter out = spec.commandLine().getOut();
        final long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        final SimulationRunner runner = new SimulationRunner(threads, out);
        final List<Long> failed =
                runner.run(first, seed -> seed - first < seeds && endNs - System.nanoTime() > 0);
        runner.printFigures();
        out.flush();
        return failed.isEmpty() ? 0 : 1;
    }

    private void refuseBelowOne(final String option, final long value) {
        if (value < 1) {
            throw new ParameterException(
                    spec.commandLine(), option + " is " + value + ": it must be at least 1");
        }
    }
}
