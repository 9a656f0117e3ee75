package org.trivet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** Describes a cluster. */
@Command(
        name = "cluster",
        description = "Describes a cluster.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = ClusterInitCommand.class)
final class ClusterCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    ClusterCommand() {}

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "what to do is missing");
    }
}
