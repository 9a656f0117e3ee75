package org.trivet.node;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

/**
 * Looks, twice a second and more, whether the storage of each node is still where it was, and has a
 * node whose storage was deleted begin anew, with the copies of its neighbours. Only one at a time,
 * and only while all others are good: until then the node goes on with what it holds open.
 */
final class StorageWatch implements Agent {
    /** Between looks. */
    static final long INTERVAL_NS = 400_000_000L;

    private static final System.Logger LOG = System.getLogger(StorageWatch.class.getName());

    /** The nodes. */
    interface Nodes {
        /** How many. */
        int count();

        /** Whether a node's storage has been deleted or replaced. */
        boolean isLost(int node);

        /** Whether all other nodes are up and lack nothing. */
        boolean othersAreGood(int node);

        /** Puts away what is left of a node's storage, and starts the node with none. */
        void replace(int node);
    }

    private final Nodes nodes;
    private final NanoClock clock;
    private final long[] losses;
    private final boolean[] told;
    private long lookedNs;

    StorageWatch(final Nodes nodes, final NanoClock clock) {
        this.nodes = nodes;
        this.clock = clock;
        losses = new long[nodes.count()];
        told = new boolean[nodes.count()];
        lookedNs = clock.nanoTime();
    }

    /** How often a node's storage was lost. */
    long losses(final int node) {
        return losses[node];
    }

    @Override
    public int doWork() {
        final long nowNs = clock.nanoTime();
        if (nowNs - lookedNs < INTERVAL_NS) {
            return 0;
        }
        lookedNs = nowNs;
        int workCount = 0;
        for (int node = 0; node < losses.length; node++) {
            if (!nodes.isLost(node)) {
                continue;
            }
            if (!told[node]) {
                told[node] = true;
                losses[node]++;
                LOG.log(
                        System.Logger.Level.ERROR,
                        "the storage of node " + node + " has been deleted while it was in use");
            }
            if (nodes.othersAreGood(node)) {
                nodes.replace(node);
                told[node] = false;
                workCount++;
            }
        }
        return workCount;
    }

    @Override
    public String roleName() {
        return "storage-watch";
    }
}
