package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongHashSet;
import org.trivet.block.Placement;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;
import org.trivet.store.StoreStatistics;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.MessageShapes;
import org.trivet.wire.sbe.AckDecoder;
import org.trivet.wire.sbe.ChunkDecoder;
import org.trivet.wire.sbe.DiffersDecoder;
import org.trivet.wire.sbe.DigestQueryDecoder;
import org.trivet.wire.sbe.DigestReplyDecoder;
import org.trivet.wire.sbe.FetchLogDecoder;
import org.trivet.wire.sbe.HelloDecoder;
import org.trivet.wire.sbe.JoinDecoder;
import org.trivet.wire.sbe.JoinOkDecoder;
import org.trivet.wire.sbe.LackQueryDecoder;
import org.trivet.wire.sbe.LackReplyDecoder;
import org.trivet.wire.sbe.LogEndQueryDecoder;
import org.trivet.wire.sbe.LogEndReplyDecoder;
import org.trivet.wire.sbe.LogEntriesDecoder;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.PrepareDecoder;
import org.trivet.wire.sbe.PullDecoder;
import org.trivet.wire.sbe.ReadDecoder;
import org.trivet.wire.sbe.ReadMapDecoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.RegisteredDecoder;
import org.trivet.wire.sbe.RepairDecoder;
import org.trivet.wire.sbe.RoomQueryDecoder;
import org.trivet.wire.sbe.SessionsDecoder;
import org.trivet.wire.sbe.SyncDecoder;
import org.trivet.wire.sbe.TestimonyDecoder;
import org.trivet.wire.sbe.TrimDecoder;
import org.trivet.wire.sbe.WatermarkQueryDecoder;
import org.trivet.wire.sbe.WatermarkReplyDecoder;
import org.trivet.wire.sbe.WriteDecoder;

import java.nio.ByteOrder;
import java.util.function.Predicate;

/**
 * Decodes what a node hears, once, and hands it to the group that it is for. What is damaged, of
 * another volume or version, from somebody who has no business saying it, or what nobody can mean,
 * is counted and does nothing else.
 */
final class NodeAdapter implements Transport.Handler {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int HEADER = MessageHeaderDecoder.ENCODED_LENGTH;
    private static final int CUT_LENGTH = 2 * Long.BYTES;

    /** What members say to each other has these ids, and begins with the group. */
    private static final int FIRST_OF_MEMBERS = 20;

    private static final int LAST_OF_MEMBERS = 49;
    private static final int SOURCE_OFFSET = 8;
    private static final int GROUP_OFFSET = 12;

    private final DataNode dataNode;
    private final NodeContext node;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final WriteDecoder write = new WriteDecoder();
    private final TrimDecoder trim = new TrimDecoder();
    private final ReadDecoder read = new ReadDecoder();
    private final ReadMapDecoder readMap = new ReadMapDecoder();
    private final RepairDecoder repair = new RepairDecoder();
    private final SyncDecoder sync = new SyncDecoder();
    private final PrepareDecoder prepare = new PrepareDecoder();
    private final AckDecoder ack = new AckDecoder();
    private final HelloDecoder hello = new HelloDecoder();
    private final TestimonyDecoder testimony = new TestimonyDecoder();
    private final FetchLogDecoder fetchLog = new FetchLogDecoder();
    private final LogEntriesDecoder logEntries = new LogEntriesDecoder();
    private final JoinDecoder join = new JoinDecoder();
    private final JoinOkDecoder joinOk = new JoinOkDecoder();
    private final PullDecoder pull = new PullDecoder();
    private final ChunkDecoder chunk = new ChunkDecoder();
    private final LackQueryDecoder lackQuery = new LackQueryDecoder();
    private final LackReplyDecoder lackReply = new LackReplyDecoder();
    private final DigestQueryDecoder digestQuery = new DigestQueryDecoder();
    private final DigestReplyDecoder digestReply = new DigestReplyDecoder();
    private final DiffersDecoder differs = new DiffersDecoder();
    private final WatermarkQueryDecoder watermarkQuery = new WatermarkQueryDecoder();
    private final WatermarkReplyDecoder watermarkReply = new WatermarkReplyDecoder();
    private final LogEndQueryDecoder logEndQuery = new LogEndQueryDecoder();
    private final LogEndReplyDecoder logEndReply = new LogEndReplyDecoder();
    private final RegisteredDecoder registered = new RegisteredDecoder();
    private final SessionsDecoder sessions = new SessionsDecoder();
    private final LongHashSet live = new LongHashSet();
    private final Predicate<EntryView> entryOfLog = this::isOfLog;
    private int expectedGroup;

