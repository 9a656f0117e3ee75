package org.trivet.replica;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where a comparison is in the piece that one member gave, and what it has seen of its copy. */
final class CopyCursor {
    /** A place in a copy. */
    record Key(long dataId, long unit) {
        static Key beginOf(final StoredExtent extent) {
            return new Key(extent.dataId(), extent.firstUnit());
        }

        static Key endOf(final StoredExtent extent) {
            return new Key(extent.dataId(), extent.endUnit());
        }

        boolean isBefore(final Key other) {
            return KeyRanges.compare(dataId, unit, other.dataId, other.unit) < 0;
        }
    }

    final int node;
    private final int group;
    private final int checksumLength;
    private CopyPiece piece;
    private int index;
    private long unit;

    /** Up to here the units of the copy have been counted. */
    private Key counted = new Key(0, 0);

    /** Up to here damage has been told of. */
    private Key told = new Key(0, 0);

    CopyCursor(final int node, final int group, final int checksumLength) {
        this.node = node;
        this.group = group;
        this.checksumLength = checksumLength;
    }

    /** Goes to the begin of a piece. INVALID if it is not what was asked for. */
    void begin(final CopyPiece given, final PieceRequest request) {
        if (given.position().node() != node
                || given.position().group() != group
                || !isAnswer(given.extents(), new Key(request.fromDataId(), request.fromUnit()))) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "node " + node + " gives what was not asked for: " + request);
        }
        piece = given;
        index = -1;
        advance();
    }

    private boolean isAnswer(final List<StoredExtent> extents, final Key from) {
        for (final StoredExtent extent : extents) {
            final long length = (extent.endUnit() - extent.firstUnit()) * checksumLength;
            if (extent.checksums() != null && extent.checksums().length != length) {
                return false;
            }
        }
        return extents.isEmpty() || !Key.beginOf(extents.getFirst()).isBefore(from);
    }

    CopyPiece piece() {
        return piece;
    }

    /** How many units of the piece are seen for the first time. */
    long countUnits() {
        long count = 0;
        for (final StoredExtent extent : piece.extents()) {
            if (counted.isBefore(Key.endOf(extent))) {
                final boolean isWhole = !Key.beginOf(extent).isBefore(counted);
                count += extent.endUnit() - (isWhole ? extent.firstUnit() : counted.unit());
                counted = Key.endOf(extent);
            }
        }
        return count;
    }

    /** Extents of the piece that are damaged, and have not been told of. */
    List<StoredExtent> newDamage() {
        final List<StoredExtent> damaged = new ArrayList<>();
        for (final StoredExtent extent : piece.extents()) {
            if (!extent.isGood() && told.isBefore(Key.endOf(extent))) {
                damaged.add(extent);
                told = Key.endOf(extent);
            }
        }
        return damaged;
    }

    /** The extent where it is; null behind the last one. */
    StoredExtent extent() {
        return index < piece.extents().size() ? piece.extents().get(index) : null;
    }

    /** The next unit; there is an {@link #extent}. */
    Key key() {
        return new Key(extent().dataId(), unit);
    }

    boolean isAt(final Key key) {
        return extent() != null && key().equals(key);
    }

    /** Goes on within the extent, at most to its end. */
    void moveTo(final long nextUnit) {
        unit = nextUnit;
        if (unit == extent().endUnit()) {
            advance();
        }
    }

    private void advance() {
        index++;
        if (extent() != null) {
            unit = extent().firstUnit();
        }
    }

    /**
     * Whether so many next units have the same checksums as those of another copy; also if those of
     * one cannot be read: then it is damaged, and has been told of.
     */
    boolean hasSameContent(final CopyCursor other, final int count) {
        return extent().checksums() == null
                || other.extent().checksums() == null
                || Arrays.equals(
                        extent().checksums(),
                        checksumsAt(0),
                        checksumsAt(count),
                        other.extent().checksums(),
                        other.checksumsAt(0),
                        other.checksumsAt(count));
    }

    private int checksumsAt(final int next) {
        return (int) (unit - extent().firstUnit() + next) * checksumLength;
    }
}
