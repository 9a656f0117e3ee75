package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.BlockStore;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.AckEncoder;
import org.trivet.wire.sbe.ChunkEncoder;
import org.trivet.wire.sbe.DiffersEncoder;
import org.trivet.wire.sbe.DigestQueryEncoder;
import org.trivet.wire.sbe.DigestReplyEncoder;
import org.trivet.wire.sbe.FetchLogEncoder;
import org.trivet.wire.sbe.HelloEncoder;
import org.trivet.wire.sbe.JoinEncoder;
import org.trivet.wire.sbe.JoinOkEncoder;
import org.trivet.wire.sbe.LackQueryEncoder;
import org.trivet.wire.sbe.LackReplyEncoder;
import org.trivet.wire.sbe.LogEndQueryEncoder;
import org.trivet.wire.sbe.LogEndReplyEncoder;
import org.trivet.wire.sbe.LogEntriesEncoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.PrepareEncoder;
import org.trivet.wire.sbe.PullEncoder;
import org.trivet.wire.sbe.ReadOkEncoder;
import org.trivet.wire.sbe.ReadRefusedEncoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.RegisterEncoder;
import org.trivet.wire.sbe.RoomEncoder;
import org.trivet.wire.sbe.SessionsQueryEncoder;
import org.trivet.wire.sbe.StripMapEncoder;
import org.trivet.wire.sbe.SyncOkEncoder;
import org.trivet.wire.sbe.TestimonyEncoder;
import org.trivet.wire.sbe.WatermarkQueryEncoder;
import org.trivet.wire.sbe.WatermarkReplyEncoder;
import org.trivet.wire.sbe.WriteOkEncoder;
import org.trivet.wire.sbe.WriteRefusedEncoder;
import org.trivet.wire.sbe.WriteWaitingEncoder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Encodes what a node says, and offers it to the transport. False means that it was not accepted
 * now: whoever asked will ask again, or the caller's state says that it is still to be sent.
 * Answers to clients are held meanwhile.
 */
final class NodePublisher {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    /** A ReadOk begins here in the buffer: so its data are read with what stands before them. */
    private static final int READ_OK_AT = BlockStore.FRONT_LENGTH;

    private final long volumeId;
    private final int self;
    private final Transport transport;
    private final NodeCounters counters;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final UnsafeBuffer buffer;
    private final HeldAnswers heldAnswers;
    private final PrepareEncoder prepare = new PrepareEncoder();
    private final AckEncoder ack = new AckEncoder();
    private final HelloEncoder hello = new HelloEncoder();
    private final TestimonyEncoder testimony = new TestimonyEncoder();
    private final FetchLogEncoder fetchLog = new FetchLogEncoder();
    private final LogEntriesEncoder logEntries = new LogEntriesEncoder();
    private final JoinEncoder join = new JoinEncoder();
    private final JoinOkEncoder joinOk = new JoinOkEncoder();
    private final PullEncoder pull = new PullEncoder();
    private final ChunkEncoder chunk = new ChunkEncoder();
    private final LackQueryEncoder lackQuery = new LackQueryEncoder();
    private final LackReplyEncoder lackReply = new LackReplyEncoder();
    private final DigestQueryEncoder digestQuery = new DigestQueryEncoder();
    private final DigestReplyEncoder digestReply = new DigestReplyEncoder();
    private final DiffersEncoder differs = new DiffersEncoder();
    private final WatermarkQueryEncoder watermarkQuery = new WatermarkQueryEncoder();
    private final WatermarkReplyEncoder watermarkReply = new WatermarkReplyEncoder();
    private final LogEndQueryEncoder logEndQuery = new LogEndQueryEncoder();
    private final LogEndReplyEncoder logEndReply = new LogEndReplyEncoder();
    private final WriteOkEncoder writeOk = new WriteOkEncoder();
    private final WriteRefusedEncoder writeRefused = new WriteRefusedEncoder();
    private final WriteWaitingEncoder writeWaiting = new WriteWaitingEncoder();
    private final SyncOkEncoder syncOk = new SyncOkEncoder();
    private final RoomEncoder room = new RoomEncoder();
    private final ReadOkEncoder readOk = new ReadOkEncoder();
    private final StripMapEncoder stripMap = new StripMapEncoder();
    private final ReadRefusedEncoder readRefused = new ReadRefusedEncoder();
    private final RegisterEncoder register = new RegisterEncoder();
    private final SessionsQueryEncoder sessionsQuery = new SessionsQueryEncoder();

    NodePublisher(
            final long volumeId,
            final int self,
            final Transport transport,
            final NodeCounters counters) {
        this.volumeId = volumeId;
        this.self = self;
        this.transport = transport;
        this.counters = counters;
        this.heldAnswers = new HeldAnswers(transport, counters);
        this.buffer =
                new UnsafeBuffer(
                        ByteBuffer.allocateDirect(READ_OK_AT + transport.maxMessageLength()));
    }

