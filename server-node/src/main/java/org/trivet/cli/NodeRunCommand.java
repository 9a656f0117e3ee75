package org.trivet.cli;

import org.trivet.TrivetException;
import org.trivet.node.NodeProcess;
import org.trivet.node.NodeSettings;

import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeExceptionMapper;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** Runs a data node in this process. */
@Command(
        name = "run",
        description = {
            "Runs a data node of a cluster in this process, in the foreground.",
            "Prints one line that begins with 'ready' when it works. SIGTERM or Ctrl-C stops it."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:stopped",
            "1:failed; the reason is on standard error",
            "2:the command line is wrong",
            "3:its storage is damaged: wipe it, and it gets its blocks from the other nodes",
            "4:its storage is of another format: start the version that wrote it"
        })
final class NodeRunCommand implements Callable<Integer>, IExitCodeExceptionMapper {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "N", description = "The node's number, from 0.")
    private int node;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DIR",
            description =
                    "Its storage, made if missing. Besides DIR it may make DIR.part, DIR.complete"
                            + " and DIR.lost, when somebody has deleted DIR.")
    private Path dataDirectory;

    @Option(
            names = "--beside",
            paramLabel = "DIR",
            description =
                    "Storage of another node on the same file system, whose room they share"
                            + " equally. May be given several times.")
    private List<Path> neighbours = List.of();

    @Mixin private ProcessOptions options;

    @Mixin private DataNodeOptions nodeOptions;

    NodeRunCommand() {}

    @Override
    public Integer call() {
        options.begin();
        final NodeSettings settings = nodeOptions.settings();
        return Foreground.run("node run", () -> run(settings));
    }

    @Override
    public int getExitCode(final Throwable error) {
        return error instanceof final TrivetException typed
                ? NodeProcess.exitCode(typed.code())
                : NodeProcess.EXIT_FAILED;
    }

    private void run(final NodeSettings settings) throws InterruptedException {
        try (NodeProcess process =
                NodeProcess.start(
                        options.cluster(),
                        node,
                        dataDirectory,
                        neighbours,
                        options.idleMode(),
                        settings)) {
            Foreground.begun();
            final var out = spec.commandLine().getOut();
            out.println(
                    "ready node "
                            + node
                            + " in "
                            + dataDirectory
                            + ", pid "
                            + ProcessHandle.current().pid());
            out.flush();
            process.awaitFailure();
        }
    }
}
