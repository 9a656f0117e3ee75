package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.block.Placement;
import org.trivet.store.KeyValueStore;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;

/**
 * What the rows of each bucket of a strip add up to, so that a row that is missing, or says
 * something else than what was put, is noticed: a hole and an unknown are different answers.
 *
 * <pre>
 *   key     |0x13| group | data id | bucket |             big-endian; a bucket is 4096 units
 *   value   | rows (8) | sum of the rows' fingerprints (8) |          little-endian
 * </pre>
 *
 * <p>Changes are kept in memory and written with the next commit of the index, one row for each
 * bucket changed since the last. A bucket is compared with its rows when it is first looked at, and
 * again when memory has had to forget about it. From then on memory has the sum of each of its
 * {@link #PART_UNITS} units, with which rows are compared that {@link KnownRows} has not: they are
 * read from a file that may go bad meanwhile.
 */
final class ExtentSeals {
    static final byte KIND = 0x13;
    static final int BUCKET_SHIFT = 12;
    static final int PART_UNITS = 8;

    private static final int KEY_LENGTH = 19;
    private static final int VALUE_LENGTH = 16;
    private static final int MAX_KEPT = 16 * 1024;
    private static final int PARTS = (1 << BUCKET_SHIFT) / PART_UNITS;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;

    /** Of one bucket. */
    static final class Seal {
        private int group;
        private long dataId;
        private long bucket;
        private boolean changed;
        long count;
        long sum;

        /** What rows that begin in each part add up to; null if that is not known. */
        private int[] parts;

        /** Whether the rows have been found to add up to this. */
        boolean isVerified() {
            return parts != null;
        }

        /** What the rows that begin in the part of a unit add up to, once it is verified. */
        int partSum(final long unit) {
            return parts[partOf(unit)];
        }

        /** The rows have been found to add up to this: they are noted part by part. */
        void beginParts() {
            if (parts == null) {
                parts = new int[PARTS];
            } else {
                Arrays.fill(parts, 0);
            }
        }

        void addToPart(final long unit, final long fingerprint) {
            if (parts != null) {
                parts[partOf(unit)] += (int) fingerprint;
            }
        }

        void forgetParts() {
            parts = null;
        }

        private static int partOf(final long unit) {
            return (int) (unit & (1 << BUCKET_SHIFT) - 1) / PART_UNITS;
        }

        @Override
        public int hashCode() {
            return (int) Placement.mix64(dataId * 31 + bucket * 7 + group);
        }

        @Override
        public boolean equals(final Object other) {
            return other instanceof final Seal seal
                    && seal.group == group
                    && seal.dataId == dataId
                    && seal.bucket == bucket;
        }
    }

    private final KeyValueStore store;
    private final HashMap<Seal, Seal> kept = new HashMap<>();
    private final ArrayList<Seal> changed = new ArrayList<>();
    private final Seal wanted = new Seal();

    /** The last one that was asked for, mostly asked for again; null if it may not be kept. */
    private Seal last;

    private final UnsafeBuffer key = new UnsafeBuffer(new byte[KEY_LENGTH]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);

    ExtentSeals(final KeyValueStore store) {
        this.store = store;
    }

    /** Whether a row has the lengths that those of this kind have. */
    static boolean isShaped(final DirectBuffer key, final DirectBuffer value) {
        return key.capacity() == KEY_LENGTH && value.capacity() == VALUE_LENGTH;
    }

    /** The bucket of a unit. */
    static long bucketOf(final long unit) {
        return unit >> BUCKET_SHIFT;
    }

    /** What tells a row from any other. */
    static long fingerprint(
            final long first,
            final long end,
            final long version,
            final long position,
            final int unitInRecord,
            final int recordDataLength) {
        long mixed = Placement.mix64(first);
        mixed = Placement.mix64(mixed ^ end);
        mixed = Placement.mix64(mixed ^ version);
        mixed = Placement.mix64(mixed ^ position);
        return Placement.mix64(mixed ^ ((long) unitInRecord << 32 | recordDataLength));
    }

