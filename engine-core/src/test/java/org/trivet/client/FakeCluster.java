package org.trivet.client;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.VolumeConfig;
import org.trivet.block.Checksum;
import org.trivet.block.Placement;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportDouble;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.ReadDecoder;
import org.trivet.wire.sbe.ReadMapDecoder;
import org.trivet.wire.sbe.ReadOkEncoder;
import org.trivet.wire.sbe.ReadRefusedEncoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.RepairDecoder;
import org.trivet.wire.sbe.RoomEncoder;
import org.trivet.wire.sbe.RoomQueryDecoder;
import org.trivet.wire.sbe.StripMapEncoder;
import org.trivet.wire.sbe.SyncDecoder;
import org.trivet.wire.sbe.SyncOkEncoder;
import org.trivet.wire.sbe.TrimDecoder;
import org.trivet.wire.sbe.WriteDecoder;
import org.trivet.wire.sbe.WriteOkEncoder;
import org.trivet.wire.sbe.WriteRefusedEncoder;
import org.trivet.wire.sbe.WriteWaitingEncoder;

import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Data nodes in memory, as far as a client can tell, with faults on demand: single-threaded, and
 * reached through the one client's transport. A write is applied to all copies at once, when all of
 * them are up.
 */
public final class FakeCluster {
    /** A strip of a file. */
    public record Strip(long dataId, int group) {}

    /** A hint that a node was sent. */
    public record RepairHint(int node, int group, long firstUnit, int unitCount) {}

    private static final int CLIENT = EndpointId.FIRST_CLIENT;
    private static final int ONLOOKER = CLIENT + 1;

    private record RequestKey(long session, int group, long request) {}

    private static final class Copy {
        final TreeMap<Long, byte[]> units = new TreeMap<>();
        final Map<Long, byte[]> checksums = new HashMap<>();
        long cut;
    }

    private static final class Arrival {
        final byte[] bytes;
        final int node;
        int delay;

        Arrival(final byte[] bytes, final int node, final int delay) {
            this.bytes = bytes;
            this.node = node;
            this.delay = delay;
        }
    }

    /** What goes wrong. */
    public final BitSet silent = new BitSet();

    /** What each node says that it can store besides. */
    public final long[] roomBytes;

    /** What each node says that it stores. */
    public long liveBytes;

    /** How often a node was asked for its room. */
    public int roomQueries;

    /** Nodes that the transport knows are gone. */
    public final BitSet disconnected = new BitSet();

    /** Nodes whose answers to reads are held back. */
    public final BitSet slow = new BitSet();

    /** Nodes that cannot tell whether what they answer is committed. */
    public final BitSet degraded = new BitSet();

    /** Refusals to give to the next writes, and reads. */
    public final ArrayDeque<Refusal> writeRefusals = new ArrayDeque<>();

    /** Refusals to give to the next reads. */
    public final ArrayDeque<Refusal> readRefusals = new ArrayDeque<>();

    /** Copies whose next cut is not taken over by a write to the group. */
    public final List<RepairHint> repairs = new ArrayList<>();

    /** Requests applied, each once. */
    public int applied;

    /** Requests that came again after they were applied. */
    public int repeated;

    /** Reads that came to each node. */
    public final int[] reads;

    /** Syncs that came. */
    public int syncs;

    /** Of 1000 messages, how many are lost; and how many answers come late. */
    public int lossPerMille;

    /** Kinds of requests to the metadata node that are lost, by their template ids. */
    public final BitSet lostRequests = new BitSet();

    /** Messages refused by the transport before it takes them. */
    public int backPressure;

    /** The most units that a map tells of. */
    public int mappedUnits = Integer.MAX_VALUE;

    /** Largest message seen. */
    public int largest;

    private final VolumeConfig volume;
    private final Checksum checksum;
    private final Random random;
    private final List<Map<Strip, Copy>> nodes = new ArrayList<>();
    private final Set<RequestKey> results = new HashSet<>();
    private final Map<RequestKey, byte[]> pending = new java.util.LinkedHashMap<>();
    private final ArrayDeque<Arrival> answers = new ArrayDeque<>();
    private final ArrayDeque<byte[]> requests = new ArrayDeque<>();
    private final ArrayDeque<byte[]> onlookersAnswers = new ArrayDeque<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final MessageHeaderEncoder headerOut = new MessageHeaderEncoder();
    private final ExpandableArrayBuffer out = new ExpandableArrayBuffer(1 << 16);
    private final int maxMessageLength;

