package org.trivet.fuse;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.Map;
import java.util.TreeMap;

/** The bytes of a file in memory, in chunks; chunks that were never written are holes. */
final class SparseContents {
    static final int CHUNK = 65536;

    private final TreeMap<Long, byte[]> chunks = new TreeMap<>();
    private long size;

    long size() {
        return size;
    }

    int read(
            final long offset, final MutableDirectBuffer to, final int toOffset, final int length) {
        final int readable = (int) Math.max(0, Math.min(length, size - offset));
        for (int done = 0; done < readable; ) {
            final long position = offset + done;
            final int inChunk = (int) (position % CHUNK);
            final int part = Math.min(readable - done, CHUNK - inChunk);
            final byte[] chunk = chunks.get(position / CHUNK);
            if (chunk == null) {
                to.setMemory(toOffset + done, part, (byte) 0);
            } else {
                to.putBytes(toOffset + done, chunk, inChunk, part);
            }
            done += part;
        }
        return readable;
    }

    void write(final long offset, final DirectBuffer from, final int fromOffset, final int length) {
        for (int done = 0; done < length; ) {
            final long position = offset + done;
            final int inChunk = (int) (position % CHUNK);
            final int part = Math.min(length - done, CHUNK - inChunk);
            final byte[] chunk = chunks.computeIfAbsent(position / CHUNK, key -> new byte[CHUNK]);
            from.getBytes(fromOffset + done, chunk, inChunk, part);
            done += part;
        }
        size = Math.max(size, offset + length);
    }

    void resize(final long newSize) {
        if (newSize < size) {
            zero(newSize, size - newSize);
            chunks.tailMap((newSize + CHUNK - 1) / CHUNK, true).clear();
        }
        size = newSize;
    }

    /** Zeroes a range, without a change of the size; whole chunks become holes. */
    void zero(final long offset, final long length) {
        final long end = offset + length;
        for (final Map.Entry<Long, byte[]> entry :
                Map.copyOf(chunks.subMap(offset / CHUNK, true, (end - 1) / CHUNK, true))
                        .entrySet()) {
            final long start = entry.getKey() * CHUNK;
            final int from = (int) Math.max(0, offset - start);
            final int to = (int) Math.min(CHUNK, end - start);
            if (from == 0 && to == CHUNK) {
                chunks.remove(entry.getKey());
            } else {
                java.util.Arrays.fill(entry.getValue(), from, to, (byte) 0);
            }
        }
    }

    /** The first data at or after an offset, or -1. */
    long data(final long offset) {
        final Long chunk = chunks.ceilingKey(offset / CHUNK);
        final long at = chunk == null ? size : Math.max(offset, chunk * CHUNK);
        return at >= size ? -1 : at;
    }

    /** The first hole at or after an offset; the end of the file is one. */
    long hole(final long offset) {
        long chunk = offset / CHUNK;
        while (chunks.containsKey(chunk)) {
            chunk++;
        }
        return Math.min(size, Math.max(offset, chunk * CHUNK));
    }
}
