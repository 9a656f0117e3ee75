package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * How far a group's copy has been read through, and when the node was last through with all.
 *
 * <pre>
 *   encoded, little-endian:  int64 data id | int64 unit | int64 begun, ms | int64 ended, ms | int64 1 while it is under way
 * </pre>
 */
final class ScrubProgress {
    static final int ENCODED_LENGTH = 40;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private long dataId;
    private long unit;
    private long begunMs;
    private long endedMs;
    private boolean underWay;

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

    void begin(final long nowMs) {
        dataId = 0;
        unit = 0;
        begunMs = nowMs;
        underWay = true;
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
}
