package org.trivet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** Runs the metadata node of a cluster. */
@Command(
        name = "meta",
        description = "Runs the metadata node of a cluster.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = MetadataRunCommand.class)
final class MetadataCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    MetadataCommand() {}

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "what to do is missing");
    }
}
