package org.trivet.client;

import org.trivet.VolumeConfig;
import org.trivet.block.Placement;

import java.util.Arrays;

/**
 * Which bytes of a file are stored, from an offset on and as far as it is known; what is not stored
 * is zeros. Filled by {@link VolumeClient#map}.
 */
public final class FileMap {
    /** No such byte. */
    public static final long NONE = Long.MAX_VALUE;

    private static final class Strip {
        private int firstBlock;
        private long endUnit = Long.MAX_VALUE;
        private long[] ranges = {};
    }

    private final VolumeConfig volume;
    private final StripCopy layout;
    private final Strip[] strips;

    /** Behind the units that a strip of the longest file has. */
    private final long unitLimit;

    /**
     * An empty map.
     *
     * @param volume what the file's volume is made of.
     */
    public FileMap(final VolumeConfig volume) {
        this.volume = volume;
        layout = new StripCopy(volume.blockLength(), volume.nodeCount());
        unitLimit =
                VolumeConfig.MAX_FILE_LENGTH / volume.nodeCount() / volume.unitLength()
                        + volume.unitsPerBlock();
        strips = new Strip[volume.nodeCount()];
        for (int group = 0; group < strips.length; group++) {
            strips[group] = new Strip();
        }
    }

    /** Takes what one group has; nothing is kept from unit {@code limit} on. */
    void take(
            final int group,
            final int firstBlock,
            final long endUnit,
            final long[] ranges,
            final long limit) {
        final Strip strip = strips[group];
        strip.firstBlock = firstBlock;
        strip.endUnit = inStrip(endUnit);
        int kept = 0;
        while (kept < ranges.length && ranges[kept] < Math.min(limit, unitLimit)) {
            ranges[kept + 1] = inStrip(Math.min(ranges[kept + 1], limit));
            kept += 2;
        }
        strip.ranges = Arrays.copyOf(ranges, kept);
    }

    /** No file reaches so far that there could be units behind the last ones: the strip ends. */
    private long inStrip(final long endUnit) {
        return endUnit > unitLimit ? Long.MAX_VALUE : endUnit;
    }

    /**
     * Up to where it is known.
     *
     * @return a file offset, or {@link #NONE} if all is.
     */
    public long knownEnd() {
        long end = NONE;
        for (final Strip strip : strips) {
            if (strip.endUnit != Long.MAX_VALUE) {
                end = Math.min(end, fileOffset(strip, strip.endUnit, 0));
            }
        }
        return end;
    }

    /**
     * The first stored byte at or after an offset.
     *
     * @param from file offset, not before the map's.
     * @return a file offset; {@link #NONE}, or beyond {@link #knownEnd}, if none is known.
     */
    public long nextData(final long from) {
        long next = NONE;
        for (final Strip strip : strips) {
            final long position = position(strip, from);
            final int range = rangeEndingAfter(strip, position / volume.unitLength());
            if (range < strip.ranges.length) {
                next = Math.min(next, fileOffset(strip, strip.ranges[range], position));
            }
        }
        return next;
    }

    /**
     * The first byte at or after an offset that is not stored.
     *
     * @param from file offset, not before the map's.
     * @return a file offset; it counts only before {@link #knownEnd}.
     */
    public long nextHole(final long from) {
        long next = NONE;
        for (final Strip strip : strips) {
            final long position = position(strip, from);
            final long unit = position / volume.unitLength();
            final int range = rangeEndingAfter(strip, unit);
            final boolean isStored = range < strip.ranges.length && strip.ranges[range] <= unit;
            final long hole = isStored ? strip.ranges[range + 1] : unit;
            next = Math.min(next, fileOffset(strip, hole, position));
        }
        return next;
    }

    /**
     * Bytes stored before an offset; what is not known counts as stored.
     *
     * @param size file offset.
     * @return bytes.
     */
    public long allocated(final long size) {
        long sum = 0;
        for (final Strip strip : strips) {
            final long end = position(strip, size);
            for (int i = 0; i < strip.ranges.length; i += 2) {
                sum += bytesBefore(strip.ranges[i + 1], end) - bytesBefore(strip.ranges[i], end);
            }
            sum += end - bytesBefore(strip.endUnit, end);
        }
        return sum;
    }

    private long bytesBefore(final long unit, final long end) {
        return unit > end / volume.unitLength() ? end : unit * volume.unitLength();
    }

    private long position(final Strip strip, final long fileOffset) {
        return Placement.stripLengthBefore(
                fileOffset, strip.firstBlock, volume.nodeCount(), volume.blockLength());
    }

    /** The offset of a unit in the file, or of a position of the strip if that is later. */
    private long fileOffset(final Strip strip, final long unit, final long position) {
        if (unit == Long.MAX_VALUE) {
            return NONE; // the end of the strip
        }
        return layout.fileOffset(strip.firstBlock, Math.max(unit * volume.unitLength(), position));
    }

    /** Index of the first range that ends after a unit. */
    private static int rangeEndingAfter(final Strip strip, final long unit) {
        int low = 0;
        int high = strip.ranges.length / 2;
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (strip.ranges[2 * middle + 1] <= unit) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return 2 * low;
    }
}
