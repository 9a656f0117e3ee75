package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/**
 * How many blocks of a group a node holds, as far as they have been counted.
 *
 * @param group the group.
 * @param nextDataId data id of the key up to which they have been counted; unsigned.
 * @param nextUnit unit of that key.
 * @param blocks how many there are before that key, holes not counted.
 * @param isComplete whether there is nothing more to count.
 */
public record BlockTally(
        int group, long nextDataId, long nextUnit, long blocks, boolean isComplete) {
    /** Refuses a key that cannot be. */
    public BlockTally {
        if (nextUnit < 0) {
            throw new TrivetException(
                    ErrorCode.INVALID, "blocks cannot be counted from unit " + nextUnit);
        }
    }

    /**
     * A count that has not begun.
     *
     * @param group of which group.
     * @return nothing so far.
     */
    public static BlockTally of(final int group) {
        return new BlockTally(group, 0, 0, 0, false);
    }
}
