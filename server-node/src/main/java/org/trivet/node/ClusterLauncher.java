package org.trivet.node;

import org.trivet.replica.ScrubSchedule;

/** Starts the cluster of a data directory in this process. */
@FunctionalInterface
public interface ClusterLauncher {
    /**
     * Starts it. When this returns, it answers.
     *
     * @param directory stays open as long as the cluster runs; closed by the caller.
     * @param scrub how fast, and how often, its data nodes verify what they store.
     * @return the running cluster.
     * @throws InterruptedException if the waiting thread was interrupted; nothing runs then.
     */
    Cluster launch(DataDirectory directory, ScrubSchedule scrub) throws InterruptedException;
}
