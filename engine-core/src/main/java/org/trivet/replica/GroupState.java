package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;

import java.nio.ByteOrder;

/**
 * What a member of a group must remember besides its log, as it is saved in the journal.
 *
 * <pre>
 *   little-endian:  int64 epoch | int64 low | int64 low epoch | int64 watermark | int64 bound | int64 boot hash
 *     | int32 flags (1 has a log, 2 suspect, 4 has pulled, 8 has amended) | int32 bytes of results | results | coverage
 *     | scrub (see {@link ScrubProgress}; states that were saved before there was one end here)
 * </pre>
 */
final class GroupState {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int HEADER_LENGTH = 56;
    private static final int HAS_LOG = 1;
    private static final int SUSPECT = 2;
    private static final int HAS_PULLED = 4;
    private static final int HAS_AMENDED = 8;

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

    private boolean has(final int flag) {
        return (buffer.getInt(offset + 48, LE) & flag) != 0;
    }

    private int resultsLength() {
        return buffer.getInt(offset + 52, LE);
    }

    void mergeResults(final ResultTable results) {
        results.merge(buffer, offset + HEADER_LENGTH, resultsLength());
    }

    void readCoverage(final Coverage coverage, final ScrubProgress scrub) {
        final int at = offset + HEADER_LENGTH + resultsLength();
        final int end = at + coverage.decode(buffer, at);
        if (end + ScrubProgress.ENCODED_LENGTH <= offset + length) {
            scrub.decode(buffer, end);
        }
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
                        | (group.hasAmended ? HAS_AMENDED : 0),
                LE);
        to.checkLimit(
                HEADER_LENGTH
                        + group.results.encodedLength()
                        + group.coverage.encodedLength()
                        + ScrubProgress.ENCODED_LENGTH);
        final int resultsLength = group.results.encode(to, HEADER_LENGTH);
        to.putInt(52, resultsLength, LE);
        final int coverageAt = HEADER_LENGTH + resultsLength;
        final int scrubAt = coverageAt + group.coverage.encode(to, coverageAt);
        return scrubAt + group.scrub.encode(to, scrubAt);
    }
}
