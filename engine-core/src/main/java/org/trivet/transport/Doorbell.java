package org.trivet.transport;

/**
 * Where the thread that polls a network's endpoints waits, so that whoever sends to one of them can
 * end the wait, in whatever process.
 *
 * <p>Belongs to one thread, but for {@link #ring}. Who wants to wait listens first, looks once more
 * whether something has arrived, and only then waits: what arrives after the look rings.
 */
public interface Doorbell {
    /** From now on what arrives ends the next wait. */
    void listen();

    /**
     * Waits until something arrives, or has arrived since {@link #listen}; until it is rung; or
     * until time is over. May end early. Nobody listens afterwards.
     *
     * @param pauseNs the longest wait.
     */
    void await(long pauseNs);

    /** Listens no more: whoever sends need not ring. */
    void ignore();

    /** Ends the wait that is under way, or the next one. From any thread. */
    void ring();
}
