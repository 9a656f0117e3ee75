package org.trivet.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.Placement;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What every transport must do. One subclass for each runs it. */
@Timeout(60)
public abstract class TransportContract {
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(30);

    private TransportFactory factory;

    /**
     * A network of its own.
     *
     * @return closed by the caller.
     */
    protected abstract TransportFactory newFactory();

    /**
     * Whether a sender knows at once that its receiver has been closed, and another opened. Between
     * machines news of that takes as long as a message: what is sent meanwhile is lost, and what
     * was under way may reach the other one.
     *
     * @return true unless it is known late.
     */
    protected boolean noticesReopeningAtOnce() {
        return true;
    }

    /**
     * Has two endpoints begin a session, where both must be polled for that. Nothing is waiting
     * afterwards.
     *
     * @param sender one of them, that will send.
     * @param receiver the other.
     */
    protected void connect(final Transport sender, final Transport receiver) {}

    @BeforeEach
    void openNetwork() {
        factory = newFactory();
    }

    @AfterEach
    void closeNetwork() {
        factory.close();
    }

    @Test
    void deliversWhatWasSent() {
        try (Transport sender = factory.open(0);
                Transport receiver = factory.open(EndpointId.FIRST_CLIENT)) {
            connect(sender, receiver);
            assertEquals(0, sender.endpointId());
            assertEquals(EndpointId.FIRST_CLIENT, receiver.endpointId());
            final UnsafeBuffer message = message(7, 100);
            send(sender, EndpointId.FIRST_CLIENT, message, 100);
            send(sender, EndpointId.FIRST_CLIENT, message, 8);
            final List<byte[]> received = receive(receiver, 2);
            assertEquals(100, received.get(0).length);
            assertWhole(received.get(0), 7);
            assertEquals(8, received.get(1).length);
        }
    }

    @Test
    void deliversToItself() {
        try (Transport endpoint = factory.open(3)) {
            send(endpoint, 3, message(1, 16), 16);
            assertWhole(receive(endpoint, 1).getFirst(), 1);
        }
    }

    @Test
    void keepsTheOrderOfASender() {
        try (Transport sender = factory.open(0);
                Transport receiver = factory.open(1)) {
            connect(sender, receiver);
            final int count = 100_000;
            final AtomicLong next = new AtomicLong();
            final UnsafeBuffer message = new UnsafeBuffer(new byte[64]);
            for (long i = 0; i < count; i++) {
                message.putLong(0, i);
                final int length = 8 + (int) (i % 50);
                await(
                        () -> {
                            final boolean isSent = sender.offer(1, message, 0, length) >= 0;
                            if (!isSent) {
                                receiver.poll(
                                        (b, o, l) ->
                                                assertEquals(next.getAndIncrement(), b.getLong(o)),
                                        1000);
                            }
                            return isSent;
                        });
            }
            await(
                    () -> {
                        receiver.poll(
                                (b, o, l) -> assertEquals(next.getAndIncrement(), b.getLong(o)),
                                1000);
                        return next.get() == count;
                    });
        }
    }

    @Test
    void carriesTheLongestMessageAndRefusesALongerOne() {
        try (Transport sender = factory.open(0);
                Transport receiver = factory.open(1)) {
            connect(sender, receiver);
            final int max = sender.maxMessageLength();
            assertTrue(max >= (1 << 20) + (512 << 10), () -> "longest message is " + max);
            final UnsafeBuffer message = message(5, max + 1);
            send(sender, 1, message(4, 16), 16);
            assertWhole(receive(receiver, 1).getFirst(), 4);
            assertEquals(Transport.TOO_LONG, sender.offer(1, message, 0, max + 1));
            assertEquals(Transport.TOO_LONG, sender.offer(1, message, 0, max, message, 0, 1));

            send(sender, 1, message, max);
            final byte[] received = receive(receiver, 1).getFirst();
            assertEquals(max, received.length);
            assertWhole(received, 5);
        }
    }

