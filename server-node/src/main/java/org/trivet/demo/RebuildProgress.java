package org.trivet.demo;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import org.trivet.node.Cluster;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.replica.NodeStatus.GroupStatus;

/** Follows a node's rebuild to its end: a bar on a terminal, lines elsewhere. */
final class RebuildProgress {
    private static final long POLL_MS = 50;
    private static final long LINE_EVERY_NS = 500_000_000L;

    private final Cluster cluster;
    private final Narrator narrator;
    private final boolean isTerminal;

    RebuildProgress(final Cluster cluster, final Narrator narrator, final boolean isTerminal) {
        this.cluster = cluster;
        this.narrator = narrator;
        this.isTerminal = isTerminal;
    }

    /** Waits until a node has everything; false if that takes too long. */
    boolean follow(final int node, final long expectedBytes, final long timeoutNs)
            throws InterruptedException {
        if (isTerminal) {
            try (ProgressBar bar =
                    new ProgressBarBuilder()
                            .setTaskName("   node " + node)
                            .setInitialMax(Math.max(1, expectedBytes >> 10))
                            .setUnit(" KiB", 1)
                            .setStyle(ProgressBarStyle.ASCII)
                            .setUpdateIntervalMillis((int) POLL_MS)
                            .build()) {
                return follow(
                        node,
                        timeoutNs,
                        bytes -> {
                            bar.maxHint(Math.max(bar.getMax(), bytes >> 10));
                            bar.stepTo(bytes >> 10);
                        });
            }
        }
        final long[] last = {System.nanoTime() - LINE_EVERY_NS};
        return follow(
                node,
                timeoutNs,
                bytes -> {
                    if (System.nanoTime() - last[0] >= LINE_EVERY_NS) {
                        last[0] = System.nanoTime();
                        narrator.say(
                                "node "
                                        + node
                                        + " has pulled "
                                        + (bytes >> 20)
                                        + " of about "
                                        + (expectedBytes >> 20)
                                        + " MiB");
                    }
                });
    }

    private interface Display {
        void show(long pulledBytes);
    }

    private boolean follow(final int node, final long timeoutNs, final Display display)
            throws InterruptedException {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        while (deadlineNs - System.nanoTime() > 0) {
            final NodeReport report = cluster.status().nodes().get(node);
            if (report.isUp()) {
                display.show(pulledBytes(report));
                if (isComplete(report)) {
                    return true;
                }
            }
            Thread.sleep(POLL_MS);
        }
        return false;
    }

    static long pulledBytes(final NodeReport report) {
        return report.status().groups().stream().mapToLong(GroupStatus::pulledBytes).sum();
    }

    static boolean isComplete(final NodeReport report) {
        return report.isUp()
                && report.status().groups().stream()
                        .allMatch(
                                group ->
                                        group.state().equals("good") && group.unknownRanges() == 0);
    }
}
