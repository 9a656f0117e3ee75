package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.FileLayer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds out what a directory holds of a journal: its segments, where they end, and what is missing.
 */
final class JournalOpening {
    private static final int READ_AHEAD = 4 << 20;

    final FileLayer layer;
    final JournalConfig config;
    final SharedSpace.Share share;
    final NavigableMap<Integer, Segment> segments = new TreeMap<>();
    final List<Journal.Damage> damages = new ArrayList<>();
    long storageId;
    int segmentLength;
    boolean created;
    RecordHeader header;
    SegmentReader reader;
    SegmentPool pool;
    Segment newest;

    private final RecordCheck check;
    private int lastEnd;
    private boolean isLookedAt;

    /** Of them only the newest good one has its list of segments. */
    final NavigableMap<Integer, SegmentHeader> headers = new TreeMap<>();

    /** The segment with the newest good header; -1 if there is none. */
    private int newestNumber = -1;

    /** Those that are not in use, of the ones that are there. */
    final NavigableMap<Integer, Segment> files = new TreeMap<>();

    JournalOpening(
            final FileLayer layer,
            final JournalConfig config,
            final SharedSpace.Share share,
            final RecordCheck check) {
        this.layer = layer;
        this.config = config;
        this.share = share;
        this.check = check;
    }

    void run() {
        find();
        pool.look();
    }

    /** Finds out the same, and changes nothing; what is not in use stays in {@link #files}. */
    void look() {
        isLookedAt = true;
        find();
    }

    private void find() {
        for (final String name : layer.list()) {
            final int number = Segment.number(name);
            if (number >= 0) {
                openFile(name, number);
            }
        }
        created = newestNumber < 0;
        if (created && isLookedAt) {
            return;
        }
        if (created) {
            begin(config.newStorageId(), config.segmentLength(), Journal.FIRST_SEGMENT);
            refuseDamaged();
            discardFiles();
            return;
        }
        final SegmentHeader newestHeader = headers.get(newestNumber);
        begin(newestHeader.storageId, newestHeader.segmentLength, newestNumber + 1);
        collectLive(newestHeader);
        sortOutOthers();
        damages.sort(Comparator.comparingLong(Journal.Damage::position));
        if (!isLookedAt) {
            syncAll();
        }
    }

    private void begin(final long id, final int length, final int nextNumber) {
        storageId = id;
        segmentLength = length;
        header = new RecordHeader(id);
        reader =
                new SegmentReader(
                        header, config.maxRecordLength(), Math.min(READ_AHEAD, length), check);
        pool = new SegmentPool(layer, config, share, length, nextNumber);
    }

    private void openFile(final String name, final int number) {
        final FileLayer.OpenFile file = layer.open(name, false);
        files.put(number, new Segment(number, file));
        final SegmentHeader read = SegmentHeader.read(file, number);
        read.requireKnownFormat(name);
        headers.put(number, read);
        if (read.verdict == SegmentHeader.Verdict.VALID) {
            compareWithNewest(name, number, read);
        }
    }

    private void compareWithNewest(final String name, final int number, final SegmentHeader read) {
        final SegmentHeader known = headers.get(newestNumber);
        if (known != null && known.storageId != read.storageId) {
            throw new TrivetException(
                    ErrorCode.CORRUPT,
                    name
                            + " belongs to another store than "
                            + Segment.name(newestNumber)
                            + " beside it");
        }
        if (number < newestNumber) {
            read.live.clear();
            return;
        }
        if (known != null) {
            known.live.clear();
        }
        newestNumber = number;
    }

    /**
     * Where no header is good, but one is damaged, there was a journal: do not create another over
     * it.
     */
    private void refuseDamaged() {
        headers.forEach(
                (number, each) -> {
                    if (each.verdict == SegmentHeader.Verdict.DAMAGED) {
                        throw new TrivetException(
                                ErrorCode.CORRUPT,
                                Segment.name(number)
                                        + " is damaged or no segment, and no good one is beside"
                                        + " it");
                    }
                });
    }

    private void discardFiles() {
        for (final Segment each : files.values()) {
            each.file.close();
            layer.delete(Segment.name(each.number));
        }
        files.clear();
    }

