package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.Claim;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.store.FileLayer;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.StoredEntries;
import org.trivet.store.StoredEntries.Collected;
import org.trivet.store.StoredEntries.Stored;
import org.trivet.store.UnitModel;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.nio.ByteBuffer;
import java.util.Random;

/** Damaged rows of the index are made again from the journal, which cleaning has been through. */
class RowRecoveryTest {
    private static final int STRIPS = 4;
    private static final int UNITS = 9000; // three buckets
    private static final byte[] NOTHING = {};

    private final SegmentBlockStoreTest.MemoryIndex index = new SegmentBlockStoreTest.MemoryIndex();
    private final MemoryFileLayer layer = new MemoryFileLayer(64 << 20);
    private final StoredEntries entries = new StoredEntries();
    private final UnitModel model = new UnitModel();
    private final Extent damaged = new Extent();
    private Random random = new Random(1);
    private SegmentBlockStore store;
    private long nowNs;
    private long version;

    @BeforeEach
    void open() {
        store =
                SegmentBlockStore.open(
                        layer,
                        index,
                        SegmentBlockStoreTest.config(0, Durability.PROCESS),
                        () -> nowNs);
        store.recover(new Collected());
    }

    private Stored apply(final Stored entry) {
        sync();
        entry.applyTo(store);
        model.apply(entry);
        return entry;
    }

    private void sync() {
        final long end = store.endPosition();
        store.requestSync(end);
        store.doWork(nowNs); // the cleaner may append more
        assertTrue(store.syncedPosition() >= end);
    }

    private void turn() {
        nowNs += 100_000_000L;
        store.doWork(nowNs);
        store.checkpoint(store.endPosition());
    }

    private Stored write(final long dataId, final long unit, final int bytes) {
        return apply(
                entries.write(
                        store, 0, ++version, dataId, unit, StoredEntries.bytes(random, bytes)));
    }

    private void trim(final long dataId, final long from, final long to) {
        apply(entries.append(store, EntryKind.TRIM, 0, ++version, dataId, from, to, 0, NOTHING));
    }

    /** Puts a range of a strip in the place of what is there: one row, as of now, or none. */
    private void pull(final long dataId, final long from, final long to, final boolean install) {
        final long position = clear(dataId, from, to);
        final Stored row =
                random.nextBoolean()
                        ? entries.append(
                                store,
                                EntryKind.ROW,
                                0,
                                version,
                                dataId,
                                from,
                                from + 2,
                                0,
                                StoredEntries.bytes(random, 2 * StoredEntries.UNIT_LENGTH))
                        : null;
        sync();
        if (install) {
            store.removeRows(0, dataId, from, dataId, to, Long.MAX_VALUE);
            model.remove(0, dataId, from, to, Long.MAX_VALUE);
            store.keepClear(0, position);
            if (row != null) {
                row.applyTo(store);
                model.apply(row);
            }
        }
    }

    private long clear(final long dataId, final long from, final long to) {
        final Claim claim = new Claim();
        assertTrue(store.claim(EntryView.encodedLength(0, 0), claim));
        new EntryEncoder()
                .wrapAndApplyHeader(claim.buffer(), claim.offset(), new MessageHeaderEncoder())
                .epoch(0)
                .sequence(version)
                .session(dataId)
                .request(to)
                .lowestOpen(0)
                .dataId(dataId)
                .cut(0)
                .firstUnit(from)
                .endUnit(0)
                .group(0)
                .kind(EntryKind.CLEAR)
                .putChecksums(new UnsafeBuffer(NOTHING), 0, 0)
                .putPayload(NOTHING, 0, 0);
        return store.commit(claim);
    }

    private boolean restore(final long dataId) {
        assertFalse(store.check(0, dataId, 0, dataId, UNITS, damaged), "the damage is noticed");
        return store.restoreRows(0, damaged, version);
    }

    private void compare() {
        for (long dataId = 1; dataId <= STRIPS; dataId++) {
            assertTrue(store.check(0, dataId, 0, dataId, UNITS, damaged));
            model.assertHolds(store, 0, dataId, 0, UNITS);
        }
    }

