package org.trivet.bench.network;

import io.aeron.FragmentAssembler;
import io.aeron.logbuffer.Header;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.IdleMode;
import org.trivet.WakeableIdleStrategy;
import org.trivet.node.os.SchedulerSlice;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Passes messages on as a data node has to, and does nothing else. On a thread like that of a node.
 */
final class EchoNode {
    private static final int COPIES = 3;
    private static final int MAX_WINDOW = 1 << 12;

    private final EchoPlaces places;
    private final int number;
    private final EchoEndpoint endpoint;
    private final WakeableIdleStrategy idleStrategy;
    private final UnsafeBuffer block;
    private final FragmentAssembler handler = EchoEndpoint.assembling(this::onMessage);

    /** How many copies are not there yet, by correlation. */
    private final int[] missing = new int[MAX_WINDOW];

    EchoNode(
            final Path driver,
            final EchoPlaces places,
            final int number,
            final IdleMode idleMode,
            final int blockLength) {
        this.places = places;
        this.number = number;
        endpoint = new EchoEndpoint(driver, places, number);
        idleStrategy = new WakeableIdleStrategy(idleMode);
        idleStrategy.waitAt(endpoint.doorbell());
        block = new UnsafeBuffer(ByteBuffer.allocateDirect(blockLength));
    }

    void awaitOthers() {
        endpoint.awaitOthers();
    }

    /** Until the process ends. */
    void run() {
        SchedulerSlice.requestShort();
        while (true) {
            idleStrategy.idle(endpoint.poll(handler));
        }
    }

    private void onMessage(
            final DirectBuffer buffer, final int offset, final int length, final Header header) {
        final long correlation = EchoMessage.correlation(buffer, offset);
        final int sender = EchoMessage.sender(buffer, offset);
        final int kind = EchoMessage.kind(buffer, offset);
        switch (kind) {
            case EchoMessage.ECHO -> endpoint.send(sender, EchoMessage.DONE, correlation);
            case EchoMessage.WRITE -> onWrite(correlation, buffer, offset, length);
            case EchoMessage.COPY -> endpoint.send(sender, EchoMessage.COPIED, correlation);
            case EchoMessage.COPIED -> onCopied(correlation);
            case EchoMessage.READ ->
                    endpoint.send(
                            sender, EchoMessage.DONE, correlation, block, 0, block.capacity());
            default -> throw new IllegalStateException("a message of kind " + kind);
        }
    }

    private void onWrite(
            final long correlation, final DirectBuffer buffer, final int offset, final int length) {
        missing[slot(correlation)] = COPIES - 1;
        for (int copy = 1; copy < COPIES; copy++) {
            endpoint.send(
                    (number + copy) % places.nodeCount(),
                    EchoMessage.COPY,
                    correlation,
                    buffer,
                    offset + EchoMessage.LENGTH,
                    length - EchoMessage.LENGTH);
        }
    }

    private void onCopied(final long correlation) {
        if (--missing[slot(correlation)] == 0) {
            endpoint.send(places.client(), EchoMessage.DONE, correlation);
        }
    }

    /** No two operations under way have the same: there are fewer of them. */
    private static int slot(final long correlation) {
        return (int) (correlation & MAX_WINDOW - 1);
    }
}
