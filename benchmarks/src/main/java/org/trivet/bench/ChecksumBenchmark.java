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
import org.trivet.block.Checksum;
import org.trivet.block.ChecksumType;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** The checksums of a run of blocks. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChecksumBenchmark {
    private static final int MAX_LENGTH = 65536;

    /** The kind of checksum. */
    @Param public ChecksumType type;

    /** Bytes of a unit, and of the run: one unit of 8 bytes, 4 or 64 KiB; 64 KiB in small units. */
    @Param({"8/8", "4096/4096", "65536/65536", "8/65536", "4096/65536"})
    public String unitAndRun;

    private final UnsafeBuffer data = new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_LENGTH));
    private final UnsafeBuffer checksums =
            new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_LENGTH / 8 * 16));
    private Checksum checksum;
    private int unitLength;
    private int runLength;

    /** For JMH. */
    public ChecksumBenchmark() {}

    /** Prepares the run. */
    @Setup
    public void fill() {
        final String[] lengths = unitAndRun.split("/");
        unitLength = Integer.parseInt(lengths[0]);
        runLength = Integer.parseInt(lengths[1]);
        checksum = type.newChecksum();
        for (int i = 0; i < MAX_LENGTH; i++) {
            data.putByte(i, (byte) (i * 31));
        }
        compute();
    }

    /** Computes. */
    @Benchmark
    public void compute() {
        checksum.compute(7, 1, 0, unitLength, data, 0, runLength, checksums, 0);
    }

    /**
     * Verifies.
     *
     * @return -1
     */
    @Benchmark
    public int verify() {
        return checksum.verify(7, 1, 0, unitLength, data, 0, runLength, checksums, 0);
    }
}
