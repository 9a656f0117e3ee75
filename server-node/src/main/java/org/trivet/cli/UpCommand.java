package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.node.Cluster;
import org.trivet.node.ClusterControl;
import org.trivet.node.ClusterLauncher;
import org.trivet.node.DataDirectory;
import org.trivet.node.MountProvider;
import org.trivet.node.MountProvider.Mount;
import org.trivet.node.VolumeOptions;
import org.trivet.node.control.ControlServer;
import org.trivet.node.os.CompilerThreads;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** Runs a cluster in this process until it is told to stop. */
@Command(
        name = "up",
        description = {
            "Runs a volume in this process: its metadata node and its data nodes, in the"
                    + " foreground.",
            "Prints one line that begins with 'ready' when it answers. SIGTERM or Ctrl-C stops it."
        },
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
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

    @Option(
            names = "--nodes",
            paramLabel = "N",
            description = "Data nodes of a new volume; by default 4.")
    private Integer nodes;

    @Option(
            names = "--replicas",
            paramLabel = "R",
            description = "Copies of each block of a new volume; by default 3.")
    private Integer replicas;

    @Option(
            names = "--block-size",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description =
                    "Bytes of a block of a new volume: a power of two, 8 to 1MiB; by default"
                            + " 64KiB.")
    private Integer blockSize;

    @Option(
            names = "--checksum",
            paramLabel = "TYPE",
            description = "Checksum of a new volume: crc32c (the default), xxh3 or md5.")
    private ChecksumType checksum;

    @Option(
            names = "--durability",
            paramLabel = "LEVEL",
            description = {
                "What an acknowledged write of a new volume survives: the end of the process (the"
                        + " default)",
                "or loss of power (disk). fsync always means disk."
            })
    private Durability durability;

    UpCommand(final ClusterLauncher launcher) {
        this.launcher = launcher;
    }

    @Override
    public Integer call() {
        refuseDataInsideMount();
        final VolumeOptions options =
                new VolumeOptions(nodes, replicas, blockSize, checksum, durability);
        try (StopSignal stop = new StopSignal()) {
            try {
                run(options);
                return 0;
            } catch (final InterruptedException ex) {
                return endOf(stop, ex);
            } catch (final TrivetException ex) {
                stop.exitCode(1);
                if (ex.code() == ErrorCode.INTERRUPTED) {
                    return endOf(stop, ex);
                }
                throw ex;
            } catch (final RuntimeException | Error ex) {
                stop.exitCode(1);
                throw ex;
            }
        }
    }

    private void run(final VolumeOptions options) throws InterruptedException {
        try (DataDirectory directory = DataDirectory.open(dataDirectory, options);
                Cluster cluster = launcher.launch(directory);
                ControlServer _ =
                        new ControlServer(
                                directory.path(),
                                ClusterControl.handlers(
                                        cluster,
                                        mountPoint == null ? null : absolute(mountPoint)))) {
            CompilerThreads.yieldToOthers(); // not before: nobody waits for an answer then
            if (mountPoint == null) {
                sayReady(directory, "");
                new CountDownLatch(1).await();
            } else {
                final String source = "trivet:" + directory.path();
                try (Mount mount =
                        mountProvider()
                                .mount(
                                        mountPoint,
                                        cluster.fileSystem(),
                                        cluster.agentExecutor(),
                                        source)) {
                    sayReady(directory, " mounted at " + absolute(mountPoint));
                    mount.awaitUnmounted();
                    spec.commandLine()
                            .getErr()
                            .println("trivet: " + mountPoint + " was unmounted; stopping");
                }
            }
        }
    }

    /** Stopped by a signal is what was wanted; by any other interrupt is not. */
    private static int endOf(final StopSignal stop, final Exception cause) {
        if (!stop.isRaised()) {
            throw new TrivetException(ErrorCode.INTERRUPTED, "up: interrupted", cause);
        }
        stop.exitCode(0);
        return 0;
    }

    private static MountProvider mountProvider() {
        return ServiceLoader.load(MountProvider.class)
                .findFirst()
                .orElseThrow(
                        () ->
                                new TrivetException(
                                        ErrorCode.NOT_SUPPORTED,
                                        "this build of trivet cannot mount: no mount provider was"
                                                + " found"));
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
