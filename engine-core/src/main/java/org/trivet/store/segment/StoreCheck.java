package org.trivet.store.segment;

import org.trivet.store.EntryView;
import org.trivet.store.KeyValueStore;

import java.util.Map;
import java.util.TreeMap;

/**
 * Reads all that a store holds, and says what of it is damaged, and where: the headers of segments,
 * every record and unit, and whether the index leads to records that are what it says. Changes
 * nothing.
 */
public final class StoreCheck implements JournalInspection.Visitor {
    private final JournalInspection journal;
    private final Map<Integer, FoundSegment> segments = new TreeMap<>();
    private final IndexCheck index;
    private final CheckReport report = new CheckReport();

    private StoreCheck(final JournalInspection journal, final KeyValueStore rows) {
        this.journal = journal;
        index = rows == null ? null : new IndexCheck(journal, rows, report);
    }

    /**
     * Checks a store.
     *
     * @param journal its segments.
     * @param rows its index, whose keys and values are as they were put; null if there is none that
     *     can be used.
     * @param whyNone why there is none.
     * @return what was found.
     */
    public static CheckReport check(
            final JournalInspection journal, final KeyValueStore rows, final String whyNone) {
        return new StoreCheck(journal, rows).run(whyNone);
    }

    private CheckReport run(final String whyNone) {
        journal.segments().forEach(each -> segments.put(each.number(), each));
        segments.values().forEach(this::checkSegment);
        if (index == null) {
            report.damageOfIndex(whyNone);
        } else {
            index.begin();
        }
        journal.visit(0, this);
        if (index != null) {
            index.end();
        }
        return report;
    }

    private void checkSegment(final FoundSegment segment) {
        switch (segment.use()) {
            case SPARE -> report.spares++;
            case MISSING -> report.segments++;
            default -> {
                report.segments++;
                if (segment.header() != FoundSegment.Header.GOOD) {
                    report.damage(segment.number(), 0, "the header of the segment is damaged");
                }
                if (segment.fileLength() != journal.segmentLength()) {
                    report.damage(
                            segment.number(),
                            Math.min(segment.fileLength(), journal.segmentLength()),
                            "the file has "
                                    + segment.fileLength()
                                    + " bytes, and a segment "
                                    + journal.segmentLength());
                }
                checkLive(segment);
            }
        }
    }

    /** All headers tell of where the records of a segment end: they must agree. */
    private void checkLive(final FoundSegment segment) {
        journal.live(segment.number())
                .forEach(
                        (number, end) -> {
                            final FoundSegment earlier = segments.get(number);
                            if (earlier != null
                                    && earlier.use() == FoundSegment.Use.IN_USE
                                    && end != earlier.endOffset()) {
                                report.damage(
                                        segment.number(),
                                        SegmentHeader.FIXED_LENGTH,
                                        "the list of segments says that the records of "
                                                + earlier.fileName()
                                                + " end at "
                                                + end
                                                + ", and the newest one "
                                                + earlier.endOffset());
                            }
                        });
    }

    @Override
    public void onRecord(final FoundRecord record) {
        report.records++;
        report.recordBytes += record.length();
        final EntryView entry = record.entry();
        if (entry != null) {
            report.entries++;
        }
        final boolean isNeeded = index == null || index.onRecord(record);
        if (record.isGood()) {
            return;
        }
        if (entry == null) {
            report.damage(
                    record.segment(),
                    record.segmentOffset(),
                    "the body of this record is damaged (" + describe(record) + ")");
        } else if (isNeeded) {
            report.damage(record.segment(), record.segmentOffset(), describeBad(record));
        } else {
            report.note(
                    record.segment(),
                    record.segmentOffset(),
                    describeBad(record) + "; nothing leads there any more");
        }
    }

    private static String describe(final FoundRecord record) {
        return (record.kind() == FoundRecord.Kind.STATE
                        ? "state of group " + record.tag()
                        : "type " + record.type())
                + ", "
                + record.length()
                + " bytes";
    }

    private static String describeBad(final FoundRecord record) {
        final EntryView entry = record.entry();
        return "group "
                + entry.group()
                + ", data id "
                + Long.toUnsignedString(entry.dataId())
                + ", "
                + entry.kind()
                + " "
                + entry.sequence()
                + ": the checksums of "
                + (record.badUnits().size() == 1 ? "unit " : "units ")
                + UnitList.format(record.badUnits())
                + " do not hold";
    }

    @Override
    public void onDamage(final int segment, final int offset, final boolean torn) {
        if (torn) {
            report.isTorn = true;
            report.note(
                    segment, offset, "the end is torn: the last record was not written in full");
        } else if (segments.get(segment).use() == FoundSegment.Use.MISSING) {
            report.damage(segment, -1, "the file is missing");
        } else if (offset > 0) {
            report.damage(segment, offset, "no record can be told from here on");
        }
    }
}
