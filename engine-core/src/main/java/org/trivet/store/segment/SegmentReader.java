package org.trivet.store.segment;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

/** Reads the records of segments one after the other, through a window, and judges them. */
final class SegmentReader {
    private static final byte[] ZEROS = new byte[4096];

    private final RecordHeader header;
    private final RecordCheck check;
    private final int maxRecordLength;
    private final int readAhead;
    private final UnsafeBuffer window = new UnsafeBuffer(0, 0);

    /** What the window lies in: taken when something is read, for many a reader never reads. */
    private ByteBuffer memory;

    private ByteBuffer searched;
    private Segment segment;
    private int windowBegin;
    private int windowEnd;
    private boolean deadHeaders;

    /**
     * A reader.
     *
     * @param readAhead the fewest bytes to read at a time: many for who wants all records, few for
     *     who skips most of them.
     */
    SegmentReader(
            final RecordHeader header,
            final int maxRecordLength,
            final int readAhead,
            final RecordCheck check) {
        this.header = header;
        this.check = check;
        this.maxRecordLength = maxRecordLength;
        this.readAhead = readAhead;
    }

    UnsafeBuffer window() {
        return window;
    }

    /**
     * Whether valid headers without a valid body were seen behind the end, so that they must be
     * wiped.
     */
    boolean deadHeaders() {
        return deadHeaders;
    }

    /**
     * Reads records in order.
     *
     * @param from of a record, or where records begin.
     * @param limit where records end, or could at most.
     * @param sealed whether the records are known to reach up to the limit.
     * @param handler told of them.
     * @return behind the last good record; {@code from} if there is none.
     */
    int scan(
            final Segment scanned,
            final int from,
            final int limit,
            final boolean sealed,
            final JournalHandler handler) {
        reset(scanned);
        deadHeaders = false;
        int at = from;
        int end = from;
        while (at + RecordHeader.LENGTH <= limit && handler.wantsMore()) {
            final int found = isRecord(at, limit);
            if (found >= 0) {
                final int length = RecordHeader.bodyLength(window, found);
                handler.onRecord(
                        RecordHeader.type(window, found),
                        RecordHeader.tag(window, found),
                        Positions.of(scanned.number, at),
                        window,
                        found + RecordHeader.LENGTH,
                        length);
                at += RecordHeader.recordLength(length);
                end = at;
                continue;
            }
            final long position = Positions.of(scanned.number, at);
            final int begun = load(at, RecordHeader.LENGTH, limit);
            final boolean like = begun >= 0 && RecordHeader.isLike(window, begun, position);
            final int next = findNext(at, limit);
            final int damaged = next >= 0 || sealed ? tellDamaged(at, limit, handler) : -1;
            if (damaged >= 0) {
                at += damaged;
                end = at;
                continue;
            }
            if (next < 0) {
                if (sealed || like) {
                    handler.onDamage(position, !sealed);
                }
                return end;
            }
            handler.onDamage(position, false);
            at = next;
        }
        return end;
    }

    /**
     * Tells of a record whose header is good and whose body is not; returns its length, or -1 if
     * there is none.
     */
    private int tellDamaged(final int at, final int limit, final JournalHandler handler) {
        final long position = Positions.of(segment.number, at);
        int loaded = load(at, RecordHeader.LENGTH, limit);
        if (loaded < 0 || !header.isValid(window, loaded, position)) {
            return -1;
        }
        final int length = RecordHeader.bodyLength(window, loaded);
        if (length < 0 || length > maxRecordLength) {
            return -1;
        }
        loaded = load(at, RecordHeader.recordLength(length), limit);
        if (loaded < 0) {
            return -1;
        }
        handler.onDamagedRecord(
                RecordHeader.type(window, loaded),
                RecordHeader.tag(window, loaded),
                position,
                window,
                loaded + RecordHeader.LENGTH,
                length,
                header.isBodyValid(window, loaded));
        return RecordHeader.recordLength(length);
    }

    /** Forgets what was read: files change. */
    void reset(final Segment newSegment) {
        segment = newSegment;
        windowBegin = 0;
        windowEnd = 0;
    }