    // Where the var-data of the message at hand lie.
    private int next;
    private int at;
    private int length;

    NodeAdapter(final DataNode dataNode, final NodeContext node) {
        this.dataNode = dataNode;
        this.node = node;
    }

    @Override
    public void onMessage(final DirectBuffer buffer, final int offset, final int messageLength) {
        if (!accept(buffer, offset, messageLength)) {
            node.counters.increment(Counter.MESSAGES_REFUSED);
        }
    }

    private boolean accept(final DirectBuffer buffer, final int offset, final int messageLength) {
        if (!MessageShapes.isWhole(buffer, offset, messageLength, node.volume.volumeId())) {
            return false;
        }
        header.wrap(buffer, offset);
        final int body = offset + HEADER;
        final int source = buffer.getInt(body + SOURCE_OFFSET, LE);
        next = body + header.blockLength();
        return switch (header.templateId()) {
            case WriteDecoder.TEMPLATE_ID -> onWrite(buffer, body, source);
            case TrimDecoder.TEMPLATE_ID -> onTrim(buffer, body, source);
            case ReadDecoder.TEMPLATE_ID -> onRead(buffer, body, source);
            case ReadMapDecoder.TEMPLATE_ID -> onReadMap(buffer, body, source);
            case RepairDecoder.TEMPLATE_ID -> onRepair(buffer, body);
            case SyncDecoder.TEMPLATE_ID -> onSync(buffer, body, source);
            case RoomQueryDecoder.TEMPLATE_ID -> onRoomQuery(source);
            case RegisteredDecoder.TEMPLATE_ID ->
                    source == EndpointId.METADATA && onRegistered(buffer, body);
            case SessionsDecoder.TEMPLATE_ID ->
                    source == EndpointId.METADATA && onSessions(buffer, body);
            default ->
                    header.templateId() >= FIRST_OF_MEMBERS
                            && header.templateId() <= LAST_OF_MEMBERS
                            && isAmongMembers(buffer.getShort(body + GROUP_OFFSET, LE), source)
                            // Until it has an incarnation, a node is nobody to its peers.
                            && (node.incarnation == 0 || acceptFromMember(buffer, body, source));
        };
    }

    /** Whether this node and the sender are both members of a group. */
    private boolean isAmongMembers(final short group, final int source) {
        return source != node.config.nodeId()
                && EndpointId.isNode(source, node.volume.nodeCount())
                && dataNode.group(group & 0xFFFF) != null
                && Placement.copy(
                                group & 0xFFFF,
                                source,
                                node.volume.nodeCount(),
                                node.volume.replicaCount())
                        >= 0;
    }

    private boolean acceptFromMember(final DirectBuffer buffer, final int body, final int source) {
        return switch (header.templateId()) {
            case PrepareDecoder.TEMPLATE_ID -> onPrepare(buffer, body, source);
            case AckDecoder.TEMPLATE_ID -> onAck(buffer, body, source);
            case HelloDecoder.TEMPLATE_ID -> onHello(buffer, body, source);
            case TestimonyDecoder.TEMPLATE_ID -> onTestimony(buffer, body, source);
            case FetchLogDecoder.TEMPLATE_ID -> onFetchLog(buffer, body, source);
            case LogEntriesDecoder.TEMPLATE_ID -> onLogEntries(buffer, body, source);
            case JoinDecoder.TEMPLATE_ID -> onJoin(buffer, body, source);
            case JoinOkDecoder.TEMPLATE_ID -> onJoinOk(buffer, body, source);
            case PullDecoder.TEMPLATE_ID -> onPull(buffer, body, source);
            case ChunkDecoder.TEMPLATE_ID -> onChunk(buffer, body);
            case LackQueryDecoder.TEMPLATE_ID -> onLackQuery(buffer, body, source);
            case LackReplyDecoder.TEMPLATE_ID -> onLackReply(buffer, body, source);
            case DigestQueryDecoder.TEMPLATE_ID -> onDigestQuery(buffer, body, source);
            case DigestReplyDecoder.TEMPLATE_ID -> onDigestReply(buffer, body, source);
            case DiffersDecoder.TEMPLATE_ID -> onDiffers(buffer, body, source);
            case WatermarkQueryDecoder.TEMPLATE_ID -> onWatermarkQuery(buffer, body, source);
            case WatermarkReplyDecoder.TEMPLATE_ID -> onWatermarkReply(buffer, body, source);
            case LogEndQueryDecoder.TEMPLATE_ID -> onLogEndQuery(buffer, body, source);
            case LogEndReplyDecoder.TEMPLATE_ID -> onLogEndReply(buffer, body, source);
            default -> false;
        };
    }

