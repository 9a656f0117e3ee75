package org.trivet.replica;

import java.util.Objects;

/**
 * Where a member of a group stands, at one instant.
 *
 * @param node the node.
 * @param group the group.
 * @param state as in {@link NodeStatus.GroupStatus}: "good" if it lacks nothing.
 * @param logEnd end of its log.
 * @param applied entries in the index.
 */
public record MemberPosition(int node, int group, String state, long logEnd, long applied) {
    /** Refuses a member in no state. */
    public MemberPosition {
        Objects.requireNonNull(state, "state");
    }

    /**
     * Whether it lacks nothing.
     *
     * @return false while it starts, joins or rebuilds, or doubts what it has.
     */
    public boolean isGood() {
        return state.equals("good");
    }
}
