package org.trivet.replica;

/** What a primary knows of one of its backups. */
final class Member {
    final int copy;
    final int nodeId;

    /** The highest incarnation heard of. */
    long incarnation;

    /** It has written the log up to here; -1 if that is not known. */
    long match = -1;

    /** It has synced the log up to here. */
    long synced;

    /** Next entry to send. */
    long next;

    /** It has granted so much. */
    long freeBytes;

    /** It will grant so much, once what is dead has been cleaned away. */
    long roomBytes;

    long lastAckNs;
    long lastSentNs;
    long lastProgressNs;
    long resendNs;
    long sentWatermark;
    long sentSyncWanted;
    boolean heard;

    /** What it testified to this epoch. */
    boolean testified;

    boolean hasLog;
    boolean suspect;
    long low;
    long lowEpoch;
    long end;
    long watermark;

    Member(final int copy, final int nodeId) {
        this.copy = copy;
        this.nodeId = nodeId;
    }

    void acknowledged(
            final long nowNs,
            final long newMatch,
            final long newSynced,
            final long resendTimeoutNs) {
        if (newMatch > match) {
            lastProgressNs = nowNs;
            resendNs = resendTimeoutNs;
        }
        match = Math.max(match, newMatch);
        synced = Math.max(synced, newSynced);
        next = Math.max(next, match + 1);
    }

    void restart(
            final long newIncarnation,
            final long newMatch,
            final long newSynced,
            final long nowNs) {
        incarnation = newIncarnation;
        match = newMatch;
        synced = newSynced;
        next = newMatch + 1;
        lastProgressNs = nowNs;
    }
}
