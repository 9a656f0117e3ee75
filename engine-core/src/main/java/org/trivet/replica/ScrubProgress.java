package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * How far a group's copy has been read through, and when the node was last through with all; how
 * much that was, and what was found.
 *
 * <pre>
 *   encoded, little-endian:  int64 data id | int64 unit | int64 begun, ms | int64 ended, ms | int64 1 while it is under way
 *   its tally, which stands apart:  int64 bytes | int64 units | findings | findings of the pass before (see {@link ScrubFindings})
 * </pre>
 */
final class ScrubProgress {
    static final int ENCODED_LENGTH = 40;
    static final int TALLY_LENGTH = 2 * Long.BYTES + 2 * ScrubFindings.ENCODED_LENGTH;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private long dataId;
    private long unit;
    private long begunMs;
    private long endedMs;
    private boolean underWay;
    private long bytes;
    private long units;

    /** Of the pass that is under way, or the last one. */
    final ScrubFindings findings = new ScrubFindings();

    /** Of the pass before that. */
    final ScrubFindings findingsBefore = new ScrubFindings();

    /** All before this key has been read in this pass. */
    long dataId() {
        return dataId;
    }

    long unit() {
        return unit;
    }

    /** When the last pass began; 0 for never. */
    long begunMs() {
        return begunMs;
    }

    /** When a pass over all groups was last complete; 0 for never. */
    long endedMs() {
        return endedMs;
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** Bytes read in this pass, or the last, up to where it is. */
    long bytes() {
        return bytes;
    }

    /** Units read in this pass, or the last, up to where it is. */
    long units() {
        return units;
    }

    void begin(final long nowMs) {
        dataId = 0;
        unit = 0;
        begunMs = nowMs;
        underWay = true;
        bytes = 0;
        units = 0;
        findingsBefore.set(findings);
        findings.clear();
    }

    /** So much has been read of what lies before the key that it has moved to. */
    void haveRead(final long moreBytes, final long moreUnits) {
        bytes += moreBytes;
        units += moreUnits;
    }

    /** All before this key has been read, or passed over. */
    void moveTo(final long newDataId, final long newUnit) {
        final boolean isEndOfStrip =
                newUnit == KeyRanges.END_UNIT && newDataId != KeyRanges.END_DATA_ID;
        dataId = isEndOfStrip ? newDataId + 1 : newDataId;
        unit = isEndOfStrip ? 0 : newUnit;
    }

    /** Whether all keys have been read, or passed over. */
    boolean isAtEnd() {
        return dataId == KeyRanges.END_DATA_ID && unit == KeyRanges.END_UNIT;
    }

    /** This group's copy has been read to its end. */
    void finish() {
        underWay = false;
    }

    /** The pass is complete: all groups' copies have been read to their ends. */
    void end(final long nowMs) {
        endedMs = nowMs;
    }

    int encode(final MutableDirectBuffer to, final int offset) {
        to.putLong(offset, dataId, LE);
        to.putLong(offset + 8, unit, LE);
        to.putLong(offset + 16, begunMs, LE);
        to.putLong(offset + 24, endedMs, LE);
        to.putLong(offset + 32, underWay ? 1 : 0, LE);
        return ENCODED_LENGTH;
    }

    void decode(final DirectBuffer from, final int offset) {
        dataId = from.getLong(offset, LE);
        unit = from.getLong(offset + 8, LE);
        begunMs = from.getLong(offset + 16, LE);
        endedMs = from.getLong(offset + 24, LE);
        underWay = from.getLong(offset + 32, LE) != 0;
    }

    int encodeTally(final MutableDirectBuffer to, final int offset) {
        to.putLong(offset, bytes, LE);
        to.putLong(offset + 8, units, LE);
        final int before = 16 + findings.encode(to, offset + 16);
        return before + findingsBefore.encode(to, offset + before);
    }

    void decodeTally(final DirectBuffer from, final int offset) {
        bytes = from.getLong(offset, LE);
        units = from.getLong(offset + 8, LE);
        findings.decode(from, offset + 16);
        findingsBefore.decode(from, offset + 16 + ScrubFindings.ENCODED_LENGTH);
    }
}
