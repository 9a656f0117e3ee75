package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.client.FileBlocks;
import org.trivet.client.FileMap;
import org.trivet.client.OperationHandler;
import org.trivet.client.VolumeClient;
import org.trivet.client.VolumeClientConfig;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.store.MemoryBlockStore;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportDouble;
import org.trivet.wire.BlockRequestPublisher;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.ReadOkDecoder;
import org.trivet.wire.sbe.RegisterDecoder;
import org.trivet.wire.sbe.RegisteredEncoder;
import org.trivet.wire.sbe.SessionsEncoder;
import org.trivet.wire.sbe.SessionsQueryDecoder;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Real nodes and a real client on one thread, in virtual time, over a network that one seed
 * decides.
 */
final class ClusterHarness {
    private static final long STEP_NS = 100_000L;
    static final int NOBODY = -1;
    static final long SESSION = 7;
    static final long SCRUB_INTERVAL_NS = 20_000_000_000L;

    record Message(long dueNs, long order, int from, int to, byte[] bytes) {}

    final VolumeConfig volume;
    final Random random;
    final DataNode[] nodes;
    final MemoryBlockStore[] stores;
    final VolumeClient client;
    private final Transport clientTransport;
    private final Map<Integer, Endpoint> endpoints = new HashMap<>();
    private final PriorityQueue<Message> inFlight =
            new PriorityQueue<>(
                    (a, b) ->
                            a.dueNs != b.dueNs
                                    ? Long.compare(a.dueNs, b.dueNs)
                                    : Long.compare(a.order, b.order));
    private final Map<Integer, Long> firstStorage = new HashMap<>();
    final HeldMessages held = new HeldMessages();
    private final Endpoint metadata;
    private long nowNs = 1_000_000_000L;
    private long order;
    private long incarnations;
    private long storages = 100;
    private int boot = 1;
    double drop;
    double repeat;

    /** In each step a node's disk has written everything, and has synced it, with these chances. */
    private final double writeChance;

    private final double syncChance;
    long maxDelayNs = 200_000L;

    /** Who has no room for messages now. */
    int full = NOBODY;

    long scrubBytesPerSecond;
    long rebuildBytesPerSecond = Long.MAX_VALUE;

    ClusterHarness(final VolumeConfig volume, final long seed) {
        this(volume, seed, 1, 1);
    }

    ClusterHarness(
            final VolumeConfig volume,
            final long seed,
            final double writeChance,
            final double syncChance) {
        this.volume = volume;
        this.writeChance = writeChance;
        this.syncChance = syncChance;
        this.random = new Random(seed);
        this.nodes = new DataNode[volume.nodeCount()];
        this.stores = new MemoryBlockStore[volume.nodeCount()];
        metadata = new Endpoint(EndpointId.METADATA);
        endpoints.put(EndpointId.METADATA, metadata);
        clientTransport = open(EndpointId.FIRST_CLIENT);
        client =
                new VolumeClient(
                        volume,
                        VolumeClientConfig.of(seed),
                        clientTransport,
                        (file, done) -> done.succeeded(null),
                        nowNs);
        client.onSession(SESSION);
        for (int i = 0; i < nodes.length; i++) {
            stores[i] = newStore();
            start(i);
        }
    }

    final class Endpoint extends TransportDouble {
        private final int id;
        private final ArrayList<byte[]> inbox = new ArrayList<>();
        private boolean closed;

        Endpoint(final int id) {
            this.id = id;
        }

        @Override
        public int endpointId() {
            return id;
        }

        @Override
        public int maxMessageLength() {
            return 2 << 20;
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
            if (!endpoints.containsKey(destination)) {
                return NOT_CONNECTED;
            }
            if (destination == full) {
                return BACK_PRESSURED;
            }
            final byte[] bytes = new byte[firstLength + secondLength];
            first.getBytes(firstOffset, bytes, 0, firstLength);
            second.getBytes(secondOffset, bytes, firstLength, secondLength);
            int copies = random.nextDouble() < drop ? 0 : 1;
            copies += random.nextDouble() < repeat ? 1 : 0;
            for (int i = 0; i < copies; i++) {
                final long delayNs = drop + repeat == 0 ? 10_000L : random.nextLong(maxDelayNs);
                final Message message =
                        new Message(nowNs + delayNs, order++, id, destination, bytes);
                if (!held.keeps(message)) {
                    inFlight.add(message);
                }
            }
            return 0;
        }

