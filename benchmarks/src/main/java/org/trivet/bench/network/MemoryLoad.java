package org.trivet.bench.network;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.bench.measure.Latencies;
import org.trivet.block.Checksum;
import org.trivet.block.ChecksumType;

import java.nio.ByteBuffer;

/**
 * What cannot be avoided, in one thread: a block is written by making its checksum once, and
 * copying and verifying it three times; it is read by copying and verifying it once. The copies go
 * through so much memory that caches do not hold it.
 */
final class MemoryLoad implements Load {
    private static final int COPIES = 3;
    private static final int COPY_LENGTH = 64 << 20;
    private static final int SOURCE_LENGTH = 1 << 20;
    private static final int UNIT_LENGTH = 4096;

    private final int blockLength;
    private final int unitLength;
    private final Checksum checksum = ChecksumType.CRC32C.newChecksum();
    private final UnsafeBuffer source = direct(SOURCE_LENGTH);
    private final UnsafeBuffer[] copies = new UnsafeBuffer[COPIES];
    private final UnsafeBuffer sums;
    private int position;

    MemoryLoad(final int blockLength) {
        this.blockLength = blockLength;
        unitLength = Math.min(blockLength, UNIT_LENGTH);
        sums = direct(blockLength / unitLength * ChecksumType.CRC32C.length());
        for (int i = 0; i < COPIES; i++) {
            copies[i] = direct(COPY_LENGTH);
        }
    }

    private static UnsafeBuffer direct(final int length) {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(length));
    }

    @Override
    public boolean does(final Work work) {
        return work != Work.ECHO;
    }

    @Override
    public Latencies run(final Work work, final int window, final long durationNs) {
        return Latencies.of(
                durationNs,
                () -> {
                    position = (position + blockLength) % COPY_LENGTH;
                    if (work == Work.WRITE) {
                        write();
                    } else {
                        read();
                    }
                });
    }

    private void write() {
        final int at = position % SOURCE_LENGTH;
        checksum.compute(1, 0, 0, unitLength, source, at, blockLength, sums, 0);
        for (final UnsafeBuffer copy : copies) {
            copy.putBytes(position, source, at, blockLength);
            verify(copy, position);
        }
    }

    private void read() {
        final int at = position % SOURCE_LENGTH;
        source.putBytes(at, copies[0], position, blockLength);
        checksum.compute(1, 0, 0, unitLength, source, at, blockLength, sums, 0);
    }

    private void verify(final UnsafeBuffer data, final int at) {
        if (checksum.verify(1, 0, 0, unitLength, data, at, blockLength, sums, 0) >= 0) {
            throw new IllegalStateException("a copy in memory differs");
        }
    }
}
