package org.trivet.replica;

import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryKind;

/**
 * The log of a group, as one member holds it: entries {@code low()+1} to {@code end()}, dense,
 * never cut. All up to {@code low()} are in the index, and synced by every member.
 *
 * <p>An entry of kind VOID is a marker: all from one number on up to it have no effect, whatever
 * they were. They and the marker count as one: no watermark, and no message, ends among them.
 */
final class ReplicaLog {
    private static final int FIRST_LENGTH = 256;

    private final int capacity;

    /** Grows, for few logs ever get as long as they may. Its length is a power of two. */
    private LogEntry[] ring;

    private long low;
    private long lowEpoch;
    private long end;
    private long bytes;

    ReplicaLog(final int capacity) {
        this.capacity = capacity;
        ring = new LogEntry[Math.min(FIRST_LENGTH, capacity)];
    }

    long low() {
        return low;
    }

    long lowEpoch() {
        return lowEpoch;
    }

    /** Sets the epoch of the entry that {@link #low} numbers. */
    void lowEpoch(final long epoch) {
        lowEpoch = epoch;
    }

    long end() {
        return end;
    }

    long bytes() {
        return bytes;
    }

    boolean hasRoomUpTo(final long sequence) {
        return sequence - low <= capacity;
    }

    /** The entry with a number in (low, end]. */
    LogEntry get(final long sequence) {
        assert sequence > low && sequence <= end
                : sequence + " is not in (" + low + ", " + end + "]";
        return ring[(int) (sequence & ring.length - 1)];
    }

    /** The epoch of the entry with a number in [low, end]. */
    long epochOf(final long sequence) {
        return sequence == low ? lowEpoch : get(sequence).epoch;
    }

    /** Makes room for the next entry, to be filled by the caller. */
    LogEntry append(final int length) {
        end++;
        assert hasRoomUpTo(end);
        if (end - low > ring.length) {
            grow();
        }
        bytes += length;
        final int index = (int) (end & ring.length - 1);
        if (ring[index] == null) {
            ring[index] = new LogEntry();
        }
        return ring[index];
    }

    private void grow() {
        final LogEntry[] larger = new LogEntry[2 * ring.length];
        for (long sequence = low + 1; sequence < end; sequence++) {
            larger[(int) (sequence & larger.length - 1)] = get(sequence);
        }
        ring = larger;
    }

    /**
     * Appends a marker that makes entries void, also such as never came here.
     *
     * @param marker an entry of kind VOID.
     * @param from the first entry that it makes void, above {@link #low} and at most one above
     *     {@link #end}.
     */
    LogEntry appendVoid(
            final EntryView marker, final long from, final long position, final long nowNs) {
        final long held = end;
        while (end < marker.sequence()) {
            append(0);
        }
        final LogEntry last = get(end);
        last.set(marker, position, nowNs);
        for (long sequence = from; sequence < end; sequence++) {
            final LogEntry entry = get(sequence);
            bytes -= sequence <= held ? entry.length : 0;
            if (sequence > held) {
                entry.dataId = 0;
            }
            entry.makeVoid(sequence, last);
        }
        bytes += last.length;
        return last;
    }

    /** A point of the log that is not among entries that are void: this one, or the last before. */
    long settled(final long sequence) {
        if (sequence <= low || sequence > end || get(sequence).voidedBy == 0) {
            return sequence;
        }
        return Math.max(low, get(get(sequence).voidedBy).voidFrom() - 1);
    }

    /** The first entry of those up to {@code upTo} that a marker above it makes void, or none. */
    long firstVoid(final long upTo, final long none) {
        long first = none;
        for (long sequence = low + 1; sequence <= end; sequence++) {
            final LogEntry entry = get(sequence);
            if (entry.kind == EntryKind.VOID && sequence > upTo) {
                first = Math.min(first, entry.voidFrom());
            }
        }
        return first;
    }

    void release(final long upTo) {
        while (low < upTo) {
            final LogEntry entry = get(low + 1);
            lowEpoch = entry.epoch;
            bytes -= entry.length;
            low++;
        }
    }

    void reset(final long newLow, final long newLowEpoch) {
        low = newLow;
        end = newLow;
        lowEpoch = newLowEpoch;
        bytes = 0;
    }
}
