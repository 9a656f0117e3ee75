package org.trivet.fuse;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs the scripts of this module's tests, and the command line, as child processes. */
public final class Scripts {
    private static final Path DIRECTORY = Path.of("src", "test", "scripts").toAbsolutePath();

    private Scripts() {}

    static Path script(final String name) {
        return DIRECTORY.resolve(name);
    }

    /** Skips a test where nothing can be mounted. */
    public static void assumeMountable() {
        assumeTrue(
                Files.isWritable(Path.of("/dev/fuse")),
                "there is no /dev/fuse that can be written");
    }

    static void assumePresent(final String tool) throws IOException, InterruptedException {
        assumeTrue(
                run(5, List.of("sh", "-c", "command -v " + tool)).status == 0,
                "there is no " + tool);
    }

    /** The command line, of the classes under test. */
    static List<String> trivet() {
        final List<String> command = new ArrayList<>(java());
        command.add("org.trivet.cli.Trivet");
        return command;
    }

    /** Java with the classes under test; the main class comes next. */
    public static List<String> java() {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx512m",
                        "-ea",
                        "-cp",
                        System.getProperty("java.class.path")));
        return command;
    }

    /** How a child process ended, and what it said. */
    record Ended(int status, String output) {}

    static Ended run(final int seconds, final List<String> command)
            throws IOException, InterruptedException {
        final Path output = Files.createTempFile("trivet-script", ".out");
        try {
            final List<String> limited =
                    new ArrayList<>(List.of("timeout", "-k", "5", String.valueOf(seconds)));
            limited.addAll(command);
            final Process process =
                    new ProcessBuilder(limited)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            final int status = process.waitFor();
            return new Ended(status, Files.readString(output, StandardCharsets.ISO_8859_1));
        } finally {
            Files.delete(output);
        }
    }
}
