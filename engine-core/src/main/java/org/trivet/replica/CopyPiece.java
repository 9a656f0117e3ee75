package org.trivet.replica;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.util.List;

/**
 * A piece of what a member of a group stores: from a key on, in key order, and as it was at one
 * instant. Of bounded size. Only one of the three lists has anything, the one asked for.
 *
 * @param position where the member stood at that instant.
 * @param extents what is stored.
 * @param cuts cut numbers of strips.
 * @param givenUp what is lost, and given up.
 * @param isLast whether there is no more behind it.
 */
public record CopyPiece(
        MemberPosition position,
        List<StoredExtent> extents,
        List<StripCut> cuts,
        List<LostRange> givenUp,
        boolean isLast) {
    /** At most so many extents. */
    public static final int MAX_EXTENTS = 16;

    /** At most so many bytes of checksums: an extent that is longer comes in several pieces. */
    public static final int MAX_CHECKSUM_BYTES = 1 << 20;

    /** At most extents of so many bytes, for they are read and verified at once. */
    public static final int MAX_DATA_BYTES = 4 << 20;

    /** At most so many cut numbers. */
    public static final int MAX_CUTS = 1024;

    /** Refuses what is in no order, and an empty piece that is not the last. */
    public CopyPiece {
        if (position == null
                || !isLast && extents.isEmpty() && cuts.isEmpty()
                || !areInOrder(extents, cuts)) {
            throw new TrivetException(
                    ErrorCode.INVALID, "this is no piece of a copy, of " + position);
        }
        extents = List.copyOf(extents);
        cuts = List.copyOf(cuts);
        givenUp = List.copyOf(givenUp);
    }

    private static boolean areInOrder(final List<StoredExtent> extents, final List<StripCut> cuts) {
        for (int i = 1; i < extents.size(); i++) {
            final StoredExtent before = extents.get(i - 1);
            final StoredExtent extent = extents.get(i);
            if (KeyRanges.compare(
                            before.dataId(), before.endUnit(), extent.dataId(), extent.firstUnit())
                    > 0) {
                return false;
            }
        }
        for (int i = 1; i < cuts.size(); i++) {
            if (Long.compareUnsigned(cuts.get(i - 1).dataId(), cuts.get(i).dataId()) >= 0) {
                return false;
            }
        }
        return true;
    }
}