    /** Searches for a good record from a bad one on; -1 if none follows. */
    private int findNext(final int bad, final int limit) {
        int at = bad;
        while (load(at, RecordHeader.LENGTH, limit) >= 0) {
            at = findLike(at);
            if (at < 0) {
                at =
                        windowEnd - RecordHeader.LENGTH + RecordHeader.ALIGNMENT
                                & -RecordHeader.ALIGNMENT;
                continue;
            }
            if (header.isValid(window, at - windowBegin, Positions.of(segment.number, at))) {
                if (isRecord(at, limit) >= 0) {
                    return at;
                }
                deadHeaders |= at > bad;
            }
            at += RecordHeader.ALIGNMENT;
        }
        return -1;
    }

    /**
     * The next place, in the window, where something that looks like a header stands; -1 if there
     * is none.
     */
    private int findLike(final int from) {
        for (int at = from; at + RecordHeader.LENGTH <= windowEnd; at += RecordHeader.ALIGNMENT) {
            if (RecordHeader.isLike(window, at - windowBegin, Positions.of(segment.number, at))) {
                return at;
            }
            if (window.getLong(at - windowBegin) == 0) {
                at += Math.max(0, zerosFrom(at) - 2 * RecordHeader.ALIGNMENT);
            }
        }
        return -1;
    }

    /**
     * How many zeros stand at a place of the window, of those that are looked at; a multiple of the
     * alignment. Nothing that looks like a header begins in them, but for the last.
     */
    private int zerosFrom(final int at) {
        final int length = Math.min(windowEnd - at, ZEROS.length);
        final int begin = at - windowBegin;
        searched.limit(begin + length).position(begin);
        final int end = searched.mismatch(ByteBuffer.wrap(ZEROS, 0, length));
        return (end < 0 ? length : end) & -RecordHeader.ALIGNMENT;
    }

    /**
     * Where in the window a good header with the beginning of its body stands, or -1 if there is
     * none.
     *
     * @param at offset of the record.
     * @param length bytes of the body that are wanted, or all if it has fewer.
     * @param limit where records end.
     */
    int isHeader(final int at, final int length, final int limit) {
        final int loaded = load(at, RecordHeader.LENGTH, limit);
        if (loaded < 0 || !header.isValid(window, loaded, Positions.of(segment.number, at))) {
            return -1;
        }
        final int bodyLength = RecordHeader.bodyLength(window, loaded);
        return bodyLength < 0 || bodyLength > maxRecordLength
                ? -1
                : load(at, RecordHeader.LENGTH + Math.min(length, bodyLength), limit);
    }

    /** Where in the window the record at an offset stands, or -1 if there is no good one. */
    int isRecord(final int at, final int limit) {
        int loaded = isHeader(at, 0, limit);
        if (loaded < 0) {
            return -1;
        }
        final int length = RecordHeader.bodyLength(window, loaded);
        loaded = load(at, RecordHeader.recordLength(length), limit);
        if (loaded < 0 || !header.isBodyValid(window, loaded)) {
            return -1;
        }
        if (RecordHeader.checkedLength(window, loaded) == length) {
            return loaded;
        }
        final int type = RecordHeader.type(window, loaded);
        final int tag = RecordHeader.tag(window, loaded);
        return check.isWhole(type, tag, window, loaded + RecordHeader.LENGTH, length) ? loaded : -1;
    }

    /**
     * Brings a range into the window; where it lies there, or -1 if it reaches beyond the limit or
     * the file.
     */
    private int load(final int at, final int length, final int limit) {
        if (at + length > limit) {
            return -1;
        }
        if (at < windowBegin || at + length > windowEnd) {
            windowBegin = at;
            final int wanted = Math.min(Math.max(readAhead, length), limit - at);
            if (memory == null) {
                memory =
                        ByteBuffer.allocateDirect(
                                Math.max(readAhead, RecordHeader.recordLength(maxRecordLength)));
                window.wrap(memory);
                searched = memory.duplicate();
            }
            windowEnd = at + segment.file.read(memory.clear().limit(wanted), at);
            if (at + length > windowEnd) {
                return -1;
            }
        }
        return at - windowBegin;
    }
}
