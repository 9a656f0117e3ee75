package org.trivet.bench.network;

import org.trivet.bench.measure.FiguresTable;
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
        final FiguresTable table = new FiguresTable(out);
        table.head("");
        for (final Task task : result.tasks()) {
            result.figures(task)
                    .forEach(
                            (subject, figures) ->
                                    table.row(task.toString(), subject.title(), figures));
        }
        for (final Subject subject : VOLUMES) {
            table.ratios(subject.title(), result.ratios(subject));
        }
        out.println();
        out.flush();
    }

    /** The same, to be printed as JSON. */
    Map<String, ?> toMap() {
        final List<Map<String, ?>> measured = new ArrayList<>();
        for (final Task task : result.tasks()) {
            result.figures(task)
                    .forEach(
                            (subject, figures) ->
                                    measured.add(
                                            FiguresTable.toMap(
                                                    task.toString(), subject.title(), figures)));
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
}
