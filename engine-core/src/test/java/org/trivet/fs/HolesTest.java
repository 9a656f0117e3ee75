package org.trivet.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.util.BitSet;
import java.util.Random;

/** SEEK_DATA, SEEK_HOLE, and how much of a file is stored. */
class HolesTest {
    private static final int PUNCH = 3;
    private static final int ZERO = 16;
    private static final int ALL = 1_000_000;

    private static long seek(
            final TestVolume volume, final Opened file, final long offset, final int whence) {
        return volume.call(
                (Completion<Long> done) ->
                        volume.files().seek(file.handle(), offset, whence, done));
    }

    private static void isPastTheEnd(
            final TestVolume volume, final Opened file, final long offset, final int whence) {
        final TrivetException error =
                assertThrows(TrivetException.class, () -> seek(volume, file, offset, whence));
        assertEquals(ErrorCode.NO_DATA, error.code());
    }

    /** A file's stored units, as they should be. */
    private static final class Model {
        final BitSet stored = new BitSet();
        final int unitLength;
        int size;

        Model(final int unitLength) {
            this.unitLength = unitLength;
        }

        int unitsTo(final int offset) {
            return (offset + unitLength - 1) / unitLength;
        }

        void write(final int offset, final int length) {
            stored.set(offset / unitLength, unitsTo(offset + length));
            size = Math.max(size, offset + length);
        }

        void resize(final int newSize) {
            stored.clear(unitsTo(newSize), unitsTo(Math.max(size, newSize)) + 1);
            size = newSize;
        }

        /** Whole units become holes; zeros are stored in units that are zeroed in part. */
        void zero(final int offset, final int length) {
            final int end = Math.min(size, offset + length);
            for (int unit = offset / unitLength; offset < end && unit < unitsTo(end); unit++) {
                final boolean whole = unit * unitLength >= offset && (unit + 1) * unitLength <= end;
                stored.set(unit, !whole);
            }
        }

        long next(final int offset, final boolean data) {
            final int unit = offset / unitLength;
            final int found = data ? stored.nextSetBit(unit) : stored.nextClearBit(unit);
            final long at = found < 0 ? size : Math.max(offset, (long) found * unitLength);
            return Math.min(at, size);
        }

        long allocated() {
            long sum = 0;
            for (int unit = 0; unit < unitsTo(size); unit++) {
                sum += stored.get(unit) ? Math.min(unitLength, size - unit * unitLength) : 0;
            }
            return sum;
        }
    }

