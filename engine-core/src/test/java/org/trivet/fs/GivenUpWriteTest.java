package org.trivet.fs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.wire.sbe.Refusal;

import java.util.Arrays;
import java.util.Random;

/** What writes that are interrupted, or fail, leave in a file: nothing beyond its end. */
class GivenUpWriteTest {
    private static final int APPEND = 2 | Opening.O_APPEND;

    private static byte[] bytes(final long seed, final int length) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] content(final TestVolume volume, final Opened file) {
        return volume.read(file, 0, 1 << 20);
    }

    private static void interrupt(final TestVolume.Ending<Integer> write) {
        write.operation.cancel();
        assertEquals(ErrorCode.INTERRUPTED, write.error.code());
    }

    @ParameterizedTest(name = "block={0} failingTrims={1}")
    @CsvSource({"8,0", "8,100", "512,0", "512,100", "65536,0", "65536,100"})
    void anInterruptedAppendLeavesNoHole(final int blockLength, final int failingTrims) {
        try (TestVolume volume = new TestVolume(blockLength, 4, 31)) {
            volume.failingTrims = failingTrims;
            final Opened file = volume.create("f", APPEND);
            final byte[] first = bytes(1, 700);
            volume.write(file, 0, first);
            volume.cluster.silent.set(1);
            final TestVolume.Ending<Integer> append = volume.startWrite(file, 0, bytes(2, 3000));
            volume.run(20);
            interrupt(append);
            volume.cluster.silent.clear();
            final byte[] second = bytes(3, 500);
            volume.write(file, 0, second);
            final byte[] expected = Arrays.copyOf(first, 1200);
            System.arraycopy(second, 0, expected, 700, 500);
            assertArrayEquals(expected, content(volume, file));
        }
    }

    @ParameterizedTest(name = "block={0} failingTrims={1} size={2}")
    @CsvSource({"8,0,300", "8,100,300", "512,50,300", "65536,100,300", "8,0,0", "512,100,0"})
    void nothingOfAnInterruptedWriteBeyondTheEndShowsWhenTheFileGrows(
            final int blockLength, final int failingTrims, final int size) {
        try (TestVolume volume = new TestVolume(blockLength, 4, 32)) {
            volume.failingTrims = failingTrims;
            final Opened file = volume.create("f", 2);
            final byte[] before = bytes(1, size);
            volume.write(file, 0, before);
            volume.cluster.silent.set(2);
            final TestVolume.Ending<Integer> write =
                    volume.startWrite(file, size, bytes(2, 200_000));
            volume.run(20);
            interrupt(write);
            volume.truncate(file, 300_000);
            volume.cluster.silent.clear();
            volume.run(50);
            assertArrayEquals(Arrays.copyOf(before, 300_000), content(volume, file));
        }
    }

    @ParameterizedTest(name = "block={0} append={1}")
    @CsvSource({"8,false", "8,true", "512,false", "512,true"})
    void nothingOfAFailedWriteShowsWhenTheFileGrows(final int blockLength, final boolean append) {
        try (TestVolume volume = new TestVolume(blockLength, 4, 33)) {
            final Opened file = volume.create("f", append ? APPEND : 2);
            final byte[] before = bytes(1, 600);
            volume.write(file, 0, before);
            volume.cluster.silent.set(3);
            final TestVolume.Ending<Integer> write = volume.startWrite(file, 600, bytes(2, 5000));
            volume.run(20);
            volume.cluster.writeRefusals.add(Refusal.NO_SPACE);
            volume.cluster.silent.clear();
            assertEquals(
                    ErrorCode.NO_SPACE,
                    assertThrows(TrivetException.class, () -> volume.await(write)).code());
            final byte[] after = bytes(3, 10);
            volume.write(file, 10_000, after);
            final byte[] expected = Arrays.copyOf(before, append ? 610 : 10_010);
            System.arraycopy(after, 0, expected, expected.length - 10, 10);
            assertArrayEquals(expected, content(volume, file));
        }
    }

    @Test
    void anAppendInterruptedWhileItAsksForRoomLeavesNoHole() {
        try (TestVolume volume = new TestVolume(512, 4, 34)) {
            final Opened file = volume.create("f", APPEND);
            volume.write(file, 0, bytes(1, 100));
            volume.metadataRuns = false;
            final TestVolume.Ending<Integer> append = volume.startWrite(file, 0, bytes(2, 50));
            volume.run(5);
            interrupt(append);
            volume.metadataRuns = true;
            volume.write(file, 0, bytes(3, 20));
            assertEquals(120, volume.attributes(file).size());
            assertArrayEquals(bytes(3, 20), volume.read(file, 100, 100));
        }
    }

    @ParameterizedTest(name = "block={0} offset={1}")
    @CsvSource({"8,0", "512,0", "512,100", "65536,0"})
    void nothingOfAGivenUpWriteIsStoredOnceTheFileIsGone(final int blockLength, final int offset) {
        try (TestVolume volume = new TestVolume(blockLength, 4, 38)) {
            volume.failingTrims = 0;
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(1, 200_000));
            volume.cluster.silent.set(2);
            final TestVolume.Ending<Integer> write =
                    volume.startWrite(file, offset, bytes(2, 150_000));
            volume.run(20);
            interrupt(write);
            volume.release(file);
            volume.call(
                    (Completion<Void> done) ->
                            volume.files().unlink(1, TestVolume.name("f"), done));
            volume.run(1000);
            volume.cluster.silent.clear();
            volume.run(50);
            for (int node = 0; node < 4; node++) {
                for (int group = 0; group < 4; group++) {
                    assertEquals(
                            0,
                            volume.cluster.unitCount(node, file.attributes().dataId(), group),
                            "node " + node + ", group " + group);
                }
            }
        }
    }

    @Test
    void aWriteWhoseBytesAreStoredIsNotGivenUpButAnswered() {
        try (TestVolume volume = new TestVolume(512, 4, 35)) {
            final Opened file = volume.create("f", 2);
            volume.metadataRuns = false;
            final byte[] bytes = bytes(1, 3000);
            final TestVolume.Ending<Integer> write = volume.startWrite(file, 0, bytes);
            volume.run(5);
            write.operation.cancel();
            assertFalse(write.ended);
            volume.metadataRuns = true;
            assertEquals(3000, volume.await(write));
            assertArrayEquals(bytes, content(volume, file));
        }
    }

    @Test
    void changesWaitUntilNothingOfAGivenUpWriteCanShow() {
        try (TestVolume volume = new TestVolume(8, 4, 36)) {
            final Opened file = volume.create("f", 2);
            volume.cluster.silent.set(0);
            final TestVolume.Ending<Integer> write = volume.startWrite(file, 0, bytes(1, 100));
            volume.run(20);
            volume.metadataRuns = false;
            interrupt(write);
            volume.cluster.silent.clear();
            final TestVolume.Ending<Integer> next = volume.startWrite(file, 50, bytes(2, 10));
            volume.run(50);
            assertFalse(next.ended);
            volume.metadataRuns = true;
            assertEquals(10, volume.await(next));
            final byte[] expected = new byte[60];
            System.arraycopy(bytes(2, 10), 0, expected, 50, 10);
            assertArrayEquals(expected, content(volume, file));
        }
    }

    @ParameterizedTest(name = "seed={0}")
    @CsvSource({"1", "2", "3", "4", "5", "6", "7", "8"})
    void randomlyInterruptedAppendsAreWholeOrAbsent(final long seed) {
        try (TestVolume volume = new TestVolume(8, 4, seed)) {
            final Random random = new Random(seed);
            volume.cluster.lossPerMille = 100;
            final Opened file = volume.create("f", APPEND);
            byte[] model = {};
            for (int i = 0; i < 60; i++) {
                final byte[] bytes = bytes(seed * 1000 + i, 1 + random.nextInt(200));
                final boolean stuck = random.nextInt(3) == 0;
                if (stuck) {
                    volume.cluster.silent.set(random.nextInt(4));
                }
                final TestVolume.Ending<Integer> append = volume.startWrite(file, 0, bytes);
                if (stuck) {
                    volume.run(random.nextInt(30));
                    append.operation.cancel();
                    volume.cluster.silent.clear();
                }
                volume.run(1);
                for (int cycles = 0; !append.ended; cycles++) {
                    assertFalse(cycles > 500_000, "never ended");
                    volume.cycle();
                }
                if (append.error == null) {
                    final int end = model.length;
                    model = Arrays.copyOf(model, end + bytes.length);
                    System.arraycopy(bytes, 0, model, end, bytes.length);
                }
                if (random.nextInt(8) == 0) {
                    final int longer = model.length + random.nextInt(100);
                    volume.truncate(file, longer);
                    model = Arrays.copyOf(model, longer);
                }
            }
            assertArrayEquals(model, content(volume, file));
        }
    }

    @Test
    void aCopyThatIsInterruptedTellsHowMuchWasCopied() {
        try (TestVolume volume = new TestVolume(65536, 4, 37)) {
            final Opened from = volume.create("a", 2);
            final Opened to = volume.create("b", 2);
            final byte[] bytes = bytes(1, 3 << 20);
            volume.write(from, 0, bytes);
            final TestVolume.Ending<Long> copy =
                    volume.start(
                            (Completion<Long> done) ->
                                    volume.files()
                                            .copyRange(
                                                    from.handle(),
                                                    0,
                                                    to.handle(),
                                                    0,
                                                    bytes.length,
                                                    done));
            while (volume.attributes(to).size() < 1 << 20) {
                volume.cycle();
            }
            volume.cluster.silent.set(0, 4);
            volume.run(10);
            copy.operation.cancel();
            volume.cluster.silent.clear();
            final int copied = Math.toIntExact(volume.await(copy));
            assertEquals(copied, volume.attributes(to).size());
            assertArrayEquals(Arrays.copyOf(bytes, copied), volume.read(to, 0, 4 << 20));
        }
    }
}
