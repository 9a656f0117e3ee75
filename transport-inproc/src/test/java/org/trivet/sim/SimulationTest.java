package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.TreeMap;

/** Seeds as they come. {@code -Dtrivet.sim.first} and {@code -Dtrivet.sim.seeds} choose others. */
class SimulationTest {
    private static final long FIRST = Long.getLong("trivet.sim.first", 1);
    private static final long SHORT_SEEDS = Long.getLong("trivet.sim.seeds", 10_000);
    private static final long DEFAULT_SEEDS = 300;
    private static final long LONG_SEEDS = 6;

    private static SimulationTally run(final SimulationProfile profile, final long seeds)
            throws InterruptedException {
        final StringWriter report = new StringWriter();
        final SimulationTally tally = new SimulationTally(profile, FIRST);
        new SimulationRunner(tally, 2, new PrintWriter(report))
                .run(seed -> seed < FIRST + seeds, () -> {});
        assertTrue(tally.failures().isEmpty(), () -> tally.failures() + "\n" + report);
        assertEquals(seeds, tally.runs());
        return tally;
    }

    @Test
    void whatMustHoldDoesWhateverGoesWrong() throws InterruptedException {
        final SimulationTally tally = run(SimulationProfile.SHORT, SHORT_SEEDS);
        final TreeMap<String, Long> absent = new TreeMap<>(tally.occurrences());
        absent.values().removeIf(count -> count > 0);
        assertTrue(absent.isEmpty(), () -> "this never happened: " + absent.keySet());
    }

    @Test
    void whatMustHoldDoesForLonger() throws InterruptedException {
        run(SimulationProfile.DEFAULT, DEFAULT_SEEDS);
    }

    @Test
    void whatMustHoldDoesForVeryLong() throws InterruptedException {
        run(SimulationProfile.LONG, LONG_SEEDS);
    }

    @Test
    void aTallyCanBeKeptAndGoneOnWith() throws InterruptedException {
        final PrintWriter nowhere = new PrintWriter(new StringWriter());
        final SimulationTally whole = new SimulationTally(SimulationProfile.SHORT, 5);
        new SimulationRunner(whole, 2, nowhere).run(seed -> seed < 17, () -> {});
        final SimulationTally half = new SimulationTally(SimulationProfile.SHORT, 5);
        for (final long seed : new long[] {5, 6, 8}) {
            half.add(Simulation.run(SimulationPlan.of(SimulationProfile.SHORT, seed)));
        }
        final SimulationTally kept = SimulationTally.of(half.toMap());
        assertEquals(7, kept.next());
        new SimulationRunner(kept, 2, nowhere).run(seed -> seed < 17, () -> {});
        assertEquals(whole.toString(), kept.toString());
        assertEquals(whole.occurrences(), kept.occurrences());
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
        assertTrue(report.contains("seed 3 (DEFAULT) fails: it does not hold"), report);
        assertTrue(report.contains(plan.faults().getFirst().asSource()), report);
    }

    @Test
    void aSeedIsAnotherThanTheNext() {
        assertNotEquals(Simulation.run(1).traceHash(), Simulation.run(2).traceHash());
    }
}
