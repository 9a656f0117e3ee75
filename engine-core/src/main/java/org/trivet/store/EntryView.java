package org.trivet.store;

import org.agrona.DirectBuffer;
import org.trivet.wire.sbe.EntryDecoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderDecoder;

/**
 * A decoded entry of a replication log, as it stands in messages and in the journal: a reusable
 * flyweight over borrowed bytes.
 *
 * <p>An entry is an SBE {@code Entry} message: message header, fixed fields, {@code checksums}
 * (uint32 length and bytes), {@code data} (uint32 length and bytes). The fixed fields tell the
 * lengths of both.
 */
public final class EntryView {
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final EntryDecoder decoder = new EntryDecoder();
    private DirectBuffer buffer;
    private int offset;
    private int length;
    private int checksumsOffset;
    private int checksumsLength;
    private int dataOffset;
    private int dataLength;

    /** A view of nothing, until it is wrapped. */
    public EntryView() {}

    /**
     * Looks at an entry.
     *
     * @param newBuffer holds it.
     * @param newOffset where it begins.
     * @param maxLength bytes there.
     * @return whether there is a well-formed entry; if not, this view must not be used.
     */
    public boolean wrap(final DirectBuffer newBuffer, final int newOffset, final int maxLength) {
        final int fixedLength = MessageHeaderDecoder.ENCODED_LENGTH + EntryDecoder.BLOCK_LENGTH;
        if (maxLength < fixedLength + 8) {
            return false;
        }
        header.wrap(newBuffer, newOffset);
        if (header.templateId() != EntryDecoder.TEMPLATE_ID
                || header.schemaId() != EntryDecoder.SCHEMA_ID
                || header.version() != EntryDecoder.SCHEMA_VERSION
                || header.blockLength() != EntryDecoder.BLOCK_LENGTH) {
            return false;
        }
        decoder.wrap(
                newBuffer,
                newOffset + MessageHeaderDecoder.ENCODED_LENGTH,
                EntryDecoder.BLOCK_LENGTH,
                EntryDecoder.SCHEMA_VERSION);
        if (decoder.kindRaw() > EntryKind.EMPTY.value()) {
            return false;
        }
        final long checksumBytes =
                newBuffer.getInt(newOffset + fixedLength, java.nio.ByteOrder.LITTLE_ENDIAN)
                        & 0xFFFF_FFFFL;
        if (checksumBytes > maxLength - fixedLength - 8) {
            return false;
        }
        final int dataLengthOffset = newOffset + fixedLength + 4 + (int) checksumBytes;
        final long dataBytes =
                newBuffer.getInt(dataLengthOffset, java.nio.ByteOrder.LITTLE_ENDIAN) & 0xFFFF_FFFFL;
        if (dataBytes > maxLength - fixedLength - 8 - checksumBytes) {
            return false;
        }
        buffer = newBuffer;
        offset = newOffset;
        checksumsOffset = newOffset + fixedLength + 4;
        checksumsLength = (int) checksumBytes;
        dataOffset = dataLengthOffset + 4;
        dataLength = (int) dataBytes;
        length = dataOffset + dataLength - newOffset;
        return true;
    }

    /**
     * Bytes of an encoded entry.
     *
     * @param checksumsLength bytes of its checksums.
     * @param dataLength bytes of its data.
     * @return the length.
     */
    public static int encodedLength(final int checksumsLength, final int dataLength) {
        return MessageHeaderDecoder.ENCODED_LENGTH
                + EntryDecoder.BLOCK_LENGTH
                + 8
                + checksumsLength
                + dataLength;
    }

    /**
     * The buffer that holds it.
     *
     * @return the buffer.
     */
    public DirectBuffer buffer() {
        return buffer;
    }

    /**
     * Where it begins.
     *
     * @return offset in the buffer.
     */
    public int offset() {
        return offset;
    }

    /**
     * Its bytes in all.
     *
     * @return the length.
     */
    public int length() {
        return length;
    }

    /**
     * Where its checksums begin.
     *
     * @return offset in the buffer.
     */
    public int checksumsOffset() {
        return checksumsOffset;
    }

    /**
     * Bytes of its checksums.
     *
     * @return the length.
     */
    public int checksumsLength() {
        return checksumsLength;
    }

    /**
     * Where its data begin.
     *
     * @return offset in the buffer.
     */
    public int dataOffset() {
        return dataOffset;
    }

    /**
     * Bytes of its data.
     *
     * @return the length.
     */
    public int dataLength() {
        return dataLength;
    }

    /**
     * What it does.
     *
     * @return the kind.
     */
    public EntryKind kind() {
        return decoder.kind();
    }

    /**
     * The group.
     *
     * @return its number.
     */
    public int group() {
        return decoder.group();
    }

    /**
     * The epoch in which it was numbered.
     *
     * @return the epoch.
     */
    public long epoch() {
        return decoder.epoch();
    }

    /**
     * Its number in the group's log; of a row, its version.
     *
     * @return the sequence number.
     */
    public long sequence() {
        return decoder.sequence();
    }

    /**
     * The session of the client that asked for it.
     *
     * @return the session id, 0 for none.
     */
    public long session() {
        return decoder.session();
    }

    /**
     * The client's number for it.
     *
     * @return the number.
     */
    public long request() {
        return decoder.request();
    }

    /**
     * The lowest number that the client still wants an answer to.
     *
     * @return the number.
     */
    public long lowestOpen() {
        return decoder.lowestOpen();
    }

    /**
     * The strip's data id.
     *
     * @return the data id.
     */
    public long dataId() {
        return decoder.dataId();
    }

    /**
     * The cut number.
     *
     * @return the number.
     */
    public long cut() {
        return decoder.cut();
    }

    /**
     * Of a pulled range, kind CLEAR: how much of its data are cut numbers. What is given up of it
     * follows, in as many bytes as {@link #cut} says.
     *
     * @return bytes.
     */
    public int cutsLength() {
        return dataLength - (int) cut();
    }

    /**
     * First unit.
     *
     * @return the unit.
     */
    public long firstUnit() {
        return decoder.firstUnit();
    }

    /**
     * Behind the last unit.
     *
     * @return the unit.
     */
    public long endUnit() {
        return decoder.endUnit();
    }
}
