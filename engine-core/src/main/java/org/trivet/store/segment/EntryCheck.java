package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongArrayList;
import org.trivet.block.Checksum;
import org.trivet.block.ChecksumType;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryKind;

/** Verifies the units of an entry, whose checksums the journal's own does not cover. */
final class EntryCheck implements RecordCheck {
    private final EntryView entry = new EntryView();
    private final Checksum checksum;
    private final int unitLength;
    private final int checksumLength;

    EntryCheck(final SegmentStoreConfig config) {
        this(config.unitLength(), config.checksumType());
    }

    EntryCheck(final int unitLength, final ChecksumType type) {
        this.unitLength = unitLength;
        checksum = type.newChecksum();
        checksumLength = type.length();
    }

    /** Whether a body is an entry, and nothing else. */
    static boolean isEntry(
            final EntryView entry, final DirectBuffer buffer, final int offset, final int length) {
        return entry.wrap(buffer, offset, length) && entry.length() == length;
    }

    @Override
    public boolean isWhole(
            final int type,
            final int tag,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (type != SegmentBlockStore.ENTRY_TYPE && type != SegmentBlockStore.CLEAR_TYPE
                || !isEntry(entry, buffer, offset, length)) {
            return false;
        }
        if (entry.dataLength() == 0) {
            return true;
        }
        return hasAllChecksums(entry) && verify(entry, 0, entry.dataLength());
    }

    /** How many units the data of an entry are. */
    long unitCount(final EntryView of) {
        return ((long) of.dataLength() + unitLength - 1) / unitLength;
    }

    private boolean hasAllChecksums(final EntryView of) {
        return unitCount(of) * checksumLength == of.checksumsLength()
                && of.kind() != EntryKind.NOTHING;
    }

    private boolean verify(final EntryView of, final int unit, final int dataLength) {
        return checksum.verify(
                        of.dataId(),
                        of.group(),
                        of.firstUnit() + unit,
                        unitLength,
                        of.buffer(),
                        of.dataOffset() + unit * unitLength,
                        dataLength,
                        of.buffer(),
                        of.checksumsOffset() + unit * checksumLength)
                < 0;
    }

    /** Lists the units of an entry that are not what their checksums say. */
    void listBadUnits(final EntryView of, final LongArrayList bad) {
        bad.clear();
        final boolean hasAll = hasAllChecksums(of);
        if (of.dataLength() == 0 || hasAll && verify(of, 0, of.dataLength())) {
            return;
        }
        for (int unit = 0; unit < unitCount(of); unit++) {
            final int left = of.dataLength() - unit * unitLength;
            if (!hasAll || !verify(of, unit, Math.min(unitLength, left))) {
                bad.addLong(of.firstUnit() + unit);
            }
        }
    }
}
