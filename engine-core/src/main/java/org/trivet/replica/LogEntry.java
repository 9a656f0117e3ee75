package org.trivet.replica;

import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryKind;

/** What a node keeps in memory of an entry of a group's log; the bytes are in the store. Reused. */
final class LogEntry {
    long sequence;
    long epoch;

    /** The record that holds it. */
    long position;

    /** The record that recovery finds its place in the log by: the first one that held it. */
    long placedAt;

    int length;
    EntryKind kind;
    long session;
    long request;
    long lowestOpen;
    long dataId;
    long cut;
    long firstUnit;
    long endUnit;
    int dataLength;

    /** The entry that says that this one has no effect; 0 for none. */
    long voidedBy;

    /** Endpoint of the client to answer; -1 for none. */
    int client;

    /** When it was appended here, monotonic. */
    long appendedNs;

    void set(final EntryView entry, final long newPosition, final long nowNs) {
        sequence = entry.sequence();
        epoch = entry.epoch();
        position = newPosition;
        placedAt = newPosition;
        length = entry.length();
        kind = entry.kind();
        session = entry.session();
        request = entry.request();
        lowestOpen = entry.lowestOpen();
        dataId = entry.dataId();
        cut = entry.cut();
        firstUnit = entry.firstUnit();
        endUnit = entry.endUnit();
        dataLength = entry.dataLength();
        voidedBy = 0;
        client = -1;
        appendedNs = nowNs;
    }

    /** Becomes a place in the log that has no effect, as another entry says. */
    void makeVoid(final long number, final LogEntry marker) {
        sequence = number;
        epoch = marker.epoch;
        position = marker.position;
        placedAt = marker.position;
        length = 0;
        kind = EntryKind.NOTHING;
        session = 0;
        request = 0;
        lowestOpen = 0;
        dataLength = 0;
        voidedBy = marker.sequence;
        client = -1;
        appendedNs = marker.appendedNs;
    }

    /** The first entry that this marker, of kind VOID, makes void. */
    long voidFrom() {
        return firstUnit;
    }

    /** Whether applying it changes any of these units. */
    boolean touches(final long otherDataId, final long otherFirst, final long otherEnd) {
        return dataId == otherDataId
                && (kind == EntryKind.WRITE || kind == EntryKind.TRIM)
                && firstUnit < otherEnd
                && otherFirst < Math.max(endUnit, dataLength > 0 ? firstUnit + 1 : firstUnit);
    }

    /** The keys of which all is known once it is applied; empty if it is not about any. */
    KeyRanges.Range range(final int unitLength) {
        return switch (kind) {
            case WRITE, TRIM ->
                    KeyRanges.Range.ofStrip(
                            dataId, firstUnit, Math.max(endUnit, dataEndUnit(unitLength)));
            case GIVE_UP, EMPTY -> new KeyRanges.Range(dataId, firstUnit, cut, endUnit);
            default -> KeyRanges.Range.ofStrip(dataId, 0, 0);
        };
    }

    /** First unit behind the entry's data; the data begin at {@link #firstUnit}. */
    long dataEndUnit(final int unitLength) {
        return firstUnit + (dataLength + unitLength - 1) / unitLength;
    }
}
