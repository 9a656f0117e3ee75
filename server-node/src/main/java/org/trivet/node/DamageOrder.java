package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/**
 * Tells one node which copy that it stores to damage, and how.
 *
 * @param kind how.
 * @param units the first of these that it stores; null for any that it stores.
 * @param seed of all that is random.
 */
public record DamageOrder(DamageRequest.Kind kind, UnitRange units, long seed) {
    /** Refuses damage of no kind. */
    public DamageOrder {
        if (kind == null) {
            throw new TrivetException(ErrorCode.INVALID, "damage has a kind");
        }
    }
}
