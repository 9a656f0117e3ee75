package org.trivet.sim;

import org.agrona.concurrent.NanoClock;

/**
 * The monotonic clock of one machine: it runs a little faster or slower than true time, and may
 * jump ahead, as it does when the machine was suspended.
 */
final class VirtualClock implements NanoClock {
    private static final long MILLION = 1_000_000;

    private final EventQueue events;
    private long originNs;
    private long baseNs;
    private long partsPerMillion;

    VirtualClock(final EventQueue events, final long startNs, final long partsPerMillion) {
        this.events = events;
        this.originNs = events.nowNs();
        this.baseNs = startNs;
        this.partsPerMillion = partsPerMillion;
    }

    @Override
    public long nanoTime() {
        final long passedNs = events.nowNs() - originNs;
        return baseNs
                + passedNs
                + passedNs / MILLION * partsPerMillion
                + passedNs % MILLION * partsPerMillion / MILLION;
    }

    void rate(final long newPartsPerMillion) {
        jump(0);
        partsPerMillion = newPartsPerMillion;
    }

    void jump(final long aheadNs) {
        baseNs = nanoTime() + aheadNs;
        originNs = events.nowNs();
    }
}
