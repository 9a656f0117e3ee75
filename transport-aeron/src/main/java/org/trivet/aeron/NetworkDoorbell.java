package org.trivet.aeron;

import org.trivet.transport.Doorbell;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The doorbell of all endpoints of a network: in the memory of the driver that the network is
 * connected to. While there is none, nothing arrives, and only this process rings.
 */
final class NetworkDoorbell implements Doorbell {
    private volatile LinkBell bell;
    private volatile boolean isRung;
    private volatile Thread parked;
    private volatile boolean isClosed;

    /** Threads that are within a call, and for which memory must stay mapped. */
    private final AtomicInteger users = new AtomicInteger();

    /** The bell of a new connection. For the network. */
    void attach(final LinkBell newBell) {
        bell = newBell;
    }

    /** Enters a call, and gives the bell of the present connection; null while there is none. */
    private LinkBell enter() {
        users.incrementAndGet(); // before the look: who closes goes in the opposite order
        final LinkBell now = bell;
        return now == null || isClosed || !now.link().isAlive() ? null : now;
    }

    private void leave() {
        users.decrementAndGet();
    }

    @Override
    public void listen() {
        final LinkBell now = enter();
        if (now != null) {
            now.bell().listen();
        }
        leave();
    }

    @Override
    public void await(final long pauseNs) {
        final LinkBell now = enter();
        if (now == null) {
            park(pauseNs);
        } else {
            if (!isRung) {
                now.bell().await(pauseNs);
            }
            now.bell().ignore();
        }
        isRung = false;
        leave();
    }

    private void park(final long pauseNs) {
        parked = Thread.currentThread();
        if (!isRung) {
            LockSupport.parkNanos(this, pauseNs);
        }
        parked = null;
    }

    @Override
    public void ignore() {
        final LinkBell now = enter();
        if (now != null) {
            now.bell().ignore();
        }
        leave();
    }

    @Override
    public void ring() {
        isRung = true;
        final LinkBell now = enter();
        if (now != null) {
            now.ring();
        }
        leave();
        LockSupport.unpark(parked);
    }

    /** Ends the use of what the connection has mapped. For the network. */
    void close() {
        ring();
        isClosed = true;
    }

    /** Whether a thread is within a call. */
    boolean isInUse() {
        return users.get() > 0;
    }
}
