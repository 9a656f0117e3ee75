package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.replica.ScrubSchedule;

/**
 * What is chosen for data nodes when they are started, and may be another the next time.
 *
 * @param scrub how fast, and how often, a node verifies what it stores.
 * @param capacityBytes bytes that the files of each node's blocks may take; 0 for what the file
 *     system has, otherwise at least {@value #MIN_CAPACITY}.
 */
public record NodeSettings(ScrubSchedule scrub, long capacityBytes) {
    /** The least that a node can work with. */
    public static final long MIN_CAPACITY = 64L << 20;

    /** A usual scrub, and as much room as there is. */
    public static final NodeSettings USUAL = new NodeSettings(ScrubSchedule.USUAL, 0);

    /** Refuses what cannot be. */
    public NodeSettings {
        if (capacityBytes != 0 && capacityBytes < MIN_CAPACITY) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "node: capacityBytes is "
                            + capacityBytes
                            + ", and must be 0, or at least "
                            + MIN_CAPACITY);
        }
    }
}
