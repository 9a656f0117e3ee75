package org.trivet.store.segment;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.ChecksumType;

/**
 * How a segment store is kept.
 *
 * @param journal of its journal.
 * @param unitLength bytes of a unit: 8 to 4096.
 * @param checksumType the checksum of each unit.
 * @param reserveBytes bytes of a file that is deleted when a commit of the index finds no space
 *     otherwise; 0 for none.
 * @param cleanBytes bytes that the cleaner looks at in one call of {@link
 *     SegmentBlockStore#doWork}, at most.
 */
public record SegmentStoreConfig(
        JournalConfig journal,
        int unitLength,
        ChecksumType checksumType,
        long reserveBytes,
        int cleanBytes) {
    /** Refuses values out of range, naming them. */
    public SegmentStoreConfig {
        if (unitLength < 8 || unitLength > 4096) {
            throw new TrivetException(
                    ErrorCode.INVALID, "store: unitLength is " + unitLength + ", not 8 to 4096");
        }
        if (reserveBytes < 0 || cleanBytes < 1) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "store: reserveBytes is "
                            + reserveBytes
                            + ", at least 0; cleanBytes is "
                            + cleanBytes
                            + ", at least 1");
        }
    }

    /**
     * The usual configuration over a journal's.
     *
     * @param journal of the journal.
     * @param unitLength bytes of a unit.
     * @param checksumType the checksum of each unit.
     * @return the configuration.
     */
    public static SegmentStoreConfig of(
            final JournalConfig journal, final int unitLength, final ChecksumType checksumType) {
        return new SegmentStoreConfig(journal, unitLength, checksumType, 4 << 20, 256 << 10);
    }
}
