package org.trivet.store.segment;

import org.agrona.concurrent.NanoClock;

import java.util.concurrent.locks.LockSupport;

/**
 * A part of the work for a journal that waits for a device. Run it on a thread of its own; without
 * one, the owner of the journal drives it with {@link Journal#doWork}. It sleeps when there is
 * nothing to be done, and is woken.
 */
public abstract class JournalWorker implements Runnable {
    static final long LONGEST_SLEEP_NS = 1_000_000_000L;

    final JournalProgress progress;
    final NanoClock clock;
    private final String name;
    private volatile boolean stopped;
    private volatile boolean sleeping;
    private volatile long wakesAtNs;
    private volatile Thread thread;

    JournalWorker(final String name, final JournalProgress progress, final NanoClock clock) {
        this.name = name;
        this.progress = progress;
        this.clock = clock;
    }

    /** Does what is due; 0 for nothing. */
    abstract int work(long nowNs);

    /** Whether {@link #work} would do something. */
    abstract boolean hasWork(long nowNs);

    /** How long it may sleep, having nothing to do. */
    long pauseNs(final long nowNs) {
        return LONGEST_SLEEP_NS;
    }

    /**
     * What it does, in one word.
     *
     * @return for the name of a thread.
     */
    public final String name() {
        return name;
    }

    /** Does what is due, unless the journal has failed; an error is the end of the journal. */
    final int doWork(final long nowNs) {
        if (progress.failure() != null) {
            return 0;
        }
        try {
            return work(nowNs);
        } catch (final RuntimeException e) {
            progress.fail(e);
            return 0;
        }
    }

    /** Works until {@link #stop}. One thread at a time. */
    @Override
    public final void run() {
        thread = Thread.currentThread();
        try {
            while (!stopped && progress.failure() == null) {
                if (doWork(clock.nanoTime()) == 0) {
                    sleep();
                }
            }
        } finally {
            thread = null;
        }
    }

    /** Ends {@link #run}; what is not done stays so. */
    public final void stop() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    /** Whether a thread runs this. */
    final boolean attached() {
        return thread != null;
    }

    /** Wakes the thread, if there is one and it sleeps. */
    final void wake() {
        if (sleeping) {
            LockSupport.unpark(thread);
        }
    }

    /** Wakes the thread, if there is one and it would sleep beyond an instant. */
    final void wakeBy(final long instantNs) {
        if (sleeping && wakesAtNs - instantNs > 0) {
            LockSupport.unpark(thread);
        }
    }

    private void sleep() {
        final long nowNs = clock.nanoTime();
        wakesAtNs = nowNs + pauseNs(nowNs);
        sleeping = true;
        if (!stopped && !hasWork(nowNs)) {
            LockSupport.parkNanos(this, pauseNs(nowNs)); // shorter, if something came meanwhile
        }
        sleeping = false;
    }
}
