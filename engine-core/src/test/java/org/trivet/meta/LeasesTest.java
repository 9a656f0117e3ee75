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
            assertEquals(0, leases.scan(nowNs), "too early");
        }
        assertEquals(1, leases.scan(LEASE_NS));
        assertEquals(7, leases.expired(0));
    }

    @Test
    void aStandstillDoesNotCount() {
        leases.touch(7, 0);
        leases.scan(200);
        final long goesOnNs = 200 + STANDSTILL_NS;
        assertEquals(0, leases.scan(goesOnNs));
        for (long nowNs = goesOnNs; nowNs < LEASE_NS + STANDSTILL_NS; nowNs += 100) {
            assertEquals(0, leases.scan(nowNs), "too early");
        }
        assertEquals(1, leases.scan(LEASE_NS + STANDSTILL_NS));
    }

    @Test
    void whoIsHeardOfAfterAStandstillHasAFullLeaseAndNoMore() {
        leases.touch(7, 0);
        leases.scan(200);
        final long goesOnNs = 200 + STANDSTILL_NS;
        leases.touch(7, goesOnNs); // in the cycle that notices it
        for (long nowNs = goesOnNs; nowNs < goesOnNs + LEASE_NS; nowNs += 100) {
            assertEquals(0, leases.scan(nowNs), "too early");
        }
        assertEquals(1, leases.scan(goesOnNs + LEASE_NS));
    }
}
