package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.replica.LostRange;

/**
 * Tells a node what of the group that it leads may be given up, if it is lost: the arguments of
 * {@link NodeAccess#acceptLoss}.
 *
 * @param range the keys.
 * @param firstUnusedDataId no file has ever had this data id, or one above it.
 */
record LossOrder(LostRange range, long firstUnusedDataId) {
    LossOrder {
        if (range == null) {
            throw new TrivetException(ErrorCode.INVALID, "what is to be given up has a range");
        }
    }
}
