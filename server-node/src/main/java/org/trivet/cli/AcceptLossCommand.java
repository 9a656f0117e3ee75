package org.trivet.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** Lists blocks of which no good copy is left, and has them given up. */
@Command(
        name = "accept-loss",
        description = {
            "Lists the blocks of a running volume of which no good copy is left: whoever reads one"
                    + " waits.",
            "With --yes they are given up: reading one is an error from then on, until it is"
                    + " written, cut off or removed."
        },
        mixinStandardHelpOptions = true)
final class AcceptLossCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "DATA_DIR", description = "Of the running volume.")
    private Path dataDirectory;

    @ArgGroup(multiplicity = "1")
    private What what;

    @Option(names = "--yes", description = "Give them up; there is no way back.")
    private boolean isConfirmed;

    @Option(names = "--json", description = "Print what was found as JSON.")
    private boolean isJson;

    /** Which blocks. */
    static final class What {
        @Option(
                names = "--path",
                paramLabel = "FILE",
                description =
                        "Those of one file: its path under the mount point, or within the volume.")
        private Path path;

        @Option(names = "--all", description = "All of the volume.")
        private boolean isAll;

        What() {}
    }

    AcceptLossCommand() {}

    @Override
    public Integer call() {
        final Map<String, Object> arguments = new HashMap<>();
        if (what.path != null) {
            arguments.put("path", what.path.toString());
            arguments.put("file", what.path.toAbsolutePath().normalize().toString());
        }
        final Map<String, Object> losses =
                ControlCall.call(dataDirectory, isConfirmed ? "accept-loss" : "losses", arguments);
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            JsonOutput.print(losses, out);
        } else {
            print(losses, out);
        }
        out.flush();
        return isConfirmed && isAnyLeft(losses) ? 1 : 0;
    }

    private boolean isAnyLeft(final Map<String, Object> losses) {
        return what.isAll
                ? list(losses, "groups").stream()
                        .anyMatch(
                                group ->
                                        Boolean.TRUE.equals(group.get("isLogLost"))
                                                || number(group, "unreadableEntry") != 0
                                                || number(group, "lostRanges") > 0)
                : list(losses, "files").stream().anyMatch(file -> number(file, "lostCount") > 0);
    }

    private void print(final Map<String, Object> losses, final PrintWriter out) {
        final List<Map<?, ?>> files = list(losses, "files");
        for (final Map<?, ?> file : files) {
            printBlocks(file, "lost", out);
            printBlocks(file, "givenUp", out);
        }
        boolean anyLost = false;
        for (final Map<?, ?> group : list(losses, "groups")) {
            GroupLossLine.print(group, out);
            anyLost |= Boolean.TRUE.equals(group.get("isLogLost"));
            anyLost |= number(group, "unreadableEntry") != 0;
            anyLost |= number(group, "lostRanges") > 0;
        }
        if (!anyLost) {
            out.println("no block is waited for that is lost");
        } else if (!isConfirmed) {
            out.println("nothing was changed; with --yes what is lost is given up");
        }
    }

    private static void printBlocks(
            final Map<?, ?> file, final String which, final PrintWriter out) {
        final long count = number(file, which + "Count");
        if (count == 0) {
            return;
        }
        final List<?> blocks = (List<?>) file.get(which);
        out.println(
                file.get("path")
                        + ": "
                        + count
                        + (count == 1 ? " block " : " blocks ")
                        + (which.equals("lost") ? "lost: " : "given up: ")
                        + blocks.stream().map(String::valueOf).collect(Collectors.joining(", "))
                        + (blocks.size() < count ? ", ..." : ""));
    }

    private static List<Map<?, ?>> list(final Map<String, Object> of, final String name) {
        return ((List<?>) of.get(name)).stream().<Map<?, ?>>map(each -> (Map<?, ?>) each).toList();
    }

    private static long number(final Map<?, ?> map, final String key) {
        return ((Number) map.get(key)).longValue();
    }
}
