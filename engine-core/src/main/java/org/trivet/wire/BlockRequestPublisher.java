package org.trivet.wire;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.ReadEncoder;
import org.trivet.wire.sbe.ReadMapEncoder;
import org.trivet.wire.sbe.RepairEncoder;
import org.trivet.wire.sbe.SyncEncoder;
import org.trivet.wire.sbe.TrimEncoder;
import org.trivet.wire.sbe.WriteEncoder;

import java.nio.ByteOrder;

/**
 * Encodes what a client asks of data nodes, and offers it to the transport. Each method returns
 * what the transport did.
 *
 * <p>A write is laid out in three steps, so that its bytes go where they are sent from:
 *
 * <pre>
 *   beginWrite(...)                     header, fields, cuts
 *   buffer(), checksumsOffset()         the caller puts the checksums there
 *   buffer(), dataOffset()              and the bytes there, or has them elsewhere in one piece
 *   sendWrite(...)
 * </pre>
 */
public final class BlockRequestPublisher {
    /** The most bytes that a write has besides cuts, checksums and data. */
    public static final int WRITE_OVERHEAD =
            MessageHeaderEncoder.ENCODED_LENGTH + WriteEncoder.BLOCK_LENGTH + 3 * Integer.BYTES;

    private static final int FIRST_CAPACITY = 4096;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final WriteEncoder write = new WriteEncoder();
    private final TrimEncoder trim = new TrimEncoder();
    private final ReadEncoder read = new ReadEncoder();
    private final ReadMapEncoder readMap = new ReadMapEncoder();
    private final RepairEncoder repair = new RepairEncoder();
    private final SyncEncoder sync = new SyncEncoder();
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(FIRST_CAPACITY);
    private final ExpandableArrayBuffer cutBytes = new ExpandableArrayBuffer(64);
    private final long volumeId;
    private final int source;
    private final Transport transport;
    private int checksumsOffset;
    private int dataOffset;

    /**
     * A publisher for one volume.
     *
     * @param volumeId the volume.
     * @param transport the client's endpoint.
     */
    public BlockRequestPublisher(final long volumeId, final Transport transport) {
        this.volumeId = volumeId;
        this.transport = transport;
        source = transport.endpointId();
    }

    /**
     * Begins a write.
     *
     * @param group of the strip; its primary is sent to.
     * @param durable whether it must be synced before it is acknowledged.
     * @param session of the client.
     * @param request number.
     * @param lowestOpen lowest number not answered yet.
     * @param dataId of the file.
     * @param cut of the file.
     * @param cuts of the file, in pairs.
     * @param firstUnit unit in which the data begin.
     * @param byteOffset of the data within it.
     * @param checksumsLength bytes of checksums to come.
     */
    public void beginWrite(
            final int group,
            final boolean durable,
            final long session,
            final long request,
            final long lowestOpen,
            final long dataId,
            final long cut,
            final long[] cuts,
            final long firstUnit,
            final int byteOffset,
            final int checksumsLength) {
        write.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(source)
                .group(group)
                .durable((short) (durable ? 1 : 0))
                .session(session)
                .request(request)
                .lowestOpen(lowestOpen)
                .dataId(dataId)
                .cut(cut)
                .firstUnit(firstUnit)
                .byteOffset(byteOffset);
        write.putCuts(cutBytes, 0, encodeCuts(cuts));
        final int limit = write.limit();
        buffer.putInt(limit, checksumsLength, ByteOrder.LITTLE_ENDIAN);
        checksumsOffset = limit + Integer.BYTES;
        dataOffset = checksumsOffset + checksumsLength + Integer.BYTES;
    }

    /**
     * Takes checksums and data of the write that was begun.
     *
     * @return the buffer that it is laid out in.
     */
    public MutableDirectBuffer buffer() {
        return buffer;
    }

    /**
     * Where the checksums go.
     *
     * @return offset in the buffer.
     */
    public int checksumsOffset() {
        return checksumsOffset;
    }

    /**
     * Where the data go.
     *
     * @return offset in the buffer.
     */
    public int dataOffset() {
        return dataOffset;
    }

