package org.trivet.node;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

/** Has the room that is left told to the client from time to time. */
final class RoomReport implements Agent {
    private static final long INTERVAL_NS = 1_000_000_000L;

    private final NanoClock clock;
    private final Runnable report;
    private long lastNs;

    RoomReport(final NanoClock clock, final Runnable report) {
        this.clock = clock;
        this.report = report;
        this.lastNs = clock.nanoTime() - INTERVAL_NS;
    }

    @Override
    public int doWork() {
        final long nowNs = clock.nanoTime();
        if (nowNs - lastNs < INTERVAL_NS) {
            return 0;
        }
        lastNs = nowNs;
        report.run();
        return 1;
    }

    @Override
    public String roleName() {
        return "room-report";
    }
}
