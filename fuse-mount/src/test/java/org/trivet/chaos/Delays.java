package org.trivet.chaos;

import java.nio.ByteBuffer;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Packets that are sent later than they should be, by a thread of its own. */
final class Delays {
    private static final ScheduledExecutorService LATER =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("delayed-packets").factory());

    private Delays() {}

    /**
     * Sends a copy of a packet later.
     *
     * @param packet may be changed at once.
     */
    static void send(final ByteBuffer packet, final long delayNs, final Consumer<ByteBuffer> way) {
        final ByteBuffer copy = ByteBuffer.allocateDirect(packet.remaining());
        copy.put(packet.duplicate()).flip();
        LATER.schedule(() -> way.accept(copy), delayNs, TimeUnit.NANOSECONDS);
    }
}
