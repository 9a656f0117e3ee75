package org.trivet.bench;

import org.openjdk.jmh.Main;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Runs the benchmarks. Takes the options of JMH. */
public final class Benchmarks {
    private Benchmarks() {}

    /**
     * Runs those benchmarks that the options select.
     *
     * @param args JMH's: {@code -h} lists them.
     * @throws Exception if a benchmark fails, or the options are wrong.
     */
    public static void main(final String[] args) throws Exception {
        final CommandLineOptions options = new CommandLineOptions(args);
        if (options.shouldHelp()
                || options.shouldList()
                || options.shouldListWithParams()
                || options.shouldListProfilers()
                || options.shouldListResultFormats()) {
            Main.main(args);
        } else {
            run(args);
        }
    }

    /**
     * Runs those benchmarks that the options select.
     *
     * @param args JMH's.
     * @throws RunnerException if a benchmark fails.
     * @throws CommandLineOptionException if the options are wrong.
     */
    static void run(final String... args) throws RunnerException, CommandLineOptionException {
        final CommandLineOptions options = new CommandLineOptions(args);
        final OptionsBuilder builder = new OptionsBuilder();
        builder.parent(options);
        builder.shouldFailOnError(options.shouldFailOnError().orElse(true));
        if (!options.getJvmArgs().hasValue()) {
            builder.jvmArgs(jvmFlags());
        }
        new Runner(builder.build()).run();
    }

    /**
     * The flags that each JVM needs.
     *
     * @return one by one.
     */
    static String[] jvmFlags() {
        try (InputStream flags = Benchmarks.class.getResourceAsStream("jvm-flags")) {
            return new String(flags.readAllBytes(), StandardCharsets.UTF_8).trim().split("\\s+");
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
