package org.trivet.fs;

import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.trivet.VolumeConfig;
import org.trivet.WakeableIdleStrategy;
import org.trivet.block.ChecksumType;
import org.trivet.client.ClientAgent;
import org.trivet.client.ClientConfig;
import org.trivet.client.FakeCluster;
import org.trivet.meta.MetadataConfig;
import org.trivet.meta.MetadataNode;
import org.trivet.store.MemoryKeyValueStore;

import java.util.concurrent.CountDownLatch;

/**
 * A client, a metadata node, and data nodes in memory, run by one thread, for tests of calls that
 * wait.
 */
public final class RunningVolume implements AutoCloseable {
    final FakeCluster cluster;

    /** The file system under test. */
    public final TrivetFileSystem files;

    private final ClientAgent client;
    private final AgentRunner runner;

    /** A volume of its own. */
    public RunningVolume(final int blockLength, final int nodeCount) {
        final VolumeConfig volume =
                new VolumeConfig(
                        9,
                        nodeCount,
                        3,
                        blockLength,
                        ChecksumType.CRC32C,
                        VolumeConfig.Durability.PROCESS);
        cluster = new FakeCluster(volume, 1);
        final MetadataNode metadata =
                new MetadataNode(
                        MetadataConfig.of(volume),
                        cluster.metadataTransport(),
                        new MemoryKeyValueStore(),
                        new TestVolume.MemoryJournal(),
                        (dataId, cut, cuts, whole, group, done) -> {
                            cluster.trimGroup(dataId, cut, cuts, whole, group);
                            done.succeeded(null);
                        },
                        new SystemEpochNanoClock(),
                        SystemNanoClock.INSTANCE);
        final WakeableIdleStrategy idle = new WakeableIdleStrategy();
        client =
                new ClientAgent(
                        ClientConfig.of(volume, 3),
                        cluster.transport(),
                        SystemNanoClock.INSTANCE,
                        idle,
                        error -> {
                            throw new AssertionError(error);
                        });
        runner =
                new AgentRunner(
                        idle,
                        Throwable::printStackTrace,
                        null,
                        new CompositeAgent(metadata, client));
        AgentRunner.startOnThread(runner);
        files = new TrivetFileSystem(client, Caller.ROOT, runner);
    }

    void onAgent(final Runnable action) {
        final CountDownLatch done = new CountDownLatch(1);
        client.execute(
                () -> {
                    action.run();
                    done.countDown();
                });
        try {
            done.await();
        } catch (final InterruptedException error) {
            throw new AssertionError(error);
        }
    }

    /** Waits until an operation on blocks is under way. */
    void awaitPending() {
        final int[] pending = {0};
        while (pending[0] == 0) {
            onAgent(() -> pending[0] = client.blocks().pending());
        }
    }

    @Override
    public void close() {
        runner.close();
    }
}
