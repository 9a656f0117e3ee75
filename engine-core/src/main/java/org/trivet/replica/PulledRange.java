package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongArrayList;
import org.trivet.store.EntryView;

import java.nio.ByteOrder;
import java.util.ArrayList;

/**
 * What one pull has brought: the complete content of a range of keys, as of the sender's watermark.
 *
 * <p>In the journal it is an entry of kind CLEAR with as many of kind ROW right behind it:
 *
 * <pre>
 *   CLEAR:  sequence: the sender's watermark | (data id, first unit): begin of the range
 *     | (session, request): its end | lowest open: how many rows follow
 *     | cut: bytes of what is given up
 *     | data: pairs of int64 data id, int64 cut number; what is given up (see {@link KeyRanges})
 * </pre>
 *
 * <p>It takes the place of what the index holds when it is installed. The state that is saved right
 * after that is the first to name it: this is how recovery knows what has been installed.
 */
final class PulledRange {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private record Row(
            long version,
            long dataId,
            long firstUnit,
            long endUnit,
            int dataLength,
            long position) {}

    final KeyRanges.Range range;
    final long watermark;

    /** Where it begins in the journal. */
    final long position;

    private final long rowCount;
    private final ArrayList<Row> rows = new ArrayList<>();
    private final LongArrayList cuts = new LongArrayList();
    private final KeyRanges givenUp = new KeyRanges();
    private long lastPosition;

    /** Begins with an entry of kind CLEAR. */
    PulledRange(final EntryView clear, final long position) {
        range =
                new KeyRanges.Range(
                        clear.dataId(), clear.firstUnit(), clear.session(), clear.request());
        watermark = clear.sequence();
        rowCount = clear.lowestOpen();
        this.position = position;
        lastPosition = position;
        final DirectBuffer buffer = clear.buffer();
        final int cutsLength = clear.cutsLength();
        for (int at = 0; at < cutsLength; at += Long.BYTES) {
            cuts.addLong(buffer.getLong(clear.dataOffset() + at, LE));
        }
        if (cutsLength < clear.dataLength()) {
            givenUp.decode(buffer, clear.dataOffset() + cutsLength);
        }
    }

    /** Takes the next entry of kind ROW. */
    void add(final EntryView row, final long rowPosition) {
        lastPosition = rowPosition;
        rows.add(
                new Row(
                        row.sequence(),
                        row.dataId(),
                        row.firstUnit(),
                        row.endUnit(),
                        row.dataLength(),
                        rowPosition));
    }

    /** How many units its rows name. */
    long units() {
        return rows.stream().mapToLong(row -> row.endUnit - row.firstUnit).sum();
    }

    boolean isWhole() {
        return rows.size() == rowCount;
    }

    /** Where its last record begins. */
    long lastPosition() {
        return lastPosition;
    }

    /** Replaces what the index of a group holds of the range. */
    void install(final Group group) {
        // All rows go, whatever version a bad one may claim: those above the watermark are put
        // again below, or by recovery, from the log, which lets go of nothing meanwhile.
        group.node.store.removeRows(
                group.group,
                range.fromDataId(),
                range.fromUnit(),
                range.toDataId(),
                range.toUnit(),
                Long.MAX_VALUE);
        group.node.store.keepClear(group.group, position);
        for (final Row row : rows) {
            group.node.store.applyWrite(
                    group.group,
                    row.version,
                    row.dataId,
                    row.firstUnit,
                    row.endUnit,
                    row.dataLength,
                    row.position);
        }
        for (int i = 0; i < cuts.size(); i += 2) {
            group.node.store.setCut(group.group, cuts.getLong(i), cuts.getLong(i + 1));
        }
        group.givenUp.remove(range);
        group.givenUp.addAll(givenUp);
        // What was applied here since the watermark wins: versions see to writes, and trims are
        // done again.
        for (long sequence = Math.max(watermark, group.log.low()) + 1;
                sequence <= group.applied;
                sequence++) {
            group.applyToIndex(group.log.get(sequence));
        }
    }
}
