package org.trivet.transport;

import org.agrona.DirectBuffer;

/** What transports of tests have in common: nobody is woken, and a message is one in two parts. */
public abstract class TransportDouble implements Transport {
    @Override
    public final long offer(
            final int destination, final DirectBuffer buffer, final int offset, final int length) {
        return offer(destination, buffer, offset, length, buffer, 0, 0);
    }

    @Override
    public int poll(final Handler handler, final int limit) {
        return 0;
    }

    @Override
    public boolean onArrival(final Runnable wakeUp) {
        return false;
    }

    @Override
    public void close() {
        // nothing is open
    }
}
