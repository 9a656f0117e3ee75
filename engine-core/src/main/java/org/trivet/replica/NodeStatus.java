package org.trivet.replica;

import java.util.List;

/**
 * How a node is doing.
 *
 * @param nodeId its number.
 * @param incarnation number of this start of it; 0 while it waits for the metadata node.
 * @param waitingFor nodes that its writes, or its recovery as a primary, wait for.
 * @param failure why it is out of service, or null.
 * @param groups its groups, its own first.
 */
public record NodeStatus(
        int nodeId,
        long incarnation,
        List<Integer> waitingFor,
        String failure,
        List<GroupStatus> groups) {
    /**
     * How a member of a group is doing.
     *
     * @param group the group.
     * @param copy which copy this node holds; 0 for the primary's.
     * @param state "active", "recovering", "joining", "rebuilding", "suspect" or "up to date".
     * @param epoch the epoch promised.
     * @param logEnd end of its log.
     * @param watermark entries known to be committed.
     * @param applied entries in the index.
     * @param unknownRanges key ranges whose content has still to be pulled.
     * @param pulledBytes bytes pulled since the node started.
     * @param sourceBytes bytes that the source of the last pull holds in all.
     */
    public record GroupStatus(
            int group,
            int copy,
            String state,
            long epoch,
            long logEnd,
            long watermark,
            long applied,
            int unknownRanges,
            long pulledBytes,
            long sourceBytes) {}
}
