package org.trivet.fuzz;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Completion;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.ChecksumType;
import org.trivet.client.ClientAgent;
import org.trivet.client.ClientConfig;
import org.trivet.client.StripTrims;
import org.trivet.meta.CommandJournal;
import org.trivet.meta.MetadataConfig;
import org.trivet.meta.MetadataNode;
import org.trivet.replica.DataNode;
import org.trivet.replica.NodeConfig;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.MemoryBlockStore;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.transport.EndpointId;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A whole volume on one thread, in virtual time, over a network in memory. */
final class FuzzedVolume {
    static final int NODES = 4;
    static final int CLIENTS = 2;
    static final VolumeConfig CONFIG =
            new VolumeConfig(
                    0x7126_31AB_0C55L,
                    NODES,
                    3,
                    8192,
                    ChecksumType.CRC32C,
                    VolumeConfig.Durability.PROCESS);

    private static final int TRIMMER = EndpointId.FIRST_CLIENT + CLIENTS;
    private static final long STEP_NS = 1_000_000L;
    private static final long MAX_STEPS = 100_000;
    private static final long STORE_BYTES = 1L << 34;
    private static final long YEAR_NS = 365L * 24 * 3600 * 1_000_000_000L;

    final Network network = new Network();
    final DataNode[] nodes = new DataNode[NODES];
    final MemoryBlockStore[] stores = new MemoryBlockStore[NODES];
    final Network.Endpoint[] nodeEndpoints = new Network.Endpoint[NODES];
    final ClientAgent[] clients = new ClientAgent[CLIENTS];
    final Network.Endpoint[] clientEndpoints = new Network.Endpoint[CLIENTS];
    final Network.Endpoint metadataEndpoint = network.open(EndpointId.METADATA);
    final MetadataNode metadata;
    private final ClientAgent trimmer;
    private long storages;

    /** Whether the metadata node has data removed. */
    boolean trims = true;

    /** Of a file that there is. */
    long inode;

    long nowNs = 1_000_000_000L;

    FuzzedVolume() {
        trimmer = client(network.open(TRIMMER), 99);
        final StripTrims port = new StripTrims(trimmer, NODES);
        metadata =
                new MetadataNode(
                        MetadataConfig.of(CONFIG),
                        metadataEndpoint,
                        new MemoryKeyValueStore(),
                        new Journal(),
                        (dataId, cut, cuts, whole, group, done) -> {
                            if (trims) {
                                port.trim(dataId, cut, cuts, whole, group, done);
                            }
                        },
                        () -> 1_700_000_000_000_000_000L + nowNs,
                        () -> nowNs);
        for (int node = 0; node < NODES; node++) {
            stores[node] = newStore();
            start(node);
        }
        for (int i = 0; i < CLIENTS; i++) {
            clientEndpoints[i] = network.open(EndpointId.FIRST_CLIENT + i);
            clients[i] = client(clientEndpoints[i], 7 + i);
        }
    }

    private ClientAgent client(final Network.Endpoint endpoint, final long id) {
        return new ClientAgent(
                ClientConfig.of(CONFIG, id),
                endpoint,
                () -> nowNs,
                null,
                error -> {
                    throw new AssertionError(error);
                });
    }

    private MemoryBlockStore newStore() {
        return new MemoryBlockStore(
                ++storages,
                CONFIG.unitLength(),
                CONFIG.checksumType().length(),
                STORE_BYTES,
                MemoryBlockStore.Progress.IN_DO_WORK);
    }

    private void start(final int node) {
        final NodeConfig usual = NodeConfig.of(CONFIG, node, 5);
        nodeEndpoints[node] = network.open(node);
        nodes[node] =
                new DataNode(
                        new NodeConfig(
                                CONFIG,
                                node,
                                usual.bootHash(),
                                usual.heartbeatIntervalNs(),
                                usual.resendTimeoutNs(),
                                usual.leaseNs(),
                                usual.primaryGoneNs(),
                                usual.checkpointIntervalNs(),
                                usual.maxPendingEntries(),
                                usual.maxPendingBytes(),
                                0,
                                YEAR_NS,
                                usual.rebuildBytesPerSecond()),
                        stores[node],
                        nodeEndpoints[node],
                        () -> nowNs,
                        () -> nowNs / 1_000_000L);
    }

