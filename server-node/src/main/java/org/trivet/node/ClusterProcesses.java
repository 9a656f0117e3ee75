package org.trivet.node;

import org.trivet.IdleMode;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The commands that run the processes of a cluster on this machine: this process's own Java, with
 * its options and classes, as {@code trivet driver run} and so on.
 */
final class ClusterProcesses {
    private static final String MAIN = "org.trivet.cli.Trivet";

    private final Path clusterFile;
    private final IdleMode idleMode;
    private final NodeSettings settings;

    ClusterProcesses(final Path clusterFile, final IdleMode idleMode, final NodeSettings settings) {
        this.clusterFile = clusterFile;
        this.idleMode = idleMode;
        this.settings = settings;
    }

    List<String> driver() {
        return command("driver", "run");
    }

    List<String> metadata(final Path directory, final boolean mayBegin) {
        return mayBegin
                ? command("meta", "run", "--data", directory.toString(), "--new")
                : command("meta", "run", "--data", directory.toString());
    }

    List<String> node(final int number, final Path directory, final List<Path> neighbours) {
        final List<String> words =
                new ArrayList<>(
                        List.of(
                                "node",
                                "run",
                                Integer.toString(number),
                                "--data",
                                directory.toString(),
                                "--scrub-rate",
                                Long.toString(settings.scrub().bytesPerSecond()),
                                "--scrub-interval",
                                Duration.ofNanos(settings.scrub().intervalNs()).toSeconds() + "s",
                                "--capacity",
                                Long.toString(settings.capacityBytes())));
        for (final Path neighbour : neighbours) {
            words.addAll(List.of("--beside", neighbour.toString()));
        }
        return command(words.toArray(new String[0]));
    }

    private List<String> command(final String... words) {
        final List<String> arguments = new ArrayList<>(List.of(words));
        arguments.addAll(
                List.of(
                        "--cluster",
                        clusterFile.toString(),
                        "--idle",
                        idleMode.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                        "--until-input-ends"));
        return JavaCommand.of(MAIN, arguments);
    }
}
