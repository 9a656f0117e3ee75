package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.MetadataProcess;
import org.trivet.node.NodeProcess;

import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeExceptionMapper;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Runs the metadata node in this process. */
@Command(
        name = "run",
        description = {
            "Runs the metadata node of a cluster in this process, in the foreground.",
            "Prints one line that begins with 'ready' when it works. SIGTERM or Ctrl-C stops it."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:stopped",
            "1:failed; the reason is on standard error",
            "2:the command line is wrong",
            "4:its storage is of another format: start the version that wrote it"
        })
final class MetadataRunCommand implements Callable<Integer>, IExitCodeExceptionMapper {
    @Spec private CommandSpec spec;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DIR",
            description =
                    "Its storage. Besides DIR it may make DIR.part, DIR.complete and DIR.lost, when"
                            + " somebody has deleted DIR.")
    private Path dataDirectory;

    @Option(
            names = "--new",
            description =
                    "Begin with an empty file system if there is nothing in DIR. Without it that is"
                            + " an error: nobody else knows the names of files.")
    private boolean mayBegin;

    @Mixin private ProcessOptions options;

    MetadataRunCommand() {}

    @Override
    public Integer call() {
        options.begin();
        return Foreground.run("meta run", this::run);
    }

    @Override
    public int getExitCode(final Throwable error) {
        return error instanceof final TrivetException typed
                        && typed.code() == ErrorCode.NOT_SUPPORTED
                ? NodeProcess.EXIT_FORMAT_UNKNOWN
                : NodeProcess.EXIT_FAILED;
    }

    private void run() throws InterruptedException {
        try (MetadataProcess process =
                MetadataProcess.start(
                        options.cluster(), dataDirectory, mayBegin, options.idleMode())) {
            Foreground.begun();
            final var out = spec.commandLine().getOut();
            out.println(
                    "ready metadata in "
                            + dataDirectory
                            + ", pid "
                            + ProcessHandle.current().pid());
            out.flush();
            process.awaitFailure();
        }
    }
}