    /** Steps to the next field of variable length: {@link #at} and {@link #length}. */
    private void nextData(final DirectBuffer buffer) {
        length = buffer.getInt(next, LE);
        at = next + Integer.BYTES;
        next = at + length;
    }

    private static int version() {
        return WriteDecoder.SCHEMA_VERSION;
    }

    private boolean leads(final int group) {
        return group == node.config.nodeId();
    }

    private GroupBackup backup(final int group) {
        return dataNode.group(group) instanceof GroupBackup member ? member : null;
    }

    /** The backup of a group, if the sender is the group's primary. */
    private GroupBackup backupOf(final int group, final int source) {
        return source == group ? backup(group) : null;
    }

    // ---- from clients

    private boolean onWrite(final DirectBuffer buffer, final int body, final int source) {
        write.wrap(buffer, body, WriteDecoder.BLOCK_LENGTH, version());
        nextData(buffer);
        if (!leads(write.group())
                || write.dataId() == KeyRanges.END_DATA_ID
                || length % CUT_LENGTH != 0) {
            return false;
        }
        final int cutsAt = at;
        final int cutsLength = length;
        nextData(buffer);
        final int checksumsAt = at;
        final int checksumsLength = length;
        nextData(buffer);
        if (node.incarnation == 0) {
            return refuseWrite(source, write.group(), write.session(), write.request());
        }
        dataNode.primary()
                .onWrite(
                        source,
                        write.session(),
                        write.request(),
                        write.lowestOpen(),
                        write.dataId(),
                        write.cut(),
                        write.firstUnit(),
                        write.byteOffset(),
                        buffer,
                        cutsAt,
                        cutsLength,
                        checksumsAt,
                        checksumsLength,
                        at,
                        length);
        return true;
    }

    private boolean refuseWrite(
            final int source, final int group, final long session, final long request) {
        node.publisher.writeRefused(
                source, group, session, request, Refusal.RETRY, node.config.nodeId());
        return true;
    }

    private boolean onTrim(final DirectBuffer buffer, final int body, final int source) {
        trim.wrap(buffer, body, TrimDecoder.BLOCK_LENGTH, version());
        nextData(buffer);
        if (!leads(trim.group())
                || trim.dataId() == KeyRanges.END_DATA_ID
                || length % CUT_LENGTH != 0) {
            return false;
        }
        if (node.incarnation == 0) {
            return refuseWrite(source, trim.group(), trim.session(), trim.request());
        }
        dataNode.primary()
                .onTrim(
                        source,
                        trim.session(),
                        trim.request(),
                        trim.lowestOpen(),
                        trim.dataId(),
                        trim.cut(),
                        trim.firstUnit(),
                        trim.endUnit(),
                        buffer,
                        at,
                        length);
        return true;
    }

    private boolean onSync(final DirectBuffer buffer, final int body, final int source) {
        sync.wrap(buffer, body, SyncDecoder.BLOCK_LENGTH, version());
        if (!leads(sync.group())) {
            return false;
        }
        if (node.incarnation == 0) {
            return refuseWrite(source, sync.group(), sync.session(), sync.request());
        }
        dataNode.primary().onSync(source, sync.session(), sync.request());
        return true;
    }

    private boolean onRoomQuery(final int source) {
        final StoreStatistics store = node.store.statistics();
        node.publisher.room(source, store.liveBytes(), store.roomBytes());
        return true;
    }

