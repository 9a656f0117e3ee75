package org.trivet.client;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Copies between a byte range of a file, which lies in one piece, and the part of it that one strip
 * holds.
 *
 * <pre>
 *   file, N = 3:   | b0 | b1 | b2 | b3 | b4 | b5 | b6 |        source or destination
 *   strip of b1:        | b1 |         | b4 |                  one message: | b1 | b4 |
 * </pre>
 */
public final class StripCopy {
    private final int blockLength;
    private final int nodeCount;

    /**
     * For files of a volume.
     *
     * @param blockLength bytes of a block.
     * @param nodeCount N.
     */
    public StripCopy(final int blockLength, final int nodeCount) {
        this.blockLength = blockLength;
        this.nodeCount = nodeCount;
    }

    /** The file offset of a byte of a strip. */
    long fileOffset(final int firstBlock, final long stripOffset) {
        final long slot = stripOffset / blockLength;
        return (firstBlock + slot * nodeCount) * blockLength + stripOffset % blockLength;
    }

    /** Whether a range of a strip lies in one piece in the file. */
    boolean isContiguous(final long from, final long to) {
        return nodeCount == 1 || from / blockLength == (to - 1) / blockLength;
    }

    /**
     * Collects [from, to) of a strip.
     *
     * @param file holds the range of the file.
     * @param fileIndex where it begins in there.
     * @param fileOffset its offset in the file.
     * @param firstBlock of the strip.
     * @param from byte offset in the strip.
     * @param to byte offset in the strip, above {@code from}.
     * @param strip takes the bytes.
     * @param stripIndex where they go.
     */
    public void gather(
            final DirectBuffer file,
            final int fileIndex,
            final long fileOffset,
            final int firstBlock,
            final long from,
            final long to,
            final MutableDirectBuffer strip,
            final int stripIndex) {
        int index = fileIndex + (int) (fileOffset(firstBlock, from) - fileOffset);
        int target = stripIndex;
        long left = to - from;
        if (isContiguous(from, to)) {
            strip.putBytes(target, file, index, (int) left);
            return;
        }
        final int stride = nodeCount * blockLength;
        final int within = (int) (from % blockLength);
        if (within != 0) {
            strip.putBytes(target, file, index, blockLength - within);
            target += blockLength - within;
            left -= blockLength - within;
            index += stride - within;
        }
        if (blockLength == Long.BYTES) {
            for (; left >= Long.BYTES; left -= Long.BYTES) {
                strip.putLong(target, file.getLong(index));
                target += Long.BYTES;
                index += stride;
            }
        } else {
            for (; left >= blockLength; left -= blockLength) {
                strip.putBytes(target, file, index, blockLength);
                target += blockLength;
                index += stride;
            }
        }
        if (left > 0) {
            strip.putBytes(target, file, index, (int) left);
        }
    }

    /**
     * Distributes [from, to) of a strip: the reverse of {@link #gather}.
     *
     * @param strip holds the bytes.
     * @param stripIndex where they begin.
     * @param firstBlock of the strip.
     * @param from byte offset in the strip.
     * @param to byte offset in the strip, above {@code from}.
     * @param file takes the range of the file.
     * @param fileIndex where it begins in there.
     * @param fileOffset its offset in the file.
     */
    public void scatter(
            final DirectBuffer strip,
            final int stripIndex,
            final int firstBlock,
            final long from,
            final long to,
            final MutableDirectBuffer file,
            final int fileIndex,
            final long fileOffset) {
        int index = fileIndex + (int) (fileOffset(firstBlock, from) - fileOffset);
        int source = stripIndex;
        long left = to - from;
        if (isContiguous(from, to)) {
            file.putBytes(index, strip, source, (int) left);
            return;
        }
        final int stride = nodeCount * blockLength;
        final int within = (int) (from % blockLength);
        if (within != 0) {
            file.putBytes(index, strip, source, blockLength - within);
            source += blockLength - within;
            left -= blockLength - within;
            index += stride - within;
        }
        if (blockLength == Long.BYTES) {
            for (; left >= Long.BYTES; left -= Long.BYTES) {
                file.putLong(index, strip.getLong(source));
                source += Long.BYTES;
                index += stride;
            }
        } else {
            for (; left >= blockLength; left -= blockLength) {
                file.putBytes(index, strip, source, blockLength);
                source += blockLength;
                index += stride;
            }
        }
        if (left > 0) {
            file.putBytes(index, strip, source, (int) left);
        }
    }

    /** Sets to zero what [from, to) of a strip is in the file. */
    void zero(
            final int firstBlock,
            final long from,
            final long to,
            final MutableDirectBuffer file,
            final int fileIndex,
            final long fileOffset) {
        if (nodeCount == 1) {
            file.setMemory(fileIndex + (int) (from - fileOffset), (int) (to - from), (byte) 0);
            return;
        }
        long position = from;
        while (position < to) {
            final int length = (int) Math.min(to - position, blockLength - position % blockLength);
            file.setMemory(
                    fileIndex + (int) (fileOffset(firstBlock, position) - fileOffset),
                    length,
                    (byte) 0);
            position += length;
        }
    }
}
