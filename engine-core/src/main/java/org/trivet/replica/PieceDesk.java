package org.trivet.replica;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

import java.util.ArrayList;
import java.util.List;

/** Takes pieces of a member's copy, and verifies them. */
final class PieceDesk {
    private final NodeContext node;
    private final ExtentList found = new ExtentList();

    PieceDesk(final NodeContext node) {
        this.node = node;
    }

    CopyPiece take(final Group member, final MemberPosition position, final PieceRequest request) {
        return switch (request.part()) {
            case EXTENTS -> extents(member, position, request);
            case CUTS -> cuts(member, position, request);
            case GIVEN_UP ->
                    new CopyPiece(
                            position,
                            List.of(),
                            List.of(),
                            LostRange.of(member.group, member.givenUp),
                            true);
        };
    }

    private CopyPiece extents(
            final Group member, final MemberPosition position, final PieceRequest request) {
        final List<StoredExtent> extents = new ArrayList<>();
        node.store.scan(
                member.group,
                request.fromDataId(),
                request.fromUnit(),
                CopyPiece.MAX_EXTENTS,
                found);
        boolean isLast = found.size() < CopyPiece.MAX_EXTENTS;
        int room = // in units
                Math.min(
                        CopyPiece.MAX_CHECKSUM_BYTES / node.checksumLength,
                        CopyPiece.MAX_DATA_BYTES / node.unitLength);
        for (int i = 0; i < found.size(); i++) {
            final Extent extent = found.get(i);
            if (room == 0) {
                isLast = false;
                break;
            }
            if (!isPlausible(extent)) {
                extents.add(damaged(extent));
                continue;
            }
            if (extent.unitCount() > room) {
                extent.clip(extent.firstUnit, extent.firstUnit + room, node.unitLength);
                isLast = false;
            }
            room -= extent.unitCount();
            extents.add(verified(member, extent));
        }
        return new CopyPiece(position, extents, List.of(), List.of(), isLast);
    }

    /** Whether a record can hold so much. */
    private boolean isPlausible(final Extent extent) {
        return (extent.endUnit - extent.firstUnit) * node.checksumLength
                <= node.recordBuffer.capacity();
    }

    private static StoredExtent damaged(final Extent extent) {
        final long most = extent.firstUnit + Integer.MAX_VALUE;
        return new StoredExtent(
                extent.dataId,
                extent.firstUnit,
                Math.min(extent.endUnit, most),
                extent.version,
                false,
                null);
    }

    private StoredExtent verified(final Group member, final Extent extent) {
        final byte[] checksums = new byte[extent.unitCount() * node.checksumLength];
        final boolean isGood = member.isGood(extent);
        final boolean isRead = node.store.readChecksums(extent, new UnsafeBuffer(checksums), 0);
        return new StoredExtent(
                extent.dataId,
                extent.firstUnit,
                extent.endUnit,
                extent.version,
                isGood && isRead,
                isRead ? checksums : null);
    }

    private CopyPiece cuts(
            final Group member, final MemberPosition position, final PieceRequest request) {
        final List<StripCut> cuts = new ArrayList<>();
        node.store.scanCuts(
                member.group,
                request.fromDataId(),
                CopyPiece.MAX_CUTS,
                (dataId, cut) -> cuts.add(new StripCut(dataId, cut)));
        return new CopyPiece(
                position, List.of(), cuts, List.of(), cuts.size() < CopyPiece.MAX_CUTS);
    }
}
