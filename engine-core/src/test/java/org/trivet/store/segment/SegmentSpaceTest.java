package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.ExtentList;
import org.trivet.store.FileLayer;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.StoredEntries;
import org.trivet.store.StoredEntries.Collected;
import org.trivet.store.StoredEntries.Stored;
import org.trivet.store.UnitModel;
import org.trivet.wire.sbe.EntryKind;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** A store that is filled to the brim, emptied in part, and filled again. */
class SegmentSpaceTest {
    private static final int UNITS = 64;
    private static final byte[] NOTHING = {};

    private final SegmentBlockStoreTest.MemoryIndex index = new SegmentBlockStoreTest.MemoryIndex();
    private final StoredEntries entries = new StoredEntries();
    private final UnitModel model = new UnitModel();
    private final Random random = new Random(7);
    private SegmentBlockStore store;
    private long nowNs;
    private long version;
    private long slots;

    @ParameterizedTest(name = "bounded by the file system: {0}")
    @ValueSource(booleans = {false, true})
    void deletionsAlwaysMakeRoomAgain(final boolean byFileSystem) {
        final MemoryFileLayer layer = new MemoryFileLayer(byFileSystem ? 9 << 20 : 64 << 20);
        open(layer, byFileSystem ? 0 : 8 << 20);
        store.recover(new Collected());
        final List<Long> held = new ArrayList<>();
        for (int round = 0; round < 8; round++) {
            fill(held);
            assertTrue(held.size() > 400, "holds " + held.size() + " in round " + round);
            final byte[] state = new byte[1000];
            for (int i = 0; i < 30; i++) { // states are taken though the store is full
                store.saveState(3, new UnsafeBuffer(state), 0, state.length);
                turn();
            }
            Collections.shuffle(held, random);
            final int kept = held.size() / 3;
            while (held.size() > kept) {
                trim(held.removeLast());
            }
            for (int i = 0; i < 500; i++) {
                turn();
            }
            assertTrue(
                    store.freeBytes() > 200_000,
                    "free: " + store.freeBytes() + " in round " + round);
        }
        assertTrue(store.statistics().movedBytes() > 0, "the cleaner has worked");
        compare();
        store.close();
        open(layer, byFileSystem ? 0 : 8 << 20);
        final Collected collected = new Collected();
        store.recover(collected);
        assertTrue(collected.damaged.isEmpty() && collected.torn.isEmpty());
        compare();
    }

    /** The reserve is made when space gets scarce: others may have been faster. */
    @Test
    void deletionsMakeRoomThoughOthersHaveTakenTheReserve() {
        final MemoryFileLayer layer = new MemoryFileLayer(32 << 20);
        open(layer, 0);
        store.recover(new Collected());
        final List<Long> held = new ArrayList<>();
        while (store.statistics().segmentBytes() < 12 << 20) { // many more could be made
            hold(held, write());
        }
        try (FileLayer.OpenFile others = layer.open("others", true)) {
            others.preallocate(layer.usableSpace());
        }
        fill(held);
        store.close();
        open(layer, 0);
        store.recover(new Collected());
        Collections.shuffle(held, random);
        while (held.size() > 20) {
            trim(held.removeLast());
        }
        for (int i = 0; i < 500; i++) {
            turn();
        }
        assertTrue(store.freeBytes() > 200_000, "free: " + store.freeBytes());
        compare();
    }

    private Stored write() {
        return entries.write(
                store, 0, ++version, 0, slots * UNITS, StoredEntries.bytes(random, 64 * UNITS * 3));
    }

    private void hold(final List<Long> held, final Stored entry) {
        apply(entry);
        for (int i = 0; i < 3; i++) {
            held.add(slots++);
        }
        if (slots % 5 == 0) {
            turn();
        }
    }