    /** A cluster of a volume; the seed decides what is lost. */
    public FakeCluster(final VolumeConfig volume, final long seed) {
        this(volume, seed, 3 << 19);
    }

    /** A cluster whose transport takes messages of a length. */
    public FakeCluster(final VolumeConfig volume, final long seed, final int maxMessageLength) {
        this.volume = volume;
        roomBytes = new long[volume.nodeCount()];
        this.maxMessageLength = maxMessageLength;
        checksum = volume.checksumType().newChecksum();
        random = new Random(seed);
        reads = new int[volume.nodeCount()];
        for (int node = 0; node < volume.nodeCount(); node++) {
            nodes.add(new HashMap<>());
        }
    }

    /** The client's endpoint. */
    public Transport transport() {
        return new ClientTransport();
    }

    /** The metadata node's endpoint. */
    public Transport metadataTransport() {
        return new MetadataTransport();
    }

    /** The transport of another client, which uses the metadata node only. */
    public Transport onlookersTransport() {
        return new OnlookerTransport();
    }

    /** Has one group cut, or remove, its strip of a file. */
    public void trimGroup(
            final long dataId,
            final long cut,
            final long[] cuts,
            final boolean whole,
            final int group) {
        for (int k = 0; k < volume.replicaCount(); k++) {
            final int node = Placement.node(group, k, volume.nodeCount());
            final Copy copy = copy(node, dataId, group);
            if (whole) {
                copy.units.clear();
                copy.cut = Math.max(copy.cut, cut);
            } else {
                applyCut(copy, dataId, group, cut, cuts);
            }
        }
    }

    /** Flips a bit of each unit that a node holds of a group; how many there were. */
    public int corrupt(final int node, final int group) {
        int count = 0;
        for (final Map.Entry<Strip, Copy> entry : nodes.get(node).entrySet()) {
            if (entry.getKey().group() == group) {
                for (final byte[] unit : entry.getValue().units.values()) {
                    unit[random.nextInt(unit.length)] ^= (byte) (1 << random.nextInt(8));
                    count++;
                }
            }
        }
        return count;
    }

    /** Flips a bit of one unit. */
    public void corruptUnit(final int node, final long dataId, final int group, final long unit) {
        nodes.get(node).get(new Strip(dataId, group)).units.get(unit)[0] ^= 1;
    }

    /** Units that a node holds of a strip. */
    public int unitCount(final int node, final long dataId, final int group) {
        final Copy copy = nodes.get(node).get(new Strip(dataId, group));
        return copy == null ? 0 : copy.units.size();
    }

    /** Applies a cut to a file on every node, as if by another client's trim. */
    public void cut(final long dataId, final long cut, final long offset) {
        for (int group = 0; group < volume.nodeCount(); group++) {
            for (int k = 0; k < volume.replicaCount(); k++) {
                final int node = Placement.node(group, k, volume.nodeCount());
                applyCut(copy(node, dataId, group), dataId, group, cut, new long[] {cut, offset});
            }
        }
    }

    private Copy copy(final int node, final long dataId, final int group) {
        return nodes.get(node).computeIfAbsent(new Strip(dataId, group), k -> new Copy());
    }

    private boolean isDown(final int node) {
        return silent.get(node) || disconnected.get(node);
    }

    private void receive(final int node, final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        header.wrap(buffer, 0);
        switch (header.templateId()) {
            case WriteDecoder.TEMPLATE_ID -> onWrite(node, buffer, bytes);
            case TrimDecoder.TEMPLATE_ID -> onTrim(node, buffer, bytes);
            case ReadDecoder.TEMPLATE_ID -> onRead(node, buffer);
            case ReadMapDecoder.TEMPLATE_ID -> onReadMap(node, buffer);
            case RepairDecoder.TEMPLATE_ID -> onRepair(node, buffer);
            case SyncDecoder.TEMPLATE_ID -> onSync(node, buffer);
            case RoomQueryDecoder.TEMPLATE_ID -> onRoomQuery(node);
            default -> throw new AssertionError("template " + header.templateId());
        }
    }

    private void onWrite(final int node, final DirectBuffer buffer, final byte[] bytes) {
        final WriteDecoder write = new WriteDecoder().wrapAndApplyHeader(buffer, 0, header);
        assert write.group() == node && write.volumeId() == volume.volumeId();
        take(
                node,
                new RequestKey(write.session(), node, write.request()),
                write.lowestOpen(),
                bytes);
    }