    @ParameterizedTest(name = "block={0} nodes={1} mapped={2} seed={3}")
    @CsvSource({
        "8,4,1000000,1",
        "8,5,3,2",
        "512,4,1,3",
        "512,7,1000000,4",
        "4096,4,2,5",
        "65536,4,5,6",
        "65536,5,1000000,7"
    })
    void agreesWithAModel(
            final int blockLength, final int nodeCount, final int mapped, final long seed) {
        try (TestVolume volume = new TestVolume(blockLength, nodeCount, seed)) {
            volume.cluster.mappedUnits = mapped;
            final Model model = new Model(Math.min(blockLength, 4096));
            final Random random = new Random(seed);
            final int reach = 30 * Math.min(blockLength, 16_384);
            final Opened file = volume.create("f", 2);
            for (int i = 0; i < 150; i++) {
                final int offset = random.nextInt(reach);
                final int length = 1 + random.nextInt(Math.min(reach - offset, reach / 6));
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        volume.write(file, offset, new byte[length]);
                        model.write(offset, length);
                    }
                    case 2 -> {
                        volume.truncate(file, random.nextInt(8) == 0 ? 0 : offset);
                        volume.run(20); // until the groups have done so
                        model.resize(Math.toIntExact(volume.attributes(file).size()));
                    }
                    case 3 -> {
                        volume.allocate(file, PUNCH, offset, length);
                        model.zero(offset, length);
                    }
                    default -> {
                        volume.allocate(file, ZERO, offset, length);
                        model.zero(offset, length);
                        if (offset + length > model.size) {
                            model.resize(offset + length);
                        }
                    }
                }
                final String step = "step " + i;
                assertEquals(model.size, volume.attributes(file).size(), step);
                final long allocated = volume.attributes(file).allocated();
                if (mapped == ALL) {
                    assertEquals(model.allocated(), allocated, step);
                } else { // what a map does not reach counts as stored
                    assertTrue(allocated >= model.allocated() && allocated <= model.size, step);
                }
                final int from = random.nextInt(reach);
                for (final int whence : new int[] {3, 4}) {
                    final long expected = model.next(from, whence == 3);
                    if (from >= model.size || whence == 3 && expected == model.size) {
                        isPastTheEnd(volume, file, from, whence);
                    } else {
                        assertEquals(expected, seek(volume, file, from, whence), step);
                    }
                }
            }
        }
    }

    @Test
    void aFileWrittenFromItsBeginningIsAllDataAndNobodyIsAsked() {
        try (TestVolume volume = new TestVolume(512, 4, 12)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, new byte[500]);
            volume.write(file, 500, new byte[510]);
            volume.cluster.silent.set(0, 4);
            assertFalse(volume.attributes(file).sparse());
            assertEquals(1010, volume.attributes(file).allocated());
            assertEquals(5, seek(volume, file, 5, 3));
            assertEquals(1010, seek(volume, file, 5, 4));
            isPastTheEnd(volume, file, 1010, 3);
            isPastTheEnd(volume, file, 1010, 4);
        }
    }

    @Test
    void hugeHolesAreSkippedAtOnce() {
        try (TestVolume volume = new TestVolume(8, 4, 13)) {
            final Opened file = volume.create("f", 2);
            volume.truncate(file, 1L << 60);
            assertEquals(0, volume.attributes(file).allocated());
            isPastTheEnd(volume, file, 0, 3);
            volume.write(file, 1L << 59, new byte[8]);
            assertEquals(1L << 59, seek(volume, file, 0, 3));
            assertEquals((1L << 59) + 8, seek(volume, file, 1L << 59, 4));
            assertEquals(8, volume.attributes(file).allocated());
            isPastTheEnd(volume, file, (1L << 59) + 8, 3);
        }
    }

    @Test
    void whatACutHasNotRemovedYetIsAHole() {
        try (TestVolume volume = new TestVolume(512, 4, 14)) {
            volume.failingTrims = 100;
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, new byte[20_000]);
            volume.truncate(file, 700);
            volume.truncate(file, 20_000);
            assertEquals(1024, seek(volume, file, 0, 4));
            isPastTheEnd(volume, file, 1024, 3);
            assertEquals(1024, volume.attributes(file).allocated());
        }
    }

    /** A file whose content another client replaces while its holes are being asked for. */
    private static void replace(final TestVolume volume, final Opened file) {
        final long inode = file.attributes().inode();
        final Attributes empty =
                volume.call(
                        done -> volume.other.setAttributes(inode, AttributeChange.ofSize(0), done));
        volume.<Attributes>call(
                done ->
                        volume.other.written(
                                inode, empty.dataId(), empty.cut(), 9000, 0, -1, false, done));
        volume.run(100); // until what was stored is removed
        volume.cluster.silent.clear();
    }

    private static Opened sparseFile(final TestVolume volume) {
        final Opened file = volume.create("f", 2);
        volume.write(file, 5000, new byte[15_000]);
        volume.write(file, 0, new byte[4608]);
        volume.cluster.silent.set(0, 4);
        return file;
    }

    @ParameterizedTest(name = "whence={0}")
    @CsvSource({"3,0", "4,9000"})
    void dataThatAreReplacedMeanwhileAreNoHole(final int whence, final long expected) {
        try (TestVolume volume = new TestVolume(512, 4, 16)) {
            volume.failingTrims = 0;
            final Opened file = sparseFile(volume);
            final TestVolume.Ending<Long> seek =
                    volume.start(done -> volume.files().seek(file.handle(), 0, whence, done));
            volume.run(20);
            replace(volume, file);
            assertEquals(expected, volume.await(seek));
        }
    }

    @Test
    void aFileWhoseDataAreReplacedMeanwhileIsNotMeasuredAsEmpty() {
        try (TestVolume volume = new TestVolume(512, 4, 17)) {
            volume.failingTrims = 0;
            final Opened file = sparseFile(volume);
            final TestVolume.Ending<Attributes> stat =
                    volume.start(
                            done -> volume.files().getAttributes(file.attributes().inode(), done));
            volume.run(20);
            replace(volume, file);
            final Attributes found = volume.await(stat);
            assertEquals(found.size(), found.allocated());
        }
    }

    @Test
    void aStatDoesNotWaitForNodesForLong() {
        try (TestVolume volume = new TestVolume(512, 4, 15)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 5000, new byte[10]);
            assertEquals(5010 - 4608, volume.attributes(file).allocated());
            volume.cluster.silent.set(0, 4);
            final TestVolume.Ending<Attributes> stat =
                    volume.start(
                            done -> volume.files().getAttributes(file.attributes().inode(), done));
            volume.run(1000);
            assertTrue(stat.ended);
            assertEquals(5010, volume.await(stat).allocated());
        }
    }
}
