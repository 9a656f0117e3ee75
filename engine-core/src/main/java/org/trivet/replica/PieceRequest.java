package org.trivet.replica;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/**
 * Asks a member of a group for a piece of its copy.
 *
 * @param group the group.
 * @param part of what.
 * @param fromDataId data id of the key from which on; unsigned.
 * @param fromUnit unit of that key.
 */
public record PieceRequest(int group, Part part, long fromDataId, long fromUnit) {
    /** What a copy consists of. */
    public enum Part {
        /** What is stored, by data id and unit. */
        EXTENTS,
        /** The cut numbers of strips, by data id. */
        CUTS,
        /** What is lost, and given up: all at once. */
        GIVEN_UP
    }

    /** Refuses a unit that cannot be. */
    public PieceRequest {
        if (part == null || fromUnit < 0) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "a piece of a copy cannot begin at unit " + fromUnit + " of " + part);
        }
    }
}
