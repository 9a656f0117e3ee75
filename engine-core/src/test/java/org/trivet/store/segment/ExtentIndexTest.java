package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.store.Extent;
import org.trivet.store.ForwardingKeyValueStore;
import org.trivet.store.MemoryKeyValueStore;

import java.util.Random;

class ExtentIndexTest {
    private static final int GROUP = 2;
    private static final int STRIPS = 3000;

    private final CountingStore store = new CountingStore();
    private final ExtentIndex extents = new ExtentIndex(store, accounts());

    private static SegmentAccounts accounts() {
        return new SegmentAccounts(number -> null, 4096, 4);
    }

    /** Counts the rows that are put, and those that are looked at in order. */
    private static final class CountingStore extends ForwardingKeyValueStore {
        private int visited;
        private int put;

        private CountingStore() {
            super(new MemoryKeyValueStore());
        }

        private Visitor counting(final Visitor visitor) {
            return (key, value) -> {
                visited++;
                return visitor.onEntry(key, value);
            };
        }

        @Override
        public void put(
                final DirectBuffer key,
                final int keyOffset,
                final int keyLength,
                final DirectBuffer value,
                final int valueOffset,
                final int valueLength) {
            put++;
            super.put(key, keyOffset, keyLength, value, valueOffset, valueLength);
        }

        @Override
        public void forward(
                final DirectBuffer key, final int offset, final int length, final Visitor visitor) {
            super.forward(key, offset, length, counting(visitor));
        }

        @Override
        public void backward(
                final DirectBuffer key, final int offset, final int length, final Visitor visitor) {
            super.backward(key, offset, length, counting(visitor));
        }
    }

    private void writeStrips() {
        for (int strip = 1; strip <= STRIPS; strip++) {
            extents.write(GROUP, strip, strip, 0, 2, 100, Positions.of(1, strip * 64));
        }
    }

    private int rowsOf(final long dataId) {
        final Rows found = new Rows();
        extents.find(GROUP, dataId, 0, Long.MAX_VALUE, found);
        return found.size;
    }

    @Test
    void removingAStripLooksAtNoOthers() {
        writeStrips();
        store.visited = 0;
        assertTrue(extents.removeBelow(GROUP, 1000, 0, Long.MAX_VALUE, STRIPS + 1));
        assertTrue(store.visited <= 8, () -> store.visited + " rows looked at for one");
        assertEquals(1, rowsOf(999));
        assertEquals(0, rowsOf(1000));
        assertEquals(1, rowsOf(1001));
        assertFalse(extents.removeBelow(GROUP, 1000, 0, Long.MAX_VALUE, STRIPS + 1));
    }

    @Test
    void removesARangeOfKeysThatBeginsAndEndsWithinRows() {
        writeStrips();
        assertTrue(extents.remove(GROUP, 10, 1, 2900, 1, Long.MAX_VALUE), "more than a batch");
        assertEquals(1, rowsOf(9));
        assertEquals(1, rowsOf(10), "its first unit");
        assertEquals(0, rowsOf(11));
        assertEquals(0, rowsOf(2899));
        assertEquals(1, rowsOf(2900), "its second unit");
        assertEquals(1, rowsOf(2901));
        final Rows rest = new Rows();
        extents.find(GROUP, 2900, 0, Long.MAX_VALUE, rest);
        assertEquals(1, rest.first[0]);
        assertEquals(2, rest.end[0]);
    }

    /** A row of 20 units each, from unit 0 on. */
    private void writeRows(final int count) {
        for (int i = 0; i < count; i++) {
            extents.write(GROUP, i + 1, 7, 20 * i, 20 * i + 20, 2000, Positions.of(1, 64 * i));
        }
    }

    private boolean isRight(final long firstUnit, final long endUnit) {
        return extents.check(GROUP, 7, firstUnit, 7, endUnit, true, new Extent());
    }

    private boolean isRightInTheFile(final long firstUnit, final long endUnit) {
        return extents.check(GROUP, 7, firstUnit, 7, endUnit, false, new Extent());
    }

