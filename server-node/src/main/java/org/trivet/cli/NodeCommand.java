package org.trivet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** Takes a node of a running cluster down or up, or deletes its storage. */
@Command(
        name = "node",
        description = {
            "Takes a node of a running volume down or up, or deletes its storage.",
            "stop takes it down cleanly, kill abruptly; start brings it up again; wipe deletes its"
                    + " storage, whether it is up or down."
        },
        mixinStandardHelpOptions = true)
final class NodeCommand implements Callable<Integer> {
    /** What is done to the node. */
    enum Action {
        STOP("stopped"),
        KILL("killed"),
        START("started"),
        WIPE("wiped");

        private final String done;

        Action(final String done) {
            this.done = done;
        }
    }

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "stop|kill|start|wipe", description = "What to do.")
    private Action action;

    @Parameters(index = "1", paramLabel = "N", description = "The node's number, from 0.")
    private int node;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DATA_DIR",
            description = "Of the running volume.")
    private Path dataDirectory;

    NodeCommand() {}

    @Override
    public Integer call() {
        ControlCall.call(
                dataDirectory,
                "node",
                Map.of("action", action.name().toLowerCase(Locale.ROOT), "node", node));
        spec.commandLine().getOut().println("node " + node + " " + action.done);
        return 0;
    }
}
