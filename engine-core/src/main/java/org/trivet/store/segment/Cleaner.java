package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.Claim;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryDecoder;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.util.ArrayDeque;

/**
 * Empties segments in which little is alive, by copying what is to the end of the journal.
 *
 * <p>Copies of rows are records of their own type; the index is made to point to them once they are
 * synced. Then nothing names the segment, and the store releases it at the next checkpoint. A
 * segment is chosen if less than a quarter of it is alive, or, when the space is used up, if it is
 * the emptiest and anything is gained; and likewise when nothing has been appended for long, until
 * little is dead.
 */
final class Cleaner {
    private static final int MIN_SEGMENTS = 4;

    /**
     * This part of a segment must be left when one has been emptied: groups' states are saved
     * meanwhile.
     */
    private static final int MARGIN_PART = 32;

    /** So much may be dead, or spare, of what is alive when nothing has been appended for long. */
    private static final int IDLE_PART = 8;

    /** So much of a large store is cleaned ahead of its use, as that takes its time: a segment. */
    private static final int AHEAD_PART = 32;

    /** What a record costs at least, as if it were so long: it is looked up, and may be moved. */
    private static final int LEAST_COST = 4096;

    /** Most of what it meets is dead, and not read but for its beginning. */
    private static final int READ_AHEAD = 4096;

    private static final int FIXED_LENGTH =
            MessageHeaderDecoder.ENCODED_LENGTH + EntryDecoder.BLOCK_LENGTH;

    private final Journal journal;
    private final ExtentIndex extents;
    private final TrimIndex trims;
    private final ClearIndex clears;
    private final SegmentBlockStore store;
    private final SegmentReader reader;
    private final int unitLength;
    private final int checksumLength;
    private final Rows rows = new Rows();
    private final Claim claim = new Claim();
    private final EntryView entry = new EntryView();
    private final EntryDecoder decoder = new EntryDecoder();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final EntryEncoder encoder = new EntryEncoder();
    private final UnsafeBuffer nothing = new UnsafeBuffer(new byte[0]);
    private final ArrayDeque<Move> moves = new ArrayDeque<>();
    private Segment victim;
    private boolean stuck;
    private int at;

    /** Where the record that is being copied first stood. */
    private long origin;

    private long movedBytes;

    private enum What {
        ROW,
        TRIM,
        CLEAR
    }

    private record Move(
            What what,
            int group,
            long dataId,
            long version,
            long firstUnit,
            long endUnit,
            long from,
            long to,
            int dataLength) {}

    Cleaner(
            final SegmentBlockStore store,
            final Journal journal,
            final ExtentIndex extents,
            final TrimIndex trims,
            final ClearIndex clears,
            final SegmentStoreConfig config) {
        this.store = store;
        this.journal = journal;
        this.extents = extents;
        this.trims = trims;
        this.clears = clears;
        unitLength = config.unitLength();
        checksumLength = config.checksumType().length();
        reader =
                new SegmentReader(
                        journal.header(),
                        config.journal().maxRecordLength(),
                        READ_AHEAD,
                        (type, tag, buffer, offset, length) -> true);
    }

    long movedBytes() {
        return movedBytes;
    }

    /**
     * Looks at about so many bytes of a segment; small records count for more than they are.
     *
     * @param idle whether nothing has been appended for long.
     */
    int work(final int budget, final int beforeSegment, final boolean idle) {
        int workCount = applyMoves();
        if (victim == null && moves.isEmpty()) {
            choose(beforeSegment, idle);
        }
        if (victim == null) {
            return workCount;
        }
        int left = budget;
        while (at < victim.endOffset && left > 0) {
            final int head = reader.isHeader(at, FIXED_LENGTH, victim.endOffset);
            if (head < 0) {
                return workCount + giveUp();
            }
            final int bodyLength = RecordHeader.bodyLength(reader.window(), head);
            if (mayLive(head, bodyLength)) {
                final int found = reader.isRecord(at, victim.endOffset);
                if (found < 0) {
                    return workCount + giveUp();
                }
                if (!copy(found, bodyLength)) {
                    return workCount; // no space for the copy now
                }
            }
            final int length = RecordHeader.recordLength(bodyLength);
            at += length;
            left -= Math.max(length, LEAST_COST);
            workCount++;
        }
        if (at >= victim.endOffset) {
            victim.cleaned = true;
            victim = null;
            journal.requestSync(journal.endPosition());
        }
        return workCount;
    }

    /** What is damaged cannot be moved, and the segment cannot be emptied. */
    private int giveUp() {
        victim.cleaned = true;
        victim = null;
        return 1;
    }

