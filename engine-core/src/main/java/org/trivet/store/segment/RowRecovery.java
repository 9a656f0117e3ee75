package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.wire.sbe.EntryKind;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Makes the rows of damaged buckets of a group again, from the whole of the journal.
 *
 * <p>What counts is in which order records <em>first</em> stood in the journal; cleaning moves them
 * and notes their origin.
 *
 * <ul>
 *   <li>A write or trim of the log counts if it is applied, and was not replaced: an entry is void
 *       if one of another epoch, with the same number or a lower one, follows. Among those that
 *       count, versions decide.
 *   <li>A pulled row counts, and a row that cleaning has moved.
 *   <li>A pull removes what stood before it and is not newer than what it brought, and so does what
 *       gives a range of keys up, or says that it is empty; the record is kept for as long as
 *       something of that may be there. One that was not installed does no harm: its range is
 *       unknown to the group.
 * </ul>
 *
 * <p>Where a stretch of the journal is missing or damaged it proves nothing.
 */
final class RowRecovery {
    private record Candidate(
            EntryKind kind,
            long origin,
            long position,
            boolean ofLog,
            long epoch,
            long version,
            long dataId,
            long firstUnit,
            long endUnit,
            long toDataId,
            long toUnit,
            int dataLength) {}

    private final Journal journal;
    private final int group;
    private final long applied;
    private final int unitLength;
    private final List<Extent> parts;
    private final List<Candidate> candidates = new ArrayList<>();
    private final EntryView entry = new EntryView();
    private long lastSequence;
    private boolean complete = true;

    /**
     * Of a group.
     *
     * @param parts the buckets; null for all there are.
     * @param applied entries of the group's log up to this one count.
     */
    RowRecovery(
            final Journal journal,
            final SegmentStoreConfig config,
            final int group,
            final List<Extent> parts,
            final long applied) {
        this.journal = journal;
        this.group = group;
        this.parts = parts;
        this.applied = applied;
        unitLength = config.unitLength();
    }

    /** Reads the journal; false if it does not prove what there must be. */
    boolean read(final SegmentReader reader) {
        journal.scan(
                reader,
                new JournalHandler() {
                    @Override
                    public void onRecord(
                            final int type,
                            final int tag,
                            final long position,
                            final DirectBuffer buffer,
                            final int offset,
                            final int length) {
                        if (isEntry(type) && entry.wrap(buffer, offset, length)) {
                            collect(type, position);
                        }
                    }

                    @Override
                    public void onDamage(final long position, final boolean torn) {
                        complete &= torn;
                    }
                });
        return complete;
    }

    private static boolean isEntry(final int type) {
        return switch (type) {
            case SegmentBlockStore.ENTRY_TYPE,
                    SegmentBlockStore.TRIM_TYPE,
                    SegmentBlockStore.ROW_TYPE,
                    SegmentBlockStore.CLEAR_TYPE ->
                    true;
            default -> false;
        };
    }

    private void collect(final int type, final long position) {
        if (entry.group() != group) {
            return;
        }
        final EntryKind kind = entry.kind();
        final boolean moved = type != SegmentBlockStore.ENTRY_TYPE;
        final boolean ofLog = !moved && kind != EntryKind.ROW && kind != EntryKind.CLEAR;
        if (ofLog) {
            replace();
            if (entry.sequence() > applied) {
                return;
            }
        }
        if (kind != EntryKind.NOTHING && concerns(kind)) {
            final boolean hasOrigin = moved && type != SegmentBlockStore.TRIM_TYPE;
            candidates.add(
                    new Candidate(
                            kind,
                            hasOrigin ? entry.epoch() : position,
                            position,
                            ofLog,
                            entry.epoch(),
                            entry.sequence(),
                            entry.dataId(),
                            entry.firstUnit(),
                            kind == EntryKind.TRIM ? entry.endUnit() : endOfData(),
                            toDataId(kind),
                            toUnit(kind),
                            kind == EntryKind.CLEAR ? 0 : entry.dataLength()));
        }
    }

    private static boolean removesKeys(final EntryKind kind) {
        return kind == EntryKind.CLEAR || kind == EntryKind.GIVE_UP || kind == EntryKind.EMPTY;
    }

    private long toDataId(final EntryKind kind) {
        return kind == EntryKind.CLEAR ? entry.session() : entry.cut();
    }

    private long toUnit(final EntryKind kind) {
        return kind == EntryKind.CLEAR ? entry.request() : entry.endUnit();
    }

    private long endOfData() {
        return entry.firstUnit() + (entry.dataLength() + unitLength - 1L) / unitLength;
    }

    /**
     * Entries from a number on that an earlier log had are void if this one has others there. Of an
     * entry that was written again the later record counts.
     */
    private void replace() {
        if (entry.sequence() <= lastSequence) {
            candidates.removeIf(
                    each ->
                            each.ofLog
                                    && each.version >= entry.sequence()
                                    && (each.epoch != entry.epoch()
                                            || each.version == entry.sequence()));
        }
        lastSequence = entry.sequence();
    }

    private boolean concerns(final EntryKind kind) {
        if (parts == null) {
            return true;
        }
        for (final Extent part : parts) {
            if (removesKeys(kind)) {
                if (compare(entry.dataId(), entry.firstUnit(), part.dataId, part.endUnit) < 0
                        && compare(part.dataId, part.firstUnit, toDataId(kind), toUnit(kind)) < 0) {
                    return true;
                }
            } else if (entry.dataId() == part.dataId
                    && entry.firstUnit() < part.endUnit
                    && Math.max(entry.endUnit(), endOfData()) > part.firstUnit) {
                return true;
            }
        }
        return false;
    }

    private static int compare(
            final long dataId, final long unit, final long otherDataId, final long otherUnit) {
        final int byDataId = Long.compareUnsigned(dataId, otherDataId);
        return byDataId != 0 ? byDataId : Long.compare(unit, otherUnit);
    }

    /** Puts the rows into an index that has none of them. */
    void applyTo(final ExtentIndex extents) {
        // Of a record and its copies the last one counts: it stays longest.
        candidates.sort(
                Comparator.comparingLong(Candidate::origin)
                        .thenComparing(Comparator.comparingLong(Candidate::position).reversed()));
        candidates.forEach(each -> apply(each, extents));
        for (final Candidate each : candidates) {
            if (each.kind == EntryKind.TRIM) {
                remove(each, extents); // also what was copied later than it stands
            }
        }
    }

    private void apply(final Candidate each, final ExtentIndex extents) {
        switch (each.kind) {
            case CLEAR, GIVE_UP, EMPTY ->
                    extents.remove(
                            group,
                            each.dataId,
                            each.firstUnit,
                            each.toDataId,
                            each.toUnit,
                            each.version);
            case TRIM -> {
                remove(each, extents);
                if (each.dataLength > 0) {
                    put(each, each.firstUnit + 1, extents);
                }
            }
            default -> put(each, each.endUnit, extents);
        }
    }

    private void remove(final Candidate trim, final ExtentIndex extents) {
        extents.removeBelow(group, trim.dataId, trim.firstUnit, trim.endUnit, trim.version);
    }

    private void put(final Candidate each, final long endUnit, final ExtentIndex extents) {
        extents.write(
                group,
                each.version,
                each.dataId,
                each.firstUnit,
                endUnit,
                each.dataLength,
                each.position);
    }
}
