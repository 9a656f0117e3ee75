package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.disk.OfflineStorage;
import org.trivet.store.EntryView;
import org.trivet.store.segment.FoundRecord;
import org.trivet.store.segment.FoundSegment;
import org.trivet.store.segment.JournalInspection;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

import java.io.BufferedWriter;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;

/** Prints the records of a data node that does not run. */
@Command(
        name = "dump",
        description = {
            "Prints what stands in the segments of a data node that does not run, a line for each"
                    + " segment and record, in the order in which it was written. Changes nothing.",
            "A line begins with segment:offset, as in the name of the file and from its beginning;"
                    + " what is damaged is printed as far as it can be told."
        },
        mixinStandardHelpOptions = true)
final class NodeDumpCommand implements Callable<Integer> {
    private static final int LOOK_EVERY = 1024;

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "DIR",
            description = "The directory of a data node, for example DATA_DIR/node-0.")
    private Path directory;

    @Option(
            names = "--segment",
            paramLabel = "N",
            converter = SegmentNumber.class,
            description = "Of one segment: the name of its file, or the digits of that.")
    private Integer segment;

    @Option(names = "--group", paramLabel = "G", description = "Records of one group only.")
    private Integer group;

    @Option(names = "--data-id", paramLabel = "D", description = "Entries of one strip only.")
    private String dataIdText;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many records.")
    private Long limit;

    @Option(names = "--json", description = "Print each line as an object of JSON.")
    private boolean isJson;

    private Long dataId;

    NodeDumpCommand() {}

    /** A segment's number as its file is named: in hexadecimal digits. */
    static final class SegmentNumber implements ITypeConverter<Integer> {
        SegmentNumber() {}

        @Override
        public Integer convert(final String text) {
            final int number = FoundSegment.numberOf(text);
            if (number <= 0) {
                throw new TypeConversionException(
                        "'" + text + "' is no segment; they look like 0000001a.journal, or 1a");
            }
            return number;
        }
    }

    @Override
    public Integer call() {
        if (limit != null && limit < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--limit is " + limit + ": it must be at least 1");
        }
        dataId = dataIdText == null ? null : parseDataId();
        try (OfflineStorage storage = OfflineStorage.open(directory);
                JournalInspection journal = storage.inspect()) {
            dump(journal);
        }
        return 0;
    }

    private long parseDataId() {
        try {
            return Long.parseUnsignedLong(dataIdText);
        } catch (final NumberFormatException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for option '--data-id': '" + dataIdText + "' is no number",
                    e);
        }
    }

    private void dump(final JournalInspection journal) {
        if (segment != null
                && journal.segments().stream().noneMatch(each -> each.number() == segment)) {
            throw new TrivetException(
                    ErrorCode.NOT_FOUND,
                    "there is no segment "
                            + String.format("%08x", segment)
                            + ": the first is "
                            + journal.segments().getFirst().fileName()
                            + ", the last "
                            + journal.segments().getLast().fileName());
        }
        final PrintWriter out = spec.commandLine().getOut();
        final Printer printer = new Printer(new PrintWriter(new BufferedWriter(out)), out);
        for (final FoundSegment each : journal.segments()) {
            if ((segment == null || segment == each.number()) && printer.wantsMore()) {
                if (group == null && dataId == null) {
                    printer.print(RecordFields.ofHeader(each, journal.live(each.number())));
                }
                journal.visit(each.number(), printer);
            }
        }
        printer.lines.flush();
    }

    /** Prints what is asked for. */
    private final class Printer implements JournalInspection.Visitor {
        private final PrintWriter lines;
        private final PrintWriter out;
        private long records;
        private long printed;

        Printer(final PrintWriter lines, final PrintWriter out) {
            this.lines = lines;
            this.out = out;
        }

        void print(final Map<String, Object> fields) {
            printed++;
            if (isJson) {
                JsonOutput.printLine(fields, lines);
            } else {
                lines.println(RecordFields.text(fields));
            }
        }

        @Override
        public void onRecord(final FoundRecord record) {
            if (wantsMore() && isWanted(record)) {
                records++;
                print(RecordFields.of(record));
            }
        }

        private boolean isWanted(final FoundRecord record) {
            final EntryView entry = record.entry();
            if (entry == null) {
                final boolean isState = record.kind() == FoundRecord.Kind.STATE;
                return dataId == null && (group == null || isState && record.tag() == group);
            }
            return (group == null || entry.group() == group)
                    && (dataId == null || entry.dataId() == dataId);
        }

        @Override
        public void onDamage(final int number, final int offset, final boolean torn) {
            print(RecordFields.ofDamage(number, offset, torn));
        }

        /** Not if there are enough, nor if nobody reads them any more. */
        @Override
        public boolean wantsMore() {
            return (limit == null || records < limit)
                    && (printed % LOOK_EVERY != 0 || !out.checkError());
        }
    }
}