    @Test
    void muchThatWasAppendedAsksForACheckpointThoughThereIsSpace() {
        open(new MemoryFileLayer(256 << 20), 0);
        store.recover(new Collected());
        store.checkpoint(store.endPosition());
        final int segment = 1 << 20; // as SegmentBlockStoreTest.config says
        for (int round = 0; round < 3; round++) {
            final long begin = store.statistics().writtenBytes();
            while (!store.needsCheckpoint()) {
                assertTrue(store.statistics().writtenBytes() - begin < 6L * segment, "never asks");
                apply(write());
                slots += 3;
            }
            assertTrue(store.statistics().writtenBytes() - begin > 3L * segment, "asks early");
            store.checkpoint(store.endPosition());
            assertFalse(store.needsCheckpoint());
        }
    }

    /** What is not in a commit of the index cannot be cleaned. */
    @Test
    void aNewStoreThatFillsUpAsksForItsFirstCheckpointBeforeItRefuses() {
        open(new MemoryFileLayer(64 << 20), 16 << 20);
        store.recover(new Collected());
        fillUntilACheckpointIsAskedFor();
    }

    /** It counts as alive, and once more as what is in no commit yet. */
    @Test
    void aCheckpointIsAskedForBeforeWhatIsUncommittedTakesTheRoomThatIsLeft() {
        open(new MemoryFileLayer(64 << 20), 32 << 20);
        store.recover(new Collected());
        while (store.statistics().liveBytes() < 25 << 20) {
            fillUntilACheckpointIsAskedFor();
            store.checkpoint(store.endPosition());
        }
    }

    private void fillUntilACheckpointIsAskedFor() {
        while (!store.needsCheckpoint()) {
            final Stored entry = write();
            assertNotNull(entry, () -> "refused: " + store.statistics());
            slots += 3;
            apply(entry);
        }
    }

    @Test
    void overwritingTheSameUnitsForEverTakesNoMoreSpace() {
        open(new MemoryFileLayer(64 << 20), 0);
        store.recover(new Collected());
        for (int i = 0; i < 5000; i++) {
            apply(
                    entries.write(
                            store,
                            0,
                            ++version,
                            0,
                            random.nextInt(20) * UNITS,
                            StoredEntries.bytes(random, 4096)));
            if (i % 10 == 0) {
                turn();
            }
        }
        assertTrue(
                store.statistics().segmentBytes() <= 8 << 20, () -> store.statistics().toString());
        compare();
    }

    @ParameterizedTest(name = "bounded: {0}")
    @ValueSource(booleans = {false, true})
    void whatIsDeadIsGivenBackOnceNobodyHasWrittenForLong(final boolean bounded) {
        open(new MemoryFileLayer(128 << 20), bounded ? 64 << 20 : 0);
        store.recover(new Collected());
        while (slots < 11_700) {
            hold(new ArrayList<>(), write());
        }
        for (int i = 0; i < 8000; i++) {
            final long slot = random.nextInt((int) slots);
            final byte[] bytes = StoredEntries.bytes(random, 64 * UNITS);
            Stored entry;
            while ((entry = entries.write(store, 0, ++version, 0, slot * UNITS, bytes)) == null) {
                turn();
            }
            apply(entry);
            if (i % 10 == 0) {
                turn();
            }
        }
        final long before = store.statistics().movedBytes();
        for (int i = 0; i < 90; i++) { // for nine seconds nothing is moved for little
            turn();
        }
        final long live = store.statistics().liveBytes();
        assertTrue(
                store.statistics().segmentBytes() > live / 100 * 120,
                () -> store.statistics().toString());
        assertTrue(store.statistics().movedBytes() - before <= 12 << 20, "little is moved");
        for (int i = 0; i < 2000; i++) {
            turn();
        }
        assertTrue(
                store.statistics().segmentBytes() <= live / 100 * 115,
                () -> store.statistics().toString());
        final long moved = store.statistics().movedBytes();
        for (int i = 0; i < 200; i++) {
            turn();
        }
        assertEquals(moved, store.statistics().movedBytes(), "it comes to an end");
        compare();
    }

