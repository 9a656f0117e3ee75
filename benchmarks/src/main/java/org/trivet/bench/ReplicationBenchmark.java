package org.trivet.bench;

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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Writes to three copies and reads of one, over four nodes on one thread, one operation at a time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReplicationBenchmark {
    private static final int FILE_LENGTH = 16 << 20;

    /** Bytes of a block, and of an operation. */
    @Param({
        "8/8",
        "8/1048576",
        "4096/4096",
        "4096/1048576",
        "65536/4096",
        "65536/65536",
        "65536/1048576"
    })
    public String blockAndLength;

    /**
     * Where nodes keep their blocks. The store in memory allocates as it likes; that on disk is the
     * one that is used.
     */
    @Param public StorageKind storage;

    private BenchVolume volume;
    private int length;
    private long offset;

    /** For JMH. */
    public ReplicationBenchmark() {}

    /** Starts the nodes, and writes the file once. */
    @Setup
    public void start() {
        final String[] lengths = blockAndLength.split("/");
        length = Integer.parseInt(lengths[1]);
        volume = new BenchVolume(Integer.parseInt(lengths[0]), storage);
        for (long position = 0; position < FILE_LENGTH; position += 1 << 20) {
            volume.write(position, 1 << 20);
        }
    }

    /** Stops the nodes. */
    @TearDown
    public void stop() {
        volume.close();
    }

    private long next() {
        offset = (offset + length) % FILE_LENGTH;
        return offset;
    }

    /**
     * Overwrites a part of the file on three nodes.
     *
     * @return bytes written.
     */
    @Benchmark
    public long write() {
        return volume.write(next(), length);
    }

    /**
     * Reads a part of the file.
     *
     * @return bytes read.
     */
    @Benchmark
    public long read() {
        return volume.read(next(), length);
    }
}