    private void onTrim(final int node, final DirectBuffer buffer, final byte[] bytes) {
        final TrimDecoder trim = new TrimDecoder().wrapAndApplyHeader(buffer, 0, header);
        assert trim.group() == node;
        take(node, new RequestKey(trim.session(), node, trim.request()), trim.lowestOpen(), bytes);
    }

    private void take(
            final int node, final RequestKey key, final long lowestOpen, final byte[] bytes) {
        assert key.request() >= lowestOpen && key.request() < lowestOpen + GroupWindow.CAPACITY
                : "not in the window";
        if (results.contains(key)) {
            repeated++;
            answerOk(node, key);
        } else if (!writeRefusals.isEmpty()) {
            refuseWrite(node, key, writeRefusals.poll());
        } else if (!pending.containsKey(key)) {
            pending.put(key, bytes);
            applyPending();
        } else {
            repeated++;
        }
        if (pending.containsKey(key)) {
            long waitingFor = 0;
            for (int k = 0; k < volume.replicaCount(); k++) {
                waitingFor |= isDown(Placement.node(node, k, volume.nodeCount())) ? 1L << k : 0;
            }
            final WriteWaitingEncoder waiting =
                    new WriteWaitingEncoder().wrapAndApplyHeader(out, 0, headerOut);
            waiting.volumeId(volume.volumeId()).source(node).group(node).session(key.session());
            waiting.request(key.request()).waitingFor(waitingFor);
            answer(node, waiting.limit());
        }
    }

    /** Applies writes whose copies are all up. */
    public void applyPending() {
        for (final RequestKey key : List.copyOf(pending.keySet())) {
            boolean allUp = true;
            for (int k = 0; k < volume.replicaCount(); k++) {
                allUp &= !isDown(Placement.node(key.group(), k, volume.nodeCount()));
            }
            if (allUp) {
                final byte[] bytes = pending.remove(key);
                if (apply(key, new UnsafeBuffer(bytes))) {
                    results.add(key);
                    applied++;
                    answerOk(key.group(), key);
                }
            }
        }
    }

    private boolean apply(final RequestKey key, final DirectBuffer buffer) {
        header.wrap(buffer, 0);
        if (header.templateId() == TrimDecoder.TEMPLATE_ID) {
            final TrimDecoder trim = new TrimDecoder().wrapAndApplyHeader(buffer, 0, header);
            final UnsafeBuffer cuts = new UnsafeBuffer();
            trim.wrapCuts(cuts);
            if (!takeCuts(key, trim.dataId(), trim.cut(), cuts)) {
                return false;
            }
            for (int k = 0; k < volume.replicaCount(); k++) {
                final Copy copy =
                        copy(
                                Placement.node(key.group(), k, volume.nodeCount()),
                                trim.dataId(),
                                key.group());
                copy.units.subMap(trim.firstUnit(), trim.endUnit()).clear();
            }
            return true;
        }
        final WriteDecoder write = new WriteDecoder().wrapAndApplyHeader(buffer, 0, header);
        final UnsafeBuffer cuts = new UnsafeBuffer();
        final UnsafeBuffer checksums = new UnsafeBuffer();
        final UnsafeBuffer data = new UnsafeBuffer();
        write.wrapCuts(cuts);
        write.wrapChecksums(checksums);
        write.wrapPayload(data);
        if (!takeCuts(key, write.dataId(), write.cut(), cuts)) {
            return false;
        }
        verify(write, key.group(), data, checksums);
        for (int k = 0; k < volume.replicaCount(); k++) {
            final Copy copy =
                    copy(
                            Placement.node(key.group(), k, volume.nodeCount()),
                            write.dataId(),
                            key.group());
            store(copy, write.dataId(), key.group(), write.firstUnit(), write.byteOffset(), data);
        }
        return true;
    }