    /** Answers to clients that are to be sent as soon as they can be. */
    HeldAnswers heldAnswers() {
        return heldAnswers;
    }

    int maxMessageLength() {
        return transport.maxMessageLength();
    }

    private boolean sent(final long result) {
        if (result < 0) {
            counters.increment(Counter.BACK_PRESSURED);
            return false;
        }
        return true;
    }

    private boolean offer(final int to, final int length) {
        return sent(transport.offer(to, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + length));
    }

    // ---- to members of a group

    /** The entries are framed already (see {@link EntryBatch}), unless it is a single one. */
    boolean prepare(
            final int to,
            final int group,
            final long epoch,
            final long incarnation,
            final long previousSequence,
            final long previousEpoch,
            final long watermark,
            final long allSynced,
            final long syncWanted,
            final long bound,
            final long sentNs,
            final DirectBuffer entries,
            final int entriesOffset,
            final int entriesLength,
            final boolean single) {
        prepare.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .epoch(epoch)
                .incarnation(incarnation)
                .previousSequence(previousSequence)
                .previousEpoch(previousEpoch)
                .watermark(watermark)
                .allSynced(allSynced)
                .syncWanted(syncWanted)
                .bound(bound)
                .sentNs(sentNs);
        final int lengthAt = prepare.limit();
        int at = lengthAt + 4;
        if (single) {
            buffer.putInt(at, entriesLength, LE);
            buffer.putInt(at + 4, 0, LE);
            at += EntryBatch.FRAME_LENGTH;
        }
        buffer.putInt(lengthAt, at - lengthAt - 4 + entriesLength, LE);
        return sent(transport.offer(to, buffer, 0, at, entries, entriesOffset, entriesLength));
    }

    boolean ack(
            final int to,
            final int group,
            final long epoch,
            final long incarnation,
            final long written,
            final long synced,
            final long freeBytes,
            final long roomBytes,
            final boolean mismatch,
            final long heardNs) {
        ack.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .epoch(epoch)
                .incarnation(incarnation)
                .written(written)
                .synced(synced)
                .freeBytes(freeBytes)
                .roomBytes(roomBytes)
                .mismatch((short) (mismatch ? 1 : 0))
                .heardNs(heardNs);
        return offer(to, ack.encodedLength());
    }

    boolean hello(final int to, final int group, final long epoch) {
        hello.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .epoch(epoch);
        return offer(to, hello.encodedLength());
    }

