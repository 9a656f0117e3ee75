package org.trivet.bench;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.trivet.client.StripCopy;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** Between 1 MiB of a file and the strips of its groups. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BlockingBenchmark {
    private static final int LENGTH = 1 << 20;
    private static final int NODE_COUNT = 4;

    /** Bytes of a block. */
    @Param({"8", "4096", "65536"})
    public int blockLength;

    private final UnsafeBuffer file = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
    private final UnsafeBuffer strip =
            new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH / NODE_COUNT));
    private StripCopy copy;

    /** For JMH. */
    public BlockingBenchmark() {}

    /** Prepares. */
    @Setup
    public void prepare() {
        copy = new StripCopy(blockLength, NODE_COUNT);
    }

    /** Collects each of the four strips. */
    @Benchmark
    public void gather() {
        for (int group = 0; group < NODE_COUNT; group++) {
            copy.gather(file, 0, 0, group, 0, LENGTH / NODE_COUNT, strip, 0);
        }
    }

    /** Distributes each of the four strips. */
    @Benchmark
    public void scatter() {
        for (int group = 0; group < NODE_COUNT; group++) {
            copy.scatter(strip, 0, group, 0, LENGTH / NODE_COUNT, file, 0, 0);
        }
    }
}
