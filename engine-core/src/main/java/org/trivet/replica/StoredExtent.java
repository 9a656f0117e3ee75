package org.trivet.replica;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.util.Arrays;

/**
 * Units of a strip that a node stores together, as it has them in its index, and whether they are
 * good.
 *
 * @param dataId the strip; unsigned.
 * @param firstUnit first unit.
 * @param endUnit behind the last unit.
 * @param version sequence number of the entry that wrote them.
 * @param isGood whether the bytes stored match the checksums stored.
 * @param checksums of all units, one after the other; null if they cannot be read.
 */
public record StoredExtent(
        long dataId, long firstUnit, long endUnit, long version, boolean isGood, byte[] checksums) {
    /** Refuses what is no extent. */
    public StoredExtent {
        final long count = endUnit - firstUnit;
        if (firstUnit < 0
                || count <= 0
                || count > Integer.MAX_VALUE
                || checksums != null && checksums.length % count != 0
                || isGood && checksums == null) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "units "
                            + firstUnit
                            + " to "
                            + endUnit
                            + " of "
                            + Long.toUnsignedString(dataId)
                            + " with "
                            + (checksums == null ? 0 : checksums.length)
                            + " bytes of checksums are no extent");
        }
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final StoredExtent extent
                && dataId == extent.dataId
                && firstUnit == extent.firstUnit
                && endUnit == extent.endUnit
                && version == extent.version
                && isGood == extent.isGood
                && Arrays.equals(checksums, extent.checksums);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(dataId * 31 + firstUnit) * 31 + Arrays.hashCode(checksums);
    }
}
