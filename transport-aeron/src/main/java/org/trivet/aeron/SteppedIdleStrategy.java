package org.trivet.aeron;

import org.agrona.concurrent.IdleStrategy;

import java.util.concurrent.locks.LockSupport;

/**
 * Yields hardly, then parks in three steps of growing length. For one thread.
 *
 * <p>Agrona's back-off doubles its pause up to 1 ms at once, so that the first message after a
 * short silence is late by 1 ms; and what spins takes the core from those who have work.
 */
final class SteppedIdleStrategy implements IdleStrategy {
    private final IdleMode mode;
    private int round;

    SteppedIdleStrategy(final IdleMode mode) {
        this.mode = mode;
    }

    @Override
    public void idle(final int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        final long pauseNs = nextPauseNs();
        if (pauseNs == 0) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(this, pauseNs);
        }
    }

    @Override
    public void reset() {
        round = 0;
    }

    @Override
    public String alias() {
        return "stepped";
    }

    /** The length of the next pause; 0 to yield. */
    long nextPauseNs() {
        final int shortEnd = mode.yields + mode.shortRounds;
        if (round >= shortEnd + mode.mediumRounds) {
            return mode.longNs;
        }
        final int now = round++;
        return now < mode.yields ? 0 : now < shortEnd ? mode.shortNs : mode.mediumNs;
    }
}
