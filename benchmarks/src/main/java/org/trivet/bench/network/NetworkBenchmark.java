package org.trivet.bench.network;

import org.agrona.CloseHelper;
import org.trivet.VolumeConfig.Durability;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.bench.measure.Latencies;
import org.trivet.bench.measure.WorkDirectory;
import org.trivet.block.ChecksumType;
import org.trivet.node.Cluster;
import org.trivet.node.DataDirectory;
import org.trivet.node.LocalCluster;
import org.trivet.node.NodeSettings;
import org.trivet.node.ProcessCluster;
import org.trivet.node.VolumeOptions;
import org.trivet.node.os.CompilerThreads;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Starts all that is compared, and measures it by turns. */
final class NetworkBenchmark implements AutoCloseable {
    /** Nodes of the volume. */
    static final int NODE_COUNT = 4;

    /** Copies of a block. */
    static final int REPLICA_COUNT = 3;

    private final NetworkSettings settings;
    private final Map<Subject, Load> loads = new EnumMap<>(Subject.class);

    /** What is to be closed, the last first. */
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private NetworkBenchmark(final NetworkSettings settings) {
        this.settings = settings;
    }

    /**
     * Measures.
     *
     * @param settings what.
     * @return what was measured.
     * @throws InterruptedException if interrupted; nothing is left running.
     */
    static NetworkResult run(final NetworkSettings settings) throws InterruptedException {
        try (NetworkBenchmark benchmark = new NetworkBenchmark(settings)) {
            benchmark.start();
            return benchmark.measure();
        }
    }

    private void start() throws InterruptedException {
        final WorkDirectory work = new WorkDirectory(settings.directory());
        opened.push(work);
        final Path directory = work.path();
        for (final boolean isSealed : settings.keys()) {
            final Subject subject = isSealed ? Subject.SEALED_VOLUME : Subject.VOLUME;
            final DataDirectory data =
                    DataDirectory.open(
                            directory.resolve(isSealed ? "sealed" : "plain"),
                            new VolumeOptions(
                                    NODE_COUNT,
                                    REPLICA_COUNT,
                                    settings.blockLength(),
                                    ChecksumType.CRC32C,
                                    Durability.PROCESS));
            opened.push(data);
            final Cluster cluster =
                    settings.media() == null
                            ? LocalCluster.start(data)
                            : ProcessCluster.start(
                                    data,
                                    settings.media(),
                                    settings.idleMode(),
                                    isSealed,
                                    NodeSettings.USUAL);
            opened.push(cluster);
            loads.put(subject, new ClusterLoad(cluster));
        }
        final EchoCluster echo =
                EchoCluster.start(
                        Path.of("/dev/shm/" + directory.getFileName() + "-echo"),
                        settings.media() == null ? Media.IPC : settings.media(),
                        settings.idleMode(),
                        NODE_COUNT,
                        settings.blockLength());
        opened.push(echo);
        loads.put(Subject.AERON, echo.load());
        loads.put(Subject.MEMORY, new MemoryLoad(settings.blockLength()));
    }

    private NetworkResult measure() throws InterruptedException {
        final List<Task> tasks = Task.all(settings.window());
        for (int i = 0; i < settings.warmUps(); i++) {
            measure(new NetworkResult(tasks), tasks);
        }
        CompilerThreads.yieldToOthers();
        final NetworkResult result = new NetworkResult(tasks);
        for (int i = 0; i < settings.rounds(); i++) {
            measure(result, tasks);
        }
        return result;
    }

    /** All subjects do the same, one after the other, before they do something else. */
    private void measure(final NetworkResult result, final List<Task> tasks)
            throws InterruptedException {
        for (final Task task : tasks) {
            for (final Map.Entry<Subject, Load> load : loads.entrySet()) {
                if (load.getValue().does(task.work())) {
                    System.gc(); // what was measured before is not to be collected meanwhile
                    final Latencies latencies =
                            load.getValue()
                                    .run(task.work(), task.window(), settings.time().toNanos());
                    result.add(load.getKey(), task, latencies.figures());
                }
            }
        }
    }

    @Override
    public void close() {
        CloseHelper.closeAll(opened);
    }
}
