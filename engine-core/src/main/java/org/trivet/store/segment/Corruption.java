package org.trivet.store.segment;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

import java.nio.ByteBuffer;

/**
 * Damages what a store holds, as failing devices and wild writes do, to show that it is noticed.
 * Runs on the thread that owns the store. Each kind of damage is in the files when the call
 * returns; what memory knew of the damaged parts is forgotten.
 */
public final class Corruption {
    private static final long VERSION_STEP = 1_000_000;

    private final SegmentBlockStore store;
    private final int unitLength;
    private final int checksumLength;
    private final ExtentList found = new ExtentList();
    private final Rows rows = new Rows();

    /**
     * Damages a store.
     *
     * @param store an open store.
     * @param unitLength bytes of its units.
     * @param checksumLength bytes of its checksums.
     */
    public Corruption(
            final SegmentBlockStore store, final int unitLength, final int checksumLength) {
        this.store = store;
        this.unitLength = unitLength;
        this.checksumLength = checksumLength;
    }

    /**
     * Flips a bit of the stored checksum of a unit.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param unit the unit.
     * @return false if it is not stored.
     */
    public boolean flipChecksum(final int group, final long dataId, final long unit) {
        return flip(extent(group, dataId, unit), true);
    }

    /**
     * Flips a bit of the stored bytes of a unit.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param unit the unit.
     * @return false if it is not stored.
     */
    public boolean flipData(final int group, final long dataId, final long unit) {
        return flip(extent(group, dataId, unit), false);
    }

    /**
     * Changes the length that the index has of the record of a unit.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param unit the unit.
     * @return false if it is not stored.
     */
    public boolean changeLength(final int group, final long dataId, final long unit) {
        if (!row(group, dataId, unit)) {
            return false;
        }
        final int length = rows.recordDataLength[0];
        putRow(group, length > 1 ? length - 1 : length + 1, rows.version[0]);
        return true;
    }

    /**
     * Raises the version that the index has of a unit.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param unit the unit.
     * @return false if it is not stored.
     */
    public boolean changeVersion(final int group, final long dataId, final long unit) {
        if (!row(group, dataId, unit)) {
            return false;
        }
        putRow(group, rows.recordDataLength[0], rows.version[0] + VERSION_STEP);
        return true;
    }

    /**
     * Removes the row of a unit from the index.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param unit the unit.
     * @return false if it is not stored.
     */
    public boolean remove(final int group, final long dataId, final long unit) {
        if (!row(group, dataId, unit)) {
            return false;
        }
        store.extents().removeRow(group, dataId, rows.first[0]);
        store.damaged();
        return true;
    }

    /**
     * Exchanges the stored bytes of two units, checksums included.
     *
     * @param group the group of one.
     * @param dataId the strip of one.
     * @param unit the one.
     * @param otherGroup the group of the other.
     * @param otherDataId the strip of the other.
     * @param otherUnit the other.
     * @return false if one is not stored, or they are not of one length.
     */
    public boolean swap(
            final int group,
            final long dataId,
            final long unit,
            final int otherGroup,
            final long otherDataId,
            final long otherUnit) {
        final Extent one = extent(group, dataId, unit);
        final Extent other = extent(otherGroup, otherDataId, otherUnit);
        if (one == null || other == null || one.dataLength != other.dataLength) {
            return false;
        }
        final ByteBuffer ones = read(one);
        final ByteBuffer others = read(other);
        write(one, others);
        write(other, ones);
        store.damaged();
        return true;
    }

    private Extent extent(final int group, final long dataId, final long unit) {
        store.find(group, dataId, unit, unit + 1, found);
        return found.size() == 0 ? null : new Extent().set(found.get(0));
    }

    private boolean row(final int group, final long dataId, final long unit) {
        store.extents().find(group, dataId, unit, unit + 1, rows);
        return rows.size > 0;
    }

    private void putRow(final int group, final int recordDataLength, final long version) {
        store.extents()
                .putRow(
                        group,
                        rows.dataId[0],
                        rows.first[0],
                        rows.end[0],
                        version,
                        rows.position[0],
                        rows.unitInRecord[0],
                        recordDataLength);
        store.damaged();
    }

    private boolean flip(final Extent extent, final boolean checksum) {
        if (extent == null) {
            return false;
        }
        final ByteBuffer bytes = read(extent);
        final int at = checksum ? 0 : checksumLength;
        bytes.put(at, (byte) (bytes.get(at) ^ 1));
        write(extent, bytes);
        store.damaged();
        return true;
    }

    /** The checksum and bytes of a unit. */
    private ByteBuffer read(final Extent extent) {
        final ByteBuffer bytes = ByteBuffer.allocateDirect(checksumLength + unitLength);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        store.readChecksums(extent, buffer, 0);
        store.readData(extent, buffer, checksumLength);
        return bytes;
    }

    private void write(final Extent extent, final ByteBuffer bytes) {
        final int begin = Positions.offset(extent.position) + RecordHeader.LENGTH;
        final Segment segment = store.journal().segment(Positions.segment(extent.position));
        final JournalWriter writer = store.journal().writer();
        writer.overwrite(
                segment,
                bytes.clear().limit(checksumLength),
                begin + store.records().checksumsOffset(extent));
        writer.overwrite(
                segment,
                bytes.clear().position(checksumLength).limit(checksumLength + extent.dataLength),
                begin + store.records().dataOffset(extent));
    }
}
