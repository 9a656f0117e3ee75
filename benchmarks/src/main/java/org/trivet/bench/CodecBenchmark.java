package org.trivet.bench;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.PrepareDecoder;
import org.trivet.wire.sbe.PrepareEncoder;
import org.trivet.wire.sbe.ReadDecoder;
import org.trivet.wire.sbe.ReadEncoder;
import org.trivet.wire.sbe.WriteDecoder;
import org.trivet.wire.sbe.WriteEncoder;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** Writing the header of a message, and reading it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerIn = new MessageHeaderDecoder();
    private final WriteEncoder write = new WriteEncoder();
    private final WriteDecoder writeIn = new WriteDecoder();
    private final PrepareEncoder prepare = new PrepareEncoder();
    private final PrepareDecoder prepareIn = new PrepareDecoder();
    private final ReadEncoder read = new ReadEncoder();
    private final ReadDecoder readIn = new ReadDecoder();
    private long number;

    /** For JMH. */
    public CodecBenchmark() {}

    /**
     * A write, without its data.
     *
     * @return what was read, so that it is not left out.
     */
    @Benchmark
    public long write() {
        number++;
        write.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(1)
                .source(2)
                .group(3)
                .durable((short) 0)
                .session(4)
                .request(number)
                .lowestOpen(number)
                .dataId(5)
                .cut(6)
                .firstUnit(number)
                .byteOffset(0);
        writeIn.wrapAndApplyHeader(buffer, 0, headerIn);
        return writeIn.volumeId()
                + writeIn.source()
                + writeIn.group()
                + writeIn.durable()
                + writeIn.session()
                + writeIn.request()
                + writeIn.lowestOpen()
                + writeIn.dataId()
                + writeIn.cut()
                + writeIn.firstUnit()
                + writeIn.byteOffset();
    }

    /**
     * A prepare, without its entries.
     *
     * @return what was read, so that it is not left out.
     */
    @Benchmark
    public long prepare() {
        number++;
        prepare.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(1)
                .source(2)
                .group(3)
                .epoch(4)
                .incarnation(5)
                .previousSequence(number)
                .previousEpoch(4)
                .watermark(number)
                .allSynced(number)
                .syncWanted(0)
                .bound(0);
        prepareIn.wrapAndApplyHeader(buffer, 0, headerIn);
        return prepareIn.volumeId()
                + prepareIn.source()
                + prepareIn.group()
                + prepareIn.epoch()
                + prepareIn.incarnation()
                + prepareIn.previousSequence()
                + prepareIn.previousEpoch()
                + prepareIn.watermark()
                + prepareIn.allSynced()
                + prepareIn.syncWanted()
                + prepareIn.bound();
    }

    /**
     * A read.
     *
     * @return what was read, so that it is not left out.
     */
    @Benchmark
    public long read() {
        number++;
        read.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(1)
                .source(2)
                .group(3)
                .correlation(number)
                .dataId(5)
                .firstUnit(number)
                .unitCount(16);
        readIn.wrapAndApplyHeader(buffer, 0, headerIn);
        return readIn.volumeId()
                + readIn.source()
                + readIn.group()
                + readIn.correlation()
                + readIn.dataId()
                + readIn.firstUnit()
                + readIn.unitCount();
    }
}