    private boolean takeCuts(
            final RequestKey key, final long dataId, final long cut, final DirectBuffer cuts) {
        final long[] pairs = new long[cuts.capacity() / 8];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = cuts.getLong(i * 8, ByteOrder.LITTLE_ENDIAN);
        }
        if (copy(key.group(), dataId, key.group()).cut > cut) {
            refuseWrite(key.group(), key, Refusal.OLD_CUT);
            return false;
        }
        for (int k = 0; k < volume.replicaCount(); k++) {
            final int node = Placement.node(key.group(), k, volume.nodeCount());
            applyCut(copy(node, dataId, key.group()), dataId, key.group(), cut, pairs);
        }
        return true;
    }

    private void applyCut(
            final Copy copy,
            final long dataId,
            final int group,
            final long cut,
            final long[] pairs) {
        final int firstBlock =
                Placement.firstBlock(
                        Placement.startGroup(dataId, volume.nodeCount()),
                        group,
                        volume.nodeCount());
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i] > copy.cut) {
                final long kept =
                        Placement.stripLengthBefore(
                                pairs[i + 1], firstBlock, volume.nodeCount(), volume.blockLength());
                final long unit = kept / volume.unitLength();
                final int within = (int) (kept % volume.unitLength());
                copy.units.tailMap(unit, within == 0).clear();
                final byte[] last = copy.units.get(unit);
                if (last != null && within != 0 && last.length > within) {
                    put(copy, dataId, group, unit, java.util.Arrays.copyOf(last, within));
                }
            }
        }
        copy.cut = Math.max(copy.cut, cut);
    }

    private void verify(
            final WriteDecoder write,
            final int group,
            final DirectBuffer data,
            final DirectBuffer checksums) {
        final int unitLength = volume.unitLength();
        int done = 0;
        int sum = 0;
        long unit = write.firstUnit();
        int within = write.byteOffset();
        while (done < data.capacity()) {
            final int length = Math.min(unitLength - within, data.capacity() - done);
            final int bad =
                    checksum.verify(
                            write.dataId(),
                            group,
                            unit,
                            unitLength,
                            data,
                            done,
                            length,
                            checksums,
                            sum);
            assert bad < 0 : "unit " + unit + " came with a bad checksum";
            done += length;
            sum += volume.checksumType().length();
            unit++;
            within = 0;
        }
        assert sum == checksums.capacity() : "checksums";
    }

    private void store(
            final Copy copy,
            final long dataId,
            final int group,
            final long firstUnit,
            final int byteOffset,
            final DirectBuffer data) {
        int done = 0;
        long unit = firstUnit;
        int within = byteOffset;
        while (done < data.capacity()) {
            final int length = Math.min(volume.unitLength() - within, data.capacity() - done);
            final byte[] old = copy.units.getOrDefault(unit, new byte[0]);
            final byte[] merged =
                    java.util.Arrays.copyOf(old, Math.max(old.length, within + length));
            data.getBytes(done, merged, within, length);
            put(copy, dataId, group, unit, merged);
            done += length;
            unit++;
            within = 0;
        }
    }

    private void put(
            final Copy copy,
            final long dataId,
            final int group,
            final long unit,
            final byte[] bytes) {
        final byte[] sum = new byte[volume.checksumType().length()];
        checksum.compute(
                dataId,
                group,
                unit,
                volume.unitLength(),
                new UnsafeBuffer(bytes),
                0,
                bytes.length,
                new UnsafeBuffer(sum),
                0);
        copy.units.put(unit, bytes);
        copy.checksums.put(unit, sum);
    }

    private void onRead(final int node, final DirectBuffer buffer) {
        final ReadDecoder read = new ReadDecoder().wrapAndApplyHeader(buffer, 0, header);
        reads[node]++;
        if (!readRefusals.isEmpty()) {
            final ReadRefusedEncoder refused =
                    new ReadRefusedEncoder().wrapAndApplyHeader(out, 0, headerOut);
            refused.volumeId(volume.volumeId()).source(node).group(read.group());
            refused.correlation(read.correlation()).refusal(readRefusals.poll());
            answer(node, refused.limit());
            return;
        }
        final Copy copy = copy(node, read.dataId(), read.group());
        final ExpandableArrayBuffer extents = new ExpandableArrayBuffer();
        final ExpandableArrayBuffer checksums = new ExpandableArrayBuffer();
        final ExpandableArrayBuffer data = new ExpandableArrayBuffer();
        int extentLength = 0;
        int checksumLength = 0;
        int dataLength = 0;
        long lastUnit = -2;
        boolean lastFull = false;
        for (final Map.Entry<Long, byte[]> entry :
                copy.units
                        .subMap(read.firstUnit(), read.firstUnit() + read.unitCount())
                        .entrySet()) {
            final byte[] bytes = entry.getValue();
            if (entry.getKey() == lastUnit + 1 && lastFull && random.nextInt(8) != 0) {
                final int at = extentLength - 20;
                extents.putInt(at + 4, extents.getInt(at + 4) + 1);
                extents.putInt(at + 8, extents.getInt(at + 8) + bytes.length);
            } else {
                extents.putInt(extentLength, (int) (entry.getKey() - read.firstUnit()));
                extents.putInt(extentLength + 4, 1);
                extents.putInt(extentLength + 8, bytes.length);
                extents.putLong(extentLength + 12, 1);
                extentLength += 20;
            }
            lastUnit = entry.getKey();
            lastFull = bytes.length == volume.unitLength();
            checksums.putBytes(checksumLength, copy.checksums.get(entry.getKey()));
            checksumLength += volume.checksumType().length();
            data.putBytes(dataLength, bytes);
            dataLength += bytes.length;
        }
        final ReadOkEncoder ok = new ReadOkEncoder().wrapAndApplyHeader(out, 0, headerOut);
        ok.volumeId(volume.volumeId()).source(node).group(read.group());
        ok.degraded((short) (degraded.get(node) ? 1 : 0));
        ok.correlation(read.correlation()).cut(copy.cut).dataId(read.dataId());
        ok.putExtents(extents, 0, extentLength);
        ok.putChecksums(checksums, 0, checksumLength);
        ok.putPayload(data, 0, dataLength);
        answer(node, ok.limit());
    }

    private void onReadMap(final int node, final DirectBuffer buffer) {
        final ReadMapDecoder read = new ReadMapDecoder().wrapAndApplyHeader(buffer, 0, header);
        final Copy copy = copy(node, read.dataId(), read.group());
        final ExpandableArrayBuffer ranges = new ExpandableArrayBuffer();
        int length = 0;
        int left = mappedUnits;
        long endUnit = Long.MAX_VALUE;
        for (final long unit : copy.units.tailMap(read.firstUnit()).keySet()) {
            if (left-- == 0) {
                endUnit = ranges.getLong(length - 8);
                break;
            }
            if (length == 0 || ranges.getLong(length - 8) != unit) {
                ranges.putLong(length, unit);
                length += 16;
            }
            ranges.putLong(length - 8, unit + 1);
        }
        final StripMapEncoder map = new StripMapEncoder().wrapAndApplyHeader(out, 0, headerOut);
        map.volumeId(volume.volumeId()).source(node).group(read.group());
        map.correlation(read.correlation()).cut(copy.cut).dataId(read.dataId()).endUnit(endUnit);
        map.putRanges(ranges, 0, length);
        answer(node, map.limit());
    }

    private void onRepair(final int node, final DirectBuffer buffer) {
        final RepairDecoder repair = new RepairDecoder().wrapAndApplyHeader(buffer, 0, header);
        repairs.add(new RepairHint(node, repair.group(), repair.firstUnit(), repair.unitCount()));
    }

    private void onSync(final int node, final DirectBuffer buffer) {
        final SyncDecoder sync = new SyncDecoder().wrapAndApplyHeader(buffer, 0, header);
        syncs++;
        for (int k = 0; k < volume.replicaCount(); k++) {
            if (isDown(Placement.node(node, k, volume.nodeCount()))) {
                return;
            }
        }
        final SyncOkEncoder ok = new SyncOkEncoder().wrapAndApplyHeader(out, 0, headerOut);
        ok.volumeId(volume.volumeId())
                .source(node)
                .group(node)
                .session(sync.session())
                .request(sync.request());
        answer(node, ok.limit());
    }

    private void onRoomQuery(final int node) {
        roomQueries++;
        if (isDown(node)) {
            return;
        }
        final RoomEncoder room = new RoomEncoder().wrapAndApplyHeader(out, 0, headerOut);
        room.volumeId(volume.volumeId())
                .source(node)
                .liveBytes(liveBytes)
                .roomBytes(roomBytes[node]);
        answer(node, room.limit());
    }

    private void answerOk(final int node, final RequestKey key) {
        final WriteOkEncoder ok = new WriteOkEncoder().wrapAndApplyHeader(out, 0, headerOut);
        ok.volumeId(volume.volumeId())
                .source(node)
                .group(node)
                .session(key.session())
                .request(key.request());
        answer(node, ok.epoch(1).sequence(1).limit());
    }

    private void refuseWrite(final int node, final RequestKey key, final Refusal refusal) {
        final WriteRefusedEncoder refused =
                new WriteRefusedEncoder().wrapAndApplyHeader(out, 0, headerOut);
        refused.volumeId(volume.volumeId()).source(node).group(node).session(key.session());
        refused.request(key.request()).refusal(refusal).node(-1);
        answer(node, refused.limit());
    }

    private void answer(final int node, final int length) {
        if (random.nextInt(1000) < lossPerMille) {
            return;
        }
        final byte[] bytes = new byte[length];
        out.getBytes(0, bytes);
        final int delay = lossPerMille > 0 && random.nextInt(8) == 0 ? random.nextInt(16) : 0;
        answers.add(new Arrival(bytes, node, delay));
    }

    private long toMetadata(
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
        header.wrap(first, firstOffset);
        if (!lostRequests.get(header.templateId()) && random.nextInt(1000) >= lossPerMille) {
            requests.add(
                    joined(first, firstOffset, firstLength, second, secondOffset, secondLength));
        }
        return 0;
    }

    private static byte[] joined(
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
        final byte[] bytes = new byte[firstLength + secondLength];
        first.getBytes(firstOffset, bytes, 0, firstLength);
        second.getBytes(secondOffset, bytes, firstLength, secondLength);
        return bytes;
    }

    private final class MetadataTransport extends TransportDouble {
        @Override
        public int endpointId() {
            return EndpointId.METADATA;
        }

        @Override
        public int maxMessageLength() {
            return maxMessageLength;
        }

        @Override
        public long offer(
                final int destination,
                final DirectBuffer first,
                final int firstOffset,
                final int firstLength,
                final DirectBuffer second,
                final int secondOffset,
                final int secondLength) {
            final byte[] bytes =
                    joined(first, firstOffset, firstLength, second, secondOffset, secondLength);
            if (destination == ONLOOKER) {
                onlookersAnswers.add(bytes);
            } else if (destination == CLIENT && random.nextInt(1000) >= lossPerMille) {
                answers.add(new Arrival(bytes, -1, 0));
            }
            return 0;
        }

        @Override
        public int poll(final Handler handler, final int limit) {
            int count = 0;
            while (count < limit && !requests.isEmpty()) {
                final byte[] bytes = requests.poll();
                handler.onMessage(new UnsafeBuffer(bytes), 0, bytes.length);
                count++;
            }
            return count;
        }
    }

    /** An endpoint that speaks to the metadata node alone, and whose messages are never lost. */
    private final class OnlookerTransport extends TransportDouble {
        @Override
        public int endpointId() {
            return ONLOOKER;
        }

        @Override
        public int maxMessageLength() {
            return maxMessageLength;
        }

        @Override
        public long offer(
                final int destination,
                final DirectBuffer first,
                final int firstOffset,
                final int firstLength,
                final DirectBuffer second,
                final int secondOffset,
                final int secondLength) {
            requests.add(
                    joined(first, firstOffset, firstLength, second, secondOffset, secondLength));
            return 0;
        }

        @Override
        public int poll(final Handler handler, final int limit) {
            int count = 0;
            while (count < limit && !onlookersAnswers.isEmpty()) {
                final byte[] bytes = onlookersAnswers.poll();
                handler.onMessage(new UnsafeBuffer(bytes), 0, bytes.length);
                count++;
            }
            return count;
        }
    }

    private final class ClientTransport extends TransportDouble {
        @Override
        public int endpointId() {
            return CLIENT;
        }

        @Override
        public int maxMessageLength() {
            return maxMessageLength;
        }

        @Override
        public long offer(
                final int destination,
                final DirectBuffer first,
                final int firstOffset,
                final int firstLength,
                final DirectBuffer second,
                final int secondOffset,
                final int secondLength) {
            if (firstLength + secondLength > maxMessageLength) {
                return TOO_LONG;
            }
            if (destination == EndpointId.METADATA) {
                return toMetadata(
                        first, firstOffset, firstLength, second, secondOffset, secondLength);
            }
            if (disconnected.get(destination)) {
                return NOT_CONNECTED;
            }
            if (backPressure > 0) {
                backPressure--;
                return BACK_PRESSURED;
            }
            largest = Math.max(largest, firstLength + secondLength);
            if (!silent.get(destination) && random.nextInt(1000) >= lossPerMille) {
                receive(
                        destination,
                        joined(
                                first,
                                firstOffset,
                                firstLength,
                                second,
                                secondOffset,
                                secondLength));
            }
            return 0;
        }

        @Override
        public int poll(final Handler handler, final int limit) {
            applyPending();
            int count = 0;
            for (int i = answers.size(); i > 0 && count < limit; i--) {
                final Arrival arrival = answers.poll();
                if ((arrival.node >= 0 && slow.get(arrival.node)) || arrival.delay-- > 0) {
                    answers.add(arrival);
                } else {
                    handler.onMessage(new UnsafeBuffer(arrival.bytes), 0, arrival.bytes.length);
                    count++;
                }
            }
            return count;
        }
    }
}
