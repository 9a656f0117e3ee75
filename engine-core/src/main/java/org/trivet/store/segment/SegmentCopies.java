package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.trivet.TrivetException;
import org.trivet.store.FileLayer;
import org.trivet.store.FileLayer.OpenFile;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes two directories agree that hold the segments of one journal twice: of files that differ the
 * better one is copied over the other. To be done before the journal is opened.
 *
 * <p>Both were written in the same order, and nothing was acknowledged that was not in both. So
 * what only one has may stay or go, and one that is damaged, cut short or gone is worth less than
 * its copy, whatever else it has: first counts a good header, then that nothing bad stands between
 * good records, and then how far these reach.
 */
public final class SegmentCopies {
    private static final int PART_LENGTH = 1 << 20;

    private final FileLayer one;
    private final FileLayer other;
    private final int maxRecordLength;
    private final ByteBuffer part = ByteBuffer.allocateDirect(PART_LENGTH);
    private final ByteBuffer otherPart = ByteBuffer.allocateDirect(PART_LENGTH);

    /** What a file is worth. */
    private record Worth(boolean header, boolean whole, int end, long length) {
        boolean isLessThan(final Worth that) {
            if (header != that.header) {
                return that.header;
            }
            if (whole != that.whole) {
                return that.whole;
            }
            return end != that.end ? end < that.end : length < that.length;
        }
    }

    private SegmentCopies(final FileLayer one, final FileLayer other, final int maxRecordLength) {
        this.one = one;
        this.other = other;
        this.maxRecordLength = maxRecordLength;
    }

    /**
     * Makes them agree.
     *
     * @param one a directory.
     * @param other another one.
     * @param maxRecordLength as the journal is configured.
     * @return the names of files that were written in one of them.
     * @throws TrivetException NOT_SUPPORTED if a segment is of a format that this version does not
     *     know; nothing has been written then.
     */
    public static List<String> reconcile(
            final FileLayer one, final FileLayer other, final int maxRecordLength) {
        return new SegmentCopies(one, other, maxRecordLength).run();
    }

    private List<String> run() {
        final TreeSet<String> names = new TreeSet<>(one.list());
        names.addAll(other.list());
        names.removeIf(name -> Segment.number(name) < 0);
        final long storageId = storageId(names);
        final List<String> written =
                names.stream().filter(name -> reconcile(name, storageId)).toList();
        if (!written.isEmpty()) {
            one.syncDirectory();
            other.syncDirectory();
        }
        return written;
    }

    /** The one that most of the good headers have; 0 if there is none. */
    private long storageId(final Iterable<String> names) {
        final TreeMap<Long, Integer> counts = new TreeMap<>();
        for (final String name : names) {
            for (final FileLayer each : List.of(one, other)) {
                if (each.list().contains(name)) {
                    try (OpenFile file = each.open(name, false)) {
                        final SegmentHeader header = SegmentHeader.read(file, Segment.number(name));
                        header.requireKnownFormat(name);
                        if (header.verdict == SegmentHeader.Verdict.VALID) {
                            counts.merge(header.storageId, 1, Integer::sum);
                        }
                    }
                }
            }
        }
        long most = 0;
        for (final long id : counts.keySet()) {
            if (most == 0 || counts.get(id) > counts.get(most)) {
                most = id;
            }
        }
        return most;
    }

    /** Whether something was written. */
    private boolean reconcile(final String name, final long storageId) {
        final boolean inOne = one.list().contains(name);
        final boolean inOther = other.list().contains(name);
        try (OpenFile file = one.open(name, true);
                OpenFile copy = other.open(name, true)) {
            if (inOne && inOther && areEqual(file, copy)) {
                return false;
            }
            final int number = Segment.number(name);
            if (!inOther || !inOne
                    ? inOne
                    : !worth(file, number, storageId).isLessThan(worth(copy, number, storageId))) {
                copy(file, copy);
            } else {
                copy(copy, file);
            }
            return true;
        }
    }

    private boolean areEqual(final OpenFile file, final OpenFile copy) {
        final long length = file.length();
        if (length != copy.length()) {
            return false;
        }
        for (long at = 0; at < length; at += PART_LENGTH) {
            file.read(part.clear(), at);
            copy.read(otherPart.clear(), at);
            if (part.flip().mismatch(otherPart.flip()) >= 0) {
                return false;
            }
        }
        return true;
    }

    private Worth worth(final OpenFile file, final int number, final long storageId) {
        final SegmentHeader header = SegmentHeader.read(file, number);
        final boolean valid =
                header.verdict == SegmentHeader.Verdict.VALID && header.storageId == storageId;
        final Segment segment = new Segment(number, file);
        segment.dataOffset = valid ? header.length : SegmentHeader.FIXED_LENGTH;
        final boolean[] damaged = new boolean[1];
        final boolean[] found = new boolean[1];
        final int end =
                new SegmentReader(
                                new RecordHeader(storageId),
                                maxRecordLength,
                                PART_LENGTH,
                                (type, tag, buffer, at, length) -> true)
                        .scan(
                                segment,
                                segment.dataOffset,
                                (int) Math.min(file.length(), Integer.MAX_VALUE),
                                false,
                                new JournalHandler() {
                                    @Override
                                    public void onRecord(
                                            final int type,
                                            final int tag,
                                            final long position,
                                            final DirectBuffer buffer,
                                            final int offset,
                                            final int length) {
                                        found[0] = true;
                                    }

                                    @Override
                                    public void onDamage(final long position, final boolean torn) {
                                        damaged[0] |= !torn;
                                    }
                                });
        return new Worth(valid, !damaged[0], found[0] ? end : 0, file.length());
    }

    private void copy(final OpenFile from, final OpenFile to) {
        final long length = from.length();
        to.preallocate(length);
        for (long at = 0; at < length; at += PART_LENGTH) {
            from.read(part.clear(), at);
            to.write(part.flip(), at);
        }
        to.sync();
    }
}
