package org.trivet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
}
