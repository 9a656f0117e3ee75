package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.LongHashSet;
import org.junit.jupiter.api.Test;

class ResultTableTest {
    private static final long SESSION = 3;

    private final ResultTable table = new ResultTable();

    @Test
    void aRequestIsPendingUntilItIsCommitted() {
        table.notePending(SESSION, 5, 5);
        assertTrue(table.isPending(SESSION, 5));
        assertFalse(table.isCommitted(SESSION, 5));
        table.commit(SESSION, 5, 5);
        assertFalse(table.isPending(SESSION, 5));
        assertTrue(table.isCommitted(SESSION, 5));
    }

    @Test
    void itTellsWhetherAnyOfItWasForgotten() {
        table.commit(SESSION, 5, 5);
        assertFalse(table.retain(SESSION, sessions(SESSION)), "it lives");
        assertFalse(table.retain(SESSION - 1, sessions()), "it is newer than what is said");
        assertTrue(table.isCommitted(SESSION, 5));
        assertTrue(table.retain(SESSION, sessions()));
        assertFalse(table.isCommitted(SESSION, 5));
        assertFalse(table.retain(SESSION, sessions()), "there is nothing any more");
    }

    private static LongHashSet sessions(final long... ids) {
        final LongHashSet set = new LongHashSet();
        for (final long id : ids) {
            set.add(id);
        }
        return set;
    }

    /** After a start entries are in doubt that clients have had answers to long ago. */
    @Test
    void anOldRequestInDoubtDoesNotHoldUpOneThatComesAWindowLater() {
        final ResultTable ahead = new ResultTable();
        ahead.commit(SESSION, 600, 600);
        final ExpandableArrayBuffer encoded = new ExpandableArrayBuffer();
        table.merge(encoded, 0, ahead.encode(encoded, 0));
        table.notePending(SESSION, 1, 1);
        table.commit(SESSION, 1, 1);
        assertTrue(table.isCommitted(SESSION, 1));
        table.commit(SESSION, 1024, 1024);
        assertFalse(table.isPending(SESSION, 1 + ResultTable.WINDOW));
        assertFalse(table.isCommitted(SESSION, 1 + ResultTable.WINDOW));
    }
}
