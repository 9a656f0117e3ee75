package org.trivet.store;

/**
 * Figures of a store.
 *
 * @param liveBytes bytes of records that the index or a log names.
 * @param segmentBytes bytes of the journal's segments.
 * @param freeBytes bytes that can still be appended.
 * @param roomBytes bytes that may still come alive in the segments that there are or could be, once
 *     they have been cleaned.
 * @param capacityBytes bytes that the store may use in all; 0 if bounded only by its file system.
 * @param rowCount rows of the index, without those that are in memory until it is committed.
 * @param writtenBytes bytes written since it was opened, by callers.
 * @param movedBytes bytes written since it was opened, by cleaning.
 * @param damageCount records found damaged since it was opened.
 */
public record StoreStatistics(
        long liveBytes,
        long segmentBytes,
        long freeBytes,
        long roomBytes,
        long capacityBytes,
        long rowCount,
        long writtenBytes,
        long movedBytes,
        long damageCount) {}
