package org.trivet.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** Runs a node, takes one of a running volume down or up, or looks at the storage of one. */
@Command(
        name = "node",
        description = {
            "Runs a data node in this process, or tells a running volume what to do with one.",
            "stop takes it down cleanly, kill abruptly; start brings it up again; wipe deletes its"
                    + " storage, whether it is up or down; pause has it stand still, resume go on.",
            "check, dump and rebuild-index work on the directory of a node that does not run."
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            NodeRunCommand.class,
            NodeCheckCommand.class,
            NodeDumpCommand.class,
            NodeRebuildIndexCommand.class
        })
final class NodeCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    NodeCommand() {}

    /** With its subcommands. */
    static CommandLine commandLine() {
        final CommandLine node = new CommandLine(new NodeCommand());
        node.setSubcommandsCaseInsensitive(true);
        for (final NodeActionCommand.Action action : NodeActionCommand.Action.values()) {
            final CommandLine command = new CommandLine(new NodeActionCommand(action));
            command.getCommandSpec().usageMessage().description(action.description());
            node.addSubcommand(action.word(), command);
        }
        return node;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "what to do is missing");
    }
}
