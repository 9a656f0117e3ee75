package org.trivet.sim;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.block.Placement;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A file that clients only append records to, and what they found in it. It must be one list of
 * whole records that only grows: each acknowledged one in it once, those of which nobody was told
 * at most once, and none of them before one that was acknowledged when it began. For one thread, or
 * under a lock.
 */
public final class AppendHistory {
    private record Read(long ended, int count) {}

    private record Append(int client, long value, long invoked, long[] ended) {}

    private final int recordLength;
    private final List<Append> appends = new ArrayList<>();
    private final Map<Long, Append> byValue = new HashMap<>();
    private final List<Read> reads = new ArrayList<>();

    /** All that was ever found in it. */
    private final List<Long> records = new ArrayList<>();

    private String violation;

    /**
     * The history of a file that is empty.
     *
     * @param recordLength bytes of a record, 8 or more.
     */
    public AppendHistory(final int recordLength) {
        this.recordLength = recordLength;
    }

    int recordLength() {
        return recordLength;
    }

    /**
     * How many records were appended, or may have been.
     *
     * @return the count.
     */
    public int size() {
        return appends.size();
    }

    /**
     * A record is about to be appended.
     *
     * @param client number of the client, for people.
     * @param value of the record, unlike any other.
     * @param stamp when; stamps grow.
     * @return its bytes.
     */
    public UnsafeBuffer begin(final int client, final long value, final long stamp) {
        final Append append = new Append(client, value, stamp, new long[] {Linearization.NEVER});
        appends.add(append);
        byValue.put(value, append);
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[recordLength]);
        for (int i = 0; i < recordLength; i++) {
            bytes.putByte(i, byteOf(value, i));
        }
        return bytes;
    }

    /**
     * A record has been appended, and its client knows.
     *
     * @param value of the record.
     * @param stamp when.
     */
    public void done(final long value, final long stamp) {
        byValue.get(value).ended[0] = stamp;
    }

    private static byte byteOf(final long value, final int i) {
        return i < Long.BYTES
                ? (byte) (value >>> 8 * i)
                : (byte) (Placement.mix64(value << 20 ^ i >> 3) >>> 8 * (i & 7));
    }

    /**
     * A client has read the file from the beginning to the end.
     *
     * @param client number of the client, for people.
     * @param bytes what it read.
     * @param length how many bytes.
     * @param invoked when it began to.
     * @param stamp when it had.
     */
    public void read(
            final int client,
            final UnsafeBuffer bytes,
            final int length,
            final long invoked,
            final long stamp) {
        if (length % recordLength != 0) {
            violated("client %d has read %d bytes".formatted(client, length));
            return;
        }
        final int count = length / recordLength;
        final Set<Long> present = new HashSet<>();
        for (int i = 0; i < count; i++) {
            final long value = bytes.getLong(i * recordLength);
            if (!isWhole(bytes, i * recordLength, value) || !byValue.containsKey(value)) {
                violated("client %d has read record %d, which is none".formatted(client, i));
                return;
            }
            if (!present.add(value)) {
                violated("client %d has read %d twice".formatted(client, value));
            }
            if (i < records.size() && records.get(i) != value) {
                violated(
                        "client %d has read %d as record %d, another one %d"
                                .formatted(client, value, i, records.get(i)));
            }
            if (i >= records.size()) {
                records.add(value);
            }
        }
        for (final Read earlier : reads) {
            if (earlier.ended < invoked && earlier.count > count) {
                violated("client %d has read fewer than an earlier read".formatted(client));
            }
        }
        reads.add(new Read(stamp, count));
        for (final Append each : appends) {
            if (each.ended[0] < invoked && !present.contains(each.value)) {
                violated("client %d has missed %s".formatted(client, describe(each)));
            }
        }
    }

    private boolean isWhole(final UnsafeBuffer bytes, final int at, final long value) {
        for (int i = Long.BYTES; i < recordLength; i++) {
            if (bytes.getByte(at + i) != byteOf(value, i)) {
                return false;
            }
        }
        return true;
    }

    private void violated(final String what) {
        if (violation == null) {
            violation = what;
        }
    }

    /**
     * Whether all reads were of one file to which all appends were made, each once.
     *
     * @return null if all is well, otherwise what is not, with all appends.
     */
    public String findViolation() {
        for (int i = records.size() - 1; i >= 0 && violation == null; i--) {
            final Append append = byValue.get(records.get(i));
            if (endOfLater(i) < append.invoked) {
                violated("%s lies before an earlier one".formatted(describe(append)));
            }
        }
        if (violation == null) {
            return null;
        }
        final StringBuilder text = new StringBuilder("the log: ").append(violation);
        appends.forEach(each -> text.append("%n    ".formatted()).append(describe(each)));
        return text.append("%n    found: ".formatted()).append(records).toString();
    }

    /** When the first of the records behind a place had been acknowledged. */
    private long endOfLater(final int place) {
        long first = Linearization.NEVER;
        for (int i = place + 1; i < records.size(); i++) {
            first = Math.min(first, byValue.get(records.get(i)).ended[0]);
        }
        return first;
    }

    private static String describe(final Append append) {
        return "the append of %d by client %d, %d to %s"
                .formatted(
                        append.value,
                        append.client,
                        append.invoked,
                        append.ended[0] == Linearization.NEVER ? "?" : append.ended[0]);
    }
}
