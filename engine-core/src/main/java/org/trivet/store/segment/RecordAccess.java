package org.trivet.store.segment;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.block.Placement;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.wire.sbe.EntryDecoder;
import org.trivet.wire.sbe.MessageHeaderDecoder;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Reads parts of entries straight from the journal. Where the parts lie follows from the lengths
 * that a row keeps; that the record is the row's is verified the first time.
 */
final class RecordAccess {
    private static final int FIXED_LENGTH =
            MessageHeaderDecoder.ENCODED_LENGTH + EntryDecoder.BLOCK_LENGTH;
    private static final int KNOWN_COUNT = 4096;

    /** So much of a body is read at once, with the header. */
    private static final int MAX_FRONT = 16 * 1024;

    private final Journal journal;
    private final int unitLength;
    private final int checksumLength;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final EntryDecoder entry = new EntryDecoder();
    private final UnsafeBuffer fixed = new UnsafeBuffer(new byte[FIXED_LENGTH]);
    private final UnsafeBuffer front =
            new UnsafeBuffer(ByteBuffer.allocateDirect(RecordHeader.LENGTH + MAX_FRONT));
    private final UnsafeBuffer replaced =
            new UnsafeBuffer(ByteBuffer.allocateDirect(RecordHeader.LENGTH + MAX_FRONT));
    private final long[] known = new long[KNOWN_COUNT];

    /** Takes a body. */
    @FunctionalInterface
    interface BodyHandler {
        void onBody(DirectBuffer body, int length);
    }

    RecordAccess(final Journal journal, final int unitLength, final int checksumLength) {
        this.journal = journal;
        this.unitLength = unitLength;
        this.checksumLength = checksumLength;
    }

    boolean readData(final Extent extent, final MutableDirectBuffer destination, final int offset) {
        return verify(extent)
                && journal.readBody(
                        extent.position,
                        dataOffset(extent),
                        destination,
                        offset,
                        extent.dataLength);
    }

    boolean readChecksums(
            final Extent extent, final MutableDirectBuffer destination, final int offset) {
        final int length = extent.unitCount() * checksumLength;
        return verify(extent)
                && journal.readBody(
                        extent.position, checksumsOffset(extent), destination, offset, length);
    }

    /**
     * Reads checksums and bytes: with a single call of the system, or, if neither is there room in
     * front of the bytes nor little to be copied, with another one for the bytes.
     */
    boolean read(
            final Extent extent,
            final MutableDirectBuffer destination,
            final int checksumsAt,
            final int dataAt) {
        final int checksumsLength = extent.unitCount() * checksumLength;
        final int checksumsEnd = checksumsOffset(extent) + checksumsLength;
        if (extent.unitInRecord < 0 || checksumsEnd < FIXED_LENGTH || checksumsEnd > MAX_FRONT) {
            return readChecksums(extent, destination, checksumsAt)
                    && readData(extent, destination, dataAt);
        }
        final int dataOffset = dataOffset(extent);
        final int end = dataOffset + extent.dataLength;
        final boolean isShort = end >= FIXED_LENGTH && end <= MAX_FRONT;
        final boolean isInPlace =
                !isShort
                        && extent.unitInRecord == 0
                        && dataOffset <= MAX_FRONT
                        && RecordHeader.LENGTH + dataOffset <= dataAt
                        && journal.canReadInto(destination);
        final boolean isRead =
                isInPlace
                        ? readInPlace(extent, destination, dataAt)
                        : readFront(extent, isShort ? end : checksumsEnd);
        if (!isRead) {
            return false;
        }
        destination.putBytes(
                checksumsAt, front, RecordHeader.LENGTH + checksumsOffset(extent), checksumsLength);
        if (isShort) {
            destination.putBytes(
                    dataAt, front, RecordHeader.LENGTH + dataOffset, extent.dataLength);
        }
        return isShort
                || isInPlace
                || journal.readBody(
                        extent.position, dataOffset, destination, dataAt, extent.dataLength);
    }

    private boolean readFront(final Extent extent, final int length) {
        return journal.readFront(extent.position, length, front) == bodyLength(extent)
                && isEntryOf(extent, front, RecordHeader.LENGTH);
    }

