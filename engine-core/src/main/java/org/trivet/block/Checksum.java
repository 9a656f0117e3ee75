package org.trivet.block;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Checksums of units. The checksum of a unit covers its bytes and its place (data id, strip's
 * group, unit), so that a swapped or misdirected unit does not pass.
 *
 * <p>Not safe for use by several threads at once. Allocates nothing per unit.
 */
public interface Checksum {
    /**
     * Writes the checksums of a run: one for each unit, the last unit being shorter if {@code
     * dataLength} says so.
     *
     * @param dataId data id of the strip.
     * @param group group of the strip.
     * @param firstUnit the run's first unit.
     * @param unitLength bytes of a unit.
     * @param data holds the run's bytes.
     * @param dataOffset where they begin.
     * @param dataLength bytes of the run.
     * @param checksums takes ceil(dataLength / unitLength) checksums.
     * @param checksumOffset where they begin.
     */
    void compute(
            long dataId,
            int group,
            long firstUnit,
            int unitLength,
            DirectBuffer data,
            int dataOffset,
            int dataLength,
            MutableDirectBuffer checksums,
            int checksumOffset);

    /**
     * Verifies the checksums of a run.
     *
     * @param dataId data id of the strip.
     * @param group group of the strip.
     * @param firstUnit the run's first unit.
     * @param unitLength bytes of a unit.
     * @param data holds the run's bytes.
     * @param dataOffset where they begin.
     * @param dataLength bytes of the run.
     * @param checksums holds ceil(dataLength / unitLength) checksums.
     * @param checksumOffset where they begin.
     * @return index of the first unit of the run that does not match, or -1 if all match.
     */
    int verify(
            long dataId,
            int group,
            long firstUnit,
            int unitLength,
            DirectBuffer data,
            int dataOffset,
            int dataLength,
            DirectBuffer checksums,
            int checksumOffset);
}
