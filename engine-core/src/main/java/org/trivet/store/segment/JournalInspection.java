package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.store.FileLayer;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * Looks at the segments of a store that nobody has open, and changes nothing. Which of them are in
 * use, and where their records end, is found out as by opening it. Owned by one thread.
 */
public final class JournalInspection implements AutoCloseable {
    private static final int PROBE_LENGTH = 64 << 10;
    private static final long NO_STORAGE = 1;

    private final JournalOpening opening;
    private final EntryCheck check;
    private final FoundRecord record = new FoundRecord();
    private final int unitLength;
    private final ChecksumType checksumType;
    private final NavigableMap<Integer, FoundSegment> found = new TreeMap<>();
    private LongConsumer scanned = bytes -> {};
    private SegmentReader probe;

    /** Told what there is, in the order of the journal. */
    public interface Visitor {
        /**
         * A record, good or damaged, whose header is good.
         *
         * @param record it, during the call.
         */
        void onRecord(FoundRecord record);

        /**
         * A stretch in which no record can be told, or a segment without its file.
         *
         * @param segment the number of its segment.
         * @param offset where it begins.
         * @param torn whether it is the end of the journal, which was being written when its
         *     process died: no damage.
         */
        void onDamage(int segment, int offset, boolean torn);

        /**
         * Whether to go on.
         *
         * @return false if the rest need not be read.
         */
        default boolean wantsMore() {
            return true;
        }
    }

    private JournalInspection(
            final FileLayer layer, final int unitLength, final ChecksumType checksumType) {
        this.unitLength = unitLength;
        this.checksumType = checksumType;
        check = new EntryCheck(unitLength, checksumType);
        final JournalConfig config =
                JournalConfig.of(NO_STORAGE, 0, Long.MAX_VALUE, Durability.PROCESS);
        opening = new JournalOpening(layer, config, SharedSpace.Share.ofAll(), check);
    }

    /**
     * Looks which segments there are.
     *
     * @param layer the directory of the journal; nothing is written to it.
     * @param unitLength bytes of a unit.
     * @param checksumType the checksum of each unit.
     * @return what was found.
     * @throws TrivetException CORRUPT if there is no segment with a good header, or there are
     *     segments of several journals; NOT_SUPPORTED if one is of another format; IO.
     */
    public static JournalInspection open(
            final FileLayer layer, final int unitLength, final ChecksumType checksumType) {
        final JournalInspection inspection = new JournalInspection(layer, unitLength, checksumType);
        try {
            inspection.look();
            return inspection;
        } catch (final RuntimeException e) {
            inspection.close();
            throw e;
        }
    }

    private void look() {
        opening.look();
        if (opening.created) {
            throw new TrivetException(
                    ErrorCode.CORRUPT,
                    opening.headers.isEmpty()
                            ? "there are no segments"
                            : "none of the segments has a good header: there are "
                                    + opening.headers.size());
        }
        opening.segments.values().forEach(each -> add(each, FoundSegment.Use.IN_USE));
        opening.files.values().forEach(each -> add(each, FoundSegment.Use.SPARE));
        for (final Journal.Damage damage : opening.damages) {
            final int number = Positions.segment(damage.position());
            if (!found.containsKey(number)) {
                found.put(
                        number,
                        new FoundSegment(
                                number,
                                FoundSegment.Use.MISSING,
                                FoundSegment.Header.NONE,
                                0,
                                0,
                                0,
                                -1,
                                0));
            }
        }
        probe =
                new SegmentReader(
                        opening.header,
                        opening.config.maxRecordLength(),
                        PROBE_LENGTH,
                        (type, tag, buffer, offset, length) -> true);
    }

    private void add(final Segment segment, final FoundSegment.Use use) {
        final SegmentHeader header = opening.headers.get(segment.number);
        final boolean isGood = header.verdict == SegmentHeader.Verdict.VALID;
        found.put(
                segment.number,
                new FoundSegment(
                        segment.number,
                        use,
                        switch (header.verdict) {
                            case VALID -> FoundSegment.Header.GOOD;
                            case NONE -> FoundSegment.Header.NONE;
                            default -> FoundSegment.Header.DAMAGED;
                        },
                        isGood ? header.length : 0,
                        header.storageId,
                        isGood ? header.segmentLength : 0,
                        segment.file.length(),
                        segment.endOffset));
    }

    /**
     * Reads which earlier segments were in use when one was begun.
     *
     * @param number of a segment that is there.
     * @return their numbers, with where their records ended; empty if the header is not good.
     * @throws TrivetException IO.
     */
    public Map<Integer, Integer> live(final int number) {
        final Segment segment = opening.segments.getOrDefault(number, opening.files.get(number));
        return segment == null ? Map.of() : SegmentHeader.read(segment.file, number).live;
    }

