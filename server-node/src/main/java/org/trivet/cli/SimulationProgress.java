package org.trivet.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import org.trivet.sim.SimulationTally;

import java.io.PrintWriter;

/** Shows how far simulations have come: a bar on a terminal, a line now and then elsewhere. */
final class SimulationProgress implements AutoCloseable {
    private static final long LINE_EVERY_NS = 10_000_000_000L;

    private final SimulationTally tally;
    private final long runsBefore;
    private final PrintWriter lines;
    private final ProgressBar bar;
    private final long beganNs = System.nanoTime();
    private long lineNs = beganNs;

    /**
     * Begins to show it.
     *
     * @param tally of what.
     * @param end the first seed that is not to be run.
     * @param isTerminal whether somebody watches.
     * @param lines where else it is said.
     */
    SimulationProgress(
            final SimulationTally tally,
            final long end,
            final boolean isTerminal,
            final PrintWriter lines) {
        this.tally = tally;
        this.lines = lines;
        runsBefore = tally.runs();
        bar =
                isTerminal
                        ? new ProgressBarBuilder()
                                .setTaskName("seeds")
                                .setInitialMax(end - tally.first())
                                .setStyle(ProgressBarStyle.ASCII)
                                .showSpeed()
                                .build()
                        : null;
    }

    void show() {
        if (bar != null) {
            bar.stepTo(tally.runs());
            bar.setExtraMessage(tally.failures().size() + " failed");
        } else if (System.nanoTime() - lineNs > LINE_EVERY_NS) {
            lineNs = System.nanoTime();
            lines.printf(
                    "%,d seeds, %.0f seeds/s, %d failed%n",
                    tally.runs(),
                    (tally.runs() - runsBefore) * 1e9 / (lineNs - beganNs),
                    tally.failures().size());
            lines.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
