package org.trivet.store.segment;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig.Durability;

/**
 * How a journal is kept.
 *
 * @param newStorageId the storage id that it gets if it is created; not 0.
 * @param segmentLength bytes of a segment, if the journal is created: 1 MiB to 1 GiB. One that
 *     exists keeps its own.
 * @param maxRecordLength the longest body of a record, at most a quarter of a segment.
 * @param capacityBytes bytes that all segments may take; 0 for no bound but the file system's. At
 *     least six segments.
 * @param marginBytes bytes of the file system that are left free for others.
 * @param stagingLength bytes of the ring in which records are encoded: a power of two, at least
 *     four records.
 * @param durability DISK syncs what the owner has appended when it does its work, as soon as that
 *     is written; PROCESS at the latest after the interval.
 * @param syncIntervalNs the longest time that something written stays unsynced.
 * @param zeroFill whether fresh segments are written with zeros ahead of their use, when nothing
 *     else is to be done, and where that was not in time before they are written to: the first
 *     write to a fresh block of a disk costs several times a rewrite.
 * @param usualKeep what of the reserve most records leave, {@link Journal#KEEP_ALL} or {@link
 *     Journal#KEEP_LITTLE}: spares are made in time for them, and on a small disk no more than
 *     those.
 */
public record JournalConfig(
        long newStorageId,
        int segmentLength,
        int maxRecordLength,
        long capacityBytes,
        long marginBytes,
        int stagingLength,
        Durability durability,
        long syncIntervalNs,
        boolean zeroFill,
        int usualKeep) {
    /** The usual length of a segment. */
    public static final int DEFAULT_SEGMENT_LENGTH = 64 << 20;

    /**
     * The usual bound of a record's body: 1 MiB of data, its checksums, and what describes them.
     */
    public static final int DEFAULT_MAX_RECORD_LENGTH = 2 << 20;

    private static final int MIN_SEGMENT_LENGTH = 1 << 20;
    private static final int MAX_SEGMENT_LENGTH = 1 << 30;
    private static final int SEGMENTS_OF_A_SMALL_DISK = 64;
    private static final int SMALLEST_CHOSEN = 8 << 20;

    /** Refuses values out of range, naming them. */
    public JournalConfig {
        require(newStorageId != 0, "newStorageId", newStorageId, "not 0");
        require(
                segmentLength >= MIN_SEGMENT_LENGTH
                        && segmentLength <= MAX_SEGMENT_LENGTH
                        && segmentLength % 4096 == 0,
                "segmentLength",
                segmentLength,
                "1 MiB to 1 GiB, a multiple of 4096");
        require(
                maxRecordLength > 0 && maxRecordLength <= segmentLength / 4,
                "maxRecordLength",
                maxRecordLength,
                "1 to a quarter of segmentLength " + segmentLength);
        require(
                capacityBytes == 0 || capacityBytes >= 6L * segmentLength,
                "capacityBytes",
                capacityBytes,
                "0, or at least six segments of " + segmentLength);
        require(marginBytes >= 0, "marginBytes", marginBytes, "0 or more");
        require(
                Integer.bitCount(stagingLength) == 1 && stagingLength / 4 >= maxRecordLength,
                "stagingLength",
                stagingLength,
                "a power of two, at least four times maxRecordLength " + maxRecordLength);
        require(syncIntervalNs > 0, "syncIntervalNs", syncIntervalNs, "above 0");
        require(
                usualKeep == Journal.KEEP_ALL || usualKeep == Journal.KEEP_LITTLE,
                "usualKeep",
                usualKeep,
                "KEEP_ALL or KEEP_LITTLE");
    }

    /**
     * A configuration of a journal in which most records leave the whole reserve.
     *
     * @param newStorageId as above.
     * @param segmentLength as above.
     * @param maxRecordLength as above.
     * @param capacityBytes as above.
     * @param marginBytes as above.
     * @param stagingLength as above.
     * @param durability as above.
     * @param syncIntervalNs as above.
     * @param zeroFill as above.
     */
    public JournalConfig(
            final long newStorageId,
            final int segmentLength,
            final int maxRecordLength,
            final long capacityBytes,
            final long marginBytes,
            final int stagingLength,
            final Durability durability,
            final long syncIntervalNs,
            final boolean zeroFill) {
        this(
                newStorageId,
                segmentLength,
                maxRecordLength,
                capacityBytes,
                marginBytes,
                stagingLength,
                durability,
                syncIntervalNs,
                zeroFill,
                Journal.KEEP_ALL);
    }

    /**
     * The usual configuration for a given space.
     *
     * @param newStorageId the storage id that it gets if it is created; not 0.
     * @param capacityBytes bytes that all segments may take; 0 for no bound but the file system's.
     * @param usableBytes bytes that the file system has left.
     * @param durability what an acknowledged write survives.
     * @return the configuration.
     */
    public static JournalConfig of(
            final long newStorageId,
            final long capacityBytes,
            final long usableBytes,
            final Durability durability) {
        final long space = capacityBytes == 0 ? usableBytes : Math.min(capacityBytes, usableBytes);
        final long chosen = Long.highestOneBit(Math.max(1, space / SEGMENTS_OF_A_SMALL_DISK));
        final int segmentLength = Math.clamp(chosen, SMALLEST_CHOSEN, DEFAULT_SEGMENT_LENGTH);
        return new JournalConfig(
                newStorageId,
                segmentLength,
                DEFAULT_MAX_RECORD_LENGTH,
                capacityBytes,
                segmentLength,
                8 << 20,
                durability,
                100_000_000L,
                true);
    }

    private static void require(
            final boolean holds, final String field, final long value, final String range) {
        if (!holds) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "journal: " + field + " is " + value + ", and must be " + range);
        }
    }
}
