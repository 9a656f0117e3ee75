package org.trivet.block;

import org.agrona.DirectBuffer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * CRC-32C of bytes on or off the heap, without allocation, by the JVM's intrinsic; of many words of
 * eight bytes by tables.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class Crc32c {
    private static final int SCRATCH_LENGTH = 4096;

    /** What is written and what is read, by turns, lies in no more buffers than this, mostly. */
    private static final int VIEWS = 4;

    private static final int POLYNOMIAL = 0x82F63B78;
    private static final int[] TABLE = new int[8 * 256];

    static {
        for (int i = 0; i < 256; i++) {
            int crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
            }
            TABLE[i] = crc;
        }
        for (int i = 256; i < TABLE.length; i++) {
            final int previous = TABLE[i - 256];
            TABLE[i] = (previous >>> 8) ^ TABLE[previous & 0xFF];
        }
    }

    private final CRC32C crc = new CRC32C();
    private ByteBuffer scratch;
    private final ByteBuffer[] viewed = new ByteBuffer[VIEWS];
    private final ByteBuffer[] views = new ByteBuffer[VIEWS];
    private int nextView;

    /** A calculator for one thread. */
    public Crc32c() {}

    /**
     * The CRC-32C of a range.
     *
     * @param buffer holds it.
     * @param offset where it begins.
     * @param length bytes.
     * @return the CRC; of "123456789" it is 0xe3069283.
     */
    public int compute(final DirectBuffer buffer, final int offset, final int length) {
        crc.reset();
        final byte[] array = buffer.byteArray();
        if (array != null) {
            crc.update(array, offset + buffer.wrapAdjustment(), length);
        } else if (buffer.byteBuffer() != null) {
            updateFromView(buffer, offset, length);
        } else {
            updateByCopy(buffer, offset, length);
        }
        return (int) crc.getValue();
    }

    /**
     * The CRCs of consecutive words of eight bytes, each by itself: one such word at a time, the
     * calls would cost more than the work.
     *
     * @param buffer holds the words.
     * @param offset where the first begins.
     * @param count their number.
     * @param crcs takes the CRCs, from index 0 on.
     */
    void computeWords(
            final DirectBuffer buffer, final int offset, final int count, final int[] crcs) {
        for (int i = 0; i < count; i++) {
            final long word =
                    buffer.getLong(offset + 8 * i, ByteOrder.LITTLE_ENDIAN) ^ 0xFFFF_FFFFL;
            crcs[i] =
                    ~(TABLE[7 * 256 + (int) (word & 0xFF)]
                            ^ TABLE[6 * 256 + (int) ((word >>> 8) & 0xFF)]
                            ^ TABLE[5 * 256 + (int) ((word >>> 16) & 0xFF)]
                            ^ TABLE[4 * 256 + (int) ((word >>> 24) & 0xFF)]
                            ^ TABLE[3 * 256 + (int) ((word >>> 32) & 0xFF)]
                            ^ TABLE[2 * 256 + (int) ((word >>> 40) & 0xFF)]
                            ^ TABLE[256 + (int) ((word >>> 48) & 0xFF)]
                            ^ TABLE[(int) (word >>> 56)]);
        }
    }

    private void updateFromView(final DirectBuffer buffer, final int offset, final int length) {
        final ByteBuffer view = viewOf(buffer.byteBuffer());
        final int begin = offset + buffer.wrapAdjustment();
        view.limit(begin + length).position(begin);
        crc.update(view);
    }

    /** A duplicate, which is kept: the position of a shared buffer is not ours to move. */
    private ByteBuffer viewOf(final ByteBuffer buffer) {
        for (int i = 0; i < VIEWS; i++) {
            if (viewed[i] == buffer) {
                return views[i];
            }
        }
        final int i = nextView;
        nextView = (i + 1) % VIEWS;
        viewed[i] = buffer;
        views[i] = buffer.duplicate();
        return views[i];
    }

    private void updateByCopy(final DirectBuffer buffer, final int offset, final int length) {
        if (scratch == null) {
            scratch = ByteBuffer.allocateDirect(SCRATCH_LENGTH);
        }
        for (int done = 0; done < length; ) {
            final int part = Math.min(SCRATCH_LENGTH, length - done);
            scratch.clear().limit(part);
            buffer.getBytes(offset + done, scratch, 0, part);
            crc.update(scratch);
            done += part;
        }
    }
}