    private boolean onRead(final DirectBuffer buffer, final int body, final int source) {
        read.wrap(buffer, body, ReadDecoder.BLOCK_LENGTH, version());
        final Group group = dataNode.group(read.group());
        if (group == null) {
            return false;
        }
        if (node.incarnation == 0) {
            node.publisher.readRefused(source, read.group(), read.correlation(), Refusal.RETRY);
        } else {
            group.onRead(
                    source, read.correlation(), read.dataId(), read.firstUnit(), read.unitCount());
        }
        return true;
    }

    private boolean onReadMap(final DirectBuffer buffer, final int body, final int source) {
        readMap.wrap(buffer, body, ReadMapDecoder.BLOCK_LENGTH, version());
        final Group group = dataNode.group(readMap.group());
        if (group == null) {
            return false;
        }
        if (node.incarnation == 0) {
            node.publisher.readRefused(
                    source, readMap.group(), readMap.correlation(), Refusal.RETRY);
        } else {
            group.onReadMap(source, readMap.correlation(), readMap.dataId(), readMap.firstUnit());
        }
        return true;
    }

    private boolean onRepair(final DirectBuffer buffer, final int body) {
        repair.wrap(buffer, body, RepairDecoder.BLOCK_LENGTH, version());
        final Group group = dataNode.group(repair.group());
        final int units = repair.unitCount();
        if (group == null || !group.reads.isRun(repair.firstUnit(), units)) {
            return false;
        }
        if (node.incarnation != 0) {
            group.onRepair(repair.dataId(), repair.firstUnit(), repair.firstUnit() + units);
        }
        return true;
    }

    // ---- from members of a group

    private boolean onPrepare(final DirectBuffer buffer, final int body, final int source) {
        prepare.wrap(buffer, body, PrepareDecoder.BLOCK_LENGTH, version());
        final GroupBackup backup = backupOf(prepare.group(), source);
        nextData(buffer);
        if (backup == null
                || !node.isPlausible(prepare.epoch())
                || prepare.previousSequence() < 0
                || !areEntries(buffer, prepare.group())) {
            return false;
        }
        backup.onPrepare(
                prepare.epoch(),
                prepare.incarnation(),
                prepare.previousSequence(),
                prepare.previousEpoch(),
                prepare.watermark(),
                prepare.allSynced(),
                prepare.syncWanted(),
                prepare.bound(),
                prepare.sentNs(),
                buffer,
                at,
                length);
        return true;
    }

    private boolean onAck(final DirectBuffer buffer, final int body, final int source) {
        ack.wrap(buffer, body, AckDecoder.BLOCK_LENGTH, version());
        if (!leads(ack.group()) || !node.isPlausible(ack.incarnation())) {
            return false;
        }
        dataNode.primary()
                .onAck(
                        source,
                        ack.epoch(),
                        ack.incarnation(),
                        ack.written(),
                        ack.synced(),
                        ack.freeBytes(),
                        ack.roomBytes(),
                        ack.mismatch() != 0,
                        ack.heardNs());
        return true;
    }

    private boolean onHello(final DirectBuffer buffer, final int body, final int source) {
        hello.wrap(buffer, body, HelloDecoder.BLOCK_LENGTH, version());
        final GroupBackup backup = backupOf(hello.group(), source);
        if (backup == null || !node.isPlausible(hello.epoch())) {
            return false;
        }
        backup.onHello(hello.epoch());
        return true;
    }

    private boolean onTestimony(final DirectBuffer buffer, final int body, final int source) {
        testimony.wrap(buffer, body, TestimonyDecoder.BLOCK_LENGTH, version());
        nextData(buffer);
        if (!leads(testimony.group())
                || !node.isPlausible(testimony.incarnation())
                || testimony.low() < 0
                || testimony.watermark() < testimony.low()
                || testimony.end() < testimony.watermark()
                || !ResultTable.isEncoded(buffer, at, length)) {
            return false;
        }
        dataNode.primary()
                .onTestimony(
                        source,
                        testimony.epoch(),
                        testimony.incarnation(),
                        testimony.hasLog() != 0,
                        testimony.suspect() != 0,
                        testimony.low(),
                        testimony.lowEpoch(),
                        testimony.end(),
                        testimony.watermark(),
                        testimony.freeBytes(),
                        testimony.roomBytes(),
                        buffer,
                        at,
                        length);
        return true;
    }

