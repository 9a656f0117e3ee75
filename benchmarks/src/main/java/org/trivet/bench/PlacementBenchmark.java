package org.trivet.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.trivet.block.Placement;

import java.util.concurrent.TimeUnit;

/** Finding out where a block lies. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PlacementBenchmark {
    /** Data nodes. */
    @Param({"4", "7"})
    public int nodeCount;

    private long dataId;
    private long offset;

    /** For JMH. */
    public PlacementBenchmark() {}

    /**
     * The node of a block's first copy.
     *
     * @return the node.
     */
    @Benchmark
    public int nodeOfBlock() {
        dataId++;
        final int start = Placement.startGroup(dataId, nodeCount);
        return Placement.node(Placement.group(start, dataId >>> 3, nodeCount), 1, nodeCount);
    }

    /**
     * Where a cut of a file cuts a group's strip.
     *
     * @return bytes of the strip.
     */
    @Benchmark
    public long stripLength() {
        offset += 4099;
        return Placement.stripLengthBefore(offset, 1, nodeCount, 65536);
    }
}
