package org.trivet.bench.storage;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.block.Checksum;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Entries of a replication log as a backup gets them: one for each run of a strip, encoded once.
 * Only the number is another each time.
 */
final class EntryMessages {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int ALIGNMENT = 8;

    private final BlockShape shape;
    private final Checksum checksum;
    private final int checksumsLength;
    private final int entryLength;
    private final int stride;
    private final MutableDirectBuffer buffer;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final EntryEncoder encoder = new EntryEncoder();

    EntryMessages(
            final BlockShape shape,
            final int runCount,
            final Checksum checksum,
            final int checksumLength) {
        this.shape = shape;
        this.checksum = checksum;
        checksumsLength = shape.unitsPerRun() * checksumLength;
        entryLength = EntryView.encodedLength(checksumsLength, shape.runLength());
        stride = entryLength + ALIGNMENT - 1 & -ALIGNMENT;
        buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(Math.multiplyExact(runCount, stride)));
    }

    /** Encodes the run of a number anew, with other bytes for each strip. */
    void encode(final int run, final int group, final long dataId) {
        final long firstUnit = (long) run * shape.unitsPerRun();
        encoder.wrapAndApplyHeader(buffer, offset(run), header)
                .epoch(1)
                .sequence(0)
                .session(1)
                .request(0)
                .lowestOpen(0)
                .dataId(dataId)
                .cut(0)
                .firstUnit(firstUnit)
                .endUnit(firstUnit + shape.unitsPerRun())
                .group(group)
                .kind(EntryKind.WRITE);
        final int checksumsAt = encoder.limit() + Integer.BYTES;
        final int dataAt = checksumsAt + checksumsLength + Integer.BYTES;
        buffer.putInt(checksumsAt - Integer.BYTES, checksumsLength, LE);
        buffer.putInt(dataAt - Integer.BYTES, shape.runLength(), LE);
        final SplittableRandom random = new SplittableRandom(dataId << Integer.SIZE | run);
        for (int at = 0; at < shape.runLength(); at += Long.BYTES) {
            buffer.putLong(dataAt + at, random.nextLong());
        }
        checksum.compute(
                dataId,
                group,
                firstUnit,
                shape.unitLength(),
                buffer,
                dataAt,
                shape.runLength(),
                buffer,
                checksumsAt);
    }

    /** Gives the entry of a run its number in the log, and looks at it. */
    boolean wrap(final int run, final long sequence, final EntryView view) {
        encoder.wrap(buffer, offset(run) + MessageHeaderEncoder.ENCODED_LENGTH).sequence(sequence);
        return view.wrap(buffer, offset(run), entryLength) && view.length() == entryLength;
    }

    private int offset(final int run) {
        return run * stride;
    }
}
