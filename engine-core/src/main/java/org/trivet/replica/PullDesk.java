package org.trivet.replica;

import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.Refusal;

import java.nio.ByteOrder;
import java.util.List;

/**
 * Serves pulls: the complete content of a key range, as of this member's index. Each unit is
 * verified before it is sent.
 */
final class PullDesk {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int SCAN_LIMIT = 256;
    private static final int MAX_CUTS = 4096;
    private static final int CUT_LENGTH = 2 * Long.BYTES;

    private static final int MAX_GIVEN_UP = 1024;

    /** What a message may hold besides rows: cut numbers, and what is given up. */
    private static final int MAX_BESIDE_ROWS = 128 * 1024;

    private final Group group;
    private final NodeContext node;
    private final ExtentList extents = new ExtentList();
    private final Extent damaged = new Extent();
    private final EntryBatch rows;
    private final ExpandableDirectByteBuffer cuts = new ExpandableDirectByteBuffer(4096);
    private final ExpandableDirectByteBuffer givenUp = new ExpandableDirectByteBuffer(4096);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final EntryEncoder encoder = new EntryEncoder();
    private int cutsLength;

    PullDesk(final Group group) {
        this.group = group;
        this.node = group.node;
        this.rows = new EntryBatch(node.publisher.maxMessageLength() - MAX_BESIDE_ROWS);
    }

    void refuse(
            final int to, final long nonce, final KeyRanges.Range range, final Refusal refusal) {
        rows.clear();
        node.publisher.chunk(
                to,
                group.group,
                nonce,
                0,
                range,
                0,
                refusal,
                cuts,
                0,
                givenUp,
                0,
                rows.buffer(),
                0);
    }

    void onPull(
            final int to,
            final long nonce,
            final long asOf,
            final KeyRanges.Range range,
            final int maxBytes,
            final boolean mayServe) {
        if (!mayServe
                || !group.hasLog
                || group.suspect
                || !group.isConfirmed()
                || group.applied < asOf) {
            if (group.applied < asOf) {
                node.store.requestSync(node.store.endPosition());
            }
            refuse(to, nonce, range, Refusal.RETRY);
            return;
        }
        final KeyRanges.Range unknown =
                group.coverage.firstFrom(range.fromDataId(), range.fromUnit());
        KeyRanges.Range served = range;
        if (unknown != null
                && KeyRanges.compare(
                                unknown.fromDataId(),
                                unknown.fromUnit(),
                                range.toDataId(),
                                range.toUnit())
                        < 0) {
            served =
                    new KeyRanges.Range(
                            range.fromDataId(),
                            range.fromUnit(),
                            unknown.fromDataId(),
                            unknown.fromUnit());
        }
        if (served.isEmpty()) {
            refuse(to, nonce, range.upToEndOf(unknown), Refusal.UNKNOWN);
            return;
        }
        final int room = Math.min(Math.max(maxBytes, 1), rows.room());
        served = collectListed(withFewGivenUp(collectCuts(served)), room);
        if (served.isEmpty()) {
            refuse(to, nonce, range, Refusal.DAMAGED);
            return;
        }
        collectCuts(served); // those of what is left of the range
        node.publisher.chunk(
                to,
                group.group,
                nonce,
                group.applied,
                served,
                node.store.unitCount(group.group),
                Refusal.NONE,
                cuts,
                cutsLength,
                givenUp,
                group.givenUp.within(KeyRanges.of(served)).encode(givenUp, 0),
                rows.buffer(),
                rows.length());
    }

    /**
     * Puts the rows of a range into the batch, as far as they fit and the index is not damaged;
     * returns the range that is complete.
     */
    private KeyRanges.Range collectListed(final KeyRanges.Range wanted, final int maxBytes) {
        KeyRanges.Range served = collect(wanted, maxBytes);
        if (isListed(served)) {
            return served;
        }
        if (group.mendRows(damaged)) {
            served = collect(wanted, maxBytes);
            if (isListed(served)) {
                return served;
            }
        }
        final KeyRanges.Range before =
                new KeyRanges.Range(
                        wanted.fromDataId(), wanted.fromUnit(), damaged.dataId, damaged.firstUnit);
        return before.isEmpty() ? before : collect(before, maxBytes);
    }

    private boolean isListed(final KeyRanges.Range served) {
        return served.isEmpty()
                || node.store.check(
                        group.group,
                        served.fromDataId(),
                        served.fromUnit(),
                        served.toDataId(),
                        served.toUnit(),
                        damaged);
    }

