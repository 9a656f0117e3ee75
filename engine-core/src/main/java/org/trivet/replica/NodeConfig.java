package org.trivet.replica;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;

/**
 * What a data node is and how patient it is.
 *
 * @param volume the volume it belongs to.
 * @param nodeId its number, 0 to N-1.
 * @param bootHash differs after a restart of the machine: what was written and not synced may be
 *     lost then.
 * @param heartbeatIntervalNs between heartbeats of a primary that has nothing to send.
 * @param resendTimeoutNs without progress for so long, entries and questions are sent again.
 * @param leaseNs a primary answers for pending blocks only if a backup acknowledged it within this
 *     time.
 * @param primaryGoneNs a backup calls its primary gone after so long; more than the lease.
 * @param checkpointIntervalNs between commits of the index; sooner when space runs short.
 * @param maxPendingEntries of a group's log; beyond that clients are told BUSY.
 * @param maxPendingBytes of a group's log; beyond that clients are told BUSY.
 * @param scrubBytesPerSecond how fast the stored copies are read through and verified, when there
 *     is nothing else to do; 0 for not at all.
 * @param scrubIntervalNs from the beginning of one such pass to that of the next, at least.
 * @param rebuildBytesPerSecond how fast what the node lacks is fetched at most, so that clients are
 *     served meanwhile; what a write waits for comes at once. More than 0.
 */
public record NodeConfig(
        VolumeConfig volume,
        int nodeId,
        long bootHash,
        long heartbeatIntervalNs,
        long resendTimeoutNs,
        long leaseNs,
        long primaryGoneNs,
        long checkpointIntervalNs,
        int maxPendingEntries,
        long maxPendingBytes,
        long scrubBytesPerSecond,
        long scrubIntervalNs,
        long rebuildBytesPerSecond) {
    private static final int CHECKS_OF_INTERVAL = 400;

    /** Refuses a rate that would never fetch anything, and a scrub without budget or end. */
    public NodeConfig {
        new ScrubSchedule(scrubBytesPerSecond, scrubIntervalNs);
        if (rebuildBytesPerSecond <= 0) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "node: rebuildBytesPerSecond is "
                            + rebuildBytesPerSecond
                            + ", and must be above 0");
        }
    }

    /**
     * So often it is looked whether the index must be committed before the end of the interval.
     *
     * @return a time far below that for which a write may wait for room.
     */
    public long urgencyIntervalNs() {
        return checkpointIntervalNs / CHECKS_OF_INTERVAL;
    }

    /**
     * The usual patience.
     *
     * @param volume the volume.
     * @param nodeId the node's number.
     * @param bootHash see there.
     * @return a configuration.
     */
    public static NodeConfig of(final VolumeConfig volume, final int nodeId, final long bootHash) {
        return new NodeConfig(
                volume,
                nodeId,
                bootHash,
                100_000_000L,
                100_000_000L,
                1_000_000_000L,
                2_000_000_000L,
                4_000_000_000L,
                4096,
                64L << 20,
                ScrubSchedule.USUAL.bytesPerSecond(),
                ScrubSchedule.USUAL.intervalNs(),
                192L << 20);
    }

    /**
     * The same with another pace of scrubbing.
     *
     * @param schedule how fast and how often.
     * @return a configuration.
     */
    public NodeConfig with(final ScrubSchedule schedule) {
        return new NodeConfig(
                volume,
                nodeId,
                bootHash,
                heartbeatIntervalNs,
                resendTimeoutNs,
                leaseNs,
                primaryGoneNs,
                checkpointIntervalNs,
                maxPendingEntries,
                maxPendingBytes,
                schedule.bytesPerSecond(),
                schedule.intervalNs(),
                rebuildBytesPerSecond);
    }
}