        @Override
        public int poll(final Handler handler, final int limit) {
            int count = 0;
            while (!inbox.isEmpty() && count < limit) {
                final byte[] bytes = inbox.removeFirst();
                handler.onMessage(new UnsafeBuffer(bytes), 0, bytes.length);
                count++;
            }
            return count;
        }

        @Override
        public void close() {
            closed = true;
            endpoints.remove(id, this);
        }
    }

    Endpoint open(final int id) {
        final Endpoint endpoint = new Endpoint(id);
        endpoints.put(id, endpoint);
        return endpoint;
    }

    private MemoryBlockStore newStore() {
        return new MemoryBlockStore(
                ++storages,
                volume.unitLength(),
                volume.checksumType().length(),
                1L << 34,
                syncChance < 1
                        ? MemoryBlockStore.Progress.BY_HAND
                        : MemoryBlockStore.Progress.IN_DO_WORK);
    }

    /** Starts a node. No death of a process, or of the machine, is a reason to lose a log. */
    void start(final int node) {
        nodes[node] =
                new DataNode(
                        config(node),
                        stores[node],
                        open(node),
                        () -> nowNs,
                        () -> nowNs / 1_000_000L);
        assertEquals(0, nodes[node].counters().get(Counter.LOGS_LOST), "logs lost in a start");
    }

    private NodeConfig config(final int node) {
        final NodeConfig usual = NodeConfig.of(volume, node, boot);
        return new NodeConfig(
                volume,
                node,
                boot,
                usual.heartbeatIntervalNs(),
                usual.resendTimeoutNs(),
                usual.leaseNs(),
                usual.primaryGoneNs(),
                usual.checkpointIntervalNs(),
                usual.maxPendingEntries(),
                usual.maxPendingBytes(),
                scrubBytesPerSecond,
                SCRUB_INTERVAL_NS,
                rebuildBytesPerSecond);
    }

    long count(final Counter counter) {
        long sum = 0;
        for (final DataNode node : nodes) {
            sum += node == null ? 0 : node.counters().get(counter);
        }
        return sum;
    }

    long nowNs() {
        return nowNs;
    }

    boolean isUp(final int node) {
        return nodes[node] != null;
    }

    /** As by a command: what is to be saved is saved. */
    void stop(final int node) {
        nodes[node].onClose();
        nodes[node] = null;
        stores[node] = stores[node].reopen(false);
    }

    /** kill -9, or loss of power. */
    void kill(final int node, final boolean powerLost) {
        endpoints.remove(node);
        nodes[node] = null;
        stores[node] = stores[node].reopen(powerLost);
        if (powerLost) {
            boot++;
        }
    }

    /** The storage of a node that is down, to be put back later. */
    MemoryBlockStore snapshot(final int node) {
        assertNull(nodes[node]);
        return stores[node].reopen(false);
    }

    /** Puts back what the storage was. */
    void rollBack(final int node, final MemoryBlockStore older) {
        assertNull(nodes[node]);
        stores[node] = older;
    }

    void wipe(final int node) {
        assertNull(nodes[node]);
        stores[node] = newStore();
    }

