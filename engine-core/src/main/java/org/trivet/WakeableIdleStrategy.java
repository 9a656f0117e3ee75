package org.trivet;

import org.agrona.concurrent.IdleStrategy;
import org.trivet.transport.Transport;

import java.util.concurrent.locks.LockSupport;

/**
 * Parks an agent's thread when it has no work, for longer and longer; {@link #signal} ends the
 * pause at once.
 *
 * <p>The first 10 ms without work it parks for 50 us at a time, then 100 ms for 1 ms, then for 5
 * ms; but for up to 100 ms from the first where all that brings work also signals. One thread
 * idles; any thread signals, at the cost of a volatile write and a read while the other is not
 * parked.
 */
public final class WakeableIdleStrategy implements IdleStrategy {
    private static final long SHORT_NS = 50_000L;
    private static final long MEDIUM_NS = 1_000_000L;
    private static final long LONG_NS = 5_000_000L;
    private static final long LONGEST_NS = 100_000_000L;
    private static final int SHORT_ROUNDS = 200;
    private static final int MEDIUM_ROUNDS = 300;

    private long longestNs = LONG_NS;
    private boolean watching;
    private volatile boolean signalled;
    private volatile Thread parked;
    private int round;
    private long limitNs = Long.MAX_VALUE;

    /** A strategy for one thread, which looks for work every 5 ms at least. */
    public WakeableIdleStrategy() {}

    /**
     * Has a transport signal what arrives. Where all transports of the thread do, it need not look
     * often. Called before the thread starts.
     *
     * @param transport of an agent on this thread.
     */
    public void watch(final Transport transport) {
        final boolean signals = transport.onArrival(this::signal);
        longestNs = signals && (!watching || longestNs == LONGEST_NS) ? LONGEST_NS : LONG_NS;
        watching = true;
    }

    /** Ends the present pause, or the next one. From any thread. */
    public void signal() {
        signalled = true;
        final Thread thread = parked;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Bounds the pauses to come, for timers. Only from the thread that idles.
     *
     * @param pauseNs the longest pause; Long.MAX_VALUE for no bound.
     */
    public void limit(final long pauseNs) {
        limitNs = pauseNs;
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
        if (signalled) {
            signalled = false;
            reset();
            return;
        }
        final long pauseNs = Math.min(nextPauseNs(), limitNs);
        parked = Thread.currentThread();
        if (!signalled) {
            LockSupport.parkNanos(this, pauseNs);
        }
        parked = null;
        if (signalled) {
            signalled = false;
            reset();
        }
    }

    @Override
    public void reset() {
        round = 0;
    }

    @Override
    public String alias() {
        return "wakeable";
    }

    private long nextPauseNs() {
        if (longestNs == LONGEST_NS) {
            return LONGEST_NS; // all that brings work signals: there is nothing to look for
        }
        if (round < SHORT_ROUNDS) {
            round++;
            return SHORT_NS;
        }
        if (round < MEDIUM_ROUNDS) {
            round++;
            return MEDIUM_NS;
        }
        return longestNs;
    }
}