    /** Whether a record has to be read: not one of which the index names nothing any more. */
    private boolean mayLive(final int head, final int bodyLength) {
        final UnsafeBuffer window = reader.window();
        final int type = RecordHeader.type(window, head);
        if (type != SegmentBlockStore.ENTRY_TYPE && type != SegmentBlockStore.ROW_TYPE
                || bodyLength < FIXED_LENGTH) {
            return true;
        }
        // Not verified: a live one that is taken for dead keeps its segment from being released.
        final int body = head + RecordHeader.LENGTH;
        decoder.wrap(
                window,
                body + MessageHeaderDecoder.ENCODED_LENGTH,
                EntryDecoder.BLOCK_LENGTH,
                EntryDecoder.SCHEMA_VERSION);
        final short kind = decoder.kindRaw();
        if (kind != EntryKind.WRITE.value() && kind != EntryKind.ROW.value()) {
            return true; // removals are short, and noted elsewhere
        }
        final long position = Positions.of(victim.number, at);
        extents.find(
                decoder.group(), decoder.dataId(), decoder.firstUnit(), decoder.endUnit(), rows);
        for (int i = 0; i < rows.size; i++) {
            if (rows.position[i] == position) {
                return true;
            }
        }
        return false;
    }

    /** Lets go of a segment that is to be released. */
    void forget(final Segment segment) {
        if (segment == victim) {
            victim = null;
        }
    }

    /** Has the index point to the copies that are synced. */
    int applyMoves() {
        int count = 0;
        while (!moves.isEmpty() && moves.peek().to < journal.syncedPosition()) {
            final Move move = moves.remove();
            switch (move.what) {
                case ROW ->
                        extents.relocate(
                                move.group,
                                move.dataId,
                                move.firstUnit,
                                move.endUnit,
                                move.from,
                                move.to,
                                move.dataLength);
                case TRIM ->
                        trims.relocate(move.group, move.version, move.dataId, move.from, move.to);
                default -> clears.relocate(move.group, move.version, move.from, move.to);
            }
            count++;
        }
        return count;
    }

    private void choose(final int beforeSegment, final boolean idle) {
        final int length = journal.segmentLength();
        final long wanted = length + Math.min(length, journal.spanBytes() / AHEAD_PART);
        final boolean scarce = journal.isFull() && journal.freeBytes() < wanted;
        if (!scarce && journal.segments().size() <= MIN_SEGMENTS) {
            stuck = false;
            return;
        }
        final boolean emptiest = scarce || idle && isWasteful();
        final long most = emptiest ? length - length / 16 : length / 4;
        Segment best = null;
        for (final Segment each : journal.segments().headMap(beforeSegment, false).values()) {
            if (each != journal.current()
                    && !each.cleaned
                    && each.liveRows > 0
                    && each.liveBytes <= most
                    && (best == null || emptiest && each.liveBytes < best.liveBytes)) {
                best = each; // usually the oldest: trims there need not be copied
            }
        }
        if (best != null && best.liveBytes + length / MARGIN_PART <= journal.availableBytes()) {
            victim = best;
            at = victim.dataOffset;
            reader.reset(victim);
        }
        stuck = scarce && victim == null;
    }

    private boolean isWasteful() {
        long live = 0;
        for (final Segment each : journal.segments().values()) {
            live += each.liveBytes;
        }
        final long length = journal.segmentLength();
        return journal.fileCount() * length
                > live + Math.max(live / IDLE_PART, MIN_SEGMENTS * length);
    }

    /** Whether space is scarce and nothing can be cleaned until something has been removed. */
    boolean isStuck() {
        return stuck;
    }

    /** Copies what is alive of a record; false if there is no space. */
    private boolean copy(final int found, final int bodyLength) {
        final UnsafeBuffer window = reader.window();
        final long position = Positions.of(victim.number, at);
        final int body = found + RecordHeader.LENGTH;
        final int type = RecordHeader.type(window, found);
        return switch (type) {
            case SegmentBlockStore.ENTRY_TYPE,
                    SegmentBlockStore.TRIM_TYPE,
                    SegmentBlockStore.ROW_TYPE,
                    SegmentBlockStore.CLEAR_TYPE -> {
                final boolean isEntry = entry.wrap(window, body, bodyLength);
                final boolean hasOrigin =
                        type == SegmentBlockStore.ROW_TYPE || type == SegmentBlockStore.CLEAR_TYPE;
                origin = isEntry && hasOrigin ? entry.epoch() : position;
                yield !isEntry || copyLiving(position);
            }
            case SegmentBlockStore.STATE_TYPE ->
                    store.copyState(
                            RecordHeader.tag(window, found), position, window, body, bodyLength);
            default -> true;
        };
    }

    private boolean copyLiving(final long position) {
        return switch (entry.kind()) {
            case TRIM -> copyRows(position) && copyTrim(position);
            case CLEAR, GIVE_UP, EMPTY -> copyClear(position);
            default -> copyRows(position);
        };
    }