    void step() {
        nowNs += STEP_NS;
        while (!inFlight.isEmpty() && inFlight.peek().dueNs <= nowNs) {
            final Message message = inFlight.remove();
            final Endpoint endpoint = endpoints.get(message.to);
            if (endpoint != null) {
                endpoint.inbox.add(message.bytes);
            }
        }
        metadata.poll(this::onMetadata, 100);
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] != null) {
                advance(stores[i]);
                nodes[i].doWork();
            }
        }
        client.doWork(nowNs);
        clientTransport.poll(client::onMessage, 100);
    }

    private void advance(final MemoryBlockStore store) {
        if (syncChance < 1 && random.nextDouble() < writeChance) {
            final long end = store.endPosition();
            store.advance(end, random.nextDouble() < syncChance ? end : 0);
        }
    }

    private void onMetadata(final DirectBuffer buffer, final int offset, final int length) {
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, offset);
        final var out = new ExpandableArrayBuffer();
        if (header.templateId() == RegisterDecoder.TEMPLATE_ID) {
            final RegisterDecoder register =
                    new RegisterDecoder().wrapAndApplyHeader(buffer, offset, header);
            final Long first = firstStorage.putIfAbsent(register.node(), register.storageId());
            final boolean isFirst = first == null || first == register.storageId();
            final RegisteredEncoder reply =
                    new RegisteredEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder());
            reply.volumeId(volume.volumeId())
                    .source(EndpointId.METADATA)
                    .node(register.node())
                    .storageId(register.storageId())
                    .incarnation(++incarnations)
                    .firstStorage((short) (isFirst ? 1 : 0))
                    .start(register.start());
            metadata.offer(register.source(), out, 0, 8 + reply.encodedLength());
        } else if (header.templateId() == SessionsQueryDecoder.TEMPLATE_ID) {
            final SessionsQueryDecoder query =
                    new SessionsQueryDecoder().wrapAndApplyHeader(buffer, offset, header);
            final SessionsEncoder reply =
                    new SessionsEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder());
            final UnsafeBuffer live = new UnsafeBuffer(new byte[8]);
            live.putLong(0, SESSION, java.nio.ByteOrder.LITTLE_ENDIAN);
            reply.volumeId(volume.volumeId())
                    .source(EndpointId.METADATA)
                    .highest(SESSION)
                    .start(query.start())
                    .putLive(live, 0, 8);
            metadata.offer(query.source(), out, 0, 8 + reply.encodedLength());
        }
    }

    static final class Result implements OperationHandler {
        boolean ended;
        long value;
        TrivetException error;

        @Override
        public void completed(final long result) {
            ended = true;
            value = result;
        }

        @Override
        public void failed(final TrivetException failure) {
            ended = true;
            error = failure;
        }
    }

    Result write(final FileBlocks file, final long offset, final byte[] bytes) {
        final Result result = new Result();
        beginWrite(file, offset, bytes, result);
        return result;
    }

    private long beginWrite(
            final FileBlocks file, final long offset, final byte[] bytes, final Result result) {
        return client.write(
                file,
                offset,
                new UnsafeBuffer(bytes),
                0,
                bytes.length,
                VolumeClient.NO_DEADLINE,
                result);
    }

    /** A write whose client gives up soon. */
    void writeAndGiveUp(final FileBlocks file, final long offset, final byte[] bytes) {
        final long operation = beginWrite(file, offset, bytes, new Result());
        run(100);
        client.cancel(operation);
    }

    Result read(final FileBlocks file, final long offset, final byte[] into) {
        final Result result = new Result();
        client.read(
                file,
                offset,
                new UnsafeBuffer(into),
                0,
                into.length,
                VolumeClient.NO_DEADLINE,
                result);
        return result;
    }

    /** What one node answers to a read of one unit. */
    byte[] readAt(final int node, final int group, final long dataId, final long unit) {
        final Endpoint reader = open(EndpointId.FIRST_CLIENT + 1);
        final ArrayList<byte[]> answers = new ArrayList<>();
        new BlockRequestPublisher(volume.volumeId(), reader)
                .sendRead(node, group, 1, dataId, unit, 1);
        for (int i = 0; i < 100_000 && answers.isEmpty(); i++) {
            step();
            reader.poll((buffer, offset, length) -> answers.add(payload(buffer, offset)), 1);
        }
        reader.close();
        return answers.getFirst();
    }

    private static byte[] payload(final DirectBuffer buffer, final int offset) {
        final ReadOkDecoder answer =
                new ReadOkDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        answer.skipExtents();
        answer.skipChecksums();
        final byte[] bytes = new byte[answer.payloadLength()];
        answer.getPayload(bytes, 0, bytes.length);
        return bytes;
    }

    FileMap map(final FileBlocks file, final long offset) {
        final FileMap map = new FileMap(volume);
        final Result result = new Result();
        client.map(file, offset, map, VolumeClient.NO_DEADLINE, result);
        await(result);
        return map;
    }

    Result trim(final FileBlocks file, final long offset, final long length) {
        final Result result = new Result();
        client.trim(file, offset, length, VolumeClient.NO_DEADLINE, result);
        return result;
    }

    /** Has all groups cut their strips as the file says. */
    void cutEverywhere(final FileBlocks file) {
        for (int group = 0; group < nodes.length; group++) {
            final Result result = new Result();
            client.trimStrip(file, group, false, VolumeClient.NO_DEADLINE, result);
            await(result);
        }
    }

    void await(final Result result) {
        for (int i = 0; i < 400_000 && !result.ended; i++) {
            step();
        }
        assertTrue(result.ended, () -> "never ended; " + volume + "\n" + describe());
        assertNull(result.error);
    }

    /** Has messages arrive that were held. */
    void deliver(final List<Message> messages) {
        for (final Message each : messages) {
            inFlight.add(new Message(nowNs, order++, each.from, each.to, each.bytes));
        }
        run(3);
    }

    /** Runs until something holds. */
    void until(final BooleanSupplier condition) {
        for (int i = 0; i < 400_000 && !condition.getAsBoolean(); i++) {
            step();
        }
        assertTrue(condition.getAsBoolean(), () -> "never came about:\n" + describe());
    }

    void run(final int steps) {
        for (int i = 0; i < steps; i++) {
            step();
        }
    }

    /** Has a node stand still, as when its machine is busy: messages wait for it. */
    void standStill(final int node, final int steps) {
        final DataNode stopped = nodes[node];
        nodes[node] = null;
        run(steps);
        nodes[node] = stopped;
    }

    String describe() {
        final StringBuilder text = new StringBuilder();
        text.append("client waits for ").append(client.waitingFor()).append('\n');
        for (final DataNode node : nodes) {
            text.append(node == null ? "down" : node.status().toString()).append('\n');
        }
        return text.toString();
    }

    FileBlocks file(final long dataId) {
        final FileBlocks file = new FileBlocks(2, volume.nodeCount());
        file.update(dataId, 0, new long[0]);
        return file;
    }

    /** Runs until every node is up to date and idle, and then compares all copies. */
    void mustConverge() {
        drop = 0;
        repeat = 0;
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] == null) {
                start(i);
            }
        }
        for (int i = 0; i < 300_000; i++) {
            step();
            if (i % 100 == 0 && isQuiet()) {
                copiesAreEqual();
                return;
            }
        }
        assertTrue(false, () -> "did not converge: " + describe());
    }

    private boolean isQuiet() {
        for (final DataNode node : nodes) {
            for (final NodeStatus.GroupStatus group : node.status().groups()) {
                final NodeStatus.GroupStatus lead =
                        nodes[group.group()].status().groups().getFirst();
                if (!group.state().equals("good")
                        || group.applied() != group.logEnd()
                        || group.logEnd() != lead.logEnd()) {
                    return false;
                }
            }
        }
        return true;
    }

    private void copiesAreEqual() {
        final int replicas = volume.replicaCount();
        for (int group = 0; group < nodes.length; group++) {
            final String expected = content(group, group);
            for (int copy = 1; copy < replicas; copy++) {
                assertEquals(
                        expected,
                        content((group + copy) % nodes.length, group),
                        "copies of group " + group);
            }
        }
        assertEquals(List.of(), differences());
    }

    List<String> differences() {
        final List<String> all = new ArrayList<>();
        for (int group = 0; group < nodes.length; group++) {
            final CopyComparison comparison = new CopyComparison(volume, group);
            assertNull(comparison.obstacle(nodes));
            comparison.compareAll(nodes);
            all.addAll(comparison.differences());
        }
        return all;
    }

    private String content(final int node, final int group) {
        final ExtentList extents = new ExtentList();
        stores[node].scan(group, 0, 0, 1_000_000, extents);
        final List<String> units = new ArrayList<>();
        for (int i = 0; i < extents.size(); i++) {
            final Extent extent = extents.get(i);
            final byte[] data = new byte[extent.dataLength];
            assertTrue(stores[node].readData(extent, new UnsafeBuffer(data), 0));
            for (long unit = extent.firstUnit; unit < extent.endUnit; unit++) {
                final int at = (int) (unit - extent.firstUnit) * volume.unitLength();
                final int end = Math.min(at + volume.unitLength(), data.length);
                units.add(
                        extent.dataId
                                + ":"
                                + unit
                                + "="
                                + extent.version
                                + "#"
                                + java.util.Arrays.hashCode(
                                        java.util.Arrays.copyOfRange(data, at, end)));
            }
        }
        return String.join("\n", units);
    }
}
