package org.trivet.store.segment;

import org.agrona.collections.IntArrayList;
import org.trivet.block.Placement;

import java.util.Arrays;

/**
 * Index rows that are known to be right: they were put, or have been found to add up with their
 * like, since the store was opened. Kept in memory, where no file that goes bad can change them,
 * and where most of what is asked for needs no look at the index.
 *
 * <p>Rows that were put are written to the index later, at once with others: of what is overwritten
 * again and again only the last one is. Who looks at the index has them written before.
 *
 * <p>A direct-mapped table: of the rows whose names lead to the same slot the last one is kept. It
 * begins small, and doubles when one takes another's place while an eighth of the slots is used.
 */
final class KnownRows {
    private static final int INITIAL_SLOTS = 1 << 10;

    /** 16 MiB. */
    private static final int MOST_SLOTS = 1 << 18;

    /** Rows that wait to be written: to write them takes some milliseconds. */
    private static final int MOST_PENDING = 1 << 14;

    private static final long PENDING = 1L << 32;
    private static final int SHIFT = 3;
    private static final int NEIGHBOURS_SHIFT = 4;

    /**
     * Longs before the first slot. The elements of a large array mostly begin 16 bytes after a
     * cache line does; a slot is to lie in a single one.
     */
    private static final int SLOTS_OFFSET = 6;

    // A slot, in longs; one that is empty has an end of 0.
    private static final int DATA_ID = 0;
    private static final int FIRST = 1;
    private static final int END = 2;
    private static final int VERSION = 3;
    private static final int POSITION = 4;
    private static final int PLACE = 5;
    private static final int GROUP = 6;

    /** Writes a row to the index. */
    interface Writer {
        void write(
                int group,
                long dataId,
                long first,
                long end,
                long version,
                long position,
                int unitInRecord,
                int recordDataLength);
    }

    private final Writer writer;
    private final IntArrayList pending = new IntArrayList();
    private int slotCount = INITIAL_SLOTS;
    private long[] slots = newSlots(INITIAL_SLOTS);
    private int used;

    KnownRows(final Writer writer) {
        this.writer = writer;
    }

    /** A row of the index is right. */
    void note(
            final int group,
            final long dataId,
            final long first,
            final long end,
            final long version,
            final long position,
            final int unitInRecord,
            final int recordDataLength) {
        set(group, dataId, first, end, version, position, unitInRecord, recordDataLength);
    }

    /** A row is right, and is to be written to the index. */
    void put(
            final int group,
            final long dataId,
            final long first,
            final long end,
            final long version,
            final long position,
            final int unitInRecord,
            final int recordDataLength) {
        final int at =
                set(group, dataId, first, end, version, position, unitInRecord, recordDataLength);
        if ((slots[at + GROUP] & PENDING) == 0) {
            slots[at + GROUP] |= PENDING;
            pending.addInt(at);
        }
        if (pending.size() >= MOST_PENDING) {
            write();
        }
    }

    /** Writes all rows to the index that wait for it. */
    void write() {
        for (int i = 0; i < pending.size(); i++) {
            writeIfPending(pending.getInt(i));
        }
        pending.clear();
    }

    private void writeIfPending(final int at) {
        if ((slots[at + GROUP] & PENDING) != 0) {
            writer.write(
                    (int) slots[at + GROUP],
                    slots[at + DATA_ID],
                    slots[at + FIRST],
                    slots[at + END],
                    slots[at + VERSION],
                    slots[at + POSITION],
                    (int) (slots[at + PLACE] >>> 32),
                    (int) slots[at + PLACE]);
            slots[at + GROUP] &= ~PENDING;
        }
    }

    /** The slot of a row, which another row has left. */
    private int take(final int group, final long dataId, final long first) {
        int at = slot(group, dataId, first);
        if (slots[at + END] != 0 && !isAt(at, group, dataId, first)) {
            if (isTooSmall()) {
                grow();
                at = slot(group, dataId, first);
            }
            if (!isAt(at, group, dataId, first)) {
                writeIfPending(at);
            }
        }
        if (slots[at + END] == 0) {
            used++;
        }
        return at;
    }

    /** Sets a row in its slot, which it returns; one that waits to be written goes on waiting. */
    private int set(
            final int group,
            final long dataId,
            final long first,
            final long end,
            final long version,
            final long position,
            final int unitInRecord,
            final int recordDataLength) {
        final int at = take(group, dataId, first);
        slots[at + DATA_ID] = dataId;
        slots[at + FIRST] = first;
        slots[at + END] = end;
        slots[at + VERSION] = version;
        slots[at + POSITION] = position;
        slots[at + PLACE] = place(unitInRecord, recordDataLength);
        slots[at + GROUP] = group | slots[at + GROUP] & PENDING;
        return at;
    }

    private boolean isTooSmall() {
        return used > slotCount >> 3 && slotCount < MOST_SLOTS;
    }

    private void grow() {
        write();
        final long[] old = slots;
        slotCount *= 2;
        slots = newSlots(slotCount);
        used = 0;
        for (int at = SLOTS_OFFSET; at < old.length; at += 1 << SHIFT) {
            if (old[at + END] != 0) {
                final int to = slot((int) old[at + GROUP], old[at + DATA_ID], old[at + FIRST]);
                used += slots[to + END] == 0 ? 1 : 0;
                System.arraycopy(old, at, slots, to, 1 << SHIFT);
            }
        }
    }

    /** A row is no more; one that the index has is not removed there. */
    void forget(final int group, final long dataId, final long first) {
        final int at = slot(group, dataId, first);
        if (isAt(at, group, dataId, first)) {
            slots[at + END] = 0;
            slots[at + GROUP] = 0;
            used--;
        }
    }

    /** Knows nothing any more. */
    void forgetAll() {
        write();
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

    /** Whether the row that begins at a unit is known: then there is no other. */
    boolean has(final int group, final long dataId, final long first) {
        return isAt(slot(group, dataId, first), group, dataId, first);
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
                && (int) slots[at + GROUP] == group
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
        return SLOTS_OFFSET + (((int) (name >>> 16) + neighbour & slotCount - 1) << SHIFT);
    }

    private static long[] newSlots(final int count) {
        return new long[SLOTS_OFFSET + (count << SHIFT)];
    }
}
