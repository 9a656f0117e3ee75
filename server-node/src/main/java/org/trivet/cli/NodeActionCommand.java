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

/** Has one thing done to a node of a running volume. */
@Command(mixinStandardHelpOptions = true)
final class NodeActionCommand implements Callable<Integer> {
    /** What is done to the node. */
    enum Action {
        STOP("stopped", "Takes a node of a running volume down cleanly."),
        KILL("killed", "Takes a node of a running volume down abruptly: it saves nothing more."),
        START("started", "Brings a node of a running volume up again."),
        WIPE(
                "wiped",
                "Deletes the storage of a node of a running volume, which may be up or down."),
        PAUSE("paused", "Has a node of a running volume stand still, as if its machine hung."),
        RESUME("resumed", "Has a node that stands still go on.");

        private final String done;
        private final String description;

        Action(final String done, final String description) {
            this.done = done;
            this.description = description;
        }

        String description() {
            return description;
        }

        /** As on the command line and the control channel. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Action action;

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "N", description = "The node's number, from 0.")
    private int node;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DATA_DIR",
            description = "Of the running volume.")
    private Path dataDirectory;

    NodeActionCommand(final Action action) {
        this.action = action;
    }

    @Override
    public Integer call() {
        ControlCall.call(dataDirectory, "node", Map.of("action", action.word(), "node", node));
        spec.commandLine().getOut().println("node " + node + " " + action.done);
        return 0;
    }
}