    @Test
    void aDamagedRecordThatIsDeadDoesNotKeepItsSegment() {
        final MemoryFileLayer layer = new MemoryFileLayer(64 << 20);
        open(layer, 0);
        store.recover(new Collected());
        final List<Stored> dead = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            final boolean stays = i % 200 == 0;
            final Stored entry =
                    entries.write(
                            store,
                            0,
                            ++version,
                            0,
                            stays ? slots++ * UNITS : (1000 + i % 20) * UNITS,
                            StoredEntries.bytes(random, 4096));
            apply(entry);
            if (!stays && i < 200) {
                dead.add(entry);
            }
        }
        for (final Stored entry : dead) {
            layer.flipBit(
                    Segment.name(Positions.segment(entry.position())),
                    Positions.offset(entry.position()) + RecordHeader.LENGTH + 100);
        }
        for (int i = 0; i < 1000; i++) {
            turn();
        }
        assertTrue(
                store.statistics().segmentBytes() <= 7 << 20, () -> store.statistics().toString());
        model.assertHolds(store, 0, 0, 0, slots * UNITS);
    }

    @Test
    void trimsThatKillNothingAnyMoreAreForgotten() {
        open(new MemoryFileLayer(64 << 20), 0);
        store.recover(new Collected());
        for (int i = 0; i < 20_000; i++) {
            final Stored written =
                    entries.write(store, 0, ++version, i, 0, StoredEntries.bytes(random, 2000));
            apply(written);
            apply(
                    entries.append(
                            store, EntryKind.TRIM, 0, ++version, i, 0, Long.MAX_VALUE, 0, NOTHING));
            if (i % 10 == 0) {
                turn();
            }
        }
        assertTrue(
                store.statistics().segmentBytes() <= 10 << 20, () -> store.statistics().toString());
        assertTrue(store.statistics().rowCount() < 15_000, () -> store.statistics().toString());
    }

    private void open(final MemoryFileLayer layer, final long capacityBytes) {
        store =
                SegmentBlockStore.open(
                        layer,
                        index,
                        SegmentBlockStoreTest.config(capacityBytes, Durability.PROCESS),
                        () -> nowNs);
    }

    private void fill(final List<Long> held) {
        int refused = 0;
        while (refused < 50) {
            final long free = store.freeBytes();
            final Stored entry = write();
            if (entry == null) {
                assertFalse(free > 64 * UNITS * 4, "free: " + free);
                refused++;
                turn();
                continue;
            }
            hold(held, entry);
        }
    }

    private void trim(final long slot) {
        version++;
        Stored entry = null;
        for (int i = 0;
                entry == null;
                i++) { // where most is alive, trims must wait for the cleaner at times
            assertTrue(i < 200, "a full store takes trims");
            entry =
                    entries.append(
                            store,
                            EntryKind.TRIM,
                            0,
                            version,
                            0,
                            slot * UNITS,
                            (slot + 1) * UNITS,
                            0,
                            NOTHING);
            turn();
        }
        apply(entry);
    }

    private void apply(final Stored entry) {
        store.requestSync(store.endPosition());
        store.doWork(nowNs);
        assertNull(store.failure());
        assertTrue(entry.position() < store.syncedPosition());
        entry.applyTo(store);
        model.apply(entry);
    }

    private void turn() {
        nowNs += 100_000_000L;
        for (int i = 0; i < CleaningPace.QUIET_PART; i++) { // cycles follow each other in quiet
            store.doWork(nowNs);
        }
        assertNull(store.failure());
        store.checkpoint(store.endPosition());
    }

    private void compare() {
        model.assertHolds(store, 0, 0, 0, (slots + 20) * UNITS);
        final ExtentList extents = new ExtentList();
        store.scan(1, 0, 0, 1, extents);
        assertEquals(0, extents.size());
    }
}
