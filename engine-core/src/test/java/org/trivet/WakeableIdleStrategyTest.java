package org.trivet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.concurrent.TimeUnit;

class WakeableIdleStrategyTest {
    @Test
    void looksOftenForTenMillisecondsAndThenRarely() {
        final WakeableIdleStrategy strategy = new WakeableIdleStrategy(IdleMode.BALANCED);
        long waitedNs = 0;
        while (waitedNs < TimeUnit.MILLISECONDS.toNanos(10)) {
            final long pauseNs = strategy.nextPauseNs();
            assertTrue(pauseNs <= 50_000, "after " + waitedNs + " ns");
            waitedNs += pauseNs;
        }
        assertEquals(1_000_000, strategy.nextPauseNs());
        while (waitedNs < TimeUnit.MILLISECONDS.toNanos(200)) {
            waitedNs += strategy.nextPauseNs();
        }
        assertEquals(5_000_000, strategy.nextPauseNs());
        strategy.idle(1);
        assertEquals(0, strategy.nextPauseNs());
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