    /**
     * Sends the write that was begun; its data lie in {@link #buffer}.
     *
     * @param group of the strip.
     * @param dataLength bytes.
     * @return what the transport did.
     */
    public long sendWrite(final int group, final int dataLength) {
        buffer.putInt(dataOffset - Integer.BYTES, dataLength, ByteOrder.LITTLE_ENDIAN);
        return transport.offer(group, buffer, 0, dataOffset + dataLength);
    }

    /**
     * Sends the write that was begun; its data lie elsewhere.
     *
     * @param group of the strip.
     * @param data holds the data.
     * @param offset where they begin.
     * @param dataLength bytes.
     * @return what the transport did.
     */
    public long sendWrite(
            final int group, final DirectBuffer data, final int offset, final int dataLength) {
        buffer.putInt(dataOffset - Integer.BYTES, dataLength, ByteOrder.LITTLE_ENDIAN);
        return transport.offer(group, buffer, 0, dataOffset, data, offset, dataLength);
    }

    /**
     * Sends a trim.
     *
     * @param group of the strip; its primary is sent to.
     * @param session of the client.
     * @param request number.
     * @param lowestOpen lowest number not answered yet.
     * @param dataId of the file.
     * @param cut of the file.
     * @param cuts of the file, in pairs.
     * @param firstUnit first unit to remove.
     * @param endUnit first unit to keep.
     * @return what the transport did.
     */
    public long sendTrim(
            final int group,
            final long session,
            final long request,
            final long lowestOpen,
            final long dataId,
            final long cut,
            final long[] cuts,
            final long firstUnit,
            final long endUnit) {
        trim.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(source)
                .group(group)
                .session(session)
                .request(request)
                .lowestOpen(lowestOpen)
                .dataId(dataId)
                .cut(cut)
                .firstUnit(firstUnit)
                .endUnit(endUnit);
        trim.putCuts(cutBytes, 0, encodeCuts(cuts));
        return transport.offer(group, buffer, 0, trim.limit());
    }

    /**
     * Sends a read.
     *
     * @param node to ask.
     * @param group of the strip.
     * @param correlation comes back with the answer.
     * @param dataId of the file.
     * @param firstUnit first unit.
     * @param unitCount units.
     * @return what the transport did.
     */
    public long sendRead(
            final int node,
            final int group,
            final long correlation,
            final long dataId,
            final long firstUnit,
            final int unitCount) {
        read.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(source)
                .group(group)
                .correlation(correlation)
                .dataId(dataId)
                .firstUnit(firstUnit)
                .unitCount(unitCount);
        return transport.offer(node, buffer, 0, read.limit());
    }

    /**
     * Asks which units of a strip are stored.
     *
     * @param node to ask.
     * @param group of the strip.
     * @param correlation comes back with the answer.
     * @param dataId of the file.
     * @param firstUnit from here on.
     * @return what the transport did.
     */
    public long sendReadMap(
            final int node,
            final int group,
            final long correlation,
            final long dataId,
            final long firstUnit) {
        readMap.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(source)
                .group(group)
                .correlation(correlation)
                .dataId(dataId)
                .firstUnit(firstUnit);
        return transport.offer(node, buffer, 0, readMap.limit());
    }

    /**
     * Sends a hint to mend units.
     *
     * @param node that returned bad bytes.
     * @param group of the strip.
     * @param dataId of the file.
     * @param firstUnit first unit.
     * @param unitCount units.
     * @return what the transport did.
     */
    public long sendRepair(
            final int node,
            final int group,
            final long dataId,
            final long firstUnit,
            final int unitCount) {
        repair.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(source)
                .group(group)
                .dataId(dataId)
                .firstUnit(firstUnit)
                .unitCount(unitCount);
        return transport.offer(node, buffer, 0, repair.limit());
    }

    /**
     * Sends a sync.
     *
     * @param group the group; its primary is sent to.
     * @param session of the client.
     * @param request number.
     * @return what the transport did.
     */
    public long sendSync(final int group, final long session, final long request) {
        sync.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(source)
                .group(group)
                .session(session)
                .request(request);
        return transport.offer(group, buffer, 0, sync.limit());
    }

    private int encodeCuts(final long[] cuts) {
        for (int i = 0; i < cuts.length; i++) {
            cutBytes.putLong(i * Long.BYTES, cuts[i], ByteOrder.LITTLE_ENDIAN);
        }
        return cuts.length * Long.BYTES;
    }
}
