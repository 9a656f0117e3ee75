package org.trivet.meta;

import org.agrona.DirectBuffer;

/**
 * The journal of the metadata node's commands: records in order, written and then synced. Owned by
 * one thread.
 *
 * <p>A position is the end of a record: above 0, and higher for each later record. What was written
 * survives the death of the process, what was synced the loss of power.
 */
public interface CommandJournal extends AutoCloseable {
    /** Not appended: there is no room. */
    long FULL = -1;

    /** Not appended: too much waits to be written; to be tried again later. */
    long BUSY = -2;

    /** Told of records. */
    @FunctionalInterface
    interface Handler {
        /**
         * A record; the buffer is borrowed until this returns.
         *
         * @param position the record's position.
         * @param buffer holds the record.
         * @param offset where it begins.
         * @param length bytes.
         */
        void onRecord(long position, DirectBuffer buffer, int offset, int length);
    }

    /**
     * Appends a record.
     *
     * @param buffer holds it.
     * @param offset where it begins.
     * @param length bytes, at most 256 KiB.
     * @param reserve whether it may use the room kept for commands that make room.
     * @return its position, or FULL or BUSY.
     */
    long append(DirectBuffer buffer, int offset, int length, boolean reserve);

    /**
     * Up to where records are written.
     *
     * @return a position.
     */
    long writtenPosition();

    /**
     * Up to where records are synced.
     *
     * @return a position, at most the written one.
     */
    long syncedPosition();

    /** Asks for everything appended to be synced soon; returns at once. */
    void requestSync();

    /**
     * Does what there is to do: called in every duty cycle.
     *
     * @return how much was done.
     */
    int doWork();

    /**
     * Replays records, before the first append. A torn end is no record.
     *
     * @param after from the first record after this position on; 0 from the beginning.
     * @param handler told each record.
     */
    void replay(long after, Handler handler);

    /**
     * Records up to a position are not needed any more.
     *
     * @param position the position.
     */
    void release(long position);

    /**
     * Whether the store of the namespace, which shares the journal's disk, will find room to commit
     * what so many commands change.
     *
     * @param commands how many.
     * @param reserve whether the room may be used that is kept for commands that make room.
     * @return false if not.
     */
    default boolean hasRoomToCommit(final int commands, final boolean reserve) {
        return true;
    }

    @Override
    void close();
}
