package org.trivet.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import org.trivet.node.IndexRebuild;

import java.io.PrintWriter;

/** Shows how much of some segments has been read: a bar on a terminal, lines elsewhere. */
final class ReadProgress implements IndexRebuild.Listener, AutoCloseable {
    private static final long LINE_EVERY_NS = 10_000_000_000L;

    private final boolean isTerminal;
    private final PrintWriter lines;
    private ProgressBar bar;
    private String what;
    private long wholeBytes;
    private long readBytes;
    private long beganNs;
    private long lineNs;

    /**
     * Shows nothing until something begins.
     *
     * @param isTerminal whether somebody watches.
     * @param lines where else it is said.
     */
    ReadProgress(final boolean isTerminal, final PrintWriter lines) {
        this.isTerminal = isTerminal;
        this.lines = lines;
    }

    /** Whether somebody watches. */
    static boolean isTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    @Override
    public void onBegin(final String newWhat, final long bytes) {
        close();
        what = newWhat;
        wholeBytes = bytes;
        readBytes = 0;
        beganNs = System.nanoTime();
        lineNs = beganNs;
        if (isTerminal) {
            bar =
                    new ProgressBarBuilder()
                            .setTaskName(what)
                            .setInitialMax(bytes)
                            .setUnit("MiB", 1 << 20)
                            .setStyle(ProgressBarStyle.ASCII)
                            .showSpeed()
                            .build();
        } else {
            lines.println(what + ": " + ByteSize.format(bytes) + " of records to be read");
            lines.flush();
        }
    }

    @Override
    public void onRead(final long bytes) {
        readBytes += bytes;
        wholeBytes = Math.max(wholeBytes, readBytes); // some may have to be read twice
        if (bar != null) {
            bar.maxHint(wholeBytes);
            bar.stepTo(readBytes);
        } else if (System.nanoTime() - lineNs > LINE_EVERY_NS) {
            lineNs = System.nanoTime();
            lines.printf(
                    "%s: %s of %s, %.0f MiB/s%n",
                    what,
                    ByteSize.format(readBytes),
                    ByteSize.format(wholeBytes),
                    readBytes / 1048576.0 * 1e9 / (lineNs - beganNs));
            lines.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
