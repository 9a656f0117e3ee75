package org.trivet.sim;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Collectors;

/** Says how a simulation failed, and how to see it again. */
final class FailureReport {
    private FailureReport() {}

    static String of(final SimulationResult failed) {
        final StringWriter text = new StringWriter();
        final PrintWriter out = new PrintWriter(text);
        final SimulationPlan plan = failed.plan();
        out.println(
                "seed "
                        + plan.seed()
                        + " ("
                        + plan.profile()
                        + ") fails: "
                        + failed.failure().getMessage());
        out.println("trace hash " + Long.toHexString(failed.traceHash()));
        out.println("volume: " + plan.volume());
        out.println("network: " + plan.network());
        out.println("workload: " + plan.workload() + ", clients " + plan.clientCount());
        out.println("what happened:");
        failed.notes().forEach(note -> out.println("  " + note));
        failed.failure().printStackTrace(out);
        out.println("this test shows it:");
        out.println();
        out.println(asTest(plan));
        return text.toString();
    }

    private static String asTest(final SimulationPlan plan) {
        final String faults =
                plan.faults().stream()
                        .map(fault -> "                        " + fault.asSource())
                        .collect(Collectors.joining(",\n"));
        return """
            @Test
            void seed%d() {
                assertHolds(
                        SimulationPlan.of(SimulationProfile.%s, %dL)
                                .withFaults(
                                        List.of(
        %s)));
            }
        """
                .formatted(plan.seed(), plan.profile(), plan.seed(), faults);
    }
}
