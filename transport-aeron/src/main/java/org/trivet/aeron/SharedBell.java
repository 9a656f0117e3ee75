package org.trivet.aeron;

import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.status.CountersReader;

import java.lang.invoke.VarHandle;

/**
 * A word in the memory that all clients of a driver share, at which one thread waits, and which
 * others ring: the value of a counter of the driver's.
 *
 * <pre>
 *   0          4          8
 *   +----------+----------+
 *   | state    | unused   |     state: {@link #LISTENING}, or anything else
 *   +----------+----------+
 * </pre>
 *
 * <p>Who rings changes the state first, so that a thread which is just about to wait does not. A
 * counter may have become another's since it was looked up: then nothing happens, for no position
 * and no count that occurs looks like {@link #LISTENING}; positions are multiples of 32.
 */
public final class SharedBell {
    /** The type of the counters: Aeron leaves those from 1000 on to applications. */
    public static final int TYPE_ID = 7_472;

    private static final int LISTENING = 0x5472_6976;
    private static final int AWAKE = 0;

    private final AtomicBuffer values;
    private final int offset;
    private final Futex futex = new Futex();

    /**
     * For the thread that waits.
     *
     * @param values of the driver's counters.
     * @param counterId of the bell's counter.
     */
    public SharedBell(final AtomicBuffer values, final int counterId) {
        this.values = values;
        offset = CountersReader.counterOffset(counterId);
    }

    /**
     * Whether threads can wait so on this system.
     *
     * @return true if so.
     */
    public static boolean isAvailable() {
        return Futex.isAvailable();
    }

    /** From now on who sends rings. */
    public void listen() {
        values.putIntVolatile(offset, LISTENING);
        VarHandle.fullFence(); // before the look whether something has arrived
    }

    /**
     * Waits until it is rung, or has been since {@link #listen}, or time is over.
     *
     * @param pauseNs the longest wait.
     */
    public void await(final long pauseNs) {
        futex.await(values.addressOffset() + offset, LISTENING, pauseNs);
    }

    /** Nobody need ring any more. */
    public void ignore() {
        values.putIntRelease(offset, AWAKE);
    }

    /**
     * Wakes the thread that listens, if it does. After what it is to see has been put in memory.
     *
     * @param values of the driver's counters.
     * @param counterId of the bell's counter.
     */
    public static void ring(final AtomicBuffer values, final int counterId) {
        VarHandle.fullFence(); // behind what has been put there
        final int at = CountersReader.counterOffset(counterId);
        if (values.getIntVolatile(at) == LISTENING
                && values.compareAndSetInt(at, LISTENING, AWAKE)) {
            Futex.wake(values.addressOffset() + at);
        }
    }
}