    private boolean onFetchLog(final DirectBuffer buffer, final int body, final int source) {
        fetchLog.wrap(buffer, body, FetchLogDecoder.BLOCK_LENGTH, version());
        final GroupBackup backup = backupOf(fetchLog.group(), source);
        if (backup == null) {
            return false;
        }
        backup.onFetchLog(
                fetchLog.epoch(),
                fetchLog.fromSequence(),
                fetchLog.toSequence(),
                fetchLog.sentNs(),
                dataNode.batch());
        return true;
    }

    private boolean onLogEntries(final DirectBuffer buffer, final int body, final int source) {
        logEntries.wrap(buffer, body, LogEntriesDecoder.BLOCK_LENGTH, version());
        nextData(buffer);
        if (!leads(logEntries.group()) || !areEntries(buffer, logEntries.group())) {
            return false;
        }
        dataNode.primary()
                .onLogEntries(
                        source,
                        logEntries.epoch(),
                        logEntries.incarnation(),
                        logEntries.fromSequence(),
                        logEntries.askedNs(),
                        logEntries.end(),
                        logEntries.sound() != 0,
                        buffer,
                        at,
                        length);
        return true;
    }

    private boolean onJoin(final DirectBuffer buffer, final int body, final int source) {
        join.wrap(buffer, body, JoinDecoder.BLOCK_LENGTH, version());
        if (!leads(join.group()) || !node.isPlausible(join.incarnation())) {
            return false;
        }
        dataNode.primary().onJoin(source, join.incarnation());
        return true;
    }

    private boolean onJoinOk(final DirectBuffer buffer, final int body, final int source) {
        joinOk.wrap(buffer, body, JoinOkDecoder.BLOCK_LENGTH, version());
        final GroupBackup backup = backupOf(joinOk.group(), source);
        nextData(buffer);
        if (backup == null
                || !node.isPlausible(joinOk.epoch())
                || joinOk.baseSequence() < 0
                || joinOk.bound() < joinOk.baseSequence()
                || !ResultTable.isEncoded(buffer, at, length)) {
            return false;
        }
        backup.onJoinOk(
                joinOk.epoch(),
                joinOk.incarnation(),
                joinOk.baseSequence(),
                joinOk.baseEpoch(),
                joinOk.bound(),
                buffer,
                at,
                length);
        return true;
    }

    private boolean onPull(final DirectBuffer buffer, final int body, final int source) {
        pull.wrap(buffer, body, PullDecoder.BLOCK_LENGTH, version());
        final Group group = dataNode.group(pull.group());
        if (group == null) {
            return false;
        }
        final KeyRanges.Range range =
                new KeyRanges.Range(
                        pull.fromDataId(), pull.fromUnit(), pull.toDataId(), pull.toUnit());
        if (!range.isProper()) {
            return false;
        }
        if (group instanceof GroupPrimary primary) {
            primary.onPull(source, pull.nonce(), pull.asOf(), range, pull.maxBytes());
        } else {
            group.pulls.onPull(source, pull.nonce(), pull.asOf(), range, pull.maxBytes(), true);
        }
        return true;
    }

    private boolean onChunk(final DirectBuffer buffer, final int body) {
        chunk.wrap(buffer, body, ChunkDecoder.BLOCK_LENGTH, version());
        final Group group = dataNode.group(chunk.group());
        final KeyRanges.Range range =
                new KeyRanges.Range(
                        chunk.fromDataId(), chunk.fromUnit(), chunk.toDataId(), chunk.toUnit());
        nextData(buffer);
        if (group == null || !range.isProper() || !areCutsOf(range, buffer)) {
            return false;
        }
        final int cutsAt = at;
        final int cutsLength = length;
        nextData(buffer);
        if (length > 0 && !KeyRanges.isEncoded(buffer, at, length, range)) {
            return false;
        }
        final int givenUpAt = at;
        final int givenUpLength = length;
        nextData(buffer);
        if (!areRowsOf(range, buffer)) {
            return false;
        }
        group.rebuild.onChunk(
                chunk.nonce(),
                chunk.watermark(),
                range,
                chunk.totalUnits(),
                chunk.refusal(),
                buffer,
                cutsAt,
                cutsLength,
                givenUpAt,
                givenUpLength,
                at,
                length);
        return true;
    }

