package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.trivet.replica.KeyRanges.Range;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What one pass of a scrub over a group has found, and what of it has been repaired.
 *
 * <pre>
 *   encoded, little-endian:  int64 damaged | int64 of them repaired | int64 differing | int64 of them repaired
 *     | int64 ranges not compared
 * </pre>
 */
final class ScrubFindings {
    static final int ENCODED_LENGTH = 5 * Long.BYTES;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    /** With more of them only that all are repaired is noticed. */
    private static final int MAX_OPEN = 1024;

    private long damaged;
    private long damagedRepaired;
    private long differing;
    private long differingRepaired;
    private long notCompared;

    /** What was damaged, and has still to come from another member; a restart forgets it. */
    private final List<Range> open = new ArrayList<>();

    /** Extents, or parts of the index, that were damaged. */
    long damaged() {
        return damaged;
    }

    /** Stretches of units that a member had otherwise than the group. */
    long differing() {
        return differing;
    }

    /** What was damaged or differed, and does not any more. */
    long repaired() {
        return damagedRepaired + differingRepaired;
    }

    /** Ranges of keys that could not be compared with the other members. */
    long notCompared() {
        return notCompared;
    }

    void foundDamaged() {
        damaged++;
    }

    /** What was found damaged is right again. */
    void repairedDamage() {
        damagedRepaired++;
    }

    /** What was found damaged is unknown now: it is repaired when it is known again. */
    void awaitRepair(final Range range) {
        if (open.size() < MAX_OPEN) {
            open.add(range);
        }
    }

    /** Looks what is known again; whether anything is. */
    boolean look(final Coverage coverage) {
        final long before = damagedRepaired;
        final int openBefore = open.size();
        open.removeIf(coverage::covers);
        damagedRepaired =
                coverage.isComplete()
                        ? damaged
                        : Math.min(damaged, damagedRepaired + openBefore - open.size());
        return damagedRepaired != before;
    }

    void foundDiffering(final long stretches, final boolean isRepaired) {
        differing += stretches;
        differingRepaired += isRepaired ? stretches : 0;
    }

    void couldNotCompare() {
        notCompared++;
    }

    void set(final ScrubFindings other) {
        damaged = other.damaged;
        damagedRepaired = other.damagedRepaired;
        differing = other.differing;
        differingRepaired = other.differingRepaired;
        notCompared = other.notCompared;
        open.clear();
        open.addAll(other.open);
    }

    void clear() {
        set(new ScrubFindings());
    }

    int encode(final MutableDirectBuffer to, final int offset) {
        to.putLong(offset, damaged, LE);
        to.putLong(offset + 8, damagedRepaired, LE);
        to.putLong(offset + 16, differing, LE);
        to.putLong(offset + 24, differingRepaired, LE);
        to.putLong(offset + 32, notCompared, LE);
        return ENCODED_LENGTH;
    }

    void decode(final DirectBuffer from, final int offset) {
        damaged = from.getLong(offset, LE);
        damagedRepaired = from.getLong(offset + 8, LE);
        differing = from.getLong(offset + 16, LE);
        differingRepaired = from.getLong(offset + 24, LE);
        notCompared = from.getLong(offset + 32, LE);
    }
}
