package org.trivet.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HedgingTest {
    private final Hedging hedging = new Hedging(1_000, 1_000_000);

    @Test
    void itWaitsLongerThanReadsHaveTakenOfLate() {
        assertEquals(1_000, hedging.delayNs());
        for (int i = 0; i < 200; i++) {
            hedging.answered(i % 2 == 0 ? 40_000 : 60_000);
        }
        assertTrue(hedging.delayNs() > 60_000, () -> "" + hedging.delayNs());
        assertTrue(hedging.delayNs() < 120_000, () -> "" + hedging.delayNs());
        for (int i = 0; i < 200; i++) {
            hedging.answered(2_000);
        }
        assertTrue(hedging.delayNs() < 4_000, () -> "" + hedging.delayNs());
        hedging.answered(100_000_000);
        assertEquals(1_000_000, hedging.delayNs());
    }

    @Test
    void itAddsNoMoreThanItsShareOfReads() {
        int taken = 0;
        while (hedging.take()) {
            taken++;
        }
        assertEquals(Hedging.MAX_SAVED, taken);
        for (int read = 1; read <= 100 * Hedging.SHARE; read++) {
            hedging.asked();
            taken += hedging.take() ? 1 : 0;
        }
        assertEquals(Hedging.MAX_SAVED + 100, taken);
        assertFalse(hedging.take());
    }
}
