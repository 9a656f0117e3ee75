package org.trivet.store;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What a node keeps: a journal of records, and an index of committed extents that point into it.
 *
 * <p>The journal is the truth and holds each byte once: the replication log's entries are records
 * of it, and so are rows pulled from a neighbour and the saved states of groups. A record is named
 * by its <em>position</em>, a number above 0 that grows along the journal and stays valid until the
 * record is dropped by cleaning (which moves what the index still names, and updates the index).
 *
 * <p>The index maps (group, data id, units) to (version, record). A <em>version</em> is the
 * sequence number, within the group, of the log entry that wrote the unit. All changes of the index
 * are guarded by it: {@link #applyWrite} takes only units whose version is lower, {@link
 * #applyTrim} removes only those, so that applying an entry again, or entries out of order, changes
 * nothing. The index never names a record beyond {@link #syncedPosition}: callers apply only what
 * is synced.
 *
 * <p>A record's body is an encoded {@code Entry} of the wire schema (see {@link EntryView}) or a
 * group's state, opaque here. Owned by one thread.
 */
public interface BlockStore extends AutoCloseable {
    /** Bytes that stand before an entry's data on a device, at most, but for its checksums. */
    int FRONT_LENGTH = 128;

    /** Told of what a store holds, in the order of the journal, when it is opened. */
    interface RecoveryHandler {
        /**
         * The state that was saved with the last index commit: the index reflects it.
         *
         * @param group the group.
         * @param state holds it.
         * @param offset where it begins.
         * @param length bytes.
         */
        void onCheckpointState(int group, DirectBuffer state, int offset, int length);

        /**
         * A state saved later.
         *
         * @param group the group.
         * @param state holds it.
         * @param offset where it begins.
         * @param length bytes.
         */
        void onState(int group, DirectBuffer state, int offset, int length);

        /**
         * An entry in the journal, at or after the last checkpoint's replay position.
         *
         * @param entry it; valid during the call.
         * @param position its record.
         */
        void onEntry(EntryView entry, long position);

        /**
         * An entry as above, some of whose units do not match their checksums; all else that it
         * says is good.
         *
         * @param entry it; valid during the call.
         * @param position its record.
         */
        void onDamagedEntry(EntryView entry, long position);

        /**
         * A stretch of the journal that should be there is damaged: what it held is unknown.
         *
         * @param position first damaged position.
         * @param torn true for a torn tail (a lost suffix), false for damage with valid records
         *     after it.
         */
        void onDamage(long position, boolean torn);
    }

    /**
     * A random number given to this store when it was created; an emptied or replaced store has
     * another.
     *
     * @return the storage id, not 0.
     */
    long storageId();

    /**
     * Whether the store was created by this opening: nothing was found.
     *
     * @return true if so.
     */
    boolean created();

    /**
     * Whether the index had been lost, and is rebuilt by {@link #recover} as far as the journal
     * tells. The whole journal is told then, without checkpoint states; entries in it may be
     * missing if nothing needed them any more.
     *
     * @return true if so.
     */
    boolean indexRebuilt();

    /**
     * Reports what is stored. Called once, before anything below.
     *
     * @param handler told in the order of the journal; it may call the apply and remove methods
     *     meanwhile.
     */
    void recover(RecoveryHandler handler);

    // ---- journal

    /**
     * Reserves room for a record of an entry at the end of the journal, to be encoded in place.
     *
     * @param length bytes of the body.
     * @param claim told where to encode.
     * @return false if there is no space left on the node.
     */
    boolean claim(int length, Claim claim);

    /**
     * Completes a record that was claimed: it is in the journal now, and will be written and
     * synced.
     *
     * @param claim of {@link #claim}, the last one.
     * @return its position.
     */
    long commit(Claim claim);

    /**
     * Appends the state of a group: the last one of each group is kept.
     *
     * @param group the group.
     * @param state holds it.
     * @param offset where it begins.
     * @param length bytes, at most 1 MiB.
     * @return its position. States have space reserved, and are taken though the node is full.
     */
    long saveState(int group, DirectBuffer state, int offset, int length);

    /**
     * End of the journal as appended.
     *
     * @return the position that the next record will have, at the earliest.
     */
    long endPosition();

    /**
     * Records that begin before this survive the death of the process.
     *
     * @return a position.
     */
    long writtenPosition();

    /**
     * Records that begin before this survive loss of power.
     *
     * @return a position.
     */
    long syncedPosition();

    /**
     * Asks for everything before the position to be synced soon; {@link #syncedPosition} tells when
     * it is.
     *
     * @param position up to where.
     */
    void requestSync(long position);

    /**
     * Reads the body of a record back and verifies its header, not its units' checksums.
     *
     * @param position of the record.
     * @param destination takes the body.
     * @param offset where to put it.
     * @param maxLength room there.
     * @return bytes of the body, or -1 if there is no such record, it is damaged, or larger.
     */
    int readRecord(long position, MutableDirectBuffer destination, int offset, int maxLength);

    /**
     * Bytes of records that can surely still be appended to the space that is preallocated.
     *
     * @return bytes, headers included.
     */
    long freeBytes();

    /**
     * Bytes of records that can be appended once all that is dead has been cleaned away, if nothing
     * else comes meanwhile.
     *
     * @return bytes, at least {@link #freeBytes}.
     */
    long roomBytes();

    /**
     * Whether space runs short that a checkpoint would set free.
     *
     * @return true if the next checkpoint should not wait.
     */
    default boolean needsCheckpoint() {
        return false;
    }

    // ---- index

    /**
     * Puts a committed run into the index, for those of its units whose version is lower.
     *
     * @param group the group.
     * @param version sequence number of the entry.
     * @param dataId the strip.
     * @param firstUnit its first unit.
     * @param endUnit behind its last unit.
     * @param dataLength bytes of the record's data; the last unit is short where this says so.
     * @param position of the record, whose first unit is {@code firstUnit}.
     */
    void applyWrite(
            int group,
            long version,
            long dataId,
            long firstUnit,
            long endUnit,
            int dataLength,
            long position);

    /**
     * Removes units whose version is lower from the index, and then puts the record's data, if it
     * has any (the unit at the border of a cut), at {@code firstUnit}.
     *
     * @param group the group.
     * @param version sequence number of the entry.
     * @param dataId the strip.
     * @param firstUnit first unit to remove.
     * @param endUnit behind the last unit to remove; Long.MAX_VALUE for all.
     * @param cut the strip's cut number from now on, if it is higher than the one known.
     * @param dataLength bytes of the record's data: 0, or at most one unit's.
     * @param position of the record.
     */
    void applyTrim(
            int group,
            long version,
            long dataId,
            long firstUnit,
            long endUnit,
            long cut,
            int dataLength,
            long position);

    /**
     * How many units the index names, of a group.
     *
     * @param group the group.
     * @return units, those of damaged records among them.
     */
    long unitCount(int group);

    /**
     * Removes the units of a key range whose version is at most the given one: they are to be
     * replaced by what a neighbour holds. Keys are ordered by data id (unsigned), then unit.
     *
     * @param group the group.
     * @param fromDataId begin of the range.
     * @param fromUnit begin of the range.
     * @param toDataId end of the range, exclusive.
     * @param toUnit end of the range, exclusive.
     * @param maxVersion the highest version that is removed.
     */
    void removeRows(
            int group, long fromDataId, long fromUnit, long toDataId, long toUnit, long maxVersion);

    /**
     * Whether the index still says of a range of keys what was put there: a row that is missing, or
     * changed other than through this interface, makes the difference. What has been found right is
     * remembered, so that asking again costs little.
     *
     * @param group the group.
     * @param fromDataId begin of the range.
     * @param fromUnit begin of the range.
     * @param toDataId end of the range, exclusive.
     * @param toUnit end of the range, exclusive.
     * @param damaged takes the strip and units of the first part that is damaged, which may reach
     *     beyond the range: what the index says of it proves nothing.
     * @return false if a part is damaged.
     */
    boolean check(
            int group, long fromDataId, long fromUnit, long toDataId, long toUnit, Extent damaged);

    /**
     * The same as {@link #check}, whatever has been found right before: what memory knows of the
     * range is not asked.
     *
     * @param group the group.
     * @param fromDataId begin of the range.
     * @param fromUnit begin of the range.
     * @param toDataId end of the range, exclusive.
     * @param toUnit end of the range, exclusive.
     * @param damaged as {@link #check} has it.
     * @return false if a part is damaged.
     */
    boolean recheck(
            int group, long fromDataId, long fromUnit, long toDataId, long toUnit, Extent damaged);

    /**
     * Makes the rows again that {@link #check} found damaged, from the journal: those of the part,
     * and of all others of the group. Takes as long as reading the whole journal does.
     *
     * @param group the group.
     * @param part the strip and units of which {@link #check} told.
     * @param applied entries of the group's log up to this one are in the index, and no others.
     * @return false if the journal does not prove what there must be: then nothing is changed.
     */
    boolean restoreRows(int group, Extent part, long applied);

    /**
     * Makes all rows of a group again, from the journal, as {@link #restoreRows} does: when the
     * index had been lost.
     *
     * @param group the group.
     * @param applied entries of the group's log up to this one are to be in the index.
     * @return false if the journal does not prove what there must be: then nothing is changed.
     */
    boolean restoreGroup(int group, long applied);

    /**
     * Notes that the rows of a range of keys have been removed as the record at a position says, of
     * kind CLEAR, GIVE_UP or EMPTY: it is to be kept for as long as something is in the journal
     * that it removed.
     *
     * @param group the group.
     * @param position of the record.
     */
    void keepClear(int group, long position);

    /**
     * Takes the rows that are there for all there are in a part that {@link #check} told of: the
     * caller has noted it as unknown.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param firstUnit first unit of the part.
     * @param endUnit behind its last unit.
     */
    void acceptRows(int group, long dataId, long firstUnit, long endUnit);

    /**
     * The highest cut number applied to a strip.
     *
     * @param group the group.
     * @param dataId the strip.
     * @return the cut number, 0 if it was never cut.
     */
    long cut(int group, long dataId);

    /**
     * Sets the cut number of a strip, as pulled from a neighbour, if it is higher than the one
     * known.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param cut the number.
     */
    void setCut(int group, long dataId, long cut);

    /**
     * Finds the extents of a run that the index holds, in order, clipped to the run.
     *
     * @param group the group.
     * @param dataId the strip.
     * @param firstUnit first unit.
     * @param endUnit behind the last unit.
     * @param extents cleared, then filled.
     */
    void find(int group, long dataId, long firstUnit, long endUnit, ExtentList extents);

    /**
     * Lists extents in key order from a key on, across strips, until the list is full. Of one that
     * begins before that key, what lies behind it is listed.
     *
     * @param group the group.
     * @param fromDataId begin.
     * @param fromUnit begin.
     * @param maxExtents at most so many.
     * @param extents cleared, then filled; fewer than {@code maxExtents} only at the end.
     */
    void scan(int group, long fromDataId, long fromUnit, int maxExtents, ExtentList extents);

    /**
     * Lists the strips that have been cut, in the order of their data ids.
     *
     * @param group the group.
     * @param fromDataId begin.
     * @param maxStrips at most so many.
     * @param visitor told each (data id, cut number).
     */
    void scanCuts(int group, long fromDataId, int maxStrips, CutVisitor visitor);

    /** Told of strips that have been cut. */
    @FunctionalInterface
    interface CutVisitor {
        /**
         * A strip.
         *
         * @param dataId its data id.
         * @param cut its cut number.
         */
        void onCut(long dataId, long cut);
    }

    /**
     * Whether what is stored with an extent, and is neither its bytes nor their checksums, is as it
     * was written: what says where it belongs, and by which it is found when the index is lost. It
     * is read from the device, whatever has been found right before.
     *
     * @param extent of {@link #find} or {@link #scan}, with the index unchanged since.
     * @param scratch as long as the longest record; overwritten.
     * @return false if the device could not give it, or gave something else.
     */
    boolean isWhole(Extent extent, MutableDirectBuffer scratch);

    /**
     * Reads the bytes of an extent; they are not verified.
     *
     * @param extent of {@link #find} or {@link #scan}, with the index unchanged since.
     * @param destination takes the bytes.
     * @param offset where to put them.
     * @return false if the device could not give them.
     */
    boolean readData(Extent extent, MutableDirectBuffer destination, int offset);

    /**
     * Reads the checksums of an extent, one for each unit.
     *
     * @param extent of {@link #find} or {@link #scan}, with the index unchanged since.
     * @param destination takes the checksums.
     * @param offset where to put them.
     * @return false if the device could not give them.
     */
    boolean readChecksums(Extent extent, MutableDirectBuffer destination, int offset);

    /**
     * Reads the checksums and the bytes of an extent: at once, if there are few, or if there is
     * room in front of the bytes for the record's beginning, {@link #FRONT_LENGTH} and the
     * checksums.
     *
     * @param extent of {@link #find} or {@link #scan}, with the index unchanged since.
     * @param destination takes both.
     * @param checksumsAt where to put the checksums.
     * @param dataAt where to put the bytes.
     * @return false if the device could not give them.
     */
    default boolean read(
            final Extent extent,
            final MutableDirectBuffer destination,
            final int checksumsAt,
            final int dataAt) {
        return readChecksums(extent, destination, checksumsAt)
                && readData(extent, destination, dataAt);
    }

    // ---- upkeep

    /**
     * Commits the index with the last saved state of each group, durably. Everything applied must
     * be synced. After a crash the journal is replayed from {@code replayPosition}; records before
     * it are kept only while the index names them.
     *
     * @param replayPosition the oldest record that recovery needs: of the oldest entry that a log
     *     still keeps, or {@link #endPosition}.
     */
    void checkpoint(long replayPosition);

    /**
     * Does a bounded amount of background work: completions of writes and syncs, cleaning,
     * preallocation.
     *
     * @param nowNs monotonic clock.
     * @return how much was done; 0 for nothing.
     */
    int doWork(long nowNs);

    /**
     * The device has failed or the storage has been lost: the error that takes the node out of
     * service.
     *
     * @return null while all is well.
     */
    RuntimeException failure();

    /**
     * What is stored.
     *
     * @return figures of now.
     */
    StoreStatistics statistics();

    /** Syncs, commits the index with the last checkpoint's replay position, and closes. */
    @Override
    void close();
}
