package org.trivet.wire;

import org.agrona.DirectBuffer;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.ReadOkDecoder;
import org.trivet.wire.sbe.ReadRefusedDecoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.StripMapDecoder;
import org.trivet.wire.sbe.SyncOkDecoder;
import org.trivet.wire.sbe.WriteOkDecoder;
import org.trivet.wire.sbe.WriteRefusedDecoder;
import org.trivet.wire.sbe.WriteWaitingDecoder;

/** Decodes what data nodes answer to a client. Lengths are checked before anything is wrapped. */
public final class BlockAnswerAdapter {
    private static final int LENGTH_FIELD = 4;

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final WriteOkDecoder writeOk = new WriteOkDecoder();
    private final WriteRefusedDecoder writeRefused = new WriteRefusedDecoder();
    private final WriteWaitingDecoder writeWaiting = new WriteWaitingDecoder();
    private final ReadOkDecoder readOk = new ReadOkDecoder();
    private final ReadRefusedDecoder readRefused = new ReadRefusedDecoder();
    private final StripMapDecoder stripMap = new StripMapDecoder();
    private final SyncOkDecoder syncOk = new SyncOkDecoder();
    private final BlockAnswerHandler.ReadAnswer answer = new BlockAnswerHandler.ReadAnswer();
    private final long volumeId;
    private final BlockAnswerHandler handler;

    /**
     * An adapter for one volume.
     *
     * @param volumeId messages of others are refused.
     * @param handler told of the answers.
     */
    public BlockAnswerAdapter(final long volumeId, final BlockAnswerHandler handler) {
        this.volumeId = volumeId;
        this.handler = handler;
    }