    /** Nothing that is sent in earnest is refused. */
    void checkNothingIsRefused() {
        long refused = metadata.malformed();
        for (final DataNode node : nodes) {
            for (final Counter each :
                    new Counter[] {
                        Counter.MESSAGES_REFUSED, Counter.DISAGREEING, Counter.INVALID
                    }) {
                refused += node.counters().get(each);
            }
        }
        for (final ClientAgent client : clients) {
            refused += client.metadata().malformed() + client.blocks().counters().damagedMessages();
        }
        if (refused > 0) {
            throw new AssertionError(refused + " messages were refused\n" + describe());
        }
    }

    /** Kills a node, and starts it again. */
    void restart(final int node) {
        checkNothingIsRefused();
        stores[node] = stores[node].reopen(false);
        start(node);
    }

    /** Kills a node, and starts it with new storage. */
    void wipe(final int node) {
        checkNothingIsRefused();
        stores[node] = newStore();
        start(node);
    }

    void step() {
        nowNs += STEP_NS;
        metadata.doWork();
        trimmer.doWork();
        for (final DataNode node : nodes) {
            node.doWork();
        }
        for (final ClientAgent client : clients) {
            client.doWork();
        }
    }

    void run(final int steps) {
        for (int i = 0; i < steps; i++) {
            step();
        }
    }

    void until(final String what, final BooleanSupplier condition) {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            if (i == MAX_STEPS) {
                throw new AssertionError("never came about: " + what + "\n" + describe());
            }
            step();
        }
    }

    private String describe() {
        final StringBuilder text = new StringBuilder();
        for (final DataNode node : nodes) {
            text.append(node.status()).append('\n');
        }
        return text.toString();
    }

    /** Whether all copies of all groups are complete, and everything is in the index. */
    boolean isQuiet() {
        for (final DataNode node : nodes) {
            for (final var group : node.status().groups()) {
                if (!group.state().equals("good") || group.applied() != group.logEnd()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** How an operation ended. */
    static final class Ending<T> implements Completion<T> {
        boolean ended;
        T value;
        TrivetException error;

        @Override
        public void succeeded(final T result) {
            ended = true;
            value = result;
        }

        @Override
        public void failed(final TrivetException failure) {
            ended = true;
            error = failure;
        }
    }

    static <T> Ending<T> begin(final Consumer<Completion<T>> operation) {
        final Ending<T> ending = new Ending<>();
        operation.accept(ending);
        return ending;
    }

    <T> T call(final Consumer<Completion<T>> operation) {
        final Ending<T> ending = begin(operation);
        until("the end of an operation", () -> ending.ended);
        if (ending.error != null) {
            throw ending.error;
        }
        return ending.value;
    }

    /** A journal that is durable at once, and can let go. */
    private static final class Journal implements CommandJournal {
        private final List<byte[]> records = new ArrayList<>();
        private long released;

        @Override
        public long append(
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final boolean reserve) {
            final byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            records.add(bytes);
            return released + records.size();
        }

        @Override
        public long writtenPosition() {
            return released + records.size();
        }

        @Override
        public long syncedPosition() {
            return released + records.size();
        }

        @Override
        public void requestSync() {}

        @Override
        public int doWork() {
            return 0;
        }

        @Override
        public void replay(final long after, final Handler handler) {
            for (int i = (int) (after - released); i < records.size(); i++) {
                final byte[] record = records.get(i);
                handler.onRecord(released + i + 1, new UnsafeBuffer(record), 0, record.length);
            }
        }

        @Override
        public void release(final long position) {
            records.subList(0, (int) (position - released)).clear();
            released = position;
        }

        @Override
        public void close() {}
    }
}