    private boolean copyRows(final long position) {
        if (entry.dataLength() == 0) {
            return true;
        }
        final int group = entry.group();
        final long dataId = entry.dataId();
        final long firstUnit = entry.firstUnit();
        final long units = (entry.dataLength() + unitLength - 1L) / unitLength;
        extents.find(group, dataId, firstUnit, firstUnit + units, rows);
        for (int i = 0; i < rows.size; i++) {
            if (rows.position[i] == position && !copyRow(group, i, position)) {
                return false;
            }
        }
        return true;
    }

    private boolean copyRow(final int group, final int i, final long position) {
        final int count = (int) (rows.end[i] - rows.first[i]);
        final int dataBegin = rows.unitInRecord[i] * unitLength;
        final int dataLength = Math.min(count * unitLength, entry.dataLength() - dataBegin);
        final int checksumsBegin = rows.unitInRecord[i] * checksumLength;
        final long to =
                append(
                        SegmentBlockStore.ROW_TYPE,
                        EntryKind.ROW,
                        rows.version[i],
                        rows.first[i],
                        rows.end[i],
                        entry.buffer(),
                        entry.checksumsOffset() + checksumsBegin,
                        count * checksumLength,
                        entry.dataOffset() + dataBegin,
                        dataLength);
        if (to < 0) {
            return false;
        }
        moves.add(
                new Move(
                        What.ROW,
                        group,
                        rows.dataId[i],
                        rows.version[i],
                        rows.first[i],
                        rows.end[i],
                        position,
                        to,
                        dataLength));
        return true;
    }

    private boolean copyTrim(final long position) {
        final int newest = trims.newest(entry.group(), entry.sequence(), entry.dataId(), position);
        if (newest < 0) {
            return true;
        }
        if (areYounger(newest)) {
            trims.remove(entry.group(), entry.sequence(), entry.dataId());
            return true;
        }
        final long to =
                append(
                        SegmentBlockStore.TRIM_TYPE,
                        EntryKind.TRIM,
                        entry.sequence(),
                        entry.firstUnit(),
                        entry.endUnit(),
                        nothing,
                        0,
                        0,
                        0,
                        0);
        if (to < 0) {
            return false;
        }
        moves.add(
                new Move(
                        What.TRIM,
                        entry.group(),
                        entry.dataId(),
                        entry.sequence(),
                        0,
                        0,
                        position,
                        to,
                        0));
        return true;
    }

    /**
     * The removal of a range of keys: the record as it is, but for the place where it first stood.
     */
    private boolean copyClear(final long position) {
        final int group = entry.group();
        final int newest = clears.newest(group, origin, position);
        if (newest < 0) {
            return true;
        }
        if (areYounger(newest)) {
            clears.remove(group, origin, position);
            return true;
        }
        final int length = entry.length();
        if (!journal.claim(length, Journal.KEEP_NOTHING, claim)) {
            return false;
        }
        claim.buffer().putBytes(claim.offset(), entry.buffer(), entry.offset(), length);
        encoder.wrap(claim.buffer(), claim.offset() + MessageHeaderEncoder.ENCODED_LENGTH)
                .epoch(origin);
        movedBytes += length;
        final int checkedLength = entry.checksumsOffset() - entry.offset();
        final long to = journal.commit(SegmentBlockStore.CLEAR_TYPE, group, checkedLength);
        moves.add(new Move(What.CLEAR, group, 0, origin, 0, 0, position, to, 0));
        return true;
    }

    /** Whether, but for the victim, all segments are younger than one. */
    private boolean areYounger(final int newest) {
        for (final Segment each : journal.segments().values()) {
            if (each != victim) {
                return each.number > newest;
            }
        }
        return true;
    }

    private long append(
            final int type,
            final EntryKind kind,
            final long version,
            final long firstUnit,
            final long endUnit,
            final DirectBuffer source,
            final int checksums,
            final int checksumsLength,
            final int data,
            final int dataLength) {
        final int length = EntryView.encodedLength(checksumsLength, dataLength);
        if (!journal.claim(length, Journal.KEEP_NOTHING, claim)) {
            return -1;
        }
        encoder.wrapAndApplyHeader(claim.buffer(), claim.offset(), headerEncoder)
                .epoch(kind == EntryKind.ROW ? origin : entry.epoch())
                .sequence(version)
                .session(0)
                .request(0)
                .lowestOpen(0)
                .dataId(entry.dataId())
                .cut(entry.cut())
                .firstUnit(firstUnit)
                .endUnit(endUnit)
                .group(entry.group())
                .kind(kind)
                .putChecksums(source, checksums, checksumsLength)
                .putPayload(source, data, dataLength);
        movedBytes += length;
        return journal.commit(type, entry.group(), length);
    }
}
