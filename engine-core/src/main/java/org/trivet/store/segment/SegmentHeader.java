package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.Crc32c;
import org.trivet.store.FileLayer.OpenFile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The beginning of a segment.
 *
 * <pre>
 *    0                8        12       16               24       28       32       36       40
 *   +----------------+--------+--------+----------------+--------+--------+--------+--------+---- - -
 *   | "TRIVETJ1"     | format | header | storage id     | seg-   | segment| CRC    | live   | live ...
 *   |                |        | length |                | ment   | length |        | count  |
 *   +----------------+--------+--------+----------------+--------+--------+--------+--------+---- - -
 *
 *   live: segment (4), end offset of its records (4)
 * </pre>
 *
 * All little-endian. The list names the earlier segments that were in use when this one was begun,
 * with where their records end: a missing one, or a missing record, is seen. Segments dropped later
 * are named by records of this segment. The CRC covers the header, taken as 0 itself. All formats
 * have the fields up to the CRC, and the CRC, in the same place: so that a header of another format
 * can be told from one in which a bit has flipped.
 */
final class SegmentHeader {
    static final int FORMAT = 1;
    static final int FIXED_LENGTH = 40;
    static final int MAX_LENGTH = 1 << 20;

    private static final long MAGIC = 0x314A_5445_5649_5254L;
    private static final int CRC_OFFSET = 32;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** What a header turned out to be. */
    enum Verdict {
        /** A header of this segment. */
        VALID,
        /** None: never written, or of another segment. */
        NONE,
        /** One of this segment, but damaged or torn; or garbage. */
        DAMAGED,
        /** One of a format that this version does not know. */
        OTHER_FORMAT
    }

    Verdict verdict;
    int format;
    int length;
    long storageId;
    int segmentLength;
    final NavigableMap<Integer, Integer> live = new TreeMap<>();

    /** Bytes of a header that names so many segments. */
    static int length(final int liveCount) {
        return FIXED_LENGTH + 8 * liveCount;
    }

    static void encode(
            final MutableDirectBuffer buffer,
            final int at,
            final long storageId,
            final int number,
            final int segmentLength,
            final Iterable<Segment> live) {
        int length = FIXED_LENGTH;
        for (final Segment segment : live) {
            buffer.putInt(at + length, segment.number, ORDER);
            buffer.putInt(at + length + 4, segment.endOffset, ORDER);
            length += 8;
        }
        buffer.putLong(at, MAGIC, ORDER);
        buffer.putInt(at + 8, FORMAT, ORDER);
        buffer.putInt(at + 12, length, ORDER);
        buffer.putLong(at + 16, storageId, ORDER);
        buffer.putInt(at + 24, number, ORDER);
        buffer.putInt(at + 28, segmentLength, ORDER);
        buffer.putInt(at + CRC_OFFSET, 0, ORDER);
        buffer.putInt(at + 36, (length - FIXED_LENGTH) / 8, ORDER);
        buffer.putInt(at + CRC_OFFSET, new Crc32c().compute(buffer, at, length), ORDER);
    }

    /** Reads the header of a file that is named for a segment. */
    static SegmentHeader read(final OpenFile file, final int number) {
        final SegmentHeader header = new SegmentHeader();
        final ByteBuffer fixed = ByteBuffer.allocateDirect(FIXED_LENGTH);
        final UnsafeBuffer buffer = new UnsafeBuffer(fixed);
        header.verdict = Verdict.NONE;
        if (file.read(fixed, 0) < FIXED_LENGTH || isZero(buffer)) {
            return header;
        }
        if (buffer.getLong(0, ORDER) != MAGIC) {
            header.verdict = Verdict.DAMAGED;
            return header;
        }
        header.format = buffer.getInt(8, ORDER);
        if (header.format == FORMAT && buffer.getInt(24, ORDER) != number) {
            return header;
        }
        header.verdict = Verdict.DAMAGED;
        header.length = buffer.getInt(12, ORDER);
        if (header.length < FIXED_LENGTH || header.length > MAX_LENGTH) {
            return header;
        }
        final ByteBuffer whole = ByteBuffer.allocateDirect(header.length);
        if (file.read(whole, 0) == header.length) {
            header.decode(new UnsafeBuffer(whole));
        }
        return header;
    }

    /**
     * Refuses a segment whose format this version does not know, before anything is written beside
     * it.
     */
    void requireKnownFormat(final String name) {
        if (verdict == Verdict.OTHER_FORMAT) {
            throw new TrivetException(
                    ErrorCode.NOT_SUPPORTED,
                    name + " is of format " + format + "; this version knows format " + FORMAT);
        }
    }

    private static boolean isZero(final UnsafeBuffer buffer) {
        for (int at = 0; at < FIXED_LENGTH; at += 8) {
            if (buffer.getLong(at) != 0) {
                return false;
            }
        }
        return true;
    }

    private void decode(final UnsafeBuffer buffer) {
        final int crc = buffer.getInt(CRC_OFFSET, ORDER);
        buffer.putInt(CRC_OFFSET, 0, ORDER);
        if (new Crc32c().compute(buffer, 0, length) != crc) {
            return;
        }
        if (format != FORMAT) {
            verdict = Verdict.OTHER_FORMAT;
            return;
        }
        final int count = buffer.getInt(36, ORDER);
        if (length != length(count)) {
            return;
        }
        storageId = buffer.getLong(16, ORDER);
        segmentLength = buffer.getInt(28, ORDER);
        readLive(buffer, FIXED_LENGTH, count);
        verdict = Verdict.VALID;
    }

    private void readLive(final DirectBuffer buffer, final int at, final int count) {
        for (int i = 0; i < count; i++) {
            live.put(buffer.getInt(at + 8 * i, ORDER), buffer.getInt(at + 8 * i + 4, ORDER));
        }
    }
}