    /**
     * Takes a message.
     *
     * @param buffer holds it.
     * @param offset where its header begins.
     * @param length bytes, with the header.
     * @return false if it is not an answer of this volume, or is damaged: nobody was told.
     */
    public boolean onMessage(final DirectBuffer buffer, final int offset, final int length) {
        if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
            return false;
        }
        header.wrap(buffer, offset);
        if (header.schemaId() != MessageHeaderDecoder.SCHEMA_ID
                || header.version() != MessageHeaderDecoder.SCHEMA_VERSION
                || length < MessageHeaderDecoder.ENCODED_LENGTH + header.blockLength()) {
            return false;
        }
        return switch (header.templateId()) {
            case WriteOkDecoder.TEMPLATE_ID -> onWriteOk(buffer, offset);
            case WriteRefusedDecoder.TEMPLATE_ID -> onWriteRefused(buffer, offset);
            case WriteWaitingDecoder.TEMPLATE_ID -> onWriteWaiting(buffer, offset);
            case ReadOkDecoder.TEMPLATE_ID -> onReadOk(buffer, offset, length);
            case StripMapDecoder.TEMPLATE_ID -> onStripMap(buffer, offset, length);
            case ReadRefusedDecoder.TEMPLATE_ID -> onReadRefused(buffer, offset);
            case SyncOkDecoder.TEMPLATE_ID -> onSyncOk(buffer, offset);
            default -> false;
        };
    }

    private boolean onWriteOk(final DirectBuffer buffer, final int offset) {
        if (header.blockLength() != WriteOkDecoder.BLOCK_LENGTH) {
            return false;
        }
        writeOk.wrapAndApplyHeader(buffer, offset, header);
        if (writeOk.volumeId() != volumeId) {
            return false;
        }
        handler.onWriteOk(writeOk.source(), writeOk.group(), writeOk.session(), writeOk.request());
        return true;
    }

    private boolean onWriteRefused(final DirectBuffer buffer, final int offset) {
        if (header.blockLength() != WriteRefusedDecoder.BLOCK_LENGTH) {
            return false;
        }
        writeRefused.wrapAndApplyHeader(buffer, offset, header);
        if (writeRefused.volumeId() != volumeId) {
            return false;
        }
        handler.onWriteRefused(
                writeRefused.source(),
                writeRefused.group(),
                writeRefused.session(),
                writeRefused.request(),
                refusal(writeRefused.refusalRaw()),
                writeRefused.node());
        return true;
    }

    private boolean onWriteWaiting(final DirectBuffer buffer, final int offset) {
        if (header.blockLength() != WriteWaitingDecoder.BLOCK_LENGTH) {
            return false;
        }
        writeWaiting.wrapAndApplyHeader(buffer, offset, header);
        if (writeWaiting.volumeId() != volumeId) {
            return false;
        }
        handler.onWriteWaiting(
                writeWaiting.source(),
                writeWaiting.group(),
                writeWaiting.session(),
                writeWaiting.request(),
                writeWaiting.waitingFor());
        return true;
    }

    private boolean onReadOk(final DirectBuffer buffer, final int offset, final int length) {
        if (header.blockLength() != ReadOkDecoder.BLOCK_LENGTH) {
            return false;
        }
        readOk.wrapAndApplyHeader(buffer, offset, header);
        if (readOk.volumeId() != volumeId) {
            return false;
        }
        final int end = offset + length;
        final int extents = readOk.limit();
        final int extentsLength = fieldLength(buffer, extents, end);
        final int checksums = extents + LENGTH_FIELD + extentsLength;
        final int checksumsLength = extentsLength < 0 ? -1 : fieldLength(buffer, checksums, end);
        final int data = checksums + LENGTH_FIELD + checksumsLength;
        final int dataLength = checksumsLength < 0 ? -1 : fieldLength(buffer, data, end);
        if (dataLength < 0 || extentsLength % BlockAnswerHandler.ReadAnswer.EXTENT_LENGTH != 0) {
            return false;
        }
        answer.buffer = buffer;
        answer.node = readOk.source();
        answer.group = readOk.group();
        answer.degraded = readOk.degraded() != 0;
        answer.correlation = readOk.correlation();
        answer.cut = readOk.cut();
        answer.dataId = readOk.dataId();
        answer.extentsOffset = extents + LENGTH_FIELD;
        answer.extentCount = extentsLength / BlockAnswerHandler.ReadAnswer.EXTENT_LENGTH;
        answer.checksumsOffset = checksums + LENGTH_FIELD;
        answer.checksumsLength = checksumsLength;
        answer.dataOffset = data + LENGTH_FIELD;
        answer.dataLength = dataLength;
        handler.onReadOk(answer);
        answer.buffer = null;
        return true;
    }

    private boolean onStripMap(final DirectBuffer buffer, final int offset, final int length) {
        if (header.blockLength() != StripMapDecoder.BLOCK_LENGTH) {
            return false;
        }
        stripMap.wrapAndApplyHeader(buffer, offset, header);
        final int at = stripMap.limit();
        final int rangesLength = fieldLength(buffer, at, offset + length);
        if (stripMap.volumeId() != volumeId
                || rangesLength < 0
                || rangesLength % (2 * Long.BYTES) != 0) {
            return false;
        }
        final long[] ranges = new long[rangesLength / Long.BYTES];
        long last = -1;
        for (int i = 0; i < ranges.length; i++) {
            ranges[i] =
                    buffer.getLong(
                            at + LENGTH_FIELD + i * Long.BYTES, java.nio.ByteOrder.LITTLE_ENDIAN);
            if (ranges[i] <= last) {
                return false;
            }
            last = ranges[i];
        }
        if (last > stripMap.endUnit()) {
            return false;
        }
        handler.onStripMap(
                stripMap.source(),
                stripMap.group(),
                stripMap.correlation(),
                stripMap.dataId(),
                stripMap.cut(),
                stripMap.endUnit(),
                ranges);
        return true;
    }

    private boolean onReadRefused(final DirectBuffer buffer, final int offset) {
        if (header.blockLength() != ReadRefusedDecoder.BLOCK_LENGTH) {
            return false;
        }
        readRefused.wrapAndApplyHeader(buffer, offset, header);
        if (readRefused.volumeId() != volumeId) {
            return false;
        }
        handler.onReadRefused(
                readRefused.source(),
                readRefused.group(),
                readRefused.correlation(),
                refusal(readRefused.refusalRaw()),
                readRefused.unit());
        return true;
    }

    private boolean onSyncOk(final DirectBuffer buffer, final int offset) {
        if (header.blockLength() != SyncOkDecoder.BLOCK_LENGTH) {
            return false;
        }
        syncOk.wrapAndApplyHeader(buffer, offset, header);
        if (syncOk.volumeId() != volumeId) {
            return false;
        }
        handler.onSyncOk(syncOk.source(), syncOk.group(), syncOk.session(), syncOk.request());
        return true;
    }

    /** A damaged reason counts as "not now": the request is asked again. */
    private static Refusal refusal(final short raw) {
        return switch (raw) {
            case 1 -> Refusal.BUSY;
            case 2 -> Refusal.NO_SPACE;
            case 3 -> Refusal.UNKNOWN;
            case 4 -> Refusal.DAMAGED;
            case 5 -> Refusal.OLD_CUT;
            case 6 -> Refusal.SESSION_EXPIRED;
            case 7 -> Refusal.INVALID;
            case 8 -> Refusal.GIVEN_UP;
            default -> Refusal.RETRY;
        };
    }

    private static int fieldLength(final DirectBuffer buffer, final int offset, final int end) {
        if (offset + LENGTH_FIELD > end) {
            return -1;
        }
        final int length = buffer.getInt(offset, java.nio.ByteOrder.LITTLE_ENDIAN);
        return length < 0 || length > end - offset - LENGTH_FIELD ? -1 : length;
    }
}
