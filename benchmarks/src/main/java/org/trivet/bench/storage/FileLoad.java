package org.trivet.bench.storage;

import org.agrona.CloseHelper;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.disk.NioFileLayer;
import org.trivet.store.FileLayer.OpenFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/**
 * A file of a few times the length of all blocks, reserved and filled with zeros in the way of
 * segments before anything is measured. Batches are written one behind the other, and from the
 * beginning again at the end, as segments are used again: the bytes of the blocks, and nothing
 * besides. The first blocks of the file are read.
 */
final class FileLoad implements Load {
    private static final String NAME = "measured";
    private static final int PARTS = 4;
    private static final int FILL_STEP = 256 << 10;

    private final BlockShape shape;
    private final int batchCount;
    private final int blockCount;
    private final FileChannel channel;
    private final ByteBuffer data;
    private final ByteBuffer block;
    private final SplittableRandom random = new SplittableRandom(1);
    private long nextBatch;

    /**
     * Makes the file, and writes it once.
     *
     * @param directory which is created.
     */
    FileLoad(final Path directory, final BlockShape shape, final int batchCount) {
        this.shape = shape;
        this.batchCount = batchCount;
        blockCount = batchCount * shape.blocksPerBatch();
        data = randomBytes(batchCount * shape.batchLength());
        block = ByteBuffer.allocateDirect(shape.blockLength());
        prepare(new NioFileLayer(directory));
        try {
            channel =
                    FileChannel.open(
                            directory.resolve(NAME),
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
        } catch (final IOException e) {
            throw failed("open", e);
        }
        boolean isOpen = false;
        try {
            for (int i = 0; i < PARTS * batchCount; i++) {
                writeBatch();
            }
            isOpen = true;
        } finally {
            if (!isOpen) {
                close();
            }
        }
    }

    private static ByteBuffer randomBytes(final int length) {
        final ByteBuffer bytes = ByteBuffer.allocateDirect(length);
        final SplittableRandom random = new SplittableRandom(2);
        while (bytes.hasRemaining()) {
            bytes.putLong(random.nextLong());
        }
        return bytes;
    }

    private void prepare(final NioFileLayer layer) {
        final long length = (long) PARTS * batchCount * shape.batchLength();
        final ByteBuffer zeros = ByteBuffer.allocateDirect(FILL_STEP);
        try (OpenFile file = layer.open(NAME, true)) {
            file.preallocate(length);
            for (long at = 0; at < length; at += FILL_STEP) {
                file.fill(zeros.clear().limit((int) Math.min(FILL_STEP, length - at)), at);
            }
            file.sync();
        }
        layer.syncDirectory();
    }

    @Override
    public void writeBatch() {
        final int length = shape.batchLength();
        final int from = (int) (nextBatch % batchCount) * length;
        long at = nextBatch % ((long) PARTS * batchCount) * length;
        data.clear().limit(from + length).position(from);
        try {
            while (data.hasRemaining()) {
                at += channel.write(data, at);
            }
            channel.force(false);
        } catch (final IOException e) {
            throw failed("write", e);
        }
        nextBatch++;
    }

    /** There is nothing that it could do meanwhile. */
    @Override
    public void writeAhead() {
        writeBatch();
    }

    @Override
    public void readBatch() {
        for (int i = 0; i < shape.blocksPerBatch(); i++) {
            read((long) random.nextInt(blockCount) * shape.blockLength());
        }
    }

    private void read(final long from) {
        block.clear();
        try {
            while (block.hasRemaining()) {
                if (channel.read(block, from + block.position()) < 0) {
                    throw new IllegalStateException("the file ends before its last block");
                }
            }
        } catch (final IOException e) {
            throw failed("read", e);
        }
    }

    private static TrivetException failed(final String what, final IOException e) {
        return e instanceof ClosedByInterruptException
                ? new TrivetException(ErrorCode.INTERRUPTED, "bench: interrupted", e)
                : new TrivetException(ErrorCode.IO, "cannot " + what + " a bare file: " + e, e);
    }

    @Override
    public void settle() {
        // what is written is complete
    }

    @Override
    public void close() {
        CloseHelper.close(channel);
    }
}
