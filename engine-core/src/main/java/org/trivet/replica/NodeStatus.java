package org.trivet.replica;

import java.util.List;
import java.util.Objects;

/**
 * How a node is doing.
 *
 * @param nodeId its number.
 * @param incarnation number of this start of it; 0 while it waits for the metadata node.
 * @param waitingFor nodes that its writes, or its recovery as a primary, wait for.
 * @param failure why it is out of service, or null.
 * @param rebuild how far it has got back what it lacks; null if it lacks nothing.
 * @param scrub how far it has verified what it stores.
 * @param groups its groups, its own first.
 */
public record NodeStatus(
        int nodeId,
        long incarnation,
        List<Integer> waitingFor,
        String failure,
        RebuildStatus rebuild,
        ScrubStatus scrub,
        List<GroupStatus> groups) {
    /**
     * How far a node is with getting back from others what it lacks.
     *
     * @param knownBytes bytes of units that are there, all counted as whole ones.
     * @param totalBytes bytes that there should be, as far as is known; grows while clients write.
     * @param bytesPerSecond how fast it has been going in the second half of the time until now; 0
     *     if that is not known yet.
     * @param millisLeft how long it will take at this rate; -1 if that is not known.
     */
    public record RebuildStatus(
            long knownBytes, long totalBytes, long bytesPerSecond, long millisLeft) {}

    /**
     * How far a node has read through, and verified, what it stores.
     *
     * @param isUnderWay whether a pass is under way.
     * @param passBytes bytes read in it, or in the last one; a restart does not change that.
     * @param doneBytes of what is stored now, bytes that the pass is done with, all units counted
     *     as whole ones; all of them when none is under way.
     * @param totalBytes bytes that are stored now, counted in the same way.
     * @param bytesPerSecond how fast it reads at most; 0 if it is switched off.
     * @param millisLeft how long the pass will still take; -1 if that is not known, because it is
     *     switched off.
     * @param lastPassMs when all of it was last read through, in milliseconds since 1970; 0 for
     *     never.
     * @param intervalMs from the beginning of a pass to that of the next, in milliseconds.
     * @param unknownRanges key ranges that the node lacks now, and that passes pass over: they are
     *     verified when they have been fetched from another node.
     * @param found what the pass that is under way has found until now, or the last one.
     * @param foundBefore what the pass before that had found.
     */
    public record ScrubStatus(
            boolean isUnderWay,
            long passBytes,
            long doneBytes,
            long totalBytes,
            long bytesPerSecond,
            long millisLeft,
            long lastPassMs,
            long intervalMs,
            int unknownRanges,
            ScrubFound found,
            ScrubFound foundBefore) {
        /**
         * How much of the pass is done.
         *
         * @return 0 to 100, rounded down; 100 if nothing is stored.
         */
        public int percentDone() {
            return totalBytes == 0 ? 100 : (int) (100.0 * doneBytes / totalBytes);
        }
    }

    /**
     * What a pass of a scrub has found.
     *
     * @param damaged extents, and parts of the index, of this node that did not match their
     *     checksums.
     * @param differing stretches of units, of the group that this node leads, that a member had
     *     otherwise than the group, though they were good by themselves.
     * @param repaired how many of both have been repaired.
     * @param notCompared key ranges, of the group that this node leads, that could not be compared
     *     with all other members, as while one was down; the next pass does.
     */
    public record ScrubFound(long damaged, long differing, long repaired, long notCompared) {}

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
     * @param givenUpRanges key ranges that are lost, and given up.
     * @param pulledBytes bytes pulled since the node started.
     * @param knownBytes bytes of its units that are known to be right, all counted as whole ones.
     * @param totalBytes the same of all that there are, as far as is known here.
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
            int givenUpRanges,
            long pulledBytes,
            long knownBytes,
            long totalBytes) {
        /** Refuses a member in no state. */
        public GroupStatus {
            Objects.requireNonNull(state, "state");
        }
    }
}
