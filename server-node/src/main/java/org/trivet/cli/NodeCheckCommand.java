package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.disk.OfflineStorage;
import org.trivet.store.segment.CheckReport;
import org.trivet.store.segment.CheckReport.Finding;
import org.trivet.store.segment.JournalInspection;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Verifies what a data node that does not run has stored. */
@Command(
        name = "check",
        description = {
            "Reads all that a data node has stored which does not run, and says what is damaged,"
                    + " and where. Changes nothing.",
            "Verified are the segments, each record and the checksum of each unit, the pages and"
                    + " rows of the index, and that the index leads to what it says. Bytes in the"
                    + " segments to which nothing leads any more, and a torn end, are noted and are"
                    + " no damage."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing is damaged",
            "1:something is damaged",
            "2:the command line is wrong, or the directory cannot be checked"
        })
final class NodeCheckCommand implements Callable<Integer> {
    private static final int GOOD = 0;
    private static final int DAMAGED = 1;
    private static final int NOT_CHECKED = 2;

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "DIR",
            description = "The directory of a data node, for example DATA_DIR/node-0.")
    private Path directory;

    @Option(names = "--json", description = "Print what was found as JSON.")
    private boolean isJson;

    NodeCheckCommand() {}

    @Override
    public Integer call() {
        try (OfflineStorage storage = OfflineStorage.open(directory)) {
            return check(storage);
        } catch (final TrivetException e) {
            spec.commandLine().getErr().println("trivet: " + e.getMessage());
            return NOT_CHECKED;
        }
    }

    private int check(final OfflineStorage storage) {
        final PrintWriter out = spec.commandLine().getOut();
        final JournalInspection journal;
        try {
            journal = storage.inspect();
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.CORRUPT) {
                throw e;
            }
            printUnusable(e.getMessage(), out);
            return DAMAGED;
        }
        final CheckReport report;
        final PrintWriter lines = isJson ? spec.commandLine().getErr() : out;
        try (journal;
                ReadProgress progress = new ReadProgress(ReadProgress.isTerminal(), lines)) {
            progress.onBegin("checking", journal.recordBytes());
            journal.onScanned(progress::onRead);
            report = storage.check(journal);
        }
        if (isJson) {
            JsonOutput.print(toMap(storage, report), out);
        } else {
            print(storage, report, out);
        }
        out.flush();
        return report.damageCount() == 0 ? GOOD : DAMAGED;
    }

    /** Of segments of which not even that can be told which there must be. */
    private void printUnusable(final String why, final PrintWriter out) {
        if (isJson) {
            final Map<String, Object> map = new LinkedHashMap<>();
            map.put("isGood", false);
            map.put("damageCount", 1);
            map.put("findings", List.of(Map.of("file", "journal", "isDamage", true, "what", why)));
            JsonOutput.print(map, out);
        } else {
            out.println("damaged: journal: " + why);
            out.println("nothing else could be checked");
        }
        out.flush();
    }

    private static void print(
            final OfflineStorage storage, final CheckReport report, final PrintWriter out) {
        out.printf(
                "%s: %,d segments and %,d spare; %,d records of %s, %,d of them entries%n",
                storage.owner().name(),
                report.segments(),
                report.spares(),
                report.records(),
                ByteSize.format(report.recordBytes()),
                report.entries());
        out.printf(
                "index: %,d rows, which lead to %,d units in %,d extents%n",
                report.rows(), report.liveUnits(), report.liveExtents());
        for (final Finding finding : report.findings()) {
            out.println((finding.isDamage() ? "damaged: " : "note: ") + describe(finding));
        }
        final long left = report.damageCount() + report.noteCount() - report.findings().size();
        if (left > 0) {
            out.printf("and %,d more%n", left);
        }
        out.println(
                report.damageCount() == 0
                        ? "good: nothing is damaged"
                        : report.damageCount() == 1
                                ? "1 thing is damaged"
                                : String.format("%,d things are damaged", report.damageCount()));
    }

    private static String describe(final Finding finding) {
        return file(finding)
                + (finding.offset() < 0 ? "" : " at " + finding.offset())
                + ": "
                + finding.what();
    }

    private static String file(final Finding finding) {
        return finding.segmentFile() == null ? "index" : "journal/" + finding.segmentFile();
    }

    private static Map<String, Object> toMap(
            final OfflineStorage storage, final CheckReport report) {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("node", storage.owner().node());
        map.put("isGood", report.damageCount() == 0);
        map.put("segments", report.segments());
        map.put("spares", report.spares());
        map.put("records", report.records());
        map.put("entries", report.entries());
        map.put("recordBytes", report.recordBytes());
        map.put("rows", report.rows());
        map.put("extents", report.liveExtents());
        map.put("units", report.liveUnits());
        map.put("isTorn", report.isTorn());
        map.put("damageCount", report.damageCount());
        map.put("noteCount", report.noteCount());
        map.put("findings", report.findings().stream().map(NodeCheckCommand::toMap).toList());
        return map;
    }

    private static Map<String, Object> toMap(final Finding finding) {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("file", file(finding));
        if (finding.offset() >= 0) {
            map.put("offset", finding.offset());
        }
        map.put("isDamage", finding.isDamage());
        map.put("what", finding.what());
        return map;
    }
}
