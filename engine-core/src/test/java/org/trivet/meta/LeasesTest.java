package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LeasesTest {
    private static final long LEASE_NS = 1_000;
    private static final long STANDSTILL_NS = 1_000_000;

    private final Leases leases = new Leases(LEASE_NS);

    @Test
    void aSessionEndsWhenNothingIsHeardOfIt() {
        leases.touch(7, 0);
        for (long nowNs = 0; nowNs < LEASE_NS; nowNs += 100) {
            assertEquals(0, leases.scan(nowNs, true), "too early");
        }
        assertEquals(1, leases.scan(LEASE_NS, true));
        assertEquals(7, leases.expired(0));
    }

    @Test
    void aStandstillDoesNotCount() {
        leases.touch(7, 0);
        leases.scan(200, true);
        final long goesOnNs = 200 + STANDSTILL_NS;
        assertEquals(0, leases.scan(goesOnNs, true));
        for (long nowNs = goesOnNs; nowNs < LEASE_NS + STANDSTILL_NS; nowNs += 100) {
            assertEquals(0, leases.scan(nowNs, true), "too early");
        }
        assertEquals(1, leases.scan(LEASE_NS + STANDSTILL_NS, true));
    }

    @Test
    void whoIsHeardOfAfterAStandstillHasAFullLeaseAndNoMore() {
        leases.touch(7, 0);
        leases.scan(200, true);
        final long goesOnNs = 200 + STANDSTILL_NS;
        leases.touch(7, goesOnNs); // in the cycle that notices it
        for (long nowNs = goesOnNs; nowNs < goesOnNs + LEASE_NS; nowNs += 100) {
            assertEquals(0, leases.scan(nowNs, true), "too early");
        }
        assertEquals(1, leases.scan(goesOnNs + LEASE_NS, true));
    }

    @Test
    void timeInWhichNobodyCanBeHeardOfDoesNotCountHoweverShort() {
        leases.start(0);
        leases.touch(7, 0);
        long nowNs = 0;
        for (; nowNs < 3 * LEASE_NS; nowNs += 10) {
            final boolean canHear = nowNs / 10 % 3 == 0; // for a third of the time
            assertEquals(0, leases.scan(nowNs, canHear), "too early");
        }
        assertEquals(1, leases.scan(nowNs + LEASE_NS / 10, true));
    }

    @Test
    void whereNobodyCanBeHeardOfAtFirstTheFullLeaseComesAfterIt() {
        leases.start(0);
        leases.touch(7, 0);
        for (long nowNs = 0; nowNs < STANDSTILL_NS; nowNs += 100) {
            assertEquals(0, leases.scan(nowNs, false));
        }
        assertEquals(0, leases.scan(STANDSTILL_NS, true));
        assertEquals(0, leases.scan(STANDSTILL_NS + LEASE_NS - 1, true), "too early");
    }
}
