package org.trivet.bench.measure;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Options of all commands that measure by turns. */
public final class TurnOptions {
    private static final double SHORTEST_S = 0.01;
    private static final double LONGEST_S = 1000;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--warm-ups",
            paramLabel = "N",
            description =
                    "How often each is looked at before that counts; by default ${DEFAULT-VALUE}.")
    private int warmUps;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often each is looked at; by default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "How long each time; by default ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description =
                    "Where all that is needed is made, and removed at the end; by default the"
                            + " system's place. In /dev/shm no disk takes part.")
    private Path directory = WorkDirectory.usualParent();

    @Option(names = "--json", description = "Print what was measured as JSON.")
    private boolean isJson;

    /**
     * Options with these defaults.
     *
     * @param warmUps how often each is looked at before that counts.
     * @param rounds how often each is looked at.
     * @param seconds how long each time.
     */
    public TurnOptions(final int warmUps, final int rounds, final double seconds) {
        this.warmUps = warmUps;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /**
     * Refuses values out of range.
     *
     * @throws ParameterException naming the option and its range.
     */
    public void check() {
        require(warmUps >= 0, "--warm-ups must be 0 or more");
        require(rounds >= 1, "--rounds must be 1 or more");
        require(seconds >= SHORTEST_S && seconds <= LONGEST_S, "--seconds must be 0.01 to 1000");
        require(
                Files.isDirectory(directory),
                "--directory must be a directory, and " + directory + " is none");
    }

    /**
     * Refuses a value of the command's own options unless it is right.
     *
     * @param holds whether it is.
     * @param message what must hold.
     * @throws ParameterException if it is not.
     */
    public void require(final boolean holds, final String message) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /**
     * How often each is looked at before that counts: by then the compilers are done.
     *
     * @return 0 or more.
     */
    public int warmUps() {
        return warmUps;
    }

    /**
     * How often each is looked at.
     *
     * @return 1 or more.
     */
    public int rounds() {
        return rounds;
    }

    /**
     * How long each time.
     *
     * @return the time.
     */
    public Duration time() {
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    /**
     * Where all that is needed is made.
     *
     * @return a directory.
     */
    public Path directory() {
        return directory;
    }

    /**
     * Whether what was measured is to be printed as JSON.
     *
     * @return false for tables.
     */
    public boolean isJson() {
        return isJson;
    }
}
