package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.collections.MutableBoolean;

import java.nio.ByteOrder;

/** Which storage each data node has had, and the incarnations that they are given. */
final class NodeTable {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private final State state;

    NodeTable(final State state) {
        this.state = state;
    }

    /**
     * A node has started: the first storage ever recorded for it is new, any other that is empty
     * was wiped.
     */
    int register(final int node, final long storageId, final long bootHash, final long start) {
        final DirectBuffer known = state.rows.key('D').and(node).and(storageId).get();
        final boolean first;
        if (known != null) {
            first = known.getByte(0) != 0;
        } else {
            first = !hasStorage(node);
            state.rows.key('D').and(node).and(storageId).mark(first ? 1 : 0);
        }
        final long incarnation = state.counters.nextIncarnation++;
        state.rows.value().putLong(0, storageId, LE);
        state.rows.value().putLong(8, incarnation, LE);
        state.rows.value().putLong(16, bootHash, LE);
        state.rows.key('N').and(node).putValue(24);
        state.effects.mustSync();
        return state.replies.registered(node, storageId, incarnation, first, start);
    }

    private boolean hasStorage(final int node) {
        final MutableBoolean found = new MutableBoolean();
        state.rows
                .key('D')
                .and(node)
                .scan(
                        1 + Long.BYTES,
                        (key, value) -> {
                            found.set(true);
                            return false;
                        });
        return found.get();
    }
}
