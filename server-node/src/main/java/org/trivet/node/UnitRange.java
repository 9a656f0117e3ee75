package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/**
 * Units of a strip.
 *
 * @param group the group.
 * @param dataId the strip; unsigned.
 * @param firstUnit first unit.
 * @param endUnit behind the last unit.
 */
public record UnitRange(int group, long dataId, long firstUnit, long endUnit) {
    /** Refuses a range that is empty, or begins before the first unit. */
    public UnitRange {
        if (firstUnit < 0 || endUnit <= firstUnit) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "there are no units "
                            + firstUnit
                            + " to "
                            + endUnit
                            + " of "
                            + Long.toUnsignedString(dataId));
        }
    }
}
