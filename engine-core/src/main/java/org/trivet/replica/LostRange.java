package org.trivet.replica;

import java.util.List;

/**
 * A range of the keys of a group, from (data id, unit) to (data id, unit), of which no good copy is
 * left, or which has been given up for that. Data ids are unsigned.
 *
 * @param group the group.
 * @param fromDataId data id of the first key.
 * @param fromUnit unit of the first key.
 * @param toDataId data id of the key behind the last.
 * @param toUnit unit of the key behind the last.
 */
public record LostRange(int group, long fromDataId, long fromUnit, long toDataId, long toUnit) {
    static LostRange of(final int group, final KeyRanges.Range range) {
        return new LostRange(
                group, range.fromDataId(), range.fromUnit(), range.toDataId(), range.toUnit());
    }

    static List<LostRange> of(final int group, final KeyRanges ranges) {
        return ranges.list().stream().map(range -> of(group, range)).toList();
    }

    static KeyRanges keys(final List<LostRange> ranges) {
        final KeyRanges keys = new KeyRanges();
        ranges.forEach(range -> keys.add(range.keys()));
        return keys;
    }

    /**
     * All units of a strip.
     *
     * @param group the group.
     * @param dataId the strip.
     * @return the range.
     */
    public static LostRange ofStrip(final int group, final long dataId) {
        return of(group, KeyRanges.Range.ofStrip(dataId, 0, KeyRanges.END_UNIT));
    }

    /**
     * All keys of a group.
     *
     * @param group the group.
     * @return the range.
     */
    public static LostRange ofGroup(final int group) {
        return of(group, KeyRanges.Range.ALL);
    }

    KeyRanges.Range keys() {
        return new KeyRanges.Range(fromDataId, fromUnit, toDataId, toUnit);
    }

    /**
     * The first unit of a strip that lies in the range.
     *
     * @param dataId the strip.
     * @return a unit; only if {@link #endUnit} is above it there is one.
     */
    public long firstUnit(final long dataId) {
        return KeyRanges.compare(fromDataId, fromUnit, dataId, 0) <= 0 ? 0 : fromUnit;
    }

    /**
     * Behind the last unit of a strip that lies in the range.
     *
     * @param dataId the strip.
     * @return a unit, 0 if there is none, or the largest number for the end of the strip.
     */
    public long endUnit(final long dataId) {
        if (Long.compareUnsigned(dataId, fromDataId) < 0
                || Long.compareUnsigned(dataId, toDataId) > 0) {
            return 0;
        }
        return dataId == toDataId ? toUnit : KeyRanges.END_UNIT;
    }
}