    private boolean damage() {
        final Corruption corruption =
                new Corruption(store, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE.length());
        final long dataId = 1 + random.nextInt(STRIPS);
        final long unit = random.nextInt(UNITS);
        return switch (random.nextInt(3)) {
            case 0 -> corruption.remove(0, dataId, unit);
            case 1 -> corruption.changeLength(0, dataId, unit);
            default -> corruption.changeVersion(0, dataId, unit);
        };
    }

    private void restoreAll() {
        for (long dataId = 1; dataId <= STRIPS; dataId++) {
            if (!store.check(0, dataId, 0, dataId, UNITS, damaged)) {
                assertTrue(store.restoreRows(0, damaged, version));
            }
        }
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverWasDoneTheRowsComeBack(final long seed) {
        random = new Random(seed);
        for (int i = 0; i < 6000; i++) {
            final long dataId = 1 + random.nextInt(STRIPS);
            final long unit = random.nextInt(UNITS - 100);
            switch (random.nextInt(20)) {
                case 0 -> trim(dataId, unit, unit + random.nextInt(3000));
                case 1 -> trim(dataId, unit, Long.MAX_VALUE);
                case 2 -> pull(dataId, unit, unit + 2 + random.nextInt(2000), true);
                default -> write(dataId, unit, 1 + random.nextInt(6000));
            }
            if (random.nextInt(4) == 0) {
                turn();
            }
            if (random.nextInt(300) == 0) {
                int damages = 0;
                for (int many = random.nextInt(5); many >= 0; many--) {
                    damages += damage() ? 1 : 0;
                }
                restoreAll();
                if (damages > 0) {
                    compare();
                }
            }
        }
        assertTrue(store.statistics().movedBytes() > 0, "the cleaner has worked");
        compare();
        assertTrue(store.restoreGroup(0, version));
        compare();
        store.checkpoint(store.endPosition());
        store.close();
        open();
        compare();
    }

    @Test
    void whatIsNotAppliedIsNotPutIn() {
        write(1, 0, 1000);
        final Stored later =
                entries.write(store, 0, version + 1, 1, 5, StoredEntries.bytes(random, 1000));
        sync();
        damageRow();
        assertTrue(restore(1));
        compare();
        version++;
        later.applyTo(store);
        model.apply(later);
        compare();
    }

    private void damageRow() {
        assertTrue(
                new Corruption(store, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE.length())
                        .remove(0, 1, 0));
    }

    @Test
    void anEntryThatALaterLogHasReplacedIsNotPutIn() {
        write(1, 0, 1000);
        entries.write(store, 0, version + 1, 1, 500, StoredEntries.bytes(random, 1000)); // lost
        entries.epoch(2);
        write(1, 700, 1000); // has its number
        damageRow();
        assertTrue(restore(1));
        compare();
    }

    @Test
    void aJournalWithABadStretchProvesNothing() {
        write(1, 0, 1000);
        final long position = write(2, 0, 1000).position();
        write(1, 50, 1000);
        damageRow();
        try (FileLayer.OpenFile file =
                layer.open(Segment.name(Positions.segment(position)), false)) {
            file.write(ByteBuffer.allocate(64), Positions.offset(position));
        }
        assertFalse(restore(1));
        assertFalse(store.check(0, 1, 0, 1, UNITS, damaged), "nothing has changed");
    }

    @Test
    void badBytesOfAUnitAreNoBadStretch() {
        write(1, 0, 1000);
        write(2, 0, 1000);
        new Corruption(store, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE.length())
                .flipData(0, 2, 3);
        damageRow();
        assertTrue(restore(1));
        model.assertHolds(store, 0, 1, 0, UNITS);
    }

    @Test
    void aPullThatWasNotInstalledTakesNothingAwayElsewhere() {
        write(1, 0, 1000);
        write(1, 5000, 1000);
        pull(1, 5000, 5100, false);
        damageRow();
        assertTrue(restore(1));
        model.assertHolds(store, 0, 1, 0, 4096);
    }
}
