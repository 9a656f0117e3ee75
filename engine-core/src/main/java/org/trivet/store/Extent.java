package org.trivet.store;

/**
 * A range of units of a strip that lie together in one record. A reusable value; {@link ExtentList}
 * pools them.
 */
public final class Extent {
    /** The strip. */
    public long dataId;

    /** First unit. */
    public long firstUnit;

    /** Behind the last unit. */
    public long endUnit;

    /** Version of the units: the sequence number of the entry that wrote them. */
    public long version;

    /** The record that holds them. */
    public long position;

    /** Index, in the record, of the extent's first unit. */
    public int unitInRecord;

    /**
     * Bytes of the extent: whole units, but for the last unit of its record, which may be short.
     */
    public int dataLength;

    /** Bytes of the whole record's data. */
    public int recordDataLength;

    /** An extent of nothing, to be filled. */
    public Extent() {}

    /**
     * Copies another extent.
     *
     * @param other to copy.
     * @return this.
     */
    public Extent set(final Extent other) {
        dataId = other.dataId;
        firstUnit = other.firstUnit;
        endUnit = other.endUnit;
        version = other.version;
        position = other.position;
        unitInRecord = other.unitInRecord;
        dataLength = other.dataLength;
        recordDataLength = other.recordDataLength;
        return this;
    }

    /**
     * Leaves out all but some of the units.
     *
     * @param from the first that is left, one of the extent's.
     * @param to behind the last that is left, at most {@link #endUnit}.
     * @param unitLength bytes of a unit.
     */
    public void clip(final long from, final long to, final int unitLength) {
        unitInRecord += (int) (from - firstUnit);
        firstUnit = from;
        endUnit = to;
        dataLength =
                Math.min(unitCount() * unitLength, recordDataLength - unitInRecord * unitLength);
    }

    /**
     * Units of the extent.
     *
     * @return endUnit - firstUnit.
     */
    public int unitCount() {
        return (int) (endUnit - firstUnit);
    }
}
