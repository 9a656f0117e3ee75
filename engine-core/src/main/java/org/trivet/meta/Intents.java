package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.trivet.fs.Attributes;

import java.nio.ByteOrder;

/**
 * What is left to be done at the data nodes, kept until all groups have confirmed it.
 *
 * <pre>
 *    0  int32  kind
 *    4  int32  pairs
 *    8  int64  inode
 *   16  int64  data id
 *   24  int64  cut
 *   32         pairs int64 cut number, int64 file offset
 * </pre>
 */
final class Intents {
    /** Remove all data of a data id. */
    static final int REMOVE = 1;

    /** Trim a data id to a cut. */
    static final int TRIM = 2;

    /** Cut what lies beyond the size, as soon as a cut more fits into the inode. */
    static final int TAIL = 3;

    /** Of data that are removed, the number of the last cut: what is written later is refused. */
    static final long LAST_CUT = Long.MAX_VALUE;

    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int CUTS_OFFSET = 32;

    private final State state;
    private final InodeRow row = new InodeRow();

    /** What {@link #load} found. */
    int kind;

    long inode;
    long dataId;
    long cut;
    long[] cuts = {};

    Intents(final State state) {
        this.state = state;
    }

    void add(final int newKind, final InodeRow of) {
        final var value = state.rows.value();
        final int pairs = newKind == TRIM ? of.unconfirmedCuts() : 0;
        value.putInt(0, newKind, LE);
        value.putInt(4, pairs, LE);
        value.putLong(8, of.inode, LE);
        value.putLong(16, of.dataId, LE);
        value.putLong(24, of.cut, LE);
        if (pairs > 0) {
            of.encodeUnconfirmedCuts(value, CUTS_OFFSET);
        }
        state.rows.key('T').and(state.counters.nextIntent++).putValue(CUTS_OFFSET + 16 * pairs);
        state.effects.intentAdded();
    }

    /** Loads an intent into the fields. */
    boolean load(final long intent) {
        final DirectBuffer value = state.rows.key('T').and(intent).get();
        if (value == null) {
            return false;
        }
        kind = value.getInt(0, LE);
        cuts = new long[2 * value.getInt(4, LE)];
        inode = value.getLong(8, LE);
        dataId = value.getLong(16, LE);
        cut = value.getLong(24, LE);
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = value.getLong(CUTS_OFFSET + 8 * i, LE);
        }
        return true;
    }

    /**
     * Lists intents in order.
     *
     * @param after after this one.
     * @param into takes their numbers.
     * @return how many there were.
     */
    int list(final long after, final long[] into) {
        return state.rows.key('T').and(after + 1).collect(0, 0, into);
    }

    /** All groups have confirmed an intent; of one of kind TAIL: try again. */
    int finish(final long intent) {
        if (load(intent)) {
            final boolean exists =
                    inode != 0 && state.rows.load(inode, row) && row.dataId == dataId;
            if (kind == TAIL) {
                finishTail(intent, exists);
            } else {
                state.rows.key('T').and(intent).remove();
                if (exists && kind == TRIM) {
                    row.confirmCuts(cut);
                    state.save(row, false);
                }
            }
        }
        return 0;
    }

    private void finishTail(final long intent, final boolean exists) {
        if (!exists) {
            state.rows.key('T').and(intent).remove();
        } else if (!row.isFullOfCuts()) {
            state.rows.key('T').and(intent).remove();
            row.tailPending = false;
            cutTail(row);
            state.save(row, false);
        }
    }

    /** Cuts a file at a size above 0; there must be room for a cut more. */
    void cutAt(final InodeRow file, final long size) {
        file.addCut(size);
        add(TRIM, file);
        state.effects.mustSync();
    }

    /**
     * Gives a file a fresh data id: it has no data any more. Who else has it open may write to the
     * old one until told by the data nodes that it is gone. The session that asks writes nothing
     * until it has been answered.
     */
    void empty(final InodeRow file) {
        empty(file, state.isOpenElsewhere(file));
    }

    /**
     * Likewise, for a session that knows the file by a name, and so does not know whether it is one
     * that it has open itself, and writes to.
     */
    void emptyByName(final InodeRow file) {
        empty(file, file.openCount > 0);
    }

    private void empty(final InodeRow file, final boolean mayBeWritten) {
        remove(file, mayBeWritten);
        file.dataId = state.counters.nextDataId++;
        file.forgetCuts();
        file.tailPending = false;
        file.sparse = false;
    }

    /**
     * Removes all data of a file.
     *
     * @param file whose they are.
     * @param mayBeWritten whether somebody who does not know may still write there. So may whoever
     *     was taken for dead and is not, where a tail was cut.
     */
    void remove(final InodeRow file, final boolean mayBeWritten) {
        if (mayBeWritten || file.cut > 0) {
            file.cut = LAST_CUT;
        }
        add(REMOVE, file);
    }

    /**
     * Removes what a writer that is gone, or has given up, may have left beyond the end of a file.
     * If that must wait, the file does not grow meanwhile. Room given out to appenders is void.
     */
    void cutTail(final InodeRow file) {
        assert (file.mode & Attributes.TYPE_MASK) == Attributes.REGULAR;
        if (file.size == 0) {
            empty(file, true); // what was given up may be under way
        } else if (!file.isFullOfCuts()) {
            cutAt(file, file.size);
        } else {
            add(TAIL, file);
            file.tailPending = true;
        }
        file.appendEnd = file.size;
        file.change++;
    }
}
