package org.trivet.aeron;

import org.agrona.concurrent.AtomicBuffer;

/**
 * A bell in the memory of one life of a driver.
 *
 * @param link the connection.
 * @param values of the driver's counters.
 * @param counterId of the bell's counter.
 * @param bell for the thread that waits.
 */
record LinkBell(AeronLink link, AtomicBuffer values, int counterId, SharedBell bell) {
    void ring() {
        SharedBell.ring(values, counterId);
    }
}