    /** Whether the data at hand are cut numbers of strips that begin in a range. */
    private boolean areCutsOf(final KeyRanges.Range range, final DirectBuffer buffer) {
        boolean are = length % CUT_LENGTH == 0;
        for (int i = 0; are && i < length; i += CUT_LENGTH) {
            final long dataId = buffer.getLong(at + i, LE);
            are =
                    Long.compareUnsigned(dataId, range.fromDataId()) >= 0
                            && KeyRanges.compare(dataId, 0, range.toDataId(), range.toUnit()) < 0;
        }
        return are;
    }

    /** Whether the data at hand are entries of a group's log. */
    private boolean areEntries(final DirectBuffer buffer, final int group) {
        expectedGroup = group;
        return EntryBatch.all(buffer, at, length, node.entry, entryOfLog);
    }

    private boolean isOfLog(final EntryView entry) {
        return entry.group() == expectedGroup && node.isOfLog(entry);
    }

    /** Whether the data at hand are rows of a chunk that has just been wrapped. */
    private boolean areRowsOf(final KeyRanges.Range range, final DirectBuffer buffer) {
        return EntryBatch.all(
                buffer,
                at,
                length,
                node.entry,
                row ->
                        row.group() == chunk.group()
                                && row.sequence() <= chunk.watermark()
                                && node.isRow(row)
                                && range.contains(row.dataId(), row.firstUnit(), row.endUnit()));
    }

    private boolean onLackQuery(final DirectBuffer buffer, final int body, final int source) {
        lackQuery.wrap(buffer, body, LackQueryDecoder.BLOCK_LENGTH, version());
        final GroupBackup backup = backupOf(lackQuery.group(), source);
        if (backup == null) {
            return false;
        }
        backup.onLackQuery(lackQuery.epoch(), lackQuery.query());
        return true;
    }

    private boolean onLackReply(final DirectBuffer buffer, final int body, final int source) {
        lackReply.wrap(buffer, body, LackReplyDecoder.BLOCK_LENGTH, version());
        nextData(buffer);
        if (!leads(lackReply.group())
                || !KeyRanges.isEncoded(buffer, at, length, KeyRanges.Range.ALL)) {
            return false;
        }
        final KeyRanges lacking = new KeyRanges();
        lacking.decode(buffer, at);
        dataNode.primary()
                .onLackReply(
                        source,
                        lackReply.epoch(),
                        lackReply.query(),
                        lackReply.incarnation(),
                        lackReply.pulls(),
                        lacking);
        return true;
    }

    private boolean onDigestQuery(final DirectBuffer buffer, final int body, final int source) {
        digestQuery.wrap(buffer, body, DigestQueryDecoder.BLOCK_LENGTH, version());
        final GroupBackup backup = backupOf(digestQuery.group(), source);
        final KeyRanges.Range range =
                new KeyRanges.Range(
                        digestQuery.fromDataId(),
                        digestQuery.fromUnit(),
                        digestQuery.toDataId(),
                        digestQuery.toUnit());
        if (backup == null || !range.isProper()) {
            return false;
        }
        backup.digests.onQuery(source, digestQuery.query(), range, digestQuery.listed() != 0);
        return true;
    }

    private boolean onDigestReply(final DirectBuffer buffer, final int body, final int source) {
        digestReply.wrap(buffer, body, DigestReplyDecoder.BLOCK_LENGTH, version());
        nextData(buffer);
        final KeyRanges.Range range =
                new KeyRanges.Range(
                        digestReply.fromDataId(),
                        digestReply.fromUnit(),
                        digestReply.toDataId(),
                        digestReply.toUnit());
        if (!leads(digestReply.group())
                || digestReply.applied() < 0
                || !range.isProper()
                || !RangeDigest.isList(buffer, at, length, range)) {
            return false;
        }
        return dataNode.primary()
                .check
                .onReply(
                        copyAt(digestReply.group(), source),
                        digestReply.query(),
                        digestReply.applied(),
                        digestReply.refusal(),
                        range,
                        digestReply.digest(),
                        buffer,
                        at,
                        length);
    }

