package org.trivet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** Shows how a running cluster is doing. */
@Command(
        name = "status",
        description = "Shows how a running volume is doing.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "DATA_DIR", description = "Of the running volume.")
    private Path dataDirectory;

    @Option(names = "--json", description = "Print all there is, as JSON.")
    private boolean isJson;

    StatusCommand() {}

    @Override
    public Integer call() {
        final Map<String, Object> status = ControlCall.call(dataDirectory, "status", Map.of());
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            JsonOutput.print(status, out);
        } else {
            print(status, out);
        }
        out.flush();
        return 0;
    }

    private static void print(final Map<String, Object> status, final PrintWriter out) {
        final Map<?, ?> volume = (Map<?, ?>) status.get("volume");
        out.println(
                "volume "
                        + volume.get("volumeId")
                        + ": "
                        + volume.get("nodes")
                        + " nodes, "
                        + volume.get("replicas")
                        + " copies, blocks of "
                        + ByteSize.format(number(volume, "blockSize"))
                        + ", "
                        + volume.get("checksum")
                        + ", durability "
                        + volume.get("durability")
                        + (status.get("mountPoint") instanceof final String mountPoint
                                ? ", mounted at " + mountPoint
                                : ""));
        out.println();
        final List<String[]> rows = new ArrayList<>();
        rows.add(
                new String[] {
                    "node",
                    "state",
                    "waits for",
                    "blocks by role",
                    "live",
                    "free",
                    "extents",
                    "repairs",
                    "verified",
                    "progress"
                });
        for (final Object node : (List<?>) status.get("nodes")) {
            rows.add(row((Map<?, ?>) node, status.get("blocks")));
        }
        printTable(rows, out);
        for (final Object node : (List<?>) status.get("nodes")) {
            final Object failure = ((Map<?, ?>) node).get("failure");
            if (failure != null) {
                out.println("node " + ((Map<?, ?>) node).get("node") + " has failed: " + failure);
            }
        }
        for (final Object group : (List<?>) status.get("losses")) {
            GroupLossLine.print((Map<?, ?>) group, out);
        }
    }

    private static String[] row(final Map<?, ?> node, final Object blocks) {
        final String number = String.valueOf(node.get("node"));
        final String state = String.valueOf(node.get("state"));
        if (!(node.get("groups") instanceof final List<?> groups)) {
            return new String[] {number, state, "", "", "", "", "", "", "", ""};
        }
        final List<String> waitsFor = new ArrayList<>();
        if (node.get("waitsFor") instanceof final List<?> list) {
            list.forEach(other -> waitsFor.add(String.valueOf(other)));
        }
        return new String[] {
            number,
            state,
            String.join(",", waitsFor),
            roles(node.get("node"), blocks),
            ByteSize.format(number(node, "liveBytes")),
            ByteSize.format(number(node, "freeBytes")),
            String.valueOf(number(node, "rows")),
            String.valueOf(number((Map<?, ?>) node.get("counters"), "repairs")),
            ScrubCommand.summary(node.get("scrub")),
            progress(groups) + pace(node)
        };
    }

    /** How many first, second, ... copies a node holds, for example "R1 12, R2 12, R3 11". */
    private static String roles(final Object node, final Object blocks) {
        final List<String> parts = new ArrayList<>();
        if (blocks instanceof final List<?> counts) {
            for (final Object item : counts) {
                final Map<?, ?> count = (Map<?, ?>) item;
                if (count.get("node").equals(node)) {
                    parts.add("R" + (number(count, "copy") + 1) + " " + number(count, "blocks"));
                }
            }
        }
        return String.join(", ", parts);
    }

    /** Of the groups that are not complete, which and how much has been pulled. */
    private static String progress(final List<?> groups) {
        final List<String> parts = new ArrayList<>();
        for (final Object item : groups) {
            final Map<?, ?> group = (Map<?, ?>) item;
            if (!"good".equals(group.get("state"))) {
                final long known = number(group, "knownBytes");
                final long all = number(group, "totalBytes");
                parts.add(
                        "group "
                                + group.get("group")
                                + " "
                                + group.get("state")
                                + (all > 0
                                        ? " " + 100 * known / all + "% of " + ByteSize.format(all)
                                        : ""));
            }
        }
        return String.join("; ", parts);
    }

    /** How fast a node gets back what it lacks, and how long that will still take. */
    private static String pace(final Map<?, ?> node) {
        if (!(node.get("rebuild") instanceof final Map<?, ?> rebuild)
                || rebuild.get("secondsLeft") == null) {
            return "";
        }
        return "; "
                + ByteSize.format(number(rebuild, "bytesPerSecond"))
                + "/s, "
                + Duration.ofSeconds(number(rebuild, "secondsLeft"))
                        .toString()
                        .substring(2)
                        .toLowerCase(Locale.ROOT)
                + " left";
    }

    private static void printTable(final List<String[]> rows, final PrintWriter out) {
        final int columns = rows.getFirst().length;
        final int[] widths = new int[columns];
        for (final String[] row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (final String[] row : rows) {
            final StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(row[i]).append(" ".repeat(widths[i] - row[i].length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static long number(final Map<?, ?> map, final String key) {
        return map.get(key) instanceof final Number number ? number.longValue() : 0;
    }
}
