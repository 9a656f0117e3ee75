package org.trivet.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.store.StoredEntries.Collected;
import org.trivet.store.StoredEntries.Stored;
import org.trivet.wire.sbe.EntryKind;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** What every block store must do. Units are of {@link StoredEntries#UNIT_LENGTH}. */
public abstract class BlockStoreContract {
    private static final byte[] NOTHING = {};
    private static final long LONGEST_SYNC_NS = 30_000_000_000L;

    protected final StoredEntries entries = new StoredEntries();
    protected BlockStore store;
    private long nowNs;

    /** A new, empty store with room for 8 MiB at least. */
    protected abstract BlockStore create();

    /** The store as found after its process died without closing it. */
    protected abstract BlockStore reopenAfterCrash(BlockStore crashed);

    /** Closes a store. */
    protected void shutDown(final BlockStore open) {
        open.close();
    }

    static LongStream seeds() {
        return LongStream.range(1, 13);
    }

    @BeforeEach
    void open() {
        store = create();
        final Collected nothing = new Collected();
        store.recover(nothing);
        assertTrue(store.created());
        assertTrue(
                nothing.entries.isEmpty() && nothing.states.isEmpty() && nothing.damaged.isEmpty());
    }

    @AfterEach
    void close() {
        shutDown(store);
    }

    protected final void settle() {
        final long end = store.endPosition();
        store.requestSync(end);
        final long beganNs = System.nanoTime();
        while (store.syncedPosition() < end) {
            nowNs += 200_000_000L;
            store.doWork(nowNs);
            assertNull(store.failure());
            assertTrue(System.nanoTime() - beganNs < LONGEST_SYNC_NS, "does not get synced");
            Thread.yield();
        }
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void holdsWhatTheModelHoldsWhateverTheOrder(final long seed) {
        final Random random = new Random(seed);
        final UnitModel model = new UnitModel();
        final List<Stored> all = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            final int group = random.nextInt(2) * 65535;
            final long dataId = random.nextInt(3) - 1;
            final long first = random.nextInt(40);
            final long version = 1 + random.nextInt(200);
            switch (random.nextInt(10)) {
                case 0, 1 -> {
                    final long end =
                            random.nextBoolean() ? first + 1 + random.nextInt(20) : Long.MAX_VALUE;
                    final byte[] data =
                            random.nextBoolean()
                                    ? NOTHING
                                    : StoredEntries.bytes(random, 1 + random.nextInt(64));
                    all.add(
                            entries.append(
                                    store,
                                    EntryKind.TRIM,
                                    group,
                                    version,
                                    dataId,
                                    first,
                                    end,
                                    version,
                                    data));
                }
                case 2 -> {
                    final long end = random.nextInt(50);
                    store.removeRows(group, dataId, first, dataId, end, version);
                    if (first < end) {
                        model.remove(group, dataId, first, end, version);
                    }
                    continue;
                }
                default -> {
                    final byte[] data = StoredEntries.bytes(random, 1 + random.nextInt(16 * 64));
                    all.add(entries.write(store, group, version, dataId, first, data));
                }
            }
            settle();
            final Stored last = all.get(all.size() - 1);
            last.applyTo(store);
            model.apply(last);
            model.assertHolds(store, group, dataId, random.nextInt(30), 30 + random.nextInt(30));
            assertCountsItsUnits(group);
        }
        for (final int group : new int[] {0, 65535}) {
            for (long dataId = -1; dataId <= 1; dataId++) {
                model.assertHolds(store, group, dataId, 0, 1000);
            }
        }
        store.checkpoint(all.getFirst().position());
        store = crash(new Collected());
        assertCountsItsUnits(0);
        assertCountsItsUnits(65535);
    }

    private void assertCountsItsUnits(final int group) {
        final ExtentList extents = new ExtentList();
        store.scan(group, 0, 0, 10_000, extents);
        long units = 0;
        for (int i = 0; i < extents.size(); i++) {
            units += extents.get(i).endUnit - extents.get(i).firstUnit;
        }
        assertEquals(units, store.unitCount(group));
    }

    @Test
    void applyingAgainOrOlderChangesNothing() {
        final Random random = new Random(1);
        final UnitModel model = new UnitModel();
        final Stored old = entries.write(store, 0, 5, 1, 10, StoredEntries.bytes(random, 640));
        final Stored young = entries.write(store, 0, 6, 1, 12, StoredEntries.bytes(random, 130));
        settle();
        young.applyTo(store);
        model.apply(young);
        for (int i = 0; i < 3; i++) {
            old.applyTo(store);
            model.apply(old);
            model.assertHolds(store, 0, 1, 0, 100);
        }
    }

    @Test
    void scansAcrossStripsInUnsignedOrderAndInPages() {
        final Random random = new Random(2);
        for (final long dataId : new long[] {3, -1, 1}) {
            for (int unit = 0; unit < 30; unit += 3) {
                entries.write(store, 7, 1, dataId, unit, StoredEntries.bytes(random, 128));
            }
        }
        settle();
        final Collected collected = new Collected();
        store = crash(collected);
        collected.entries.forEach(each -> each.applyTo(store));
        final ExtentList page = new ExtentList();
        final List<Long> found = new ArrayList<>();
        long dataId = 0;
        long unit = 0;
        do {
            store.scan(7, dataId, unit, 7, page);
            for (int i = 0; i < page.size(); i++) {
                found.add(page.get(i).dataId);
                dataId = page.get(i).dataId;
                unit = page.get(i).endUnit;
            }
        } while (page.size() == 7);
        assertEquals(30, found.size());
        assertEquals(List.of(1L, 3L, -1L), found.stream().distinct().toList());
        store.scan(7, 3, 1, 1, page);
        assertEquals(1, page.get(0).firstUnit, "an extent that covers the beginning is clipped");
        assertEquals(1, page.get(0).unitInRecord);
        assertEquals(64, page.get(0).dataLength);
        store.scan(6, 0, 0, 100, page);
        assertEquals(0, page.size());
    }

    @Test
    void removesRangesOfKeysAcrossStrips() {
        final Random random = new Random(3);
        final UnitModel model = new UnitModel();
        for (long dataId = 1; dataId <= 4; dataId++) {
            final Stored entry =
                    entries.write(store, 0, dataId, dataId, 0, StoredEntries.bytes(random, 640));
            settle();
            entry.applyTo(store);
            model.apply(entry);
        }
        store.removeRows(0, 1, 5, 4, 3, 3);
        model.remove(0, 1, 5, 100, 3);
        model.remove(0, 2, 0, 100, 3);
        model.remove(0, 3, 0, 100, 3);
        model.remove(0, 4, 0, 3, 3);
        for (long dataId = 1; dataId <= 4; dataId++) {
            model.assertHolds(store, 0, dataId, 0, 100);
        }
        store.removeRows(0, 0, 0, -1, Long.MAX_VALUE, 4);
        final ExtentList extents = new ExtentList();
        store.scan(0, 0, 0, 10, extents);
        assertEquals(0, extents.size());
    }

    @Test
    void keepsTheHighestCut() {
        store.setCut(1, 9, 4);
        store.setCut(1, 9, 3);
        store.setCut(1, -9, 1);
        store.setCut(2, 9, 8);
        assertEquals(4, store.cut(1, 9));
        assertEquals(0, store.cut(1, 8));
        final List<String> seen = new ArrayList<>();
        store.scanCuts(1, 0, 10, (dataId, cut) -> seen.add(dataId + ":" + cut));
        assertEquals(List.of("9:4", "-9:1"), seen);
        seen.clear();
        store.scanCuts(1, 0, 1, (dataId, cut) -> seen.add(dataId + ":" + cut));
        assertEquals(List.of("9:4"), seen);
        store.checkpoint(store.endPosition());
        store = crash(new Collected());
        assertEquals(4, store.cut(1, 9));
    }

    @Test
    void readsRecordsBackAtOnce() {
        final byte[] data = StoredEntries.bytes(new Random(4), 1000);
        final long before = store.endPosition();
        final Stored entry = entries.write(store, 3, 9, 77, 5, data);
        assertTrue(entry.position() >= before && entry.position() > 0);
        assertTrue(store.endPosition() > entry.position());
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[2000]);
        final int length = store.readRecord(entry.position(), buffer, 8, 1900);
        final EntryView view = new EntryView();
        assertTrue(view.wrap(buffer, 8, length));
        assertTrue(StoredEntries.of(view, entry.position()).sameAs(entry));
        assertEquals(-1, store.readRecord(entry.position(), buffer, 0, length - 1));
        assertEquals(-1, store.readRecord(store.endPosition(), buffer, 0, 2000));
        settle();
        assertEquals(length, store.readRecord(entry.position(), buffer, 0, 2000));
    }

    /** With room in front of the bytes for the record's beginning, almost, or none. */
    @Test
    void readingLeavesAllElseOfTheBufferAsItWas() {
        final Random random = new Random(1);
        final int units = 640;
        final byte[] data = StoredEntries.bytes(random, units * StoredEntries.UNIT_LENGTH - 3);
        final Stored entry = entries.write(store, 0, 1, 7, 0, data);
        settle();
        entry.applyTo(store);
        final ExtentList extents = new ExtentList();
        for (final int[] range : new int[][] {{0, units}, {0, 400}, {300, units}, {1, 600}}) {
            store.find(0, 7, range[0], range[1], extents);
            assertEquals(1, extents.size());
            final Extent extent = extents.get(0);
            final int sumsLength = extent.unitCount() * StoredEntries.TYPE.length();
            final byte[] sums = new byte[sumsLength];
            assertTrue(store.readChecksums(extent, new UnsafeBuffer(sums), 0));
            for (int room = 0; room <= 2 * BlockStore.FRONT_LENGTH; room++) {
                final int dataAt = sumsLength + room;
                final byte[] before = StoredEntries.bytes(random, dataAt + data.length + 9);
                final ByteBuffer memory = ByteBuffer.allocateDirect(before.length);
                final UnsafeBuffer buffer = new UnsafeBuffer(memory);
                buffer.putBytes(0, before);
                final int sumsAt = random.nextInt(room + 1);
                assertTrue(store.read(extent, buffer, sumsAt, dataAt));
                System.arraycopy(sums, 0, before, sumsAt, sumsLength);
                final int from = range[0] * StoredEntries.UNIT_LENGTH;
                System.arraycopy(data, from, before, dataAt, extent.dataLength);
                assertEquals(0, buffer.compareTo(new UnsafeBuffer(before)), "room " + room);
            }
        }
    }

    @Test
    void tellsWhatFollowsTheCheckpointAfterACrash() {
        final Random random = new Random(5);
        final Stored first = entries.write(store, 0, 1, 1, 0, StoredEntries.bytes(random, 300));
        final Stored second = entries.write(store, 0, 2, 1, 2, StoredEntries.bytes(random, 300));
        settle();
        first.applyTo(store);
        saveState(0, "one");
        saveState(1, "other");
        store.checkpoint(second.position());
        second.applyTo(store);
        saveState(0, "two");
        final Stored third =
                entries.append(
                        store,
                        EntryKind.TRIM,
                        0,
                        3,
                        1,
                        1,
                        Long.MAX_VALUE,
                        5,
                        StoredEntries.bytes(random, 10));
        settle();
        final Collected collected = new Collected();
        final long storageId = store.storageId();
        store = crash(collected);
        assertEquals(storageId, store.storageId());
        assertEquals(2, collected.checkpointStates);
        assertEquals("two", collected.states.get(0));
        assertEquals("other", collected.states.get(1));
        assertEquals(2, collected.entries.size());
        assertTrue(collected.entries.get(0).sameAs(second));
        assertTrue(collected.entries.get(1).sameAs(third));
        final UnitModel model = new UnitModel();
        model.apply(first);
        model.assertHolds(store, 0, 1, 0, 100);
        collected.entries.forEach(each -> each.applyTo(store));
        model.apply(second);
        model.apply(third);
        model.assertHolds(store, 0, 1, 0, 100);
        assertEquals(5, store.cut(0, 1));
    }

    @Test
    void aCrashKeepsNoMoreOfTheIndexThanTheCheckpoint() {
        final Stored entry =
                entries.write(store, 0, 1, 1, 0, StoredEntries.bytes(new Random(6), 64));
        settle();
        store.checkpoint(entry.position());
        entry.applyTo(store);
        store.setCut(0, 1, 1);
        store = crash(new Collected());
        new UnitModel().assertHolds(store, 0, 1, 0, 10);
        assertEquals(0, store.cut(0, 1));
    }

    @Test
    void claimedBytesStayReadableUntilTheNextClaim() {
        final Claim claim = new Claim();
        final byte[] data = StoredEntries.bytes(new Random(7), 64);
        final Stored entry = entries.write(store, 0, 1, 1, 0, data);
        assertTrue(store.claim(200, claim));
        entries.write(store, 0, 2, 1, 0, data);
        assertFalse(store.freeBytes() == 0);
        settle();
        final byte[] again = new byte[64];
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[400]);
        final int length = store.readRecord(entry.position(), buffer, 0, 400);
        buffer.getBytes(length - 64, again);
        assertArrayEquals(data, again);
    }

    private void saveState(final int group, final String state) {
        final byte[] bytes = state.getBytes(StandardCharsets.US_ASCII);
        store.saveState(group, new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private BlockStore crash(final Collected collected) {
        final BlockStore next = reopenAfterCrash(store);
        next.recover(collected);
        assertFalse(next.created());
        return next;
    }
}