    /**
     * Puts the rows of a range into the batch, as far as they fit; returns the range that is
     * complete.
     */
    private KeyRanges.Range collect(final KeyRanges.Range range, final int maxBytes) {
        rows.clear();
        long dataId = range.fromDataId();
        long unit = range.fromUnit();
        // What reaches into the range from before it, and the rest of the first strip.
        final boolean oneStrip = dataId == range.toDataId();
        node.store.find(
                group.group, dataId, unit, oneStrip ? range.toUnit() : Long.MAX_VALUE, extents);
        boolean firstStrip = true;
        while (true) {
            for (int i = 0; i < extents.size(); i++) {
                final Extent extent = extents.get(i);
                if (KeyRanges.compare(
                                extent.dataId, extent.firstUnit, range.toDataId(), range.toUnit())
                        >= 0) {
                    return range;
                }
                clip(extent, range);
                final long unshortenedEnd = extent.endUnit;
                shorten(extent);
                if (rows.length() > 0 && rows.length() + extent.dataLength > maxBytes
                        || !add(extent)) {
                    return new KeyRanges.Range(
                            range.fromDataId(), range.fromUnit(), extent.dataId, extent.firstUnit);
                }
                dataId = extent.dataId;
                if (extent.endUnit < unshortenedEnd) {
                    return new KeyRanges.Range(
                            range.fromDataId(), range.fromUnit(), dataId, extent.endUnit);
                }
                unit = extent.endUnit;
            }
            if (firstStrip) {
                firstStrip = false;
                if (oneStrip || range.fromDataId() == KeyRanges.END_DATA_ID) {
                    return range;
                }
                dataId = range.fromDataId() + 1;
                unit = 0;
            } else if (extents.size() < SCAN_LIMIT) {
                return range;
            }
            node.store.scan(group.group, dataId, unit, SCAN_LIMIT, extents);
        }
    }

    /**
     * An extent that is too long for one message goes in parts: the next pull asks for the rest.
     */
    private void shorten(final Extent extent) {
        final int most =
                (rows.capacity() - EntryView.encodedLength(0, 0) - 64)
                        / (node.unitLength + node.checksumLength);
        if (extent.unitCount() > most) {
            extent.clip(extent.firstUnit, extent.firstUnit + most, node.unitLength);
        }
    }

    private void clip(final Extent extent, final KeyRanges.Range range) {
        if (extent.dataId == range.toDataId() && extent.endUnit > range.toUnit()) {
            extent.clip(extent.firstUnit, range.toUnit(), node.unitLength);
        }
    }

    private boolean add(final Extent extent) {
        final int checksumsLength = extent.unitCount() * node.checksumLength;
        final int length = EntryView.encodedLength(checksumsLength, extent.dataLength);
        if (!rows.hasRoom(length)) {
            return false;
        }
        final UnsafeBuffer buffer = rows.bufferFor(length);
        final int at = rows.nextOffset();
        encoder.wrapAndApplyHeader(buffer, at, header)
                .epoch(0)
                .sequence(extent.version)
                .session(0)
                .request(0)
                .lowestOpen(0)
                .dataId(extent.dataId)
                .cut(0)
                .firstUnit(extent.firstUnit)
                .endUnit(extent.endUnit)
                .group(group.group)
                .kind(EntryKind.ROW);
        final int checksumsAt = encoder.limit() + 4;
        final int dataAt = checksumsAt + checksumsLength + 4;
        buffer.putInt(checksumsAt - 4, checksumsLength, LE);
        buffer.putInt(dataAt - 4, extent.dataLength, LE);
        if (!node.store.read(extent, buffer, checksumsAt, dataAt)
                || node.checksum.verify(
                                extent.dataId,
                                group.group,
                                extent.firstUnit,
                                node.unitLength,
                                buffer,
                                dataAt,
                                extent.dataLength,
                                buffer,
                                checksumsAt)
                        >= 0) {
            group.mend(extent);
            return false;
        }
        rows.added(length);
        return true;
    }

    /** A range up to where there would be too much given up in it for one message. */
    private KeyRanges.Range withFewGivenUp(final KeyRanges.Range range) {
        final List<KeyRanges.Range> lost = group.givenUp.within(KeyRanges.of(range)).list();
        return lost.size() <= MAX_GIVEN_UP ? range : range.upToEndOf(lost.get(MAX_GIVEN_UP - 1));
    }

    /**
     * Collects the cut numbers of the strips in a range, as many as go into one message; returns
     * the range that they are complete for.
     */
    private KeyRanges.Range collectCuts(final KeyRanges.Range range) {
        cutsLength = 0;
        node.store.scanCuts(
                group.group,
                range.fromDataId(),
                MAX_CUTS,
                (dataId, cut) -> {
                    if (KeyRanges.compare(dataId, 0, range.toDataId(), range.toUnit()) < 0) {
                        cuts.putLong(cutsLength, dataId, LE);
                        cuts.putLong(cutsLength + 8, cut, LE);
                        cutsLength += CUT_LENGTH;
                    }
                });
        if (cutsLength < MAX_CUTS * CUT_LENGTH) {
            return range;
        }
        final long next = cuts.getLong(cutsLength - CUT_LENGTH, LE) + 1;
        return KeyRanges.compare(next, 0, range.toDataId(), range.toUnit()) < 0
                ? new KeyRanges.Range(range.fromDataId(), range.fromUnit(), next, 0)
                : range;
    }
}