    /** The newest segment's header and its records tell which segments there must be. */
    private void collectLive(final SegmentHeader newestHeader) {
        newest = files.remove(newestNumber);
        newest.dataOffset = newestHeader.length;
        pool.addUsed();
        final TreeSet<Integer> released = new TreeSet<>();
        newest.endOffset =
                reader.scan(
                        newest,
                        newest.dataOffset,
                        segmentLength,
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
                                if (type == Journal.RELEASED_TYPE) {
                                    for (int at = 0; at + 4 <= length; at += 4) {
                                        released.add(
                                                buffer.getInt(
                                                        offset + at, ByteOrder.LITTLE_ENDIAN));
                                    }
                                }
                            }

                            @Override
                            public void onDamage(final long position, final boolean torn) {
                                if (torn) {
                                    damages.add(new Journal.Damage(position, true));
                                }
                            }
                        });
        if (reader.deadHeaders() && !isLookedAt) {
            wipe(newest);
        }
        newestHeader.live.forEach(
                (number, end) -> {
                    if (!released.contains(number)) {
                        addLive(number, end);
                    }
                });
        segments.put(newest.number, newest);
    }

    private void addLive(final int number, final int end) {
        final Segment segment = files.remove(number);
        final SegmentHeader read = headers.get(number);
        if (segment == null) {
            damages.add(
                    new Journal.Damage(Positions.of(number, SegmentHeader.FIXED_LENGTH), false));
            return;
        }
        // without its header, the records are searched for from where they could begin at the
        // earliest
        segment.dataOffset =
                read.verdict == SegmentHeader.Verdict.VALID
                        ? read.length
                        : SegmentHeader.FIXED_LENGTH;
        segment.endOffset = end;
        segments.put(number, segment);
        pool.addUsed();
    }

    /** Dead headers behind the end could become records again when the journal grows up to them. */
    private void wipe(final Segment segment) {
        final ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
        for (int at = segment.endOffset; at < segmentLength; ) {
            final int length = Math.min(zeros.capacity(), segmentLength - at);
            segment.file.write(zeros.clear().limit(length), at);
            at += length;
        }
    }

    private void sortOutOthers() {
        for (final Segment each : List.copyOf(files.values())) {
            final boolean damaged =
                    headers.get(each.number).verdict == SegmentHeader.Verdict.DAMAGED;
            if (each.number > newestNumber && damaged) {
                final boolean holdsRecords = holdsRecords(each);
                damages.add(new Journal.Damage(Positions.of(each.number, 0), !holdsRecords));
                if (holdsRecords) {
                    adoptWithoutHeader(each);
                    continue;
                }
            }
            if (isLookedAt) {
                continue;
            }
            files.remove(each.number);
            if (damaged
                    || each.number < newestNumber
                    || each.file.length() != segmentLength
                    || !pool.addSpare(each)) {
                each.file.close();
                layer.delete(Segment.name(each.number));
            }
        }
    }

    /**
     * A segment behind the newest good one that lost its header after records had been written to
     * it.
     */
    private void adoptWithoutHeader(final Segment segment) {
        files.remove(segment.number);
        segment.dataOffset = SegmentHeader.FIXED_LENGTH;
        segment.endOffset = lastEnd;
        segments.put(segment.number, segment);
        newest = segment;
        pool.addUsed();
        pool.next(segment.number + 1);
    }

    private boolean holdsRecords(final Segment segment) {
        final boolean[] found = new boolean[1];
        lastEnd =
                reader.scan(
                        segment,
                        SegmentHeader.FIXED_LENGTH,
                        segmentLength,
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
                                // the search goes on behind it
                            }
                        });
        return found[0];
    }

    /** What a process left that died may not have been synced: from now on it counts as synced. */
    private void syncAll() {
        segments.values().forEach(segment -> segment.file.sync());
        layer.syncDirectory();
    }

    void close() {
        files.values().forEach(segment -> segment.file.close());
        segments.values().forEach(segment -> segment.file.close());
        if (pool != null) {
            pool.close();
        }
    }
}
