package org.trivet.block;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.Objects;

/** Loops over the units of a run; what a unit's checksum is, subclasses say. */
abstract class UnitChecksum implements Checksum {
    private final int checksumLength;

    UnitChecksum(final ChecksumType type) {
        this.checksumLength = type.length();
    }

    @Override
    public final void compute(
            final long dataId,
            final int group,
            final long firstUnit,
            final int unitLength,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength,
            final MutableDirectBuffer checksums,
            final int checksumOffset) {
        check(unitLength, data, dataOffset, dataLength, checksums, checksumOffset);
        beginRun(dataId, group, data);
        putAll(firstUnit, unitLength, data, dataOffset, dataLength, checksums, checksumOffset);
    }

    /** Writes the checksums of a run that has begun. */
    void putAll(
            final long firstUnit,
            final int unitLength,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength,
            final MutableDirectBuffer checksums,
            final int checksumOffset) {
        int done = 0;
        int put = checksumOffset;
        for (long unit = firstUnit; done < dataLength; unit++) {
            final int length = Math.min(unitLength, dataLength - done);
            put(unit, data, dataOffset + done, length, checksums, put);
            done += length;
            put += checksumLength;
        }
    }

    @Override
    public final int verify(
            final long dataId,
            final int group,
            final long firstUnit,
            final int unitLength,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength,
            final DirectBuffer checksums,
            final int checksumOffset) {
        check(unitLength, data, dataOffset, dataLength, checksums, checksumOffset);
        beginRun(dataId, group, data);
        return firstMismatch(
                firstUnit, unitLength, data, dataOffset, dataLength, checksums, checksumOffset);
    }

    /** The index of the first unit of a run that does not match; -1 if all do. */
    int firstMismatch(
            final long firstUnit,
            final int unitLength,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength,
            final DirectBuffer checksums,
            final int checksumOffset) {
        int done = 0;
        for (int index = 0; done < dataLength; index++) {
            final int length = Math.min(unitLength, dataLength - done);
            final int at = checksumOffset + index * checksumLength;
            if (!matches(firstUnit + index, data, dataOffset + done, length, checksums, at)) {
                return index;
            }
            done += length;
        }
        return -1;
    }

    /**
     * Begins a run: the units that follow belong to this strip and lie in this buffer.
     *
     * @param dataId data id of the strip.
     * @param group group of the strip.
     * @param data holds the run's bytes.
     */
    abstract void beginRun(long dataId, int group, DirectBuffer data);

    /**
     * Writes the checksum of a unit.
     *
     * @param unit its number.
     * @param data as given to {@link #beginRun}.
     * @param offset where its bytes begin.
     * @param length their number.
     * @param checksums takes the checksum.
     * @param checksumOffset where.
     */
    abstract void put(
            long unit,
            DirectBuffer data,
            int offset,
            int length,
            MutableDirectBuffer checksums,
            int checksumOffset);

    /**
     * Compares the checksum of a unit.
     *
     * @param unit its number.
     * @param data as given to {@link #beginRun}.
     * @param offset where its bytes begin.
     * @param length their number.
     * @param checksums holds the checksum.
     * @param checksumOffset where.
     * @return whether it matches.
     */
    abstract boolean matches(
            long unit,
            DirectBuffer data,
            int offset,
            int length,
            DirectBuffer checksums,
            int checksumOffset);

    /** What the place of a strip adds to its units' checksums. */
    static long stripSeed(final long dataId, final int group) {
        return Placement.mix64(dataId ^ Placement.mix64(group));
    }

    /** What the place of a unit adds to its checksum. */
    static long unitSeed(final long stripSeed, final long unit) {
        return Placement.mix64(stripSeed ^ unit);
    }

    private void check(
            final int unitLength,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength,
            final DirectBuffer checksums,
            final int checksumOffset) {
        if (unitLength <= 0) {
            throw new IllegalArgumentException(
                    "unitLength is " + unitLength + ", and must be above 0");
        }
        Objects.checkFromIndexSize(dataOffset, dataLength, data.capacity());
        final long units = ((long) dataLength + unitLength - 1) / unitLength;
        Objects.checkFromIndexSize(
                checksumOffset, units * checksumLength, (long) checksums.capacity());
    }
}