    boolean testimony(final int to, final Group group, final long freeBytes, final long roomBytes) {
        testimony
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group.group)
                .epoch(group.epoch)
                .incarnation(group.node.incarnation)
                .hasLog((short) (group.hasLog ? 1 : 0))
                .suspect((short) (group.isSound() ? 0 : 1))
                .low(group.log.low())
                .lowEpoch(group.log.lowEpoch())
                .end(group.log.end())
                .endEpoch(group.log.epochOf(group.log.end()))
                .watermark(group.watermark)
                .freeBytes(freeBytes)
                .roomBytes(roomBytes);
        final int at = testimony.limit();
        final int length = group.results.encode(buffer, at + 4);
        buffer.putInt(at, length, LE);
        return sent(transport.offer(to, buffer, 0, at + 4 + length));
    }

    boolean fetchLog(
            final int to,
            final int group,
            final long epoch,
            final long from,
            final long upTo,
            final long sentNs) {
        fetchLog.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .epoch(epoch)
                .fromSequence(from)
                .toSequence(upTo)
                .sentNs(sentNs);
        return offer(to, fetchLog.encodedLength());
    }

    boolean logEntries(
            final int to,
            final Group group,
            final long from,
            final long askedNs,
            final DirectBuffer entries,
            final int n) {
        logEntries
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group.group)
                .epoch(group.epoch)
                .fromSequence(from)
                .incarnation(group.node.incarnation)
                .end(group.hasLog ? group.log.end() : -1)
                .askedNs(askedNs)
                .sound((short) (group.isSound() ? 1 : 0));
        final int lengthAt = logEntries.limit();
        buffer.putInt(lengthAt, n, LE);
        return sent(transport.offer(to, buffer, 0, lengthAt + 4, entries, 0, n));
    }

    boolean join(final int to, final int group, final long incarnation) {
        join.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .incarnation(incarnation);
        return offer(to, join.encodedLength());
    }

    boolean joinOk(
            final int to,
            final Group group,
            final long incarnation,
            final long base,
            final long baseEpoch,
            final long bound) {
        joinOk.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group.group)
                .epoch(group.epoch)
                .incarnation(incarnation)
                .baseSequence(base)
                .baseEpoch(baseEpoch)
                .bound(bound);
        final int at = joinOk.limit();
        final int length = group.results.encode(buffer, at + 4);
        buffer.putInt(at, length, LE);
        return sent(transport.offer(to, buffer, 0, at + 4 + length));
    }

    boolean pull(
            final int to,
            final int group,
            final long nonce,
            final long asOf,
            final KeyRanges.Range range,
            final int maxBytes) {
        pull.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .nonce(nonce)
                .asOf(asOf)
                .fromDataId(range.fromDataId())
                .fromUnit(range.fromUnit())
                .toDataId(range.toDataId())
                .toUnit(range.toUnit())
                .maxBytes(maxBytes);
        return offer(to, pull.encodedLength());
    }

    boolean chunk(
            final int to,
            final int group,
            final long nonce,
            final long watermark,
            final KeyRanges.Range range,
            final long totalUnits,
            final Refusal refusal,
            final DirectBuffer cuts,
            final int cutsLength,
            final DirectBuffer givenUp,
            final int givenUpLength,
            final DirectBuffer rows,
            final int rowsLength) {
        chunk.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .nonce(nonce)
                .watermark(watermark)
                .fromDataId(range.fromDataId())
                .fromUnit(range.fromUnit())
                .toDataId(range.toDataId())
                .toUnit(range.toUnit())
                .totalUnits(totalUnits)
                .refusal(refusal)
                .putCuts(cuts, 0, cutsLength)
                .putGivenUp(givenUp, 0, givenUpLength);
        final int lengthAt = chunk.limit();
        buffer.putInt(lengthAt, rowsLength, LE);
        return sent(transport.offer(to, buffer, 0, lengthAt + 4, rows, 0, rowsLength));
    }

    boolean digestQuery(
            final int to,
            final int group,
            final long query,
            final KeyRanges.Range range,
            final boolean listed) {
        digestQuery
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .query(query)
                .fromDataId(range.fromDataId())
                .fromUnit(range.fromUnit())
                .toDataId(range.toDataId())
                .toUnit(range.toUnit())
                .listed((short) (listed ? 1 : 0));
        return offer(to, digestQuery.encodedLength());
    }

    boolean digestReply(
            final int to,
            final int group,
            final long query,
            final long applied,
            final KeyRanges.Range range,
            final Refusal refusal,
            final long digest,
            final DirectBuffer units,
            final int unitsLength) {
        digestReply
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .query(query)
                .applied(applied)
                .fromDataId(range.fromDataId())
                .fromUnit(range.fromUnit())
                .toDataId(range.toDataId())
                .toUnit(range.toUnit())
                .digest(digest)
                .refusal(refusal)
                .putUnits(units, 0, unitsLength);
        return offer(to, digestReply.encodedLength());
    }

    boolean differs(
            final int to,
            final int group,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final long digest,
            final int rightCopy) {
        differs.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .rightCopy(rightCopy)
                .dataId(dataId)
                .firstUnit(firstUnit)
                .endUnit(endUnit)
                .digest(digest);
        return offer(to, differs.encodedLength());
    }

    boolean lackQuery(final int to, final int group, final long epoch, final long query) {
        lackQuery
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .epoch(epoch)
                .query(query);
        return offer(to, lackQuery.encodedLength());
    }

    boolean lackReply(
            final int to,
            final Group group,
            final long query,
            final long incarnation,
            final KeyRanges lacking) {
        lackReply
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group.group)
                .epoch(group.epoch)
                .query(query)
                .incarnation(incarnation)
                .pulls(group.rebuild.installedCount());
        final int lengthAt = lackReply.limit();
        final int length = lacking.encode(buffer, lengthAt + Integer.BYTES);
        buffer.putInt(lengthAt, length, LE);
        return sent(transport.offer(to, buffer, 0, lengthAt + Integer.BYTES + length));
    }

    boolean watermarkQuery(final int to, final int group, final long query) {
        watermarkQuery
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .query(query);
        return offer(to, watermarkQuery.encodedLength());
    }

    boolean watermarkReply(
            final int to,
            final int group,
            final long query,
            final long epoch,
            final long watermark) {
        watermarkReply
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .query(query)
                .epoch(epoch)
                .watermark(watermark);
        return offer(to, watermarkReply.encodedLength());
    }

    boolean logEndQuery(
            final int to,
            final int group,
            final long query,
            final long incarnation,
            final long end) {
        logEndQuery
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .query(query)
                .incarnation(incarnation)
                .end(end);
        return offer(to, logEndQuery.encodedLength());
    }

    boolean logEndReply(
            final int to,
            final int group,
            final long query,
            final long incarnation,
            final long end,
            final long watermark,
            final boolean log,
            final boolean hearsPrimary,
            final long voidFrom) {
        logEndReply
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .query(query)
                .incarnation(incarnation)
                .end(end)
                .watermark(watermark)
                .hasLog((short) (log ? 1 : 0))
                .hearsPrimary((short) (hearsPrimary ? 1 : 0))
                .voidFrom(voidFrom);
        return offer(to, logEndReply.encodedLength());
    }

    // ---- to clients

    boolean writeOk(
            final int to,
            final int group,
            final long session,
            final long request,
            final long epoch,
            final long seq) {
        writeOk.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .session(session)
                .request(request)
                .epoch(epoch)
                .sequence(seq);
        return answer(to, writeOk.encodedLength());
    }

    boolean writeRefused(
            final int to,
            final int group,
            final long session,
            final long request,
            final Refusal refusal,
            final int about) {
        writeRefused
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .session(session)
                .request(request)
                .refusal(refusal)
                .node(about);
        return answer(to, writeRefused.encodedLength());
    }

    boolean writeWaiting(
            final int to,
            final int group,
            final long session,
            final long request,
            final long waitingFor) {
        writeWaiting
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .session(session)
                .request(request)
                .waitingFor(waitingFor);
        return answer(to, writeWaiting.encodedLength());
    }

    boolean syncOk(final int to, final int group, final long session, final long request) {
        syncOk.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .session(session)
                .request(request);
        return answer(to, syncOk.encodedLength());
    }

    boolean room(final int to, final long liveBytes, final long roomBytes) {
        room.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .liveBytes(liveBytes)
                .roomBytes(roomBytes);
        return answer(to, room.encodedLength());
    }

    boolean readRefused(
            final int to, final int group, final long correlation, final Refusal refusal) {
        return readRefused(to, group, correlation, refusal, 0);
    }

    /** The unit is lost, and was given up. */
    boolean readGivenUp(final int to, final int group, final long correlation, final long unit) {
        return readRefused(to, group, correlation, Refusal.GIVEN_UP, unit);
    }

    private boolean readRefused(
            final int to,
            final int group,
            final long correlation,
            final Refusal refusal,
            final long unit) {
        readRefused
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .correlation(correlation)
                .unit(unit)
                .refusal(refusal);
        return answer(to, readRefused.encodedLength());
    }

    /**
     * Begins a ReadOk in {@link #buffer()}: the caller appends the three var-data fields and sends
     * it.
     */
    int beginReadOk(
            final int group,
            final long correlation,
            final boolean degraded,
            final long cut,
            final long dataId) {
        readOk.wrapAndApplyHeader(buffer, READ_OK_AT, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .degraded((short) (degraded ? 1 : 0))
                .correlation(correlation)
                .cut(cut)
                .dataId(dataId);
        return readOk.limit();
    }

    /** Answers which units of a strip are stored: extents that adjoin are one range. */
    boolean stripMap(
            final int client,
            final int group,
            final long correlation,
            final long cut,
            final long dataId,
            final long endUnit,
            final KeyRanges stored) {
        stripMap.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .group(group)
                .correlation(correlation)
                .cut(cut)
                .dataId(dataId)
                .endUnit(endUnit);
        final int lengthAt = stripMap.limit();
        int at = lengthAt + Integer.BYTES;
        for (final KeyRanges.Range range : stored.list()) {
            buffer.putLong(at, range.fromUnit(), LE);
            buffer.putLong(at + Long.BYTES, range.endIn(dataId), LE);
            at += 2 * Long.BYTES;
        }
        buffer.putInt(lengthAt, at - lengthAt - Integer.BYTES, LE);
        return answer(client, 0, at);
    }

    MutableDirectBuffer buffer() {
        return buffer;
    }

    /** Sends the ReadOk that ends there. */
    boolean sendReadOk(final int to, final int end) {
        return answer(to, READ_OK_AT, end - READ_OK_AT);
    }

    private boolean answer(final int to, final int length) {
        return answer(to, 0, MessageHeaderEncoder.ENCODED_LENGTH + length);
    }

    /** Sends it, or holds it if the transport cannot take it now. */
    private boolean answer(final int to, final int offset, final int length) {
        final long result = transport.offer(to, buffer, offset, length);
        return result == Transport.BACK_PRESSURED && heldAnswers.hold(to, buffer, offset, length)
                || sent(result);
    }

    // ---- to the metadata node

    boolean register(
            final long storageId, final long bootHash, final boolean created, final long start) {
        register.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .node(self)
                .storageId(storageId)
                .bootHash(bootHash)
                .created((short) (created ? 1 : 0))
                .start(start);
        return offer(EndpointId.METADATA, register.encodedLength());
    }

    boolean sessionsQuery(final long start) {
        sessionsQuery
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(self)
                .start(start);
        return offer(EndpointId.METADATA, sessionsQuery.encodedLength());
    }
}