    /**
     * The number that the journal was created with.
     *
     * @return the storage id.
     */
    public long storageId() {
        return opening.storageId;
    }

    /**
     * How long a segment is.
     *
     * @return bytes.
     */
    public int segmentLength() {
        return opening.segmentLength;
    }

    /**
     * The segments.
     *
     * @return all that there are, or should be, by their numbers.
     */
    public List<FoundSegment> segments() {
        return List.copyOf(found.values());
    }

    /**
     * How much there is to be read.
     *
     * @return bytes of the records in all segments.
     */
    public long recordBytes() {
        return opening.segments.values().stream()
                .mapToLong(each -> Math.max(0, each.endOffset - each.dataOffset))
                .sum();
    }

    /**
     * Has somebody told of segments that have been read through.
     *
     * @param listener told the bytes of each segment.
     */
    public void onScanned(final LongConsumer listener) {
        scanned = listener;
    }

    /**
     * Tells all records, and what is damaged.
     *
     * @param only of this segment; 0 for all.
     * @param visitor told.
     */
    public void visit(final int only, final Visitor visitor) {
        for (final FoundSegment each :
                (only == 0 ? found : found.subMap(only, true, only, true)).values()) {
            if (visitor.wantsMore()) {
                visit(each.number(), opening.segments.get(each.number()), visitor);
            }
        }
    }

    private void visit(final int number, final Segment segment, final Visitor visitor) {
        if (segment != null) {
            opening.reader.scan(
                    segment, segment.dataOffset, segment.endOffset, true, new Teller(visitor));
            scanned.accept(Math.max(0, segment.endOffset - segment.dataOffset));
        }
        for (final Journal.Damage each : opening.damages) {
            if (Positions.segment(each.position()) == number && visitor.wantsMore()) {
                visitor.onDamage(number, Positions.offset(each.position()), each.torn());
            }
        }
    }

    /** Behind the last record. */
    long endPosition() {
        return Positions.of(opening.newest.number, opening.newest.endOffset);
    }

    int unitLength() {
        return unitLength;
    }

    int checksumLength() {
        return checksumType.length();
    }

    /** Segments of the same numbers in which nothing is alive, to count in. */
    NavigableMap<Integer, Segment> emptyAccounts() {
        final NavigableMap<Integer, Segment> empty = new TreeMap<>();
        opening.segments.keySet().forEach(number -> empty.put(number, new Segment(number, null)));
        return empty;
    }

    /**
     * The record at a position, if its header and its journal's checksum are good; null if not. Of
     * what its units are nothing is said.
     */
    FoundRecord find(final long position) {
        final Segment segment = opening.segments.get(Positions.segment(position));
        final int offset = Positions.offset(position);
        if (segment == null
                || offset < segment.dataOffset
                || offset >= segment.endOffset
                || offset % RecordHeader.ALIGNMENT != 0) {
            return null;
        }
        probe.reset(segment);
        final int at = probe.isRecord(offset, segment.endOffset);
        if (at < 0) {
            return null;
        }
        wrap(
                RecordHeader.type(probe.window(), at),
                RecordHeader.tag(probe.window(), at),
                position,
                probe.window(),
                at + RecordHeader.LENGTH,
                RecordHeader.bodyLength(probe.window(), at),
                true);
        return record;
    }

    private void wrap(
            final int type,
            final int tag,
            final long position,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final boolean sound) {
        record.wrap(type, tag, position, buffer, offset, length, sound, check);
    }

    @Override
    public void close() {
        opening.close();
    }

    /** Makes of what a reader tells what a visitor is told. */
    private final class Teller implements JournalHandler {
        private final Visitor visitor;

        Teller(final Visitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public void onRecord(
                final int type,
                final int tag,
                final long position,
                final DirectBuffer buffer,
                final int offset,
                final int length) {
            wrap(type, tag, position, buffer, offset, length, true);
            visitor.onRecord(record);
        }

        @Override
        public void onDamagedRecord(
                final int type,
                final int tag,
                final long position,
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final boolean identified) {
            wrap(type, tag, position, buffer, offset, length, identified);
            visitor.onRecord(record);
        }

        @Override
        public void onDamage(final long position, final boolean torn) {
            visitor.onDamage(Positions.segment(position), Positions.offset(position), torn);
        }

        @Override
        public boolean wantsMore() {
            return visitor.wantsMore();
        }
    }
}
