package org.trivet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trivet.transport.Doorbell;
import org.trivet.transport.TransportDouble;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

class WakeableIdleStrategyTest {
    /** How long it goes on looking every 50 us. */
    private static long shortNs(final WakeableIdleStrategy strategy) {
        long waitedNs = 0;
        long pauseNs = strategy.nextPauseNs();
        while (pauseNs <= 50_000) {
            waitedNs += pauseNs;
            pauseNs = strategy.nextPauseNs();
        }
        return waitedNs;
    }

    @Test
    void looksOftenForTenMillisecondsWhileWorkComesAndThenRarely() {
        final WakeableIdleStrategy strategy = new WakeableIdleStrategy(IdleMode.BALANCED);
        for (int i = 0; i < 10; i++) {
            strategy.idle(1);
            strategy.nextPauseNs();
        }
        strategy.idle(1);
        assertEquals(TimeUnit.MILLISECONDS.toNanos(10), shortNs(strategy));
        assertEquals(1_000_000, strategy.nextPauseNs());
        for (int i = 0; i < 100; i++) {
            strategy.nextPauseNs();
        }
        assertEquals(5_000_000, strategy.nextPauseNs());
        strategy.idle(1);
        assertEquals(0, strategy.nextPauseNs());
    }

    @Test
    void workThatComesAloneHasItLookForAShortTimeOnly() {
        final WakeableIdleStrategy strategy = new WakeableIdleStrategy(IdleMode.BALANCED);
        for (int i = 0; i < 100; i++) {
            strategy.idle(1);
            assertTrue(shortNs(strategy) <= TimeUnit.MICROSECONDS.toNanos(200));
            strategy.nextPauseNs();
            assertEquals(5_000_000, strategy.nextPauseNs());
        }
    }

    @ParameterizedTest
    @EnumSource(IdleMode.class)
    void pausesGrowUpToTheLongest(final IdleMode mode) {
        final WakeableIdleStrategy strategy = new WakeableIdleStrategy(mode);
        long lastNs = 0;
        for (int i = 0; i < 10_000; i++) {
            final long pauseNs = strategy.nextPauseNs();
            assertTrue(pauseNs >= lastNs);
            lastNs = pauseNs;
        }
        assertEquals(mode.longestPauseMs(), TimeUnit.NANOSECONDS.toMillis(lastNs));
    }

    // ---- at a doorbell

    /** Writes down what is done to it. */
    private static final class NotedBell implements Doorbell {
        final List<String> calls = new ArrayList<>();

        @Override
        public void listen() {
            calls.add("listen");
        }

        @Override
        public void await(final long pauseNs) {
            calls.add("await " + pauseNs);
        }

        @Override
        public void ignore() {
            calls.add("ignore");
        }

        @Override
        public void ring() {
            calls.add("ring");
        }
    }

    /** Of an endpoint, no more than where to wait for it. */
    private static final class Endpoint extends TransportDouble {
        private final Doorbell doorbell;

        Endpoint(final Doorbell doorbell) {
            this.doorbell = doorbell;
        }

        @Override
        public Doorbell doorbell() {
            return doorbell;
        }

        @Override
        public int endpointId() {
            return 0;
        }

        @Override
        public int maxMessageLength() {
            return 2 << 20;
        }

        @Override
        public long offer(
                final int destination,
                final DirectBuffer first,
                final int firstOffset,
                final int firstLength,
                final DirectBuffer second,
                final int secondOffset,
                final int secondLength) {
            return NOT_CONNECTED;
        }
    }

    @Test
    void listensThenLooksOnceMoreAndOnlyThenWaits() {
        final NotedBell bell = new NotedBell();
        final WakeableIdleStrategy strategy = new WakeableIdleStrategy(IdleMode.BALANCED);
        strategy.watch(new Endpoint(bell));
        strategy.idle(0);
        assertEquals(List.of("listen"), bell.calls);
        strategy.idle(0);
        assertEquals(List.of("listen", "await 20000000"), bell.calls);
        strategy.limit(3);
        strategy.idle(0);
        strategy.idle(0);
        assertEquals(List.of("listen", "await 20000000", "listen", "await 3"), bell.calls);
    }

    @Test
    void listensNoMoreWhenThereIsWorkAfterAll() {
        final NotedBell bell = new NotedBell();
        final WakeableIdleStrategy strategy = new WakeableIdleStrategy(IdleMode.BALANCED);
        strategy.watch(new Endpoint(bell));
        strategy.idle(0);
        strategy.idle(1);
        strategy.idle(1);
        assertEquals(List.of("listen", "ignore"), bell.calls);
    }

    @Test
    void aSignalRingsAndIsNotSleptThrough() {
        final NotedBell bell = new NotedBell();
        final WakeableIdleStrategy strategy = new WakeableIdleStrategy(IdleMode.BALANCED);
        strategy.watch(new Endpoint(bell));
        strategy.idle(0);
        strategy.signal();
        strategy.idle(0);
        assertEquals(List.of("listen", "ring", "ignore"), bell.calls);
    }

    @Test
    void yieldsBeforeItListensIfLatencyIsAllThatCounts() {
        final NotedBell bell = new NotedBell();
        final WakeableIdleStrategy strategy = new WakeableIdleStrategy(IdleMode.LOW_LATENCY);
        strategy.watch(new Endpoint(bell));
        for (int i = 0; i < 100; i++) {
            strategy.idle(0);
        }
        assertEquals(List.of(), bell.calls);
        strategy.idle(0);
        assertEquals(List.of("listen"), bell.calls);
    }

    @Test
    void looksByItselfWhereThereAreTwoDoorbells() {
        final NotedBell one = new NotedBell();
        final NotedBell other = new NotedBell();
        final WakeableIdleStrategy strategy = new WakeableIdleStrategy(IdleMode.BALANCED);
        strategy.watch(new Endpoint(one));
        strategy.watch(new Endpoint(other));
        strategy.watch(new Endpoint(other));
        strategy.idle(0);
        assertEquals(List.of(), one.calls);
        assertEquals(List.of(), other.calls);
    }
}
