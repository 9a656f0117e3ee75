package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertNull;

/** Runs single simulations. */
final class Seeds {
    private Seeds() {}

    static SimulationResult assertHolds(final SimulationPlan plan) {
        final SimulationResult result = Simulation.run(plan);
        assertNull(result.failure(), () -> FailureReport.of(result));
        return result;
    }
}
