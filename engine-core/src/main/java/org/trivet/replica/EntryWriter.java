package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.block.Placement;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.Refusal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * At a primary: turns what clients send into entries of whole units. Verifies what arrived; merges
 * a part of a unit onto the newest version of that unit, having verified that too; encodes the
 * entry in the journal.
 */
final class EntryWriter {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private final GroupPrimary group;
    private final NodeContext node;
    private final int unitLength;
    private final int sumLength;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final EntryEncoder encoder = new EntryEncoder();
    private final UnsafeBuffer head;
    private final UnsafeBuffer tail;
    private final UnsafeBuffer sums;
    private int baseLength;

    EntryWriter(final GroupPrimary group) {
        this.group = group;
        this.node = group.node;
        this.unitLength = node.unitLength;
        this.sumLength = node.checksumLength;
        this.head = new UnsafeBuffer(ByteBuffer.allocateDirect(unitLength));
        this.tail = new UnsafeBuffer(ByteBuffer.allocateDirect(unitLength));
        this.sums = new UnsafeBuffer(ByteBuffer.allocateDirect(16));
    }

    /** Appends a write. NONE if that was done. */
    Refusal write(
            final int client,
            final long session,
            final long request,
            final long lowestOpen,
            final long dataId,
            final long cut,
            final long firstUnit,
            final int byteOffset,
            final DirectBuffer buffer,
            final int checksumsAt,
            final int checksumsLength,
            final int dataAt,
            final int dataLength) {
        final int total = byteOffset + dataLength;
        final int units = (total + unitLength - 1) / unitLength;
        if (byteOffset < 0
                || byteOffset >= unitLength
                || dataLength < 1
                || checksumsLength != units * sumLength
                || firstUnit < 0
                || firstUnit > Long.MAX_VALUE - units) {
            return Refusal.INVALID;
        }
        if (!isIntact(dataId, firstUnit, byteOffset, buffer, checksumsAt, dataAt, dataLength)) {
            node.counters.increment(Counter.DAMAGED_ON_ARRIVAL);
            return Refusal.DAMAGED;
        }
        if (group.isTooSplitFor(dataId, firstUnit, firstUnit + units)) {
            return Refusal.BUSY; // that it is known from then on could not be noted
        }
        final long lastUnit = firstUnit + units - 1;
        final int lastLength = total - (units - 1) * unitLength;
        int headLength = 0;
        int tailLength = 0;
        if (byteOffset > 0) {
            final Refusal refusal = readBase(dataId, firstUnit, head);
            if (refusal != Refusal.NONE) {
                return refusal;
            }
            headLength = baseLength;
        }
        if (lastLength < unitLength) {
            if (units == 1 && byteOffset > 0) {
                tail.putBytes(0, head, 0, headLength);
                tailLength = headLength;
            } else {
                final Refusal refusal = readBase(dataId, lastUnit, tail);
                if (refusal != Refusal.NONE) {
                    return refusal;
                }
                tailLength = baseLength;
            }
        }
        final int entryDataLength = (units - 1) * unitLength + Math.max(lastLength, tailLength);
        if (!node.store.claim(
                EntryView.encodedLength(checksumsLength, entryDataLength), node.claim)) {
            return Refusal.NO_SPACE;
        }
        final MutableDirectBuffer out = node.claim.buffer();
        final int sumsAt =
                encode(
                        EntryKind.WRITE,
                        session,
                        request,
                        lowestOpen,
                        dataId,
                        cut,
                        firstUnit,
                        firstUnit + units);
        out.putInt(sumsAt - 4, checksumsLength, LE);
        out.putBytes(sumsAt, buffer, checksumsAt, checksumsLength);
        final int at = sumsAt + checksumsLength + 4;
        out.putInt(at - 4, entryDataLength, LE);
        if (byteOffset > 0) {
            final int kept = Math.min(headLength, byteOffset);
            out.putBytes(at, head, 0, kept);
            out.setMemory(at + kept, byteOffset - kept, (byte) 0);
        }
        out.putBytes(at + byteOffset, buffer, dataAt, dataLength);
        if (tailLength > lastLength) {
            out.putBytes(at + total, tail, lastLength, tailLength - lastLength);
        }
        if (byteOffset > 0) {
            sumUnit(dataId, firstUnit, out, at, Math.min(entryDataLength, unitLength), sumsAt);
        }
        if (tailLength > lastLength && (units > 1 || byteOffset == 0)) {
            final int within = (units - 1) * unitLength;
            sumUnit(
                    dataId,
                    lastUnit,
                    out,
                    at + within,
                    entryDataLength - within,
                    sumsAt + (units - 1) * sumLength);
        }
        group.appended(node.store.commit(node.claim), client);
        return Refusal.NONE;
    }