    private boolean onDiffers(final DirectBuffer buffer, final int body, final int source) {
        differs.wrap(buffer, body, DiffersDecoder.BLOCK_LENGTH, version());
        final GroupBackup backup = backupOf(differs.group(), source);
        final long units = differs.endUnit() - differs.firstUnit();
        if (backup == null
                || differs.dataId() == KeyRanges.END_DATA_ID
                || differs.firstUnit() < 0
                || units < 1
                || units > RangeDigest.MAX_LISTED
                || differs.rightCopy() >= node.volume.replicaCount()
                || differs.rightCopy() == backup.copy()) {
            return false;
        }
        backup.digests.onDiffers(
                differs.dataId(),
                differs.firstUnit(),
                differs.endUnit(),
                differs.digest(),
                differs.rightCopy());
        return true;
    }

    /** Which copy of a group a node holds. */
    private int copyAt(final int group, final int source) {
        return Placement.copy(group, source, node.volume.nodeCount(), node.volume.replicaCount());
    }

    private boolean onWatermarkQuery(final DirectBuffer buffer, final int body, final int source) {
        watermarkQuery.wrap(buffer, body, WatermarkQueryDecoder.BLOCK_LENGTH, version());
        if (!leads(watermarkQuery.group())) {
            return false;
        }
        dataNode.primary().onWatermarkQuery(source, watermarkQuery.query());
        return true;
    }

    private boolean onWatermarkReply(final DirectBuffer buffer, final int body, final int source) {
        watermarkReply.wrap(buffer, body, WatermarkReplyDecoder.BLOCK_LENGTH, version());
        final GroupBackup backup = backupOf(watermarkReply.group(), source);
        if (backup == null) {
            return false;
        }
        backup.onWatermark(
                watermarkReply.epoch(), watermarkReply.query(), watermarkReply.watermark());
        return true;
    }

    private boolean onLogEndQuery(final DirectBuffer buffer, final int body, final int source) {
        logEndQuery.wrap(buffer, body, LogEndQueryDecoder.BLOCK_LENGTH, version());
        final Group member = dataNode.group(logEndQuery.group());
        if (member == null) {
            return false;
        }
        member.onLogEndQuery(
                source, logEndQuery.query(), logEndQuery.incarnation(), logEndQuery.end());
        return true;
    }

    private boolean onLogEndReply(final DirectBuffer buffer, final int body, final int source) {
        logEndReply.wrap(buffer, body, LogEndReplyDecoder.BLOCK_LENGTH, version());
        final Group member = dataNode.group(logEndReply.group());
        if (member == null) {
            return false;
        }
        final int copy = copyAt(logEndReply.group(), source);
        if (logEndReply.incarnation() == node.incarnation) {
            member.onLogEndReply(
                    copy,
                    logEndReply.query(),
                    logEndReply.end(),
                    logEndReply.watermark(),
                    logEndReply.hasLog() != 0,
                    logEndReply.hearsPrimary() != 0,
                    logEndReply.voidFrom());
        }
        return true;
    }

    // ---- from the metadata node

    private boolean onRegistered(final DirectBuffer buffer, final int body) {
        registered.wrap(buffer, body, RegisteredDecoder.BLOCK_LENGTH, version());
        if (registered.node() != node.config.nodeId() || registered.incarnation() <= 0) {
            return false;
        }
        dataNode.onRegistered(
                registered.start(),
                registered.storageId(),
                registered.incarnation(),
                registered.firstStorage() != 0);
        return true;
    }

    private boolean onSessions(final DirectBuffer buffer, final int body) {
        sessions.wrap(buffer, body, SessionsDecoder.BLOCK_LENGTH, version());
        nextData(buffer);
        if (length % Long.BYTES != 0) {
            return false;
        }
        long last = 0;
        for (int i = 0; i < length; i += Long.BYTES) {
            final long session = buffer.getLong(at + i, LE);
            if (session <= last || session > sessions.highest()) {
                return false; // they ascend
            }
            last = session;
        }
        live.clear();
        for (int i = 0; i < length; i += Long.BYTES) {
            live.add(buffer.getLong(at + i, LE));
        }
        return dataNode.onSessions(sessions.start(), sessions.highest(), live);
    }
}
