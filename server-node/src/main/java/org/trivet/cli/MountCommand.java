package org.trivet.cli;

import org.trivet.node.ClusterClient;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Mounts the file system of a cluster. */
@Command(
        name = "mount",
        description = {
            "Mounts the file system of a cluster, whose nodes run in other processes, in the"
                    + " foreground. It may be mounted any number of times, on any machine.",
            "Prints one line that begins with 'ready' when it is mounted. SIGTERM or Ctrl-C, or"
                    + " unmounting, stops it."
        },
        mixinStandardHelpOptions = true)
final class MountCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "MOUNTPOINT",
            description = "An existing directory at which to mount the file system.")
    private Path mountPoint;

    @Option(
            names = "--host",
            paramLabel = "HOST",
            description =
                    "Over UDP, the name or address under which nodes reach this machine; by default"
                            + " the one from which it reaches the metadata node.")
    private String host;

    @Mixin private ProcessOptions options;

    MountCommand() {}

    @Override
    public Integer call() {
        options.begin();
        return Foreground.run("mount", this::run);
    }

    private void run() throws InterruptedException {
        final var cluster = options.cluster();
        final Path place = mountPoint.toAbsolutePath().normalize();
        try (ClusterClient client = ClusterClient.start(cluster, host, options.idleMode())) {
            Foreground.begun();
            Mounting.serve(
                    spec,
                    place,
                    client.agent().fileSystem(),
                    client.agent(),
                    "trivet:" + Long.toUnsignedString(cluster.volume().volumeId(), 16),
                    () -> {
                        final var out = spec.commandLine().getOut();
                        out.println(
                                "ready mounted at "
                                        + place
                                        + ", pid "
                                        + ProcessHandle.current().pid());
                        out.flush();
                    });
        }
    }
}
