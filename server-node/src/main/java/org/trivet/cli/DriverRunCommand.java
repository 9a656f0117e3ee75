package org.trivet.cli;

import org.trivet.aeron.AeronDriver;
import org.trivet.node.ClusterFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** Runs the media driver in this process. */
@Command(
        name = "run",
        description = {
            "Runs the media driver of a cluster's processes on this machine, in the foreground.",
            "Each machine has one: it moves the messages of all of them. It may be stopped and"
                    + " started again at any time; until then they wait.",
            "Prints one line that begins with 'ready' when it works. SIGTERM or Ctrl-C stops it."
        },
        mixinStandardHelpOptions = true)
final class DriverRunCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Mixin private ProcessOptions options;

    DriverRunCommand() {}

    @Override
    public Integer call() {
        options.begin();
        return Foreground.run("driver run", this::run);
    }

    private void run() throws InterruptedException {
        final ClusterFile cluster = options.cluster();
        try (AeronDriver driver = AeronDriver.start(cluster.driver(), options.idleMode())) {
            Foreground.begun();
            final var out = spec.commandLine().getOut();
            out.println(
                    "ready driver in "
                            + driver.directory()
                            + ", pid "
                            + ProcessHandle.current().pid());
            out.flush();
            Foreground.awaitInterrupt();
        }
    }
}
