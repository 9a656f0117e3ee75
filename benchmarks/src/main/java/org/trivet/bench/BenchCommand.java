package org.trivet.bench;

import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.bench.network.NetworkCommand;
import org.trivet.bench.storage.StorageCommand;
import org.trivet.cli.Subcommand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.ArrayList;
import java.util.List;

/** Runs benchmarks, and says how much they allocate. */
@Command(
        name = "bench",
        description = {
            "Runs the benchmarks whose names match, by default all, with the allocation profiler.",
            "What follows -- is for JMH: trivet bench Placement -- -f 2 -rf json"
        },
        mixinStandardHelpOptions = true,
        subcommands = {NetworkCommand.class, StorageCommand.class})
public final class BenchCommand implements Subcommand {
    @Parameters(
            arity = "0..*",
            paramLabel = "PATTERN",
            description = "Regular expressions; and after --, options of JMH.")
    private List<String> patterns = new ArrayList<>();

    /** For {@link java.util.ServiceLoader}. */
    public BenchCommand() {}

    @Override
    public Integer call() {
        final List<String> arguments = new ArrayList<>(patterns);
        if (!arguments.contains("-prof")) {
            arguments.addAll(List.of("-prof", "gc"));
        }
        try {
            Benchmarks.run(arguments.toArray(String[]::new));
            return 0;
        } catch (final NoBenchmarksException ex) {
            throw new TrivetException(ErrorCode.NOT_FOUND, "bench: no benchmark matches", ex);
        } catch (final RunnerException | CommandLineOptionException ex) {
            throw new TrivetException(ErrorCode.INVALID, "bench: " + ex.getMessage(), ex);
        }
    }
}