    /**
     * Reads a record from its header on, so that the bytes come to lie where they are wanted. What
     * stands before them there is overwritten, and put back; the record's front is left in {@link
     * #front}.
     */
    private boolean readInPlace(
            final Extent extent, final MutableDirectBuffer destination, final int dataAt) {
        final int length = RecordHeader.LENGTH + dataOffset(extent);
        final int at = dataAt - length;
        replaced.putBytes(0, destination, at, length);
        final int bodyLength =
                journal.readFromHeader(
                        extent.position, destination, at, length + extent.dataLength);
        front.putBytes(0, destination, at, length);
        destination.putBytes(at, replaced, 0, length);
        return bodyLength == bodyLength(extent) && isEntryOf(extent, front, RecordHeader.LENGTH);
    }

    /** Where, in the body of its record, the bytes of an extent begin. */
    int dataOffset(final Extent extent) {
        return FIXED_LENGTH + 4 + checksumsLength(extent) + 4 + extent.unitInRecord * unitLength;
    }

    /** Where, in the body of its record, the checksums of an extent begin. */
    int checksumsOffset(final Extent extent) {
        return FIXED_LENGTH + 4 + extent.unitInRecord * checksumLength;
    }

    /** Has every record verified again. */
    void forget() {
        Arrays.fill(known, 0);
    }

    /**
     * Whether all but the data and their checksums is as it was written: the header, what describes
     * the entry, and the lengths. Read from the device.
     */
    boolean isWhole(final Extent extent, final MutableDirectBuffer scratch) {
        final int toChecksums = FIXED_LENGTH + Integer.BYTES;
        if (journal.readFront(extent.position, toChecksums, front) != bodyLength(extent)
                || !isEntryOf(extent, front, RecordHeader.LENGTH)
                || !journal.readBody(
                        extent.position,
                        toChecksums + checksumsLength(extent),
                        fixed,
                        0,
                        Integer.BYTES)
                || fixed.getInt(0, LITTLE_ENDIAN) != extent.recordDataLength) {
            return false;
        }
        return RecordHeader.checkedLength(front, 0) <= toChecksums
                ? journal.header().isBodyValid(front, 0)
                : journal.read(extent.position, scratch, 0, scratch.capacity())
                        == bodyLength(extent);
    }

    void withBody(final long position, final BodyHandler handler, final Runnable missing) {
        final int length = journal.readHeader(position);
        final UnsafeBuffer body = new UnsafeBuffer(new byte[Math.max(length, 0)]);
        if (length < 0 || journal.read(position, body, 0, length) != length) {
            missing.run();
        } else {
            handler.onBody(body, length);
        }
    }

    private int checksumsLength(final Extent extent) {
        return (extent.recordDataLength + unitLength - 1) / unitLength * checksumLength;
    }

    /**
     * Whether the record is what the row says; remembered with all that the row says, as a position
     * never gets another record.
     */
    private boolean verify(final Extent extent) {
        long name = Placement.mix64(extent.position);
        final int slot = (int) name & KNOWN_COUNT - 1;
        name = Placement.mix64(name ^ extent.version);
        name = Placement.mix64(name ^ extent.dataId);
        name = Placement.mix64(name ^ extent.firstUnit - extent.unitInRecord);
        name = Placement.mix64(name ^ extent.recordDataLength) | 1;
        if (known[slot] == name) {
            return true;
        }
        if (journal.readHeader(extent.position) != bodyLength(extent)
                || !journal.readBody(extent.position, 0, fixed, 0, FIXED_LENGTH)
                || !isEntryOf(extent, fixed, 0)) {
            return false;
        }
        known[slot] = name;
        return true;
    }

    private int bodyLength(final Extent extent) {
        return EntryView.encodedLength(checksumsLength(extent), extent.recordDataLength);
    }

    /** Whether the fixed part of an entry is what the row says. */
    private boolean isEntryOf(final Extent extent, final DirectBuffer buffer, final int at) {
        header.wrap(buffer, at);
        entry.wrap(
                buffer,
                at + MessageHeaderDecoder.ENCODED_LENGTH,
                EntryDecoder.BLOCK_LENGTH,
                EntryDecoder.SCHEMA_VERSION);
        return header.templateId() == EntryDecoder.TEMPLATE_ID
                && entry.dataId() == extent.dataId
                && entry.sequence() == extent.version
                && entry.firstUnit() + extent.unitInRecord == extent.firstUnit;
    }
}
