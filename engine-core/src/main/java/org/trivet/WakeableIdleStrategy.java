package org.trivet;

import org.agrona.concurrent.IdleStrategy;
import org.trivet.transport.Doorbell;
import org.trivet.transport.Transport;

import java.util.concurrent.locks.LockSupport;

/**
 * Parks an agent's thread when it has no work, in the steps of an {@link IdleMode}; {@link #signal}
 * ends the pause at once.
 *
 * <p>Work that comes alone, like a heartbeat now and then, has it look again for a small part of
 * the steps only; the more often work comes while it is looking, the longer it goes on, up to all
 * of them. So a process that is idle but for heartbeats stays cheap.
 *
 * <p>Where senders can ring a {@link Doorbell}, it waits there, and looks by itself only after the
 * mode's pause for that. It does not yield before, unless latency is all that counts: on a machine
 * where others compute, who yields gets the core back after a millisecond, and who is woken at
 * once.
 *
 * <p>Where all that brings work also signals, it parks for up to 100 ms from the first. One thread
 * idles; any thread signals, at the cost of a volatile write and a read while the other is not
 * parked.
 *
 * <p>Agrona's back-off doubles its pause up to 1 ms at once, so that the first message after a
 * short silence is late by 1 ms; and what spins takes the core from those who have work.
 */
public final class WakeableIdleStrategy implements IdleStrategy {
    private static final long LONGEST_NS = 100_000_000L;

    /**
     * The steps are taken in full at this level; at each below half as often, but once at least.
     */
    private static final int HIGHEST_LEVEL = 6;

    private final IdleMode mode;
    private boolean isSignalledByAll;
    private boolean watching;
    private volatile boolean signalled;
    private volatile Thread parked;
    private int round;
    private int level;
    private int shortEnd;
    private int mediumEnd;
    private long limitNs = Long.MAX_VALUE;

    /** Where senders ring; null where they do not. */
    private volatile Doorbell doorbell;

    private boolean isListening;
    private Doorbell listenedAt;

    /** A strategy for one thread, {@link IdleMode#BALANCED}. */
    public WakeableIdleStrategy() {
        this(IdleMode.BALANCED);
    }

    /**
     * A strategy for one thread.
     *
     * @param mode its steps, where not all that brings work signals.
     */
    public WakeableIdleStrategy(final IdleMode mode) {
        this.mode = mode;
        setLevel(0);
    }

    private void setLevel(final int newLevel) {
        level = newLevel;
        shortEnd = mode.yields + share(mode.shortRounds);
        mediumEnd = shortEnd + share(mode.mediumRounds);
    }

    private int share(final int rounds) {
        return rounds == 0 ? 0 : Math.max(1, rounds >> HIGHEST_LEVEL - level);
    }

    /**
     * Has a transport signal what arrives, or its senders ring. Where all transports of the thread
     * do, it need not look often. Called before the thread starts, or on it. Transports with
     * different doorbells are looked at as if they had none: one cannot wait at two.
     *
     * @param transport of an agent on this thread.
     */
    public void watch(final Transport transport) {
        final boolean signals = transport.onArrival(this::signal);
        isSignalledByAll = signals && (!watching || isSignalledByAll);
        waitAt(transport.doorbell());
        watching = true;
    }

    /**
     * Has the thread wait where those ring who have something for it.
     *
     * @param bell where; null if one of them cannot. Not a second one.
     */
    public void waitAt(final Doorbell bell) {
        doorbell = !watching || doorbell == bell ? bell : null;
    }

    /** Ends the present pause, or the next one. From any thread. */
    public void signal() {
        signalled = true;
        final Thread thread = parked;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
        final Doorbell bell = doorbell;
        if (bell != null) {
            bell.ring();
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
        if (doorbell != null) {
            idleAt(doorbell);
            return;
        }
        final long pauseNs = Math.min(nextPauseNs(), limitNs);
        if (pauseNs == 0) {
            Thread.yield();
            return;
        }
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

    private void idleAt(final Doorbell bell) {
        final long pauseNs = Math.min(mode.bellNs, limitNs);
        if (pauseNs == 0 || mode.yieldsAtBell && round < mode.yields) {
            round++;
            Thread.yield();
        } else if (!isListening) {
            isListening = true;
            listenedAt = bell;
            bell.listen(); // and look once more
        } else {
            listenedAt.await(pauseNs);
            isListening = false;
            signalled = false;
        }
    }

    @Override
    public void reset() {
        if (isListening) {
            isListening = false;
            listenedAt.ignore();
        }
        if (round > shortEnd) {
            setLevel(0); // it comes alone
        } else if (round > 0 && level < HIGHEST_LEVEL) {
            setLevel(level + 1);
        }
        round = 0;
    }

    @Override
    public String alias() {
        return "wakeable";
    }

    /** The length of the next pause; 0 to yield. */
    long nextPauseNs() {
        if (isSignalledByAll) {
            return LONGEST_NS; // there is nothing to look for
        }
        if (round >= mediumEnd) {
            return mode.longNs;
        }
        final int now = round++;
        return now < mode.yields ? 0 : now < shortEnd ? mode.shortNs : mode.mediumNs;
    }
}