    /**
     * Appends a removal of whole units, or an entry that only answers a request. NONE if that was
     * done.
     */
    Refusal trim(
            final int client,
            final long session,
            final long request,
            final long lowestOpen,
            final long dataId,
            final long cut,
            final long firstUnit,
            final long endUnit) {
        if (firstUnit < 0 || endUnit < firstUnit) {
            return Refusal.INVALID;
        }
        final EntryKind kind = endUnit > firstUnit ? EntryKind.TRIM : EntryKind.NOTHING;
        return append(
                kind, client, session, request, lowestOpen, dataId, cut, firstUnit, endUnit, 0);
    }

    /** Appends the cut of a strip at a byte offset of it. NONE if that was done. */
    Refusal cut(final long dataId, final long cut, final long stripLength) {
        long unit = stripLength / unitLength;
        final int within = (int) (stripLength % unitLength);
        int kept = 0;
        if (within > 0) {
            final Refusal refusal = readBase(dataId, unit, head);
            if (refusal == Refusal.GIVEN_UP) {
                unit++; // what is left of it is lost as well
            } else if (refusal != Refusal.NONE) {
                return refusal;
            }
            kept = Math.min(baseLength, within);
        }
        return append(EntryKind.TRIM, -1, 0, 0, 0, dataId, cut, unit, Long.MAX_VALUE, kept);
    }

    /**
     * Appends that what a range of keys held is lost, or that there is nothing. False if there is
     * no room now.
     */
    boolean settle(final EntryKind kind, final KeyRanges.Range range) {
        if (!node.store.claim(EntryView.encodedLength(0, 0), node.claim)) {
            return false;
        }
        final int sumsAt =
                encode(
                        kind,
                        0,
                        0,
                        0,
                        range.fromDataId(),
                        range.toDataId(),
                        range.fromUnit(),
                        range.toUnit());
        node.claim.buffer().putInt(sumsAt - 4, 0, LE);
        node.claim.buffer().putInt(sumsAt, 0, LE);
        group.appended(node.store.commit(node.claim), -1);
        return true;
    }

    /** Takes room for a marker that makes entries void. False if there is none now. */
    boolean claimMarker() {
        return node.store.claim(EntryView.encodedLength(0, 0), node.claim);
    }

    /**
     * Appends the marker, for which there is room, that makes all entries from one up to it void.
     */
    void appendMarker(final long from, final long marker) {
        final int sumsAt = encode(EntryKind.VOID, 0, 0, 0, 0, 0, from, marker);
        encoder.sequence(marker);
        node.claim.buffer().putInt(sumsAt - 4, 0, LE);
        node.claim.buffer().putInt(sumsAt, 0, LE);
        group.appended(node.store.commit(node.claim), -1);
    }

    private Refusal append(
            final EntryKind kind,
            final int client,
            final long session,
            final long request,
            final long lowestOpen,
            final long dataId,
            final long cut,
            final long firstUnit,
            final long endUnit,
            final int headLength) {
        final int checksumsLength = headLength > 0 ? sumLength : 0;
        if (!node.store.claim(EntryView.encodedLength(checksumsLength, headLength), node.claim)) {
            return Refusal.NO_SPACE;
        }
        final MutableDirectBuffer out = node.claim.buffer();
        final int sumsAt =
                encode(kind, session, request, lowestOpen, dataId, cut, firstUnit, endUnit);
        final int at = sumsAt + checksumsLength + 4;
        out.putInt(sumsAt - 4, checksumsLength, LE);
        out.putInt(at - 4, headLength, LE);
        if (headLength > 0) {
            out.putBytes(at, head, 0, headLength);
            sumUnit(dataId, firstUnit, out, at, headLength, sumsAt);
        }
        group.appended(node.store.commit(node.claim), client);
        return Refusal.NONE;
    }

