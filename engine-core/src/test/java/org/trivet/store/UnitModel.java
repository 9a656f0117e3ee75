package org.trivet.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.StoredEntries.Stored;
import org.trivet.wire.sbe.EntryKind;

import java.util.Arrays;
import java.util.TreeMap;

/** What a store should hold, unit by unit, in the simplest way. */
public final class UnitModel {
    private static final int UNIT_LENGTH = StoredEntries.UNIT_LENGTH;

    private final TreeMap<String, TreeMap<Long, Unit>> strips = new TreeMap<>();

    private record Unit(long version, byte[] bytes) {}

    private TreeMap<Long, Unit> strip(final int group, final long dataId) {
        return strips.computeIfAbsent(
                group + "/" + Long.toUnsignedString(dataId), key -> new TreeMap<>());
    }

    public void apply(final Stored entry) {
        final TreeMap<Long, Unit> units = strip(entry.group(), entry.dataId());
        if (entry.kind() == EntryKind.TRIM) {
            units.subMap(entry.firstUnit(), entry.endUnit())
                    .values()
                    .removeIf(unit -> unit.version < entry.version());
        }
        for (int at = 0; at < entry.data().length; at += UNIT_LENGTH) {
            final byte[] bytes =
                    Arrays.copyOfRange(
                            entry.data(), at, Math.min(at + UNIT_LENGTH, entry.data().length));
            final Unit unit = new Unit(entry.version(), bytes);
            units.merge(
                    entry.firstUnit() + at / UNIT_LENGTH,
                    unit,
                    (a, b) -> a.version < b.version ? b : a);
        }
    }

    public void remove(
            final int group,
            final long dataId,
            final long from,
            final long to,
            final long maxVersion) {
        strip(group, dataId).subMap(from, to).values().removeIf(unit -> unit.version <= maxVersion);
    }

    /** Compares a range of a strip: what is found, its versions, bytes and checksums. */
    public void assertHolds(
            final BlockStore store,
            final int group,
            final long dataId,
            final long from,
            final long to) {
        final ExtentList extents = new ExtentList();
        store.find(group, dataId, from, to, extents);
        final TreeMap<Long, Unit> expected = new TreeMap<>(strip(group, dataId).subMap(from, to));
        long reached = from;
        for (int i = 0; i < extents.size(); i++) {
            final Extent extent = extents.get(i);
            assertTrue(
                    extent.firstUnit >= reached && extent.endUnit <= to,
                    "extents are clipped and in order");
            reached = extent.endUnit;
            final UnsafeBuffer data = new UnsafeBuffer(new byte[extent.dataLength]);
            assertTrue(store.readData(extent, data, 0), "data of " + extent.position);
            final UnsafeBuffer sums =
                    new UnsafeBuffer(new byte[extent.unitCount() * StoredEntries.TYPE.length()]);
            assertTrue(store.readChecksums(extent, sums, 0), "checksums of " + extent.position);
            final UnsafeBuffer both =
                    new UnsafeBuffer(new byte[sums.capacity() + extent.dataLength]);
            assertTrue(
                    store.read(extent, both, extent.dataLength, 0), "both of " + extent.position);
            assertEquals(0, new UnsafeBuffer(both, 0, extent.dataLength).compareTo(data));
            assertEquals(
                    0, new UnsafeBuffer(both, extent.dataLength, sums.capacity()).compareTo(sums));
            assertEquals(
                    -1,
                    StoredEntries.TYPE
                            .newChecksum()
                            .verify(
                                    dataId,
                                    group,
                                    extent.firstUnit,
                                    UNIT_LENGTH,
                                    data,
                                    0,
                                    extent.dataLength,
                                    sums,
                                    0));
            int at = 0;
            for (long unit = extent.firstUnit; unit < extent.endUnit; unit++) {
                final Unit wanted = expected.remove(unit);
                assertTrue(wanted != null, "unit " + unit + " should not be there");
                assertEquals(wanted.version, extent.version, "version of unit " + unit);
                final byte[] found = new byte[wanted.bytes.length];
                data.getBytes(at, found);
                assertArrayEquals(wanted.bytes, found);
                at += found.length;
            }
            assertEquals(extent.dataLength, at);
        }
        assertTrue(
                expected.isEmpty(), () -> "missing units of " + dataId + ": " + expected.keySet());
    }
}
