package org.trivet.node;

import org.trivet.IdleMode;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
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

    ClusterProcesses(final Path clusterFile, final IdleMode idleMode) {
        this.clusterFile = clusterFile;
        this.idleMode = idleMode;
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
                                directory.toString()));
        for (final Path neighbour : neighbours) {
            words.addAll(List.of("--beside", neighbour.toString()));
        }
        return command(words.toArray(new String[0]));
    }

    private List<String> command(final String... words) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(ClusterProcesses::isInherited)
                .forEach(command::add);
        if (ClusterProcesses.class.desiredAssertionStatus()) {
            command.add("-ea");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
        command.addAll(List.of(words));
        command.addAll(
                List.of(
                        "--cluster",
                        clusterFile.toString(),
                        "--idle",
                        idleMode.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                        "--until-input-ends"));
        return command;
    }

    /** Not what several processes cannot have at once: a debugger's port, an agent's file. */
    static boolean isInherited(final String option) {
        return option.startsWith("--")
                || option.startsWith("-X") && !option.startsWith("-Xrunjdwp")
                || option.startsWith("-Dtrivet.")
                || option.startsWith("-Daeron.")
                || option.startsWith("-Djava.io.tmpdir=");
    }
}