    /** From its first unit on a row may be known to memory, whatever the file says: as it was. */
    private void assertIsAsItWasOrNotBelieved(
            final long firstUnit, final long end, final long version) {
        assertFalse(isRightInTheFile(firstUnit, firstUnit + 1));
        if (!isRight(firstUnit, firstUnit + 1)) {
            return;
        }
        final Rows found = new Rows();
        extents.find(GROUP, 7, firstUnit, firstUnit + 1, found);
        assertEquals(1, found.size);
        assertEquals(firstUnit, found.first[0]);
        assertEquals(end, found.end[0]);
        assertEquals(version, found.version[0]);
    }

    @Test
    void aRowThatMemoryKnowsIsFoundThoughTheFileHasLostIt() {
        writeRows(1);
        assertTrue(isRight(0, 4000));
        extents.removeRow(GROUP, 7, 0);
        assertTrue(isRight(0, 20));
        assertIsAsItWasOrNotBelieved(0, 20, 1);
        extents.forget();
        assertFalse(isRight(0, 20));
    }

    /** The file of an index may go bad while it is in use. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 100, 190})
    void aRowThatHasGoneSinceItsBucketWasVerifiedIsNoHole(final int row) {
        writeRows(200);
        assertTrue(isRight(0, 4000));
        final int first = 20 * row;
        extents.removeRow(GROUP, 7, first);
        assertIsAsItWasOrNotBelieved(first, first + 20, row + 1);
        for (int unit = first + 1; unit < first + 20; unit++) {
            assertFalse(isRight(unit, unit + 1));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 100, 190})
    void aRowThatIsAsItWasBeforeItsBucketWasVerifiedIsNotBelieved(final int row) {
        writeRows(200);
        final int first = 20 * row;
        extents.write(GROUP, 1000, 7, first + 5, first + 10, 500, Positions.of(2, 64));
        assertTrue(isRight(0, 4000));
        assertTrue(isRight(first + 5, first + 6));
        extents.removeRow(GROUP, 7, first + 5);
        extents.removeRow(GROUP, 7, first + 10);
        extents.putRow(GROUP, 7, first, first + 20, row + 1, Positions.of(1, 64 * row), 0, 2000);
        assertIsAsItWasOrNotBelieved(first, first + 5, row + 1);
        assertIsAsItWasOrNotBelieved(first + 5, first + 10, 1000);
        assertIsAsItWasOrNotBelieved(first + 10, first + 20, row + 1);
        for (int unit = first; unit < first + 20; unit++) {
            if ((unit - first) % 5 != 0 || unit - first == 15) {
                assertFalse(isRight(unit, unit + 1));
            }
        }
    }

    @Test
    void whatIsChangedIsStillRight() {
        final Random random = new Random(1);
        for (int i = 1; i < 3000; i++) {
            final long first = random.nextInt(5000);
            if (random.nextInt(5) == 0) {
                extents.removeBelow(GROUP, 7, first, first + random.nextInt(200), i);
            } else {
                final int units = 1 + random.nextInt(60);
                extents.write(GROUP, i, 7, first, first + units, units * 64, Positions.of(1, i));
            }
            final long asked = random.nextInt(5000);
            final long end = asked + 1 + random.nextInt(700);
            assertTrue(isRight(asked, end));
            assertTrue(isRightInTheFile(asked, end));
        }
    }

    @Test
    void whatIsThereIsNotVerifiedAsAWholeEachTime() {
        writeRows(200);
        assertTrue(isRight(0, 4000));
        store.visited = 0;
        for (int unit = 0; unit < 4000; unit += 20) {
            assertTrue(isRight(unit, unit + 20));
        }
        assertTrue(store.visited < 200 * 12, () -> store.visited + " rows looked at");
    }

    @Test
    void aHoleIsFoundWithoutLookingAtTheWholeBucket() {
        for (int i = 0; i < 1000; i++) {
            extents.write(GROUP, i + 1, 7, 4 * i, 4 * i + 1, 64, Positions.of(1, 64 * i));
        }
        assertTrue(isRight(0, 4000));
        store.visited = 0;
        for (int unit = 1; unit < 4000; unit += 4) {
            assertTrue(isRight(unit, unit + 3));
        }
        assertTrue(store.visited < 1000 * 50, () -> store.visited + " rows looked at");
    }

    @Test
    void aRowTooManyIsNotBelievedThoughAnotherHasAllOfTheBucket() {
        extents.write(GROUP, 1, 7, 0, 4096, 4096 * 8, Positions.of(1, 64));
        assertTrue(isRight(0, 4096));
        extents.putRow(GROUP, 7, 100, 110, 9, Positions.of(1, 640), 0, 80);
        assertTrue(isRight(50, 51));
        assertFalse(isRight(100, 101));
        assertFalse(isRight(109, 120));
        assertFalse(isRight(0, 4096));
    }

    @Test
    void ofWhatIsOverwrittenAgainAndAgainTheLastRowIsPutOnly() {
        final int rows = 16; // neighbours: none takes another's slot
        for (int version = 1; version < 100; version++) {
            for (int i = 0; i < rows; i++) {
                extents.write(GROUP, version, 7, i, i + 1, 64, Positions.of(2, 64 * version));
            }
            if (version == 1) {
                extents.flush();
                store.put = 0;
            }
        }
        assertEquals(0, store.put);
        extents.flush();
        assertEquals(rows + 1, store.put, "the rows, and the seal of their bucket");
        assertSameRows(extents, new ExtentIndex(store, accounts()), 0, rows);
    }

    @Test
    void aRowThatHasBecomeShorterIsNotFoundAsItWas() {
        extents.write(GROUP, 1, 7, 0, 8, 64, Positions.of(1, 64));
        extents.flush();
        extents.write(GROUP, 2, 7, 4, 6, 16, Positions.of(1, 128));
        final Rows found = new Rows();
        extents.find(GROUP, 7, 0, 8, found);
        assertEquals(3, found.size);
        extents.find(GROUP, 7, 0, 5, found);
        assertEquals(2, found.size);
        assertEquals(4, found.end[0]);
    }

    @Test
    void whatWasWrittenAndRemovedInMemoryIsTheSameInTheStore() {
        final Random random = new Random(2);
        for (int round = 0; round < 20; round++) {
            for (int i = 1; i < 2000; i++) {
                final long version = 2000L * round + i;
                final int at = random.nextInt(20_000);
                final int units = random.nextBoolean() ? 1 : 1 + random.nextInt(30);
                if (random.nextInt(20) == 0) {
                    extents.removeBelow(GROUP, 7, at, at + units, version);
                } else {
                    extents.write(
                            GROUP, version, 7, at, at + units, units * 64, Positions.of(1, i));
                }
            }
            extents.flush();
            final ExtentIndex stored = new ExtentIndex(store, accounts());
            assertSameRows(extents, stored, 0, 30_000);
            for (int unit = 0; unit < 20_000; unit += 7) {
                assertSameRows(extents, stored, unit, unit + 3);
            }
            assertTrue(isRight(0, 30_000));
        }
    }

    private static void assertSameRows(
            final ExtentIndex one, final ExtentIndex other, final long first, final long end) {
        final Rows rows = new Rows();
        final Rows others = new Rows();
        one.find(GROUP, 7, first, end, rows);
        other.find(GROUP, 7, first, end, others);
        assertEquals(others.size, rows.size);
        for (int i = 0; i < rows.size; i++) {
            assertEquals(others.first[i], rows.first[i]);
            assertEquals(others.end[i], rows.end[i]);
            assertEquals(others.version[i], rows.version[i]);
            assertEquals(others.position[i], rows.position[i]);
            assertEquals(others.unitInRecord[i], rows.unitInRecord[i]);
            assertEquals(others.recordDataLength[i], rows.recordDataLength[i]);
        }
    }

    /** More rows than are kept in memory are right all the same, each as it was put last. */
    @Test
    void manyRowsAreFoundAsTheyWerePutLast() {
        final int count = 400_000;
        for (int round = 1; round <= 2; round++) {
            for (int i = 0; i < count; i++) {
                final long version = (long) round * count + i;
                extents.write(GROUP, version, i % 50, i, i + 1, 64, Positions.of(round, 64 * i));
            }
        }
        extents.removeBelow(GROUP, 7, 0, count / 2, Long.MAX_VALUE);
        final Rows found = new Rows();
        for (int i = 0; i < count; i++) {
            extents.find(GROUP, i % 50, i, i + 1, found);
            final boolean isRemoved = i % 50 == 7 && i < count / 2;
            assertEquals(isRemoved ? 0 : 1, found.size);
            if (!isRemoved) {
                assertEquals(2L * count + i, found.version[0]);
                assertEquals(Positions.of(2, 64 * i), found.position[0]);
            }
        }
    }
}
