package org.trivet.cli;

import org.trivet.node.DamageRequest;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** Damages one stored copy of a block. */
@Command(
        name = "corrupt",
        description = "Damages one stored copy of a block of a running volume, and says which.",
        mixinStandardHelpOptions = true)
final class CorruptCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "DATA_DIR", description = "Of the running volume.")
    private Path dataDirectory;

    @Option(
            names = "--node",
            paramLabel = "N",
            description = "Whose copy; by default a random node's.")
    private Integer node;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            defaultValue = "checksum",
            description =
                    "What to damage: checksum (the default), data, length, version, missing or"
                            + " swap.")
    private DamageRequest.Kind kind;

    @ArgGroup(exclusive = false)
    private Place place;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Of the random choices; the same seed, the same choices.")
    private Long seed;

    /** A block of a file. */
    static final class Place {
        @Option(
                names = "--path",
                required = true,
                paramLabel = "FILE",
                description =
                        "The file: its path under the mount point, or within the volume. By default"
                                + " a random block is taken.")
        private Path path;

        @Option(
                names = "--block",
                paramLabel = "B",
                description = "Number of the block in the file, from 0.")
        private Long block;

        Place() {}
    }

    CorruptCommand() {}

    @Override
    public Integer call() {
        final Map<String, Object> arguments = new HashMap<>();
        arguments.put("kind", kind.name().toLowerCase(Locale.ROOT));
        arguments.put("seed", seed == null ? new SecureRandom().nextInt(Integer.MAX_VALUE) : seed);
        if (node != null) {
            arguments.put("node", node);
        }
        if (place != null) {
            arguments.put("path", place.path.toString());
            arguments.put("file", place.path.toAbsolutePath().normalize().toString());
            if (place.block != null) {
                arguments.put("block", place.block);
            }
        }
        final Map<String, Object> damage = ControlCall.call(dataDirectory, "corrupt", arguments);
        spec.commandLine()
                .getOut()
                .println(damage.get("description") + " (seed " + arguments.get("seed") + ")");
        return 0;
    }
}
