package org.trivet.transport.auth;

import org.agrona.BitUtil;
import org.trivet.block.Placement;

import java.util.Arrays;

/**
 * Bounds how often something is done in the name of each other endpoint: so many at once, and then
 * one in an interval. Names may be false, and are not remembered: they share a fixed number of
 * slots, so that the whole is bounded, too, and a flood in one name disturbs few others.
 */
final class RateBound {
    static final int SLOTS = 256;

    private final long intervalNs;
    private final long burstNs;
    private final long[] dueNs = new long[SLOTS];

    RateBound(final int burst, final long intervalNs, final long nowNs) {
        this.intervalNs = intervalNs;
        this.burstNs = (burst - 1) * intervalNs;
        Arrays.fill(dueNs, nowNs);
    }

    /** Whether one more may be done; if so, it counts. */
    boolean admit(final int endpointId, final long nowNs) {
        assert BitUtil.isPowerOfTwo(SLOTS);
        final int slot = (int) Placement.mix64(endpointId) & SLOTS - 1;
        final long aheadNs = Math.max(dueNs[slot] - nowNs, 0);
        if (aheadNs > burstNs) {
            return false;
        }
        dueNs[slot] = nowNs + aheadNs + intervalNs;
        return true;
    }
}
