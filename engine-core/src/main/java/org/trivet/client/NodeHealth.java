package org.trivet.client;

/** Which data nodes seem to be down, as far as this client can tell from what they answer. */
final class NodeHealth {
    /** After this part of the time after which a node counts as down it is silent. */
    private static final int SILENT_PARTS = 20;

    private final long downAfterNs;
    private final long probeNs;
    private final boolean[] awaiting;
    private final long[] awaitingSinceNs;
    private final boolean[] disconnected;
    private final long[] probeAtNs;

    NodeHealth(final int nodeCount, final long downAfterNs, final long probeNs) {
        this.downAfterNs = downAfterNs;
        this.probeNs = probeNs;
        awaiting = new boolean[nodeCount];
        awaitingSinceNs = new long[nodeCount];
        disconnected = new boolean[nodeCount];
        probeAtNs = new long[nodeCount];
    }

    void sent(final int node, final long nowNs) {
        if (!awaiting[node]) {
            awaiting[node] = true;
            awaitingSinceNs[node] = nowNs;
        }
    }

    void notConnected(final int node, final long nowNs) {
        if (!isDown(node, nowNs)) {
            probeAtNs[node] = nowNs + probeNs;
        }
        disconnected[node] = true;
    }

    /** A node has answered; true if it had seemed to be down. */
    boolean heard(final int node, final long nowNs) {
        if (node < 0 || node >= awaiting.length) {
            return false;
        }
        final boolean wasDown = isDown(node, nowNs);
        awaiting[node] = false;
        disconnected[node] = false;
        return wasDown;
    }

    /**
     * Whether it has answered nothing for a while, though not for so long that it counts as down:
     * who waits for it had better ask another one.
     */
    boolean isSilent(final int node, final long nowNs) {
        return disconnected[node]
                || awaiting[node] && nowNs - awaitingSinceNs[node] > silentAfterNs();
    }

    /** How long one is waited for that answers nothing, while there are others. */
    long silentAfterNs() {
        return downAfterNs / SILENT_PARTS;
    }

    boolean isDown(final int node, final long nowNs) {
        return disconnected[node]
                || (awaiting[node] && nowNs - awaitingSinceNs[node] > downAfterNs);
    }

    /** Whether it is time to try a node that is down; if so, the next time is a while later. */
    boolean probe(final int node, final long nowNs) {
        if (nowNs - probeAtNs[node] < 0) {
            return false;
        }
        probeAtNs[node] = nowNs + probeNs;
        return true;
    }
}
