package org.trivet.transport.auth;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportContract;
import org.trivet.transport.TransportFactory;

import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** What every transport must do, with authentication above it. */
public abstract class AuthenticatedContract extends TransportContract {
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long VOLUME = 7;

    /**
     * A network to put authentication above.
     *
     * @return closed with what is above it.
     */
    protected abstract TransportFactory newCarrier();

    @Override
    protected final TransportFactory newFactory() {
        return new AuthenticatedNetwork(
                newCarrier(), ClusterKey.random(new SecureRandom()), VOLUME);
    }

    /** What is sealed for the former endpoint, the next one refuses. */
    @Override
    protected final boolean noticesReopeningAtOnce() {
        return false;
    }

    @Override
    protected final void connect(final Transport sender, final Transport receiver) {
        final long deadlineNs = System.nanoTime() + DEADLINE_NS;
        final UnsafeBuffer empty = new UnsafeBuffer(new byte[0]);
        final AtomicBoolean hasArrived = new AtomicBoolean();
        boolean isSent = false;
        while (!hasArrived.get()) {
            assertTrue(deadlineNs - System.nanoTime() > 0, "no session begins");
            isSent = isSent || sender.offer(receiver.endpointId(), empty, 0, 0) >= 0;
            sender.poll((buffer, offset, length) -> {}, 10);
            receiver.poll((buffer, offset, length) -> hasArrived.set(true), 10);
        }
    }
}
