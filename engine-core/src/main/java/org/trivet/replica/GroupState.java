package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;

import java.nio.ByteOrder;

/**
 * What a member of a group must remember besides its log, as it is saved in the journal.
 *
 * <pre>
 *   little-endian:  int64 epoch | int64 low | int64 low epoch | int64 watermark | int64 bound | int64 boot hash
 *     | int32 flags (1 has a log, 2 suspect, 4 has pulled, 8 has amended, 16 adopting) | int32 bytes of results | results | coverage
 *     | scrub (see {@link ScrubProgress}; states that were saved before there was one end here)
 *     | int64 position of the pull that was installed last | what is given up (likewise)
 *     | tally of the scrub (likewise)
 * </pre>
 */
final class GroupState {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int HEADER_LENGTH = 56;
    private static final int HAS_LOG = 1;
    private static final int SUSPECT = 2;
    private static final int HAS_PULLED = 4;
    private static final int HAS_AMENDED = 8;
    private static final int ADOPTING = 16;

    private DirectBuffer buffer;
    private int offset;
    private int length;

    /** Looks at a state. */
    GroupState wrap(final DirectBuffer newBuffer, final int newOffset, final int newLength) {
        buffer = newBuffer;
        offset = newOffset;
        length = newLength;
        return this;
    }

    /** Whether all that it says of its own lengths lies within it. */
    boolean isWellFormed() {
        if (length < HEADER_LENGTH) {
            return false;
        }
        final long coverageAt = (long) HEADER_LENGTH + resultsLength();
        if (resultsLength() < Integer.BYTES || coverageAt > length - Integer.BYTES) {
            return false;
        }
        final long scrubAt = coverageAt + rangesLength(coverageAt);
        final long givenUpAt = scrubAt + ScrubProgress.ENCODED_LENGTH + Long.BYTES;
        return scrubAt >= coverageAt + Integer.BYTES
                && scrubAt <= length
                && (givenUpAt + Integer.BYTES > length
                        || rangesLength(givenUpAt) >= Integer.BYTES
                                && givenUpAt + rangesLength(givenUpAt) <= length);
    }

    private long rangesLength(final long at) {
        return Integer.BYTES + (long) buffer.getInt(offset + (int) at, LE) * KeyRanges.RANGE_LENGTH;
    }

    int sessionCount() {
        return buffer.getInt(offset + HEADER_LENGTH, LE);
    }

    long epoch() {
        return buffer.getLong(offset, LE);
    }

    long low() {
        return buffer.getLong(offset + 8, LE);
    }

    long lowEpoch() {
        return buffer.getLong(offset + 16, LE);
    }

    long watermark() {
        return buffer.getLong(offset + 24, LE);
    }

    long bound() {
        return buffer.getLong(offset + 32, LE);
    }

    long bootHash() {
        return buffer.getLong(offset + 40, LE);
    }

    boolean hasLog() {
        return has(HAS_LOG);
    }

    boolean isSuspect() {
        return has(SUSPECT);
    }

    boolean hasPulled() {
        return has(HAS_PULLED);
    }

    boolean hasAmended() {
        return has(HAS_AMENDED);
    }

    boolean isAdopting() {
        return has(ADOPTING);
    }

    private boolean has(final int flag) {
        return (buffer.getInt(offset + 48, LE) & flag) != 0;
    }

    private int resultsLength() {
        return buffer.getInt(offset + 52, LE);
    }

    void mergeResults(final ResultTable results) {
        results.merge(buffer, offset + HEADER_LENGTH, resultsLength());
    }

    private int scrubAt() {
        final int coverageAt = offset + HEADER_LENGTH + resultsLength();
        return coverageAt + KeyRanges.encodedLength(buffer, coverageAt);
    }

    private int installedAt() {
        return scrubAt() + ScrubProgress.ENCODED_LENGTH;
    }

    private boolean reaches(final int end) {
        return end <= offset + length;
    }

    void readCoverage(final Coverage coverage) {
        coverage.decode(buffer, offset + HEADER_LENGTH + resultsLength());
    }

    void readScrub(final ScrubProgress scrub) {
        if (reaches(installedAt())) {
            scrub.decode(buffer, scrubAt());
        }
        final int givenUpAt = installedAt() + Long.BYTES;
        if (reaches(givenUpAt + Integer.BYTES)) {
            final int tallyAt = givenUpAt + KeyRanges.encodedLength(buffer, givenUpAt);
            if (reaches(tallyAt + ScrubProgress.TALLY_LENGTH)) {
                scrub.decodeTally(buffer, tallyAt);
            }
        }
    }

    void readGivenUp(final KeyRanges givenUp) {
        givenUp.clear();
        final int at = installedAt() + Long.BYTES;
        if (reaches(at + Integer.BYTES)) {
            givenUp.decode(buffer, at);
        }
    }

    /** Whether it tells which pull was installed last. */
    boolean tellsInstalled() {
        return reaches(installedAt() + Long.BYTES);
    }

    /** Where the pull that was installed last begins in the journal; 0 for none. */
    long installed() {
        return buffer.getLong(installedAt(), LE);
    }

    /** Puts down what a member is now; returns the bytes it takes. */
    static int encode(final Group group, final ExpandableDirectByteBuffer to) {
        to.putLong(0, group.epoch, LE);
        to.putLong(8, group.log.low(), LE);
        to.putLong(16, group.log.lowEpoch(), LE);
        to.putLong(24, group.watermark, LE);
        to.putLong(32, group.bound, LE);
        to.putLong(40, group.node.config.bootHash(), LE);
        to.putInt(
                48,
                (group.hasLog ? HAS_LOG : 0)
                        | (group.suspect ? SUSPECT : 0)
                        | (group.hasPulled ? HAS_PULLED : 0)
                        | (group.hasAmended ? HAS_AMENDED : 0)
                        | (group.adopting ? ADOPTING : 0),
                LE);
        to.checkLimit(
                HEADER_LENGTH
                        + group.results.encodedLength()
                        + group.coverage.encodedLength()
                        + ScrubProgress.ENCODED_LENGTH
                        + Long.BYTES
                        + group.givenUp.encodedLength()
                        + ScrubProgress.TALLY_LENGTH);
        final int resultsLength = group.results.encode(to, HEADER_LENGTH);
        to.putInt(52, resultsLength, LE);
        final int coverageAt = HEADER_LENGTH + resultsLength;
        final int scrubAt = coverageAt + group.coverage.encode(to, coverageAt);
        final int installedAt = scrubAt + group.scrub.encode(to, scrubAt);
        to.putLong(installedAt, group.installed, LE);
        final int givenUpAt = installedAt + Long.BYTES;
        final int tallyAt = givenUpAt + group.givenUp.encode(to, givenUpAt);
        return tallyAt + group.scrub.encodeTally(to, tallyAt);
    }
}
