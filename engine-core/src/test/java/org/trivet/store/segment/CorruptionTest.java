package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.StoredEntries;
import org.trivet.store.StoredEntries.Stored;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class CorruptionTest {
    private static final int GROUP = 2;
    private static final long DATA_ID = 7;

    private final StoredEntries entries = new StoredEntries();
    private final Random random = new Random(1);
    private final MemoryFileLayer layer = new MemoryFileLayer(64 << 20);
    private final SegmentBlockStoreTest.MemoryIndex index = new SegmentBlockStoreTest.MemoryIndex();
    private SegmentBlockStore store = open();

    private SegmentBlockStore open() {
        return SegmentBlockStore.open(
                layer, index, SegmentBlockStoreTest.config(0, Durability.PROCESS), () -> 1);
    }

    /** The writer writes the last page again with what is appended to it. */
    @Test
    void damageInTheLastPageStaysThoughTheJournalGrows() {
        store.recover(new StoredEntries.Collected());
        final Stored first = append(1, 0);
        assertTrue(
                new Corruption(store, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE.length())
                        .flipData(GROUP, DATA_ID, 0));
        append(2, 10);
        final ExtentList extents = new ExtentList();
        store.find(GROUP, DATA_ID, 0, 1, extents);
        final byte[] read = new byte[first.data().length];
        assertTrue(store.readData(extents.get(0), new UnsafeBuffer(read), 0));
        assertEquals(first.data()[0] ^ 1, read[0]);
    }

    @Test
    void entriesWithDamagedUnitsAreToldAsSuchWhenTheStoreIsOpenedAgain() {
        store.recover(new StoredEntries.Collected());
        final List<Stored> appended = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            appended.add(append(i + 1, i));
        }
        final Corruption corruption =
                new Corruption(store, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE.length());
        assertTrue(corruption.flipData(GROUP, DATA_ID, 1));
        assertTrue(corruption.flipChecksum(GROUP, DATA_ID, 2));
        assertTrue(corruption.flipData(GROUP, DATA_ID, 4));
        store = open(); // the process has died
        final StoredEntries.Collected collected = new StoredEntries.Collected();
        store.recover(collected);
        assertEquals(
                List.of(
                        appended.get(1).position(),
                        appended.get(2).position(),
                        appended.get(4).position()),
                collected.damagedEntries);
        assertEquals(
                List.of(
                        appended.get(0).position(),
                        appended.get(3).position(),
                        appended.get(5).position()),
                collected.entries.stream().map(Stored::position).toList());
        assertEquals(List.of(), collected.damaged);
    }

    @Test
    void aRecordIsNotWholeWithAnyBitOfItsDescriptionFlippedThoughItHasBeenReadBefore() {
        store.recover(new StoredEntries.Collected());
        final int units = 40; // so long that it is remembered whose record it is
        final byte[] data = StoredEntries.bytes(random, units * StoredEntries.UNIT_LENGTH);
        final Stored entry = entries.write(store, GROUP, 1, DATA_ID, 0, data);
        store.requestSync(store.endPosition());
        store.doWork(1);
        entry.applyTo(store);
        final ExtentList extents = new ExtentList();
        store.find(GROUP, DATA_ID, 0, units, extents);
        final Extent extent = extents.get(0);
        final UnsafeBuffer read = new UnsafeBuffer(ByteBuffer.allocateDirect(2 << 20));
        assertTrue(store.readData(extent, read, 0));
        assertTrue(store.isWhole(extent, read));

        final int begin = Positions.offset(extent.position);
        final int toData = RecordHeader.LENGTH + store.records().dataOffset(extent);
        final int toChecksums = RecordHeader.LENGTH + store.records().checksumsOffset(extent);
        final int behindChecksums = toChecksums + units * StoredEntries.TYPE.length();
        assertEquals(toData, behindChecksums + Integer.BYTES);
        for (int at = 0; at < toData; at++) {
            if (at < toChecksums || at >= behindChecksums) {
                flip(extent, begin + at);
                assertFalse(store.isWhole(extent, read), "byte " + at);
                flip(extent, begin + at);
            }
        }
        assertTrue(store.isWhole(extent, read));
    }

    private void flip(final Extent extent, final int at) {
        layer.flipBit(Segment.name(Positions.segment(extent.position)), at);
    }

    private Stored append(final long version, final long unit) {
        final byte[] data = StoredEntries.bytes(random, StoredEntries.UNIT_LENGTH);
        final Stored entry = entries.write(store, GROUP, version, DATA_ID, unit, data);
        store.requestSync(store.endPosition());
        store.doWork(1);
        entry.applyTo(store);
        return entry;
    }
}
