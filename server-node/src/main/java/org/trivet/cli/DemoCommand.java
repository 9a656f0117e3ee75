package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.demo.Demo;
import org.trivet.demo.DemoOptions;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Shows in about a minute what a volume survives. */
@Command(
        name = "demo",
        description = {
            "Shows in about a minute what a volume survives: nodes down, damaged copies, storage"
                    + " lost.",
            "Works on a temporary directory. Exit code 0 only if everything held."
        },
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final int MIN_FILE_LENGTH = 1 << 20;

    @Spec private CommandSpec spec;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Where the temporary directory is made; by default the system's place.")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(
            names = "--tree",
            paramLabel = "DIR",
            description = "A directory whose files are stored; by default Trivet's own sources.")
    private Path tree;

    @Option(
            names = "--file-size",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            defaultValue = "64MiB",
            description = "Bytes of the file of random bytes; by default 64MiB.")
    private int fileLength;

    DemoCommand() {}

    @Override
    public Integer call() {
        require(fileLength >= MIN_FILE_LENGTH, "--file-size must be 1MiB or more");
        requireDirectory("--directory", parent);
        if (tree != null) {
            requireDirectory("--tree", tree);
        }
        final DemoOptions options =
                new DemoOptions(
                        parent,
                        tree == null ? defaultTree() : tree,
                        fileLength,
                        System.console() != null && System.console().isTerminal());
        try (StopSignal stop = new StopSignal()) {
            stop.exitCode(1);
            try {
                return new Demo(options, spec.commandLine().getOut()).run() ? 0 : 1;
            } catch (final InterruptedException ex) {
                throw new TrivetException(ErrorCode.INTERRUPTED, "demo: interrupted", ex);
            }
        }
    }

    private void requireDirectory(final String option, final Path path) {
        require(Files.isDirectory(path), option + " must be a directory, and " + path + " is none");
    }

    private void require(final boolean holds, final String message) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    private static Path defaultTree() {
        final Path sources = Path.of(System.getProperty("trivet.home", "."), "engine-core", "src");
        return Files.isDirectory(sources)
                ? sources.toAbsolutePath().normalize()
                : Path.of(System.getProperty("java.home"), "conf");
    }
}
