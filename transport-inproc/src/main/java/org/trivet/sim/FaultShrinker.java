package org.trivet.sim;

import java.util.ArrayList;
import java.util.List;

/** Leaves out faults for as long as the simulation fails in the same way. */
final class FaultShrinker {
    private static final int KIND_LENGTH = 60;

    private final int maxRuns;
    private int runs;

    FaultShrinker(final int maxRuns) {
        this.maxRuns = maxRuns;
    }

    /** The failed run with the fewest faults that was found. */
    SimulationResult shrink(final SimulationResult failed) {
        SimulationResult best = failed;
        for (int part = best.plan().faults().size(); part >= 1; part = (part + 1) / 2) {
            int from = 0;
            while (from < best.plan().faults().size() && runs < maxRuns) {
                final List<Fault> fewer = new ArrayList<>(best.plan().faults());
                fewer.subList(from, Math.min(from + part, fewer.size())).clear();
                runs++;
                final SimulationResult result = Simulation.run(best.plan().withFaults(fewer));
                if (result.failure() != null && kind(result).equals(kind(failed))) {
                    best = result;
                } else {
                    from += part;
                }
            }
            if (part == 1) {
                break;
            }
        }
        return best;
    }

    /** Failures of one kind differ in numbers. */
    private static String kind(final SimulationResult result) {
        final String text = String.valueOf(result.failure().getMessage()).replaceAll("\\d+", "#");
        return text.substring(0, Math.min(KIND_LENGTH, text.length()));
    }
}
