package org.trivet.store.segment;

import org.trivet.block.Placement;

import java.util.Arrays;

/**
 * Index rows that are known to be right: they were put, or have been found to add up with their
 * like, since the store was opened. Kept in memory, where no file that goes bad can change them,
 * and where most of what is asked for needs no look at the index.
 *
 * <p>A direct-mapped table: of the rows whose names lead to the same slot the last one is kept. It
 * begins small, and doubles when one takes another's place while an eighth of the slots is used.
 */
final class KnownRows {
    private static final int FIRST_SLOTS = 1 << 10;

    /** 16 MiB. */
    private static final int MOST_SLOTS = 1 << 18;

    private static final int SHIFT = 3;
    private static final int NEIGHBOURS_SHIFT = 4;

    // A slot, in longs; one that is empty has an end of 0.
    private static final int DATA_ID = 0;
    private static final int FIRST = 1;
    private static final int END = 2;
    private static final int VERSION = 3;
    private static final int POSITION = 4;
    private static final int PLACE = 5;
    private static final int GROUP = 6;

    private long[] slots = new long[FIRST_SLOTS << SHIFT];
    private int used;

    /** A row is right. */
    void note(
            final int group,
            final long dataId,
            final long first,
            final long end,
            final long version,
            final long position,
            final int unitInRecord,
            final int recordDataLength) {
        int at = slot(group, dataId, first);
        if (slots[at + END] != 0 && !isAt(at, group, dataId, first) && isTooSmall()) {
            grow();
            at = slot(group, dataId, first);
        }
        if (slots[at + END] == 0) {
            used++;
        }
        slots[at + DATA_ID] = dataId;
        slots[at + FIRST] = first;
        slots[at + END] = end;
        slots[at + VERSION] = version;
        slots[at + POSITION] = position;
        slots[at + PLACE] = place(unitInRecord, recordDataLength);
        slots[at + GROUP] = group;
    }

    private boolean isTooSmall() {
        return used > slots.length >> SHIFT + 3 && slots.length >> SHIFT < MOST_SLOTS;
    }

    private void grow() {
        final long[] old = slots;
        slots = new long[2 * old.length];
        used = 0;
        for (int at = 0; at < old.length; at += 1 << SHIFT) {
            if (old[at + END] != 0) {
                final int to = slot((int) old[at + GROUP], old[at + DATA_ID], old[at + FIRST]);
                used += slots[to + END] == 0 ? 1 : 0;
                System.arraycopy(old, at, slots, to, 1 << SHIFT);
            }
        }
    }

    /** A row is no more. */
    void forget(final int group, final long dataId, final long first) {
        final int at = slot(group, dataId, first);
        if (isAt(at, group, dataId, first)) {
            slots[at + END] = 0;
            used--;
        }
    }

    /** Knows nothing any more. */
    void forgetAll() {
        Arrays.fill(slots, 0);
        used = 0;
    }

    /**
     * Adds the row that begins at a unit and reaches a given end, or beyond, to those found; false
     * if it is not known.
     */
    boolean find(
            final int group,
            final long dataId,
            final long first,
            final long minEnd,
            final Rows found) {
        final int at = slot(group, dataId, first);
        if (slots[at + END] < minEnd || !isAt(at, group, dataId, first)) {
            return false;
        }
        final int i = found.add();
        found.dataId[i] = dataId;
        found.first[i] = first;
        found.end[i] = slots[at + END];
        found.version[i] = slots[at + VERSION];
        found.position[i] = slots[at + POSITION];
        found.unitInRecord[i] = (int) (slots[at + PLACE] >>> 32);
        found.recordDataLength[i] = (int) slots[at + PLACE];
        return true;
    }

    /** Whether this row, as it has been found, is known. */
    boolean has(final int group, final Rows found, final int i) {
        final int at = slot(group, found.dataId[i], found.first[i]);
        return isAt(at, group, found.dataId[i], found.first[i])
                && slots[at + END] == found.end[i]
                && slots[at + VERSION] == found.version[i]
                && slots[at + POSITION] == found.position[i]
                && slots[at + PLACE] == place(found.unitInRecord[i], found.recordDataLength[i]);
    }

    private boolean isAt(final int at, final int group, final long dataId, final long first) {
        return slots[at + FIRST] == first
                && slots[at + DATA_ID] == dataId
                && slots[at + GROUP] == group
                && slots[at + END] != 0;
    }

    private static long place(final int unitInRecord, final int recordDataLength) {
        return (long) unitInRecord << 32 | recordDataLength;
    }

    /** Rows of neighbouring units have neighbouring slots: they are mostly asked for in order. */
    private int slot(final int group, final long dataId, final long first) {
        final long name =
                Placement.mix64(Placement.mix64(dataId * 31 + group) ^ first >>> NEIGHBOURS_SHIFT);
        final int neighbour = (int) first & (1 << NEIGHBOURS_SHIFT) - 1;
        return (int) (name >>> 16) + neighbour << SHIFT & slots.length - 1;
    }
}
