package org.trivet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
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
            "The nodes do that by themselves, slowly, once a week unless they are told otherwise"
                    + " (see up --help); what is bad is fetched from another node."
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
                out.println("node " + node.get("node") + ": " + describe(node.get("scrub")));
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
        }
        return json;
    }

    /**
     * When a node was last through with all that it stores, how far it is, and what was found: for
     * a column of a table.
     */
    static String summary(final Object of) {
        if (!(of instanceof final Map<?, ?> scrub)) {
            return "";
        }
        final String day =
                scrub.get("lastPass") instanceof final String last
                        ? LocalDate.ofInstant(Instant.parse(last), ZoneOffset.UTC).toString()
                        : "never";
        final String findings = findings(scrub.get("found"));
        return day
                + (isUnderWay(scrub) ? ", " + progress(scrub) : "")
                + (findings.isEmpty() ? "" : ", " + findings);
    }

    private static boolean isUnderWay(final Map<?, ?> scrub) {
        return Boolean.TRUE.equals(scrub.get("isUnderWay"));
    }

    /** How far the pass under way is, and how long the rest takes. */
    private static String progress(final Map<?, ?> scrub) {
        return scrub.get("percent")
                + "%"
                + (scrub.get("secondsLeft") instanceof final Number left
                        ? ", " + TimeSpan.format(Duration.ofSeconds(left.longValue())) + " left"
                        : ", switched off");
    }

    /** What was found, and how much of it was repaired; empty if nothing was. */
    private static String findings(final Object of) {
        if (!(of instanceof final Map<?, ?> found)) {
            return "";
        }
        final List<String> parts = new ArrayList<>();
        final long damaged = number(found, "damaged");
        final long differing = number(found, "differing");
        if (damaged > 0) {
            parts.add(damaged + " damaged");
        }
        if (differing > 0) {
            parts.add(differing + " differing");
        }
        if (damaged + differing > 0) {
            parts.add(number(found, "repaired") + " repaired");
        }
        if (number(found, "notCompared") > 0) {
            parts.add(number(found, "notCompared") + " not compared");
        }
        return String.join(", ", parts);
    }

    private static long number(final Map<?, ?> map, final String key) {
        return map.get(key) instanceof final Number number ? number.longValue() : 0;
    }

    /** How far a node is, in words. */
    static String describe(final Object of) {
        if (!(of instanceof final Map<?, ?> scrub)) {
            return "down";
        }
        final Object last = scrub.get("lastPass");
        final long unknown = number(scrub, "unknownRanges");
        final String now = findings(scrub.get("found"));
        final String before = findings(scrub.get("foundBefore"));
        return (isUnderWay(scrub)
                        ? "verifying: "
                                + progress(scrub)
                                + ", "
                                + ByteSize.format(number(scrub, "passBytes"))
                                + " read"
                                + (now.isEmpty() ? "" : ", found: " + now)
                                + "; "
                        : "")
                + (last == null ? "never verified to the end" : "last verified " + last)
                + (last == null || (isUnderWay(scrub) ? before : now).isEmpty()
                        ? ""
                        : ", found: " + (isUnderWay(scrub) ? before : now))
                + (unknown == 0 ? "" : "; ranges that it has to fetch from others: " + unknown);
    }
}
