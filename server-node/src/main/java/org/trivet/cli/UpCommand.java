package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.node.Cluster;
import org.trivet.node.ClusterControl;
import org.trivet.node.ClusterFile;
import org.trivet.node.ClusterLauncher;
import org.trivet.node.DataDirectory;
import org.trivet.node.NodeSettings;
import org.trivet.node.ProcessCluster;
import org.trivet.node.VolumeOptions;
import org.trivet.node.control.ControlServer;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Runs a cluster in this process until it is told to stop. */
@Command(
        name = "up",
        description = {
            "Runs a volume in the foreground: its metadata node and its data nodes, in this process"
                    + " or, with --transport, in processes of their own.",
            "Prints one line that begins with 'ready' when it answers. SIGTERM or Ctrl-C stops it."
        },
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    private static final String IN_PROCESS = "inproc";

    private final ClusterLauncher launcher;

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "DATA_DIR",
            description = "Where the volume is stored; made if missing.")
    private Path dataDirectory;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "MOUNTPOINT",
            description = "An existing directory at which to mount the file system.")
    private Path mountPoint;

    @Mixin private VolumeShape shape;

    @Mixin private DataNodeOptions nodes;

    @Option(
            names = "--transport",
            paramLabel = "inproc|aeron:ipc|aeron:udp",
            defaultValue = IN_PROCESS,
            description = {
                "inproc (the default): all nodes in this process;",
                "aeron:ipc, aeron:udp: a process for each node, the metadata node, and the media"
                        + " driver, which are started again when they die, and talk through shared"
                        + " memory or UDP on this machine. The file DATA_DIR/cluster then describes"
                        + " them to further clients."
            })
    private String transport;

    @Option(
            names = "--idle",
            paramLabel = "MODE",
            defaultValue = "balanced",
            converter = IdleModes.class,
            completionCandidates = IdleModes.class,
            description =
                    "With aeron: how to wait for messages: low-latency, balanced (the default) or"
                            + " power-save.")
    private IdleMode idleMode;

    UpCommand(final ClusterLauncher launcher) {
        this.launcher = launcher;
    }

    @Override
    public Integer call() {
        refuseDataInsideMount();
        final ClusterLauncher chosen = launcher();
        final NodeSettings settings = nodes.settings();
        return Foreground.run("up", () -> run(chosen, shape.options(), settings));
    }

    private ClusterLauncher launcher() {
        if (transport.equals(IN_PROCESS)) {
            return launcher;
        }
        final Media media;
        try {
            media = ClusterFile.media(transport);
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), e.getMessage() + ", or " + IN_PROCESS, e);
        }
        return (directory, settings) ->
                ProcessCluster.start(directory, media, idleMode, true, settings);
    }

    private void run(
            final ClusterLauncher chosen, final VolumeOptions options, final NodeSettings settings)
            throws InterruptedException {
        try (DataDirectory directory = DataDirectory.open(dataDirectory, options);
                Cluster cluster = chosen.launch(directory, settings);
                ControlServer _ =
                        new ControlServer(
                                directory.path(),
                                ClusterControl.handlers(
                                        cluster,
                                        mountPoint == null ? null : absolute(mountPoint)))) {
            Foreground.begun();
            if (mountPoint == null) {
                sayReady(directory, "");
                Foreground.awaitInterrupt();
            } else {
                final String source = "trivet:" + directory.path();
                Mounting.serve(
                        spec,
                        mountPoint,
                        cluster.fileSystem(),
                        cluster.agentExecutor(),
                        source,
                        () -> sayReady(directory, " mounted at " + absolute(mountPoint)));
            }
        }
    }

    /** Its nodes would wait for the mount, and the mount for them. */
    private void refuseDataInsideMount() {
        if (mountPoint != null && absolute(dataDirectory).startsWith(absolute(mountPoint))) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "the data directory "
                            + dataDirectory
                            + " must not be inside the mount point "
                            + mountPoint);
        }
    }

    private static Path absolute(final Path path) {
        return path.toAbsolutePath().normalize();
    }

    private void sayReady(final DataDirectory directory, final String mounted) {
        final VolumeConfig volume = directory.volume();
        final var out = spec.commandLine().getOut();
        out.println(
                "ready "
                        + directory.path()
                        + mounted
                        + ": "
                        + volume.nodeCount()
                        + " nodes, "
                        + volume.replicaCount()
                        + " copies, blocks of "
                        + ByteSize.format(volume.blockLength())
                        + ", "
                        + volume.checksumType().name().toLowerCase(Locale.ROOT)
                        + ", durability "
                        + volume.durability().name().toLowerCase(Locale.ROOT)
                        + ", pid "
                        + ProcessHandle.current().pid());
        out.flush();
    }
}
