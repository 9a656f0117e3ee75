package org.trivet.node;

/** Starts the cluster of a data directory in this process. */
@FunctionalInterface
public interface ClusterLauncher {
    /**
     * Starts it. When this returns, it answers.
     *
     * @param directory stays open as long as the cluster runs; closed by the caller.
     * @param settings how its data nodes work.
     * @return the running cluster.
     * @throws InterruptedException if the waiting thread was interrupted; nothing runs then.
     */
    Cluster launch(DataDirectory directory, NodeSettings settings) throws InterruptedException;
}
