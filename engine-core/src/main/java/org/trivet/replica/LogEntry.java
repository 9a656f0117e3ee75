package org.trivet.replica;

import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryKind;

/** What a node keeps in memory of an entry of a group's log; the bytes are in the store. Reused. */
final class LogEntry {
    long sequence;
    long epoch;
    long position;
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

    /** Endpoint of the client to answer; -1 for none. */
    int client;

    /** When it was appended here, monotonic. */
    long appendedNs;

    void set(final EntryView entry, final long newPosition, final long nowNs) {
        sequence = entry.sequence();
        epoch = entry.epoch();
        position = newPosition;
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
        client = -1;
        appendedNs = nowNs;
    }

    /** Whether applying it changes any of these units. */
    boolean touches(final long otherDataId, final long otherFirst, final long otherEnd) {
        return dataId == otherDataId
                && kind != EntryKind.NOTHING
                && firstUnit < otherEnd
                && otherFirst < Math.max(endUnit, dataLength > 0 ? firstUnit + 1 : firstUnit);
    }

    /** First unit behind the entry's data; the data begin at {@link #firstUnit}. */
    long dataEndUnit(final int unitLength) {
        return firstUnit + (dataLength + unitLength - 1) / unitLength;
    }
}
