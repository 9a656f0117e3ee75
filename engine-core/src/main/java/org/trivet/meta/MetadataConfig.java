package org.trivet.meta;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;

/**
 * How a metadata node works.
 *
 * @param volume the volume; its durability is that of answered commands too.
 * @param leaseNs a session ends when nothing was heard of it for this long.
 * @param commitIntervalNs the store is committed this often, if it changed.
 * @param maxUncommitted and after so many commands: what a start may have to replay.
 * @param syncIntervalNs the journal is synced at least this often, if it grew.
 * @param announceIntervalNs data nodes are told the sessions this often.
 * @param trimsPerGroup trims under way in one group at once.
 * @param rootUid owner of the root directory of a new volume.
 * @param rootGid its group.
 */
public record MetadataConfig(
        VolumeConfig volume,
        long leaseNs,
        long commitIntervalNs,
        int maxUncommitted,
        long syncIntervalNs,
        long announceIntervalNs,
        int trimsPerGroup,
        int rootUid,
        int rootGid) {
    /** Refuses values out of range, naming them. */
    public MetadataConfig {
        require(leaseNs > 0, "leaseNs", leaseNs);
        require(commitIntervalNs > 0, "commitIntervalNs", commitIntervalNs);
        require(maxUncommitted > 0, "maxUncommitted", maxUncommitted);
        require(syncIntervalNs > 0, "syncIntervalNs", syncIntervalNs);
        require(announceIntervalNs > 0, "announceIntervalNs", announceIntervalNs);
        require(trimsPerGroup > 0, "trimsPerGroup", trimsPerGroup);
    }

    /**
     * The defaults: lease 30 s, commit every second or 50,000 commands, sync every 100 ms, announce
     * every second, 16 trims per group, root owned by the superuser.
     *
     * @param volume the volume.
     * @return the configuration.
     */
    public static MetadataConfig of(final VolumeConfig volume) {
        return new MetadataConfig(
                volume,
                30_000_000_000L,
                1_000_000_000L,
                50_000,
                100_000_000L,
                1_000_000_000L,
                16,
                0,
                0);
    }

    /**
     * The same, with another owner of the root directory of a new volume.
     *
     * @param uid the owner.
     * @param gid its group.
     * @return the configuration.
     */
    public MetadataConfig withRootOwner(final int uid, final int gid) {
        return new MetadataConfig(
                volume,
                leaseNs,
                commitIntervalNs,
                maxUncommitted,
                syncIntervalNs,
                announceIntervalNs,
                trimsPerGroup,
                uid,
                gid);
    }

    private static void require(final boolean holds, final String field, final long value) {
        if (!holds) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "metadata node: " + field + " is " + value + ", and must be above 0");
        }
    }
}
