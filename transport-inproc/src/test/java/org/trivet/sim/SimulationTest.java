package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Seeds as they come. {@code -Dtrivet.sim.first} and {@code -Dtrivet.sim.seeds} choose others. */
class SimulationTest {
    private static final long FIRST = Long.getLong("trivet.sim.first", 1);
    private static final long SEEDS = Long.getLong("trivet.sim.seeds", 300);
    private static final long LONGEST_NS = 60_000_000_000L;
    private static final int FEWEST = 20;

    @Test
    void whatMustHoldDoesWhateverGoesWrong() throws InterruptedException {
        final ByteArrayOutputStream report = new ByteArrayOutputStream();
        final PrintStream out = new PrintStream(report, true, StandardCharsets.UTF_8);
        final long endNs = System.nanoTime() + LONGEST_NS;
        final List<Long> failed =
                new SimulationRunner(2, out)
                        .run(
                                FIRST,
                                seed ->
                                        seed < FIRST + SEEDS
                                                && (seed < FIRST + FEWEST
                                                        || endNs - System.nanoTime() > 0));
        assertTrue(failed.isEmpty(), () -> failed + "\n" + report.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aSeedDecidesEverything() {
        for (long seed = 1; seed <= 10; seed++) {
            assertEquals(Simulation.run(seed).traceHash(), Simulation.run(seed).traceHash());
        }
        assertNotEquals(Simulation.run(1).traceHash(), Simulation.run(2).traceHash());
    }

    @Test
    void aFailureIsShownWithFewFaultsAndAsATest() {
        final SimulationPlan plan = SimulationPlan.of(3);
        final SimulationResult failed =
                new SimulationResult(
                        plan,
                        new SimulationFailure("it does not hold"),
                        1,
                        2,
                        3,
                        4,
                        new Occurrences(),
                        List.of("something happened"));
        final String report = FailureReport.of(failed);
        assertTrue(report.contains("seed 3 fails: it does not hold"), report);
        assertTrue(report.contains(plan.faults().getFirst().asSource()), report);
    }
}
