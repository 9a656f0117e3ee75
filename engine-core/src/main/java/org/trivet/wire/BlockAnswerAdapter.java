package org.trivet.wire;

import org.agrona.DirectBuffer;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.ReadOkDecoder;
import org.trivet.wire.sbe.ReadRefusedDecoder;
import org.trivet.wire.sbe.RoomDecoder;
import org.trivet.wire.sbe.StripMapDecoder;
import org.trivet.wire.sbe.SyncOkDecoder;
import org.trivet.wire.sbe.WriteOkDecoder;
import org.trivet.wire.sbe.WriteRefusedDecoder;
import org.trivet.wire.sbe.WriteWaitingDecoder;

import java.nio.ByteOrder;

/** Decodes what data nodes answer to a client, if it is whole (see {@link MessageShapes}). */
public final class BlockAnswerAdapter {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int LENGTH_FIELD = 4;

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final WriteOkDecoder writeOk = new WriteOkDecoder();
    private final WriteRefusedDecoder writeRefused = new WriteRefusedDecoder();
    private final WriteWaitingDecoder writeWaiting = new WriteWaitingDecoder();
    private final ReadOkDecoder readOk = new ReadOkDecoder();
    private final ReadRefusedDecoder readRefused = new ReadRefusedDecoder();
    private final StripMapDecoder stripMap = new StripMapDecoder();
    private final SyncOkDecoder syncOk = new SyncOkDecoder();
    private final RoomDecoder room = new RoomDecoder();
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
        if (!MessageShapes.isWhole(buffer, offset, length, volumeId)) {
            return false;
        }
        header.wrap(buffer, offset);
        return switch (header.templateId()) {
            case WriteOkDecoder.TEMPLATE_ID -> onWriteOk(buffer, offset);
            case WriteRefusedDecoder.TEMPLATE_ID -> onWriteRefused(buffer, offset);
            case WriteWaitingDecoder.TEMPLATE_ID -> onWriteWaiting(buffer, offset);
            case ReadOkDecoder.TEMPLATE_ID -> onReadOk(buffer, offset);
            case StripMapDecoder.TEMPLATE_ID -> onStripMap(buffer, offset);
            case ReadRefusedDecoder.TEMPLATE_ID -> onReadRefused(buffer, offset);
            case SyncOkDecoder.TEMPLATE_ID -> onSyncOk(buffer, offset);
            case RoomDecoder.TEMPLATE_ID -> onRoom(buffer, offset);
            default -> false;
        };
    }

    private boolean onWriteOk(final DirectBuffer buffer, final int offset) {
        writeOk.wrapAndApplyHeader(buffer, offset, header);
        handler.onWriteOk(writeOk.source(), writeOk.group(), writeOk.session(), writeOk.request());
        return true;
    }

    private boolean onWriteRefused(final DirectBuffer buffer, final int offset) {
        writeRefused.wrapAndApplyHeader(buffer, offset, header);
        handler.onWriteRefused(
                writeRefused.source(),
                writeRefused.group(),
                writeRefused.session(),
                writeRefused.request(),
                writeRefused.refusal(),
                writeRefused.node());
        return true;
    }

    private boolean onWriteWaiting(final DirectBuffer buffer, final int offset) {
        writeWaiting.wrapAndApplyHeader(buffer, offset, header);
        handler.onWriteWaiting(
                writeWaiting.source(),
                writeWaiting.group(),
                writeWaiting.session(),
                writeWaiting.request(),
                writeWaiting.waitingFor());
        return true;
    }

    private boolean onReadOk(final DirectBuffer buffer, final int offset) {
        readOk.wrapAndApplyHeader(buffer, offset, header);
        final int extents = readOk.limit();
        final int extentsLength = buffer.getInt(extents, LE);
        final int checksums = extents + LENGTH_FIELD + extentsLength;
        final int checksumsLength = buffer.getInt(checksums, LE);
        final int data = checksums + LENGTH_FIELD + checksumsLength;
        if (extentsLength % BlockAnswerHandler.ReadAnswer.EXTENT_LENGTH != 0) {
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
        answer.dataLength = buffer.getInt(data, LE);
        handler.onReadOk(answer);
        answer.buffer = null;
        return true;
    }

    private boolean onStripMap(final DirectBuffer buffer, final int offset) {
        stripMap.wrapAndApplyHeader(buffer, offset, header);
        final int at = stripMap.limit();
        final int rangesLength = buffer.getInt(at, LE);
        if (rangesLength % (2 * Long.BYTES) != 0) {
            return false;
        }
        final long[] ranges = new long[rangesLength / Long.BYTES];
        long last = -1;
        for (int i = 0; i < ranges.length; i++) {
            ranges[i] = buffer.getLong(at + LENGTH_FIELD + i * Long.BYTES, LE);
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
        readRefused.wrapAndApplyHeader(buffer, offset, header);
        handler.onReadRefused(
                readRefused.source(),
                readRefused.group(),
                readRefused.correlation(),
                readRefused.refusal(),
                readRefused.unit());
        return true;
    }

    private boolean onRoom(final DirectBuffer buffer, final int offset) {
        room.wrapAndApplyHeader(buffer, offset, header);
        if (room.liveBytes() < 0 || room.roomBytes() < 0) {
            return false;
        }
        handler.onRoom(room.source(), room.liveBytes(), room.roomBytes());
        return true;
    }

    private boolean onSyncOk(final DirectBuffer buffer, final int offset) {
        syncOk.wrapAndApplyHeader(buffer, offset, header);
        handler.onSyncOk(syncOk.source(), syncOk.group(), syncOk.session(), syncOk.request());
        return true;
    }
}
