package org.trivet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** Runs the media driver of the processes on this machine. */
@Command(
        name = "driver",
        description = "Runs the media driver of the processes on this machine.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = DriverRunCommand.class)
final class DriverCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    DriverCommand() {}

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "what to do is missing");
    }
}
