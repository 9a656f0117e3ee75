package org.trivet.transport;

/**
 * Ids of endpoints: data node n has id n; the metadata node and clients have ids above all nodes.
 */
public final class EndpointId {
    /** The metadata node. */
    public static final int METADATA = 1 << 16;

    /** The first id of a client. */
    public static final int FIRST_CLIENT = 1 << 20;

    private EndpointId() {}

    /**
     * Whether an id is that of a data node of a volume.
     *
     * @param endpointId the id.
     * @param nodeCount N.
     * @return true if so.
     */
    public static boolean isNode(final int endpointId, final int nodeCount) {
        return endpointId >= 0 && endpointId < nodeCount;
    }
}