    /** A row has been put. */
    void add(final int group, final long dataId, final long unit, final long fingerprint) {
        final Seal seal = change(group, dataId, bucketOf(unit));
        seal.count++;
        seal.sum += fingerprint;
        seal.addToPart(unit, fingerprint);
    }

    /** A row has been removed. */
    void remove(final int group, final long dataId, final long unit, final long fingerprint) {
        final Seal seal = change(group, dataId, bucketOf(unit));
        seal.count--;
        seal.sum -= fingerprint;
        seal.addToPart(unit, -fingerprint);
    }

    /** The seal of a bucket that is about to change. */
    Seal change(final int group, final long dataId, final long bucket) {
        if (changed.size() >= MAX_KEPT) {
            flush();
            forgetKept();
        }
        final Seal seal = get(group, dataId, bucket);
        if (!seal.changed) {
            seal.changed = true;
            changed.add(seal);
        }
        return seal;
    }

    /** The seal of a bucket; of an empty one, if nothing was ever put there. */
    Seal get(final int group, final long dataId, final long bucket) {
        if (last != null && last.bucket == bucket && last.dataId == dataId && last.group == group) {
            return last;
        }
        wanted.group = group;
        wanted.dataId = dataId;
        wanted.bucket = bucket;
        last = kept.get(wanted);
        if (last != null) {
            return last;
        }
        final Seal seal = new Seal();
        seal.group = group;
        seal.dataId = dataId;
        seal.bucket = bucket;
        encodeKey(seal);
        final DirectBuffer found = store.get(key, 0, KEY_LENGTH);
        if (found != null) {
            seal.count = found.getLong(0, LITTLE);
            seal.sum = found.getLong(8, LITTLE);
        }
        kept.put(seal, seal);
        last = seal;
        return seal;
    }

    /** Writes what has changed to the index; the next commit makes it durable. */
    void flush() {
        for (int i = 0; i < changed.size(); i++) {
            final Seal seal = changed.get(i);
            seal.changed = false;
            encodeKey(seal);
            if (seal.count == 0 && seal.sum == 0) {
                store.remove(key, 0, KEY_LENGTH);
            } else {
                value.putLong(0, seal.count, LITTLE);
                value.putLong(8, seal.sum, LITTLE);
                store.put(key, 0, KEY_LENGTH, value, 0, VALUE_LENGTH);
            }
        }
        changed.clear();
        if (kept.size() > MAX_KEPT) {
            forgetKept();
        }
    }

    /** Has every bucket verified again when it is next looked at. */
    void forget() {
        flush();
        forgetKept();
    }

    private void forgetKept() {
        kept.clear();
        last = null;
    }

    /** Lists the buckets with a seal in a range, as pairs of data id and bucket. */
    void list(
            final int group,
            final long fromDataId,
            final long fromBucket,
            final long toDataId,
            final long toUnit,
            final LongArrayList found) {
        flush();
        found.clear();
        wanted.group = group;
        wanted.dataId = fromDataId;
        wanted.bucket = fromBucket;
        encodeKey(wanted);
        store.forward(
                key,
                0,
                KEY_LENGTH,
                (each, its) -> {
                    if (each.capacity() != KEY_LENGTH
                            || each.getByte(0) != KIND
                            || (each.getShort(1, BIG) & 0xFFFF) != group) {
                        return false;
                    }
                    final long dataId = each.getLong(3, BIG);
                    final long bucket = each.getLong(11, BIG);
                    final int order = Long.compareUnsigned(dataId, toDataId);
                    if (order > 0 || order == 0 && bucket << BUCKET_SHIFT >= toUnit) {
                        return false;
                    }
                    found.addLong(dataId);
                    found.addLong(bucket);
                    return true;
                });
    }

    private void encodeKey(final Seal seal) {
        key.putByte(0, KIND);
        key.putShort(1, (short) seal.group, BIG);
        key.putLong(3, seal.dataId, BIG);
        key.putLong(11, seal.bucket, BIG);
    }
}
