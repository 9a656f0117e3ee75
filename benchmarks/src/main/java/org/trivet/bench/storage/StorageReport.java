package org.trivet.bench.storage;

import org.trivet.bench.measure.FiguresTable;
import org.trivet.cli.ByteSize;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was measured in one run, for people and for programs.
 *
 * @param settings what was measured.
 * @param result what came of it.
 */
record StorageReport(StorageSettings settings, StorageResult result) {
    private BlockShape timed() {
        return BlockShape.timed(settings.blockLength());
    }

    private BlockShape stored() {
        return BlockShape.stored(settings.blockLength());
    }

    /** Prints tables. */
    void print(final PrintWriter out) {
        out.printf(
                "blocks of %s%s, %,d at once; medians of %d rounds of %s s%n",
                ByteSize.format(settings.blockLength()),
                inRuns(timed()),
                timed().blocksPerBatch(),
                settings.rounds(),
                settings.time().toNanos() / 1e9);
        final FiguresTable table = new FiguresTable(out);
        table.head("blocks");
        for (final Task task : result.tasks()) {
            result.figures(task)
                    .forEach(
                            (subject, figures) ->
                                    table.row(task.title(), subject.title(), figures));
        }
        table.ratios(Subject.STORE.title(), result.ratios());
        final Map<String, Double> space = new LinkedHashMap<>();
        space.put("in all" + inRuns(stored()), result.space().ofAll());
        space.put("segments", result.space().ofSegments());
        space.put("index", result.space().ofIndex());
        table.ratios("bytes on disk for each byte stored", space);
        out.println();
        out.flush();
    }

    private static String inRuns(final BlockShape shape) {
        return shape.isReadAlone() ? "" : " in runs of " + ByteSize.format(shape.runLength());
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
                                                    task.title(), subject.title(), figures)));
        }
        final Map<String, Object> space = new LinkedHashMap<>();
        space.put("runLength", stored().runLength());
        space.put("storedBytes", result.space().storedBytes());
        space.put("segmentBytes", result.space().segmentBytes());
        space.put("indexBytes", result.space().indexBytes());
        space.put("perByte", result.space().ofAll());
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("blockLength", settings.blockLength());
        map.put("runLength", timed().runLength());
        map.put("blocksAtOnce", timed().blocksPerBatch());
        map.put("rounds", settings.rounds());
        map.put("seconds", settings.time().toNanos() / 1e9);
        map.put("measured", measured);
        map.put("ratios", result.ratios());
        map.put("space", space);
        return map;
    }
}
