package org.trivet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Shows how far the nodes of a running cluster have verified what they store, or has them begin.
 */
@Command(
        name = "scrub",
        description = {
            "Shows how far each node of a running volume has read through, and verified, what it"
                    + " stores.",
            "The nodes do that by themselves, slowly, once a week; what is bad is fetched from"
                    + " another node."
        },
        mixinStandardHelpOptions = true)
final class ScrubCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "DATA_DIR", description = "Of the running volume.")
    private Path dataDirectory;

    @Option(names = "--now", description = "Have all nodes begin now.")
    private boolean now;

    @Option(names = "--json", description = "Print it as JSON.")
    private boolean isJson;

    ScrubCommand() {}

    @Override
    public Integer call() {
        if (now) {
            ControlCall.call(dataDirectory, "scrub", Map.of());
        }
        final Map<String, Object> status = ControlCall.call(dataDirectory, "status", Map.of());
        final PrintWriter out = spec.commandLine().getOut();
        final List<?> nodes = (List<?>) status.get("nodes");
        if (isJson) {
            JsonOutput.print(
                    Map.of("nodes", nodes.stream().map(ScrubCommand::progress).toList()), out);
        } else {
            for (final Object each : nodes) {
                final Map<?, ?> node = (Map<?, ?>) each;
                final long found = foundDamaged(node);
                out.println(
                        "node "
                                + node.get("node")
                                + ": "
                                + describe(node.get("scrub"))
                                + (found == 0
                                        ? ""
                                        : "; found damaged since the node started: " + found));
            }
        }
        out.flush();
        return 0;
    }

    /**
     * Of what is known of a node, its number, and how far it is; this is left out if it is down.
     */
    private static Map<String, Object> progress(final Object of) {
        final Map<?, ?> node = (Map<?, ?>) of;
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("node", node.get("node"));
        if (node.get("scrub") != null) {
            json.put("scrub", node.get("scrub"));
            json.put("foundDamaged", foundDamaged(node));
        }
        return json;
    }

    /** Of what a node has read by itself since it started, how often it was damaged. */
    private static long foundDamaged(final Map<?, ?> node) {
        return node.get("counters") instanceof final Map<?, ?> counters
                        && counters.get("found_by_scrub") instanceof final Number found
                ? found.longValue()
                : 0;
    }

    /** The day on which a node was last through with all that it stores, and whether it reads. */
    static String lastVerified(final Object of) {
        if (!(of instanceof final Map<?, ?> scrub)) {
            return "";
        }
        final String day =
                scrub.get("lastPass") instanceof final String last
                        ? LocalDate.ofInstant(Instant.parse(last), ZoneOffset.UTC).toString()
                        : "never";
        return Boolean.TRUE.equals(scrub.get("isUnderWay")) ? day + ", under way" : day;
    }

    /** How far a node is, in words. */
    static String describe(final Object of) {
        if (!(of instanceof final Map<?, ?> scrub)) {
            return "down";
        }
        final Object last = scrub.get("lastPass");
        final long bytes = ((Number) scrub.get("passBytes")).longValue();
        final int unknown = ((Number) scrub.get("unknownRanges")).intValue();
        return (Boolean.TRUE.equals(scrub.get("isUnderWay"))
                        ? "verifying, " + ByteSize.format(bytes) + " read; "
                        : "")
                + (last == null ? "never verified to the end" : "last verified " + last)
                + (unknown == 0 ? "" : "; ranges that it has to fetch from others: " + unknown);
    }
}
