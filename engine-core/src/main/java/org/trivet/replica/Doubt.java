package org.trivet.replica;

import org.trivet.store.EntryView;

/**
 * Units that were damaged in the journal when the store was opened, as after a loss of power: to be
 * verified, and fetched from another member, when the entry is in the index.
 *
 * @param sequence of the entry.
 * @param position of its record.
 * @param dataId of its units.
 * @param firstUnit the first of them.
 * @param endUnit after the last.
 */
record Doubt(long sequence, long position, long dataId, long firstUnit, long endUnit) {
    static Doubt of(final EntryView entry, final long position) {
        return new Doubt(
                entry.sequence(), position, entry.dataId(), entry.firstUnit(), entry.endUnit());
    }
}
