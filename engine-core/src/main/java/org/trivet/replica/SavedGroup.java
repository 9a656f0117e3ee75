package org.trivet.replica;

import org.agrona.DirectBuffer;

/**
 * What a member's state says that was saved in the journal, in short.
 *
 * @param epoch the epoch that it had promised.
 * @param low entries up to this one were in its index, and gone from its log.
 * @param watermark entries up to this one were known to be committed.
 * @param hasLog whether it had a log.
 * @param isSuspect whether the end of the log might be missing.
 * @param hasPulled whether rows had come, or gone, otherwise than by the log.
 * @param hasAmended whether entries had been made void, or put into the journal again.
 * @param isAdopting whether it was taking a log over.
 * @param sessions how many clients' results it had.
 * @param unknownRanges how many ranges of keys it lacked.
 * @param givenUpRanges how many ranges of keys had been given up.
 */
public record SavedGroup(
        long epoch,
        long low,
        long watermark,
        boolean hasLog,
        boolean isSuspect,
        boolean hasPulled,
        boolean hasAmended,
        boolean isAdopting,
        int sessions,
        int unknownRanges,
        int givenUpRanges) {
    /**
     * Reads one.
     *
     * @param buffer holds the body of the record.
     * @param offset where it begins.
     * @param length bytes of it.
     * @return what it says; null if it is none, or damaged.
     */
    public static SavedGroup read(final DirectBuffer buffer, final int offset, final int length) {
        final GroupState state = new GroupState().wrap(buffer, offset, length);
        if (!state.isWellFormed()) {
            return null;
        }
        final Coverage coverage = new Coverage();
        state.readCoverage(coverage);
        final KeyRanges givenUp = new KeyRanges();
        state.readGivenUp(givenUp);
        return new SavedGroup(
                state.epoch(),
                state.low(),
                state.watermark(),
                state.hasLog(),
                state.isSuspect(),
                state.hasPulled(),
                state.hasAmended(),
                state.isAdopting(),
                state.sessionCount(),
                coverage.rangeCount(),
                givenUp.count());
    }
}