    @Test
    void joinsTheTwoPartsOfAMessage() {
        try (Transport sender = factory.open(0);
                Transport receiver = factory.open(1)) {
            connect(sender, receiver);
            final UnsafeBuffer header = message(1, 40);
            final UnsafeBuffer payload = message(2, 2000);
            await(() -> sender.offer(1, header, 8, 24, payload, 16, 1900) >= 0);
            await(() -> sender.offer(1, header, 0, 0, payload, 0, 9) >= 0);
            await(() -> sender.offer(1, header, 0, 9, payload, 0, 0) >= 0);

            final List<byte[]> received = receive(receiver, 3);
            final byte[] joined = new byte[1924];
            header.getBytes(8, joined, 0, 24);
            payload.getBytes(16, joined, 24, 1900);
            assertEquals(new UnsafeBuffer(joined), new UnsafeBuffer(received.get(0)));
            assertEquals(new UnsafeBuffer(payload, 0, 9), new UnsafeBuffer(received.get(1)));
            assertEquals(new UnsafeBuffer(header, 0, 9), new UnsafeBuffer(received.get(2)));
        }
    }

    @Test
    void pushesBackOnASenderUntilTheReceiverHasTaken() {
        try (Transport sender = factory.open(0);
                Transport receiver = factory.open(1)) {
            connect(sender, receiver);
            final int length = 1 << 20;
            final UnsafeBuffer message = message(9, length);
            send(sender, 1, message, length);
            int sent = 1;
            long result;
            while ((result = sender.offer(1, message, 0, length)) >= 0) {
                sent++;
                assertTrue(sent < 10_000, "a transport must have a bound");
            }
            assertEquals(Transport.BACK_PRESSURED, result);

            int received = 0;
            while (received < sent) {
                for (final byte[] bytes : receive(receiver, 1)) {
                    assertWhole(bytes, 9);
                    received++;
                }
            }
            send(sender, 1, message, length);
            assertWhole(receive(receiver, 1).getFirst(), 9);
        }
    }

    @Test
    void saysThatThereIsNoSuchReceiver() {
        try (Transport sender = factory.open(0)) {
            assertEquals(Transport.NOT_CONNECTED, sender.offer(1, message(0, 16), 0, 16));
            final Transport receiver = factory.open(1);
            connect(sender, receiver);
            send(sender, 1, message(0, 16), 16);
            receiver.close();
            await(() -> sender.offer(1, message(0, 16), 0, 16) == Transport.NOT_CONNECTED);
        }
    }

    @Test
    void aClosedEndpointSendsAndTakesNothing() {
        final Transport endpoint = factory.open(0);
        send(endpoint, 0, message(0, 16), 16);
        endpoint.close();
        assertEquals(Transport.CLOSED, endpoint.offer(0, message(0, 16), 0, 16));
        assertEquals(0, endpoint.poll((buffer, offset, length) -> {}, 10));
        endpoint.close();
    }

    @Test
    void anIdIsOpenOnce() {
        final Transport endpoint = factory.open(5);
        final TrivetException error = assertThrows(TrivetException.class, () -> factory.open(5));
        assertEquals(ErrorCode.EXISTS, error.code());
        endpoint.close();
        factory.open(5).close();
    }

    @Test
    void aReopenedEndpointIsNewAndEmpty() {
        assumeTrue(noticesReopeningAtOnce(), "senders learn of it later");
        try (Transport sender = factory.open(0)) {
            final Transport old = factory.open(1);
            send(sender, 1, message(1, 16), 16);
            old.close();
            try (Transport receiver = factory.open(1)) {
                assertEquals(0, receiver.poll((buffer, offset, length) -> {}, 10));
                send(sender, 1, message(2, 16), 16);
                final List<byte[]> received = receive(receiver, 1);
                assertEquals(1, received.size());
                assertWhole(received.getFirst(), 2);
                assertEquals(Transport.CLOSED, old.offer(0, message(0, 16), 0, 16));
                old.close();
                send(sender, 1, message(3, 16), 16);
                assertWhole(receive(receiver, 1).getFirst(), 3);
            }
        }
    }

    @Test
    void aPollTakesNoMoreThanItsLimit() {
        try (Transport sender = factory.open(0);
                Transport receiver = factory.open(1)) {
            connect(sender, receiver);
            for (int i = 0; i < 10; i++) {
                send(sender, 1, message(i, 16), 16);
            }
            final List<byte[]> received = new ArrayList<>();
            while (received.size() < 10) {
                final int before = received.size();
                final int count = receiver.poll((b, o, l) -> received.add(copy(b, o, l)), 3);
                assertTrue(count <= 3);
                assertEquals(before + count, received.size());
            }
            for (int i = 0; i < 10; i++) {
                assertWhole(received.get(i), i);
            }
        }
    }

