package org.trivet.bench;

import org.agrona.CloseHelper;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.bench.measure.WorkDirectory;
import org.trivet.block.ChecksumType;
import org.trivet.client.FileBlocks;
import org.trivet.client.OperationHandler;
import org.trivet.client.VolumeClient;
import org.trivet.client.VolumeClientConfig;
import org.trivet.inproc.InprocNetwork;
import org.trivet.node.disk.NodeStorage;
import org.trivet.replica.DataNode;
import org.trivet.replica.NodeConfig;
import org.trivet.store.BlockStore;
import org.trivet.store.MemoryBlockStore;
import org.trivet.store.segment.SharedSpace;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;

import java.nio.ByteBuffer;

/** Four nodes and a client, all run by the caller's thread, which waits for each operation. */
final class BenchVolume implements AutoCloseable {
    private static final int NODE_COUNT = 4;
    private static final int MAX_LENGTH = 1 << 20;
    private static final long TIMEOUT_NS = 30_000_000_000L;

    private final InprocNetwork network = new InprocNetwork();
    private final FixedMetadata metadata;
    private final DataNode[] nodes = new DataNode[NODE_COUNT];
    private final SharedSpace space = new SharedSpace();
    private final NodeStorage[] storages = new NodeStorage[NODE_COUNT];
    private final Transport transport;
    private final VolumeClient client;
    private final FileBlocks file = new FileBlocks(2, NODE_COUNT);
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_LENGTH));
    private final Ending ending = new Ending();
    private final Transport.Handler answers;
    private WorkDirectory directory;

    private static final class Ending implements OperationHandler {
        private boolean ended;
        private long result;
        private TrivetException error;

        @Override
        public void completed(final long value) {
            ended = true;
            result = value;
        }

        @Override
        public void failed(final TrivetException failure) {
            ended = true;
            error = failure;
        }
    }

    BenchVolume(final int blockLength, final StorageKind storage) {
        final VolumeConfig volume =
                new VolumeConfig(
                        1, NODE_COUNT, 3, blockLength, ChecksumType.CRC32C, Durability.PROCESS);
        metadata = new FixedMetadata(volume.volumeId(), network.open(EndpointId.METADATA));
        transport = network.open(EndpointId.FIRST_CLIENT);
        client =
                new VolumeClient(
                        volume,
                        VolumeClientConfig.of(1),
                        transport,
                        (cutFile, done) -> done.succeeded(null),
                        System.nanoTime());
        answers = client::onMessage;
        client.onSession(FixedMetadata.SESSION);
        file.update(7, 0, new long[0]);
        for (int i = 0; i < NODE_COUNT; i++) {
            nodes[i] =
                    new DataNode(
                            NodeConfig.of(volume, i, 1),
                            store(storage, i, volume),
                            network.open(i),
                            SystemNanoClock.INSTANCE,
                            SystemEpochClock.INSTANCE);
        }
    }

    private BlockStore store(final StorageKind storage, final int node, final VolumeConfig volume) {
        if (storage == StorageKind.MEMORY) {
            return new MemoryBlockStore(
                    node + 1,
                    volume.unitLength(),
                    volume.checksumType().length(),
                    1L << 34,
                    MemoryBlockStore.Progress.IN_DO_WORK);
        }
        if (directory == null) {
            directory = new WorkDirectory(WorkDirectory.usualParent());
        }
        storages[node] =
                new NodeStorage(
                        directory.path().resolve("node-" + node),
                        "node-" + node,
                        volume,
                        0,
                        space.newShare(),
                        SystemNanoClock.INSTANCE);
        return storages[node].store();
    }

    private long await() {
        final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (!ending.ended) {
            final long nowNs = System.nanoTime();
            client.doWork(nowNs);
            transport.poll(answers, 16);
            for (final DataNode node : nodes) {
                node.doWork();
            }
            metadata.doWork();
            if (deadlineNs - nowNs < 0) {
                throw new IllegalStateException("an operation did not end in 30 s");
            }
        }
        if (ending.error != null) {
            throw ending.error;
        }
        return ending.result;
    }

    long write(final long offset, final int length) {
        ending.ended = false;
        client.write(file, offset, buffer, 0, length, VolumeClient.NO_DEADLINE, ending);
        return await();
    }

    long read(final long offset, final int length) {
        ending.ended = false;
        client.read(file, offset, buffer, 0, length, VolumeClient.NO_DEADLINE, ending);
        return await();
    }

    @Override
    public void close() {
        client.close();
        for (int i = 0; i < NODE_COUNT; i++) {
            if (storages[i] != null) {
                storages[i].stopThreads();
            }
            nodes[i].onClose();
            if (storages[i] != null) {
                storages[i].directory().close();
            }
        }
        CloseHelper.closeAll(transport, metadata, network, directory);
    }
}
