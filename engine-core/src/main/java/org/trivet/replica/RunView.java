package org.trivet.replica;

import org.trivet.store.BlockStore;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.wire.sbe.EntryKind;

/**
 * The content of a run as of a point of the log: the index, with the entries above it that are not
 * applied yet laid over it in order.
 */
final class RunView {
    private final BlockStore store;
    private final int unitLength;
    private ExtentList extents = new ExtentList();
    private ExtentList spare = new ExtentList();

    RunView(final BlockStore store, final int unitLength) {
        this.store = store;
        this.unitLength = unitLength;
    }

    /** The extents found, in order; units between them are holes. */
    ExtentList extents() {
        return extents;
    }

    /** Looks at a run of a group as of log entry {@code asOf}. */
    void find(
            final Group group,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final long asOf) {
        store.find(group.group, dataId, firstUnit, endUnit, extents);
        if (group.hasUnapplied(dataId)) {
            for (long sequence = group.applied + 1; sequence <= asOf; sequence++) {
                final LogEntry entry = group.log.get(sequence);
                if (entry.touches(dataId, firstUnit, endUnit)) {
                    lay(entry, firstUnit, endUnit);
                }
            }
        }
    }

    private void lay(final LogEntry entry, final long firstUnit, final long endUnit) {
        final long dataEnd = entry.dataEndUnit(unitLength);
        final long from = Math.max(entry.firstUnit, firstUnit);
        final long to = Math.min(Math.max(entry.endUnit, dataEnd), endUnit);
        spare.clear();
        boolean laid = false;
        for (int i = 0; i < extents.size(); i++) {
            final Extent extent = extents.get(i);
            if (!laid && extent.endUnit > from) {
                if (extent.firstUnit < from) {
                    clip(spare.add().set(extent), extent.firstUnit, from);
                }
                layData(entry, from, Math.min(dataEnd, endUnit));
                laid = true;
                if (extent.endUnit > to) {
                    clip(spare.add().set(extent), Math.max(extent.firstUnit, to), extent.endUnit);
                }
            } else if (extent.endUnit <= from || extent.firstUnit >= to) {
                spare.add().set(extent);
            } else if (extent.endUnit > to) {
                clip(spare.add().set(extent), to, extent.endUnit);
            }
        }
        if (!laid) {
            layData(entry, from, Math.min(dataEnd, endUnit));
        }
        final ExtentList laidOver = spare;
        spare = extents;
        extents = laidOver;
    }

    private void layData(final LogEntry entry, final long from, final long to) {
        if (from >= to || entry.kind == EntryKind.NOTHING) {
            return;
        }
        final Extent extent = spare.add();
        extent.dataId = entry.dataId;
        extent.firstUnit = entry.firstUnit;
        extent.endUnit = entry.dataEndUnit(unitLength);
        extent.version = entry.sequence;
        extent.position = entry.position;
        extent.unitInRecord = 0;
        extent.dataLength = entry.dataLength;
        extent.recordDataLength = entry.dataLength;
        clip(extent, from, to);
    }

    private void clip(final Extent extent, final long from, final long to) {
        final long recordEndUnit =
                extent.firstUnit - extent.unitInRecord + units(extent.recordDataLength);
        extent.unitInRecord += (int) (from - extent.firstUnit);
        extent.firstUnit = from;
        extent.endUnit = to;
        final int whole = (int) (to - from) * unitLength;
        extent.dataLength =
                to == recordEndUnit
                        ? Math.min(
                                whole, extent.recordDataLength - extent.unitInRecord * unitLength)
                        : whole;
    }

    private int units(final int dataLength) {
        return (dataLength + unitLength - 1) / unitLength;
    }
}
