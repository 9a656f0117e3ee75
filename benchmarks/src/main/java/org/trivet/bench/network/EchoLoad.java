package org.trivet.bench.network;

import io.aeron.FragmentAssembler;
import io.aeron.logbuffer.Header;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.IdleMode;
import org.trivet.WakeableIdleStrategy;
import org.trivet.bench.measure.Latencies;
import org.trivet.node.os.SchedulerSlice;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The client of those who echo, on a thread like that of a volume's client. */
final class EchoLoad implements Load, AutoCloseable {
    private final EchoPlaces places;
    private final EchoEndpoint endpoint;
    private final WakeableIdleStrategy idleStrategy;
    private final UnsafeBuffer block;
    private long operations;

    EchoLoad(
            final Path driver,
            final EchoPlaces places,
            final IdleMode idleMode,
            final int blockLength) {
        this.places = places;
        endpoint = new EchoEndpoint(driver, places, places.client());
        idleStrategy = new WakeableIdleStrategy(idleMode);
        idleStrategy.waitAt(endpoint.doorbell());
        block = new UnsafeBuffer(ByteBuffer.allocateDirect(blockLength));
    }

    void awaitNodes() {
        endpoint.awaitOthers();
    }

    @Override
    public boolean does(final Work work) {
        return true;
    }

    @Override
    public Latencies run(final Work work, final int window, final long durationNs)
            throws InterruptedException {
        final CompletableFuture<Latencies> end = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .name("echo-client")
                .start(
                        () -> {
                            try {
                                end.complete(new Run(work, window, durationNs).run());
                            } catch (final RuntimeException e) {
                                end.completeExceptionally(e);
                            }
                        });
        try {
            return end.get();
        } catch (final ExecutionException e) {
            throw new IllegalStateException("the echo has failed", e.getCause());
        }
    }

    @Override
    public void close() {
        endpoint.close();
    }

    /** Some time of it. */
    private final class Run {
        private final Work work;
        private final long endNs;
        private final Latencies latencies;
        private final long[] startNs;
        private final FragmentAssembler handler = EchoEndpoint.assembling(this::onMessage);
        private int open;

        Run(final Work work, final int window, final long durationNs) {
            this.work = work;
            final long beginNs = System.nanoTime() + Latencies.RAMP_NS;
            endNs = beginNs + durationNs;
            latencies = new Latencies(beginNs);
            startNs = new long[window];
        }

        Latencies run() {
            SchedulerSlice.requestShort();
            open = startNs.length;
            for (int slot = 0; slot < startNs.length; slot++) {
                next(slot, System.nanoTime());
            }
            while (open > 0) {
                idleStrategy.idle(endpoint.poll(handler));
            }
            return latencies;
        }

        private void next(final int slot, final long nowNs) {
            if (latencies.isOver(nowNs, endNs)) {
                open--;
                return;
            }
            startNs[slot] = nowNs;
            final int node = (int) (operations++ % places.nodeCount());
            switch (work) {
                case ECHO -> send(node, EchoMessage.ECHO, slot, block.capacity());
                case WRITE -> send(node, EchoMessage.WRITE, slot, block.capacity());
                case READ -> send(node, EchoMessage.READ, slot, 0);
            }
        }

        private void send(final int node, final int kind, final int slot, final int length) {
            endpoint.send(node, kind, slot, block, 0, length);
        }

        private void onMessage(
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final Header header) {
            final int slot = (int) EchoMessage.correlation(buffer, offset);
            final long nowNs = System.nanoTime();
            latencies.add(startNs[slot], nowNs);
            next(slot, nowNs);
        }
    }
}