    @Test
    void aMessageWhoseHandlerThrewIsTakenAndTheNextFollows() {
        try (Transport sender = factory.open(0);
                Transport receiver = factory.open(1)) {
            connect(sender, receiver);
            for (int i = 0; i < 3; i++) {
                send(sender, 1, message(i, 16), 16);
            }
            final AtomicBoolean hasThrown = new AtomicBoolean();
            await(
                    () -> {
                        try {
                            receiver.poll(
                                    (buffer, offset, length) -> {
                                        throw new IllegalArgumentException("as the test wants");
                                    },
                                    10);
                        } catch (final IllegalArgumentException ex) {
                            hasThrown.set(true);
                        }
                        return hasThrown.get();
                    });
            final List<byte[]> received = receive(receiver, 2);
            assertEquals(2, received.size());
            assertWhole(received.get(0), 1);
            assertWhole(received.get(1), 2);
        }
    }

    @Test
    void takesFromManySendersWithoutLossAndInTheOrderOfEach() throws Exception {
        final int senders = 6;
        final int count = 20_000;
        try (Transport receiver = factory.open(0)) {
            final List<CompletableFuture<Void>> done = new ArrayList<>();
            for (int s = 1; s <= senders; s++) {
                final int id = s;
                done.add(
                        CompletableFuture.runAsync(
                                () -> sendNumbered(id, count),
                                task -> Thread.ofPlatform().start(task)));
            }
            final long[] next = new long[senders + 1];
            final AtomicLong total = new AtomicLong();
            await(
                    () -> {
                        receiver.poll(
                                (buffer, offset, length) -> {
                                    final int id = buffer.getInt(offset);
                                    assertEquals(next[id]++, buffer.getLong(offset + 4));
                                    final byte[] bytes = copy(buffer, offset, length);
                                    for (int i = 12; i < bytes.length; i++) {
                                        assertEquals((byte) id, bytes[i]);
                                    }
                                    total.incrementAndGet();
                                },
                                100);
                        return total.get() == (long) senders * count;
                    });
            for (final CompletableFuture<Void> future : done) {
                future.get(30, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void closesAndReopensWhileOthersSend() throws Exception {
        final AtomicBoolean isOver = new AtomicBoolean();
        final CountDownLatch refused = new CountDownLatch(2);
        final List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int s = 1; s <= 2; s++) {
            final int id = s;
            done.add(
                    CompletableFuture.runAsync(
                            () -> {
                                try (Transport sender = factory.open(id)) {
                                    final UnsafeBuffer message = message(id, 100_000);
                                    boolean wasRefused = false;
                                    while (!isOver.get()) {
                                        final long result =
                                                sender.offer(0, message, 0, message.capacity());
                                        assertFalse(
                                                result == Transport.CLOSED
                                                        || result == Transport.TOO_LONG);
                                        if (result == Transport.NOT_CONNECTED && !wasRefused) {
                                            wasRefused = true;
                                            refused.countDown();
                                        }
                                        takeNothing(sender);
                                        if (result < 0) {
                                            Thread.yield();
                                        }
                                    }
                                }
                            },
                            task -> Thread.ofPlatform().start(task)));
        }
        for (int round = 0; round < 20; round++) {
            try (Transport receiver = factory.open(0)) {
                receive(receiver, 5).forEach(bytes -> assertWhole(bytes, bytes[8]));
            }
        }
        assertTrue(refused.await(30, TimeUnit.SECONDS));
        isOver.set(true);
        for (final CompletableFuture<Void> future : done) {
            future.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void wakesTheReceiverWheneverAMessageHasArrived() throws Exception {
        try (Transport receiver = factory.open(0)) {
            final Thread receiving = Thread.currentThread();
            final AtomicBoolean isWoken = new AtomicBoolean();
            assumeTrue(
                    receiver.onArrival(
                            () -> {
                                isWoken.set(true);
                                LockSupport.unpark(receiving);
                            }),
                    "this transport is polled");
            final int count = 5_000;
            final CompletableFuture<Void> sending =
                    CompletableFuture.runAsync(
                            () -> sendNumbered(1, count), task -> Thread.ofPlatform().start(task));
            int received = 0;
            while (received < count) {
                // Sleeps until it is woken, for ever if need be: a lost wake-up runs into the
                // time-out.
                while (!isWoken.getAndSet(false)) {
                    LockSupport.park();
                    assertFalse(Thread.interrupted(), "no wake-up came");
                }
                int polled;
                do {
                    polled = receiver.poll((buffer, offset, length) -> {}, 10);
                    received += polled;
                } while (polled > 0);
            }
            sending.get(30, TimeUnit.SECONDS);
        }
    }

    /** As above, where senders ring instead of calling. */
    @Test
    void ringsForTheReceiverWheneverAMessageHasArrived() throws Exception {
        try (Transport receiver = factory.open(0)) {
            final Doorbell doorbell = receiver.doorbell();
            assumeTrue(doorbell != null, "senders cannot ring");
            final int count = 5_000;
            final CompletableFuture<Void> sending =
                    CompletableFuture.runAsync(
                            () -> sendNumbered(1, count), task -> Thread.ofPlatform().start(task));
            final long deadlineNs = TimeUnit.SECONDS.toNanos(20);
            int received = 0;
            while (received < count) {
                doorbell.listen();
                final int polled = receiver.poll((buffer, offset, length) -> {}, 10);
                received += polled;
                if (polled > 0) {
                    doorbell.ignore();
                } else {
                    final long beginNs = System.nanoTime();
                    doorbell.await(deadlineNs);
                    assertTrue(System.nanoTime() - beginNs < deadlineNs, "nobody rang");
                }
            }
            sending.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void aClosedNetworkOpensNothing() {
        final Transport endpoint = factory.open(0);
        factory.close();
        assertEquals(Transport.CLOSED, endpoint.offer(0, message(0, 16), 0, 16));
        final TrivetException error = assertThrows(TrivetException.class, () -> factory.open(1));
        assertEquals(ErrorCode.CLOSED, error.code());
        endpoint.close();
    }

    private void sendNumbered(final int id, final int count) {
        try (Transport sender = factory.open(id)) {
            final UnsafeBuffer message = new UnsafeBuffer(new byte[300]);
            message.setMemory(0, 300, (byte) id);
            message.putInt(0, id);
            for (long i = 0; i < count; i++) {
                message.putLong(4, i);
                send(sender, 0, message, 12 + (int) (Placement.mix64(i) & 255));
            }
        }
    }

    private static void send(
            final Transport sender,
            final int destination,
            final UnsafeBuffer message,
            final int length) {
        await(
                () -> {
                    final boolean isSent = sender.offer(destination, message, 0, length) >= 0;
                    if (!isSent) {
                        takeNothing(sender);
                    }
                    return isSent;
                });
    }

    /** Has an endpoint go on with what it does by itself. */
    private static void takeNothing(final Transport sender) {
        sender.poll(
                (buffer, offset, length) -> {
                    throw new AssertionError("nobody sends to endpoint " + sender.endpointId());
                },
                1);
    }

    /** Takes messages until there are at least so many. */
    private static List<byte[]> receive(final Transport receiver, final int count) {
        final List<byte[]> received = new ArrayList<>();
        await(
                () -> {
                    receiver.poll(
                            (buffer, offset, length) -> received.add(copy(buffer, offset, length)),
                            10);
                    return received.size() >= count;
                });
        return received;
    }

    private static byte[] copy(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }

    /** Bytes that all depend on the seed, which is also byte 8. */
    private static UnsafeBuffer message(final int seed, final int length) {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[length]);
        for (int i = 0; i < length; i++) {
            message.putByte(i, expected(seed, i));
        }
        return message;
    }

    private static byte expected(final int seed, final int index) {
        return index == 8 ? (byte) seed : (byte) (seed * 31 + index * 7 + (index >>> 8));
    }

    private static void assertWhole(final byte[] bytes, final int seed) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != expected(seed, i)) {
                assertEquals(expected(seed, i), bytes[i], "byte " + i);
            }
        }
    }

    private static void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + DEADLINE_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(deadlineNs - System.nanoTime() > 0, "it took too long");
            Thread.yield();
        }
    }
}