    private int encode(
            final EntryKind kind,
            final long session,
            final long request,
            final long lowestOpen,
            final long dataId,
            final long cut,
            final long firstUnit,
            final long endUnit) {
        encoder.wrapAndApplyHeader(node.claim.buffer(), node.claim.offset(), header)
                .epoch(group.epoch)
                .sequence(group.log.end() + 1)
                .session(session)
                .request(request)
                .lowestOpen(lowestOpen)
                .dataId(dataId)
                .cut(cut)
                .firstUnit(firstUnit)
                .endUnit(endUnit)
                .group(group.group)
                .kind(kind);
        return encoder.limit() + 4;
    }

    private boolean isIntact(
            final long dataId,
            final long firstUnit,
            final int byteOffset,
            final DirectBuffer buffer,
            final int checksumsAt,
            final int dataAt,
            final int dataLength) {
        int first = 0;
        if (byteOffset > 0) {
            first = Math.min(unitLength - byteOffset, dataLength);
            if (node.checksum.verify(
                            dataId,
                            group.group,
                            firstUnit,
                            unitLength,
                            buffer,
                            dataAt,
                            first,
                            buffer,
                            checksumsAt)
                    >= 0) {
                return false;
            }
            if (first == dataLength) {
                return true;
            }
        }
        final int skipped = first > 0 ? 1 : 0;
        return node.checksum.verify(
                        dataId,
                        group.group,
                        firstUnit + skipped,
                        unitLength,
                        buffer,
                        dataAt + first,
                        dataLength - first,
                        buffer,
                        checksumsAt + skipped * sumLength)
                < 0;
    }

    /**
     * Reads the newest version of a unit, committed or not; its bytes are {@link #baseLength}, 0
     * for a hole.
     */
    private Refusal readBase(final long dataId, final long unit, final UnsafeBuffer destination) {
        baseLength = 0;
        final boolean listed =
                group.coverage.covers(dataId, unit, unit + 1)
                        && group.isListed(dataId, unit, unit + 1); // may mend the index: first
        group.view.find(group, dataId, unit, unit + 1, group.log.end());
        final boolean inLog =
                group.view.extents().size() > 0
                        && group.view.extents().get(0).version > group.applied;
        if (!inLog && !listed) {
            group.rebuild.want(dataId, unit, unit + 1);
            return Refusal.RETRY;
        }
        if (group.view.extents().size() == 0) {
            return group.givenUpOf(dataId, unit, unit + 1, group.log.end()).isEmpty()
                    ? Refusal.NONE
                    : Refusal.GIVEN_UP;
        }
        final Extent extent = group.view.extents().get(0);
        if (!node.store.readData(extent, destination, 0)
                || !node.store.readChecksums(extent, sums, 0)
                || node.checksum.verify(
                                dataId,
                                group.group,
                                unit,
                                unitLength,
                                destination,
                                0,
                                extent.dataLength,
                                sums,
                                0)
                        >= 0) {
            node.counters.increment(Counter.DAMAGED_IN_STORE);
            group.repair(dataId, unit, unit + 1);
            return Refusal.RETRY;
        }
        baseLength = extent.dataLength;
        return Refusal.NONE;
    }

    private void sumUnit(
            final long dataId,
            final long unit,
            final MutableDirectBuffer out,
            final int at,
            final int length,
            final int sumAt) {
        node.checksum.compute(dataId, group.group, unit, unitLength, out, at, length, out, sumAt);
    }

    /**
     * Where the cuts that this group has not seen yet cut its strip; Long.MAX_VALUE for nowhere.
     */
    long stripLengthAfterCuts(
            final long dataId,
            final long knownCut,
            final DirectBuffer buffer,
            final int at,
            final int length) {
        final int nodes = node.volume.nodeCount();
        final int firstBlock =
                Placement.firstBlock(Placement.startGroup(dataId, nodes), group.group, nodes);
        long lowest = Long.MAX_VALUE;
        for (int i = 0; i + 16 <= length; i += 16) {
            if (buffer.getLong(at + i, LE) > knownCut) {
                lowest = Math.min(lowest, Math.max(0, buffer.getLong(at + i + 8, LE)));
            }
        }
        return lowest == Long.MAX_VALUE
                ? lowest
                : Placement.stripLengthBefore(lowest, firstBlock, nodes, node.volume.blockLength());
    }
}
