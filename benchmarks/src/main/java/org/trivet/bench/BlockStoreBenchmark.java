package org.trivet.bench;

import org.agrona.CloseHelper;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.trivet.bench.measure.WorkDirectory;
import org.trivet.bench.storage.MeasuredStore;

import java.util.concurrent.TimeUnit;

/**
 * What a data node's storage does for a block of 4 KiB, and above all what it allocates, commits of
 * the index and the journal's threads included. How fast it is compared with the disk, {@code
 * trivet bench storage} tells.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class BlockStoreBenchmark {
    private static final int DATA_LENGTH = 16 << 20;

    private WorkDirectory directory;
    private MeasuredStore store;

    /** For JMH. */
    public BlockStoreBenchmark() {}

    /** Opens it, and writes each block once. */
    @Setup
    public void open() {
        directory = new WorkDirectory(WorkDirectory.usualParent());
        store = new MeasuredStore(directory.path().resolve("node-0"), DATA_LENGTH);
    }

    /** Closes and deletes it. */
    @TearDown
    public void close() {
        CloseHelper.closeAll(store, directory);
    }

    /** Verifies blocks, appends them, waits for their sync, and brings others into the index. */
    @Benchmark
    @OperationsPerInvocation(MeasuredStore.BATCH)
    public void write() {
        store.writeBatch();
    }

    /** Finds, reads and verifies blocks. */
    @Benchmark
    @OperationsPerInvocation(MeasuredStore.BATCH)
    public void read() {
        store.readBatch();
    }
}
