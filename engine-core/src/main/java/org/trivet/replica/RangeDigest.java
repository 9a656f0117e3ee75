package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;
import org.trivet.block.Placement;
import org.trivet.replica.KeyRanges.Range;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

import java.nio.ByteOrder;

/**
 * What a member stores of a range of keys, in few bytes: one number over all units with their
 * versions and checksums, or a list of them. How units lie together in records makes no difference.
 *
 * <p>The number is made of what the index and the records say; for a list the data are read, too,
 * and verified. Of a range that holds too much the beginning is taken.
 *
 * <pre>
 *   a unit in the list, little-endian:  int64 data id | int64 unit | int64 version | int64 digest of its checksum
 * </pre>
 */
final class RangeDigest {
    /** Bytes of a unit in a list. */
    static final int LISTED_LENGTH = 4 * Long.BYTES;

    /** At most so many units in a list. */
    static final int MAX_LISTED = 1024;

    private static final int MAX_UNITS = 16 * 1024;
    private static final int MAX_EXTENTS = 64;
    private static final int SCANNED_AT_ONCE = 16;
    private static final long EXTENT_OVERHEAD = 512;
    private static final long NOTHING = 0;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private final Group group;
    private final NodeContext node;
    private final ExtentList extents = new ExtentList();
    private final ExpandableDirectByteBuffer list = new ExpandableDirectByteBuffer(4096);
    private int listLength;
    private Range range;
    private long digest;
    private long cost;

    RangeDigest(final Group group) {
        this.group = group;
        this.node = group.node;
    }

    /** What was taken: all that was wanted, or the beginning of it. */
    Range range() {
        return range;
    }

    long digest() {
        return digest;
    }

    DirectBuffer list() {
        return list;
    }

    int listLength() {
        return listLength;
    }

    /** Bytes that had to be read for it, about. */
    long cost() {
        return cost;
    }

    /** Goes on with a digest that begins with {@link #begin}. */
    static long combine(
            final long digest,
            final long dataId,
            final long unit,
            final long version,
            final long ofChecksum) {
        final long place = Placement.mix64(Placement.mix64(digest ^ dataId) ^ unit);
        return Placement.mix64(Placement.mix64(place ^ version) ^ ofChecksum);
    }

    /** The digest of nothing. */
    static long begin() {
        return NOTHING;
    }

    /**
     * Takes what is stored. False if some of it is damaged: then it is unknown from now on, and
     * fetched.
     */
    boolean take(final Range wanted, final boolean isListed) {
        digest = begin();
        listLength = 0;
        cost = 0;
        int room = Math.min(mostUnits(), isListed ? MAX_LISTED : MAX_UNITS);
        int count = 0;
        long dataId = wanted.fromDataId();
        long unit = wanted.fromUnit();
        while (true) {
            node.store.scan(group.group, dataId, unit, SCANNED_AT_ONCE, extents);
            for (int i = 0; i < extents.size(); i++) {
                final Extent extent = extents.get(i);
                if (isBehind(extent, wanted)) {
                    range = wanted;
                    return true;
                }
                if (room == 0 || count++ == MAX_EXTENTS) {
                    range = wanted.upTo(extent.dataId, extent.firstUnit);
                    return true;
                }
                final long end = Math.min(extent.endUnit, wanted.endIn(extent.dataId));
                final boolean isCut = end - extent.firstUnit > room;
                extent.clip(
                        extent.firstUnit, isCut ? extent.firstUnit + room : end, node.unitLength);
                if (!add(extent, isListed)) {
                    return false;
                }
                room -= extent.unitCount();
                dataId = extent.dataId;
                unit = extent.endUnit;
                if (isCut) {
                    range = wanted.upTo(dataId, unit);
                    return true;
                }
            }
            if (extents.size() < SCANNED_AT_ONCE) {
                range = wanted;
                return true;
            }
        }
    }

    /** Whose checksums there is room for. */
    private int mostUnits() {
        return node.recordBuffer.capacity() / node.checksumLength;
    }

    private static boolean isBehind(final Extent extent, final Range wanted) {
        return KeyRanges.compare(
                        extent.dataId, extent.firstUnit, wanted.toDataId(), wanted.toUnit())
                >= 0;
    }

    private boolean add(final Extent extent, final boolean isListed) {
        final boolean isRead =
                isListed
                        ? group.isGood(extent)
                        : node.store.readChecksums(extent, node.recordBuffer, 0);
        if (!isRead) {
            if (!group.isGood(extent)) {
                group.mendFound(extent);
            }
            return false;
        }
        final int units = extent.unitCount();
        cost += EXTENT_OVERHEAD;
        cost += isListed ? extent.dataLength : (long) units * node.checksumLength;
        for (int i = 0; i < units; i++) {
            final long unit = extent.firstUnit + i;
            final long ofChecksum = ofChecksum(node.recordBuffer, i * node.checksumLength);
            digest = combine(digest, extent.dataId, unit, extent.version, ofChecksum);
            if (isListed) {
                list.putLong(listLength, extent.dataId, LE);
                list.putLong(listLength + 8, unit, LE);
                list.putLong(listLength + 16, extent.version, LE);
                list.putLong(listLength + 24, ofChecksum, LE);
                listLength += LISTED_LENGTH;
            }
        }
        return true;
    }

    /** Of 4, 8 or 16 bytes. */
    private long ofChecksum(final DirectBuffer buffer, final int at) {
        if (node.checksumLength < Long.BYTES) {
            return buffer.getInt(at, LE);
        }
        long folded = 0;
        for (int i = 0; i < node.checksumLength; i += Long.BYTES) {
            folded = Placement.mix64(folded ^ buffer.getLong(at + i, LE));
        }
        return folded;
    }

    // ---- lists that came from elsewhere

    /**
     * Whether so many bytes can be a list of what is stored of a range: units in order, each with a
     * version.
     */
    static boolean isList(
            final DirectBuffer buffer, final int offset, final int length, final Range of) {
        if (length % LISTED_LENGTH != 0 || length / LISTED_LENGTH > MAX_LISTED) {
            return false;
        }
        long dataId = of.fromDataId();
        long unit = of.fromUnit();
        for (int at = offset; at < offset + length; at += LISTED_LENGTH) {
            final long listedId = dataId(buffer, at);
            final long listedUnit = unit(buffer, at);
            if (listedUnit < 0
                    || listedUnit == KeyRanges.END_UNIT
                    || version(buffer, at) < 1
                    || KeyRanges.compare(listedId, listedUnit, dataId, unit) < 0
                    || KeyRanges.compare(listedId, listedUnit, of.toDataId(), of.toUnit()) >= 0) {
                return false;
            }
            dataId = listedId;
            unit = listedUnit + 1;
        }
        return true;
    }

    static long dataId(final DirectBuffer list, final int at) {
        return list.getLong(at, LE);
    }

    static long unit(final DirectBuffer list, final int at) {
        return list.getLong(at + 8, LE);
    }

    static long version(final DirectBuffer list, final int at) {
        return list.getLong(at + 16, LE);
    }

    static long ofChecksumAt(final DirectBuffer list, final int at) {
        return list.getLong(at + 24, LE);
    }
}
