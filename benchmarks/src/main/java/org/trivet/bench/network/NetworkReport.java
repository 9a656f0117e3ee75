package org.trivet.bench.network;

import org.trivet.cli.ByteSize;
import org.trivet.cli.IdleModes;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was measured in one run, for people and for programs.
 *
 * @param transport as on the command line.
 * @param settings what was measured.
 * @param result what came of it.
 */
record NetworkReport(String transport, NetworkSettings settings, NetworkResult result) {
    private static final List<Subject> VOLUMES = List.of(Subject.VOLUME, Subject.SEALED_VOLUME);

    /** Prints tables. */
    void print(final PrintWriter out) {
        out.printf(
                "%s, idle %s: blocks of %s, %d nodes, %d copies; medians of %d rounds of %s s%n",
                transport,
                IdleModes.name(settings.idleMode()),
                ByteSize.format(settings.blockLength()),
                NetworkBenchmark.NODE_COUNT,
                NetworkBenchmark.REPLICA_COUNT,
                settings.rounds(),
                settings.time().toNanos() / 1e9);
        out.printf("  %-22s %-18s %12s %12s %12s%n", "", "", "median us", "99 % us", "a second");
        for (final Task task : result.tasks()) {
            result.figures(task)
                    .forEach(
                            (subject, figures) ->
                                    out.printf(
                                            "  %-22s %-18s %12.2f %12.2f %,12.0f%n",
                                            task,
                                            subject.title(),
                                            figures.medianUs(),
                                            figures.p99Us(),
                                            figures.perSecond()));
        }
        for (final Subject subject : VOLUMES) {
            final Map<String, Double> ratios = result.ratios(subject);
            if (!ratios.isEmpty()) {
                out.printf("  %s:%n", subject.title());
                ratios.forEach((what, ratio) -> out.printf("    %-52s %8.2f%n", what, ratio));
            }
        }
        out.println();
        out.flush();
    }

    /** The same, to be printed as JSON. */
    Map<String, ?> toMap() {
        final List<Map<String, ?>> measured = new ArrayList<>();
        for (final Task task : result.tasks()) {
            result.figures(task)
                    .forEach((subject, figures) -> measured.add(map(task, subject, figures)));
        }
        final Map<String, Object> ratios = new LinkedHashMap<>();
        for (final Subject subject : VOLUMES) {
            if (!result.ratios(subject).isEmpty()) {
                ratios.put(subject.title(), result.ratios(subject));
            }
        }
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("transport", transport);
        map.put("idle", IdleModes.name(settings.idleMode()));
        map.put("blockLength", settings.blockLength());
        map.put("nodes", NetworkBenchmark.NODE_COUNT);
        map.put("copies", NetworkBenchmark.REPLICA_COUNT);
        map.put("rounds", settings.rounds());
        map.put("seconds", settings.time().toNanos() / 1e9);
        map.put("measured", measured);
        map.put("ratios", ratios);
        return map;
    }

    private static Map<String, ?> map(
            final Task task, final Subject subject, final Figures figures) {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("task", task.toString());
        map.put("subject", subject.title());
        map.put("count", figures.count());
        map.put("medianUs", figures.medianUs());
        map.put("p99Us", figures.p99Us());
        map.put("perSecond", figures.perSecond());
        return map;
    }
}
