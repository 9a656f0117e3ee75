package org.trivet.replica;

/**
 * The log of a group, as one member holds it: entries {@code low()+1} to {@code end()}, dense,
 * never cut. All up to {@code low()} are in the index, and synced by every member.
 */
final class ReplicaLog {
    private final LogEntry[] ring;
    private long low;
    private long lowEpoch;
    private long end;
    private long bytes;

    ReplicaLog(final int capacity) {
        ring = new LogEntry[capacity];
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

    boolean isFull() {
        return end - low >= ring.length;
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
        assert !isFull();
        end++;
        bytes += length;
        final int index = (int) (end & ring.length - 1);
        if (ring[index] == null) {
            ring[index] = new LogEntry(); // once: few logs ever get as long as they may
        }
        return ring[index];
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
