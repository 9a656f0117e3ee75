package org.trivet.fs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.util.Arrays;
import java.util.function.Function;

/** A client that empties a file which it writes to itself: nothing of it is stored for ever. */
class EmptyingTest {
    private static final int NODES = 4;
    private static final int CYCLES = 100;
    private static final int LONGER_THAN_A_SESSION = 300_000;

    private static byte[] bytes(final int value) {
        final byte[] bytes = new byte[50_000];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static TestVolume volume(final long seed) {
        final TestVolume volume = new TestVolume(512, NODES, seed);
        volume.failingTrims = 0;
        return volume;
    }

    private static Function<Completion<Attributes>, Cancellable> truncation(
            final TestVolume volume, final Opened file) {
        return done ->
                volume.files()
                        .setAttributes(
                                file.attributes().inode(),
                                file.handle(),
                                AttributeChange.ofSize(0),
                                done);
    }

    private static Function<Completion<Opened>, Cancellable> opening(
            final TestVolume volume, final Opened file, final int flags) {
        return done -> volume.files().open(file.attributes().inode(), flags, done);
    }

    /** The metadata node does what it was asked for, and its answers are not here yet. */
    private static void letMetadataWork(final TestVolume volume, final int cycles) {
        for (int i = 0; i < cycles; i++) {
            volume.nowNs += 200_000;
            volume.metadata.doWork();
        }
        assertNothingStored(volume, 0);
    }

    private static void assertNothingStored(final TestVolume volume, final long besides) {
        for (long dataId = 1 << 20; dataId < (1 << 20) + 10; dataId++) {
            for (int i = 0; i < NODES * NODES; i++) {
                if (dataId != besides) {
                    assertEquals(
                            0,
                            volume.cluster.unitCount(i / NODES, dataId, i % NODES),
                            "data id " + dataId + ", node " + i / NODES + ", group " + i % NODES);
                }
            }
        }
    }

    private static <T> void startAndGiveUp(
            final TestVolume volume, final Function<Completion<T>, Cancellable> operation) {
        volume.metadataRuns = false;
        final TestVolume.Ending<T> ending = volume.start(operation);
        volume.run(5);
        ending.operation.cancel();
        assertEquals(ErrorCode.INTERRUPTED, ending.error.code());
        letMetadataWork(volume, CYCLES);
        volume.metadataRuns = true;
    }

    @ParameterizedTest(name = "byOpening={0}")
    @ValueSource(booleans = {false, true})
    void nothingIsWrittenToDataThatAGivenUpEmptyingMayHaveRemoved(final boolean byOpening) {
        try (TestVolume volume = volume(61)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(1));
            if (byOpening) {
                startAndGiveUp(volume, opening(volume, file, 2 | Opening.O_TRUNC));
            } else {
                startAndGiveUp(volume, truncation(volume, file));
            }
            volume.write(file, 100, bytes(2));
            volume.run(100);
            final Attributes after = volume.attributes(file);
            assertNotEquals(file.attributes().dataId(), after.dataId());
            assertNothingStored(volume, after.dataId());
            assertArrayEquals(bytes(2), volume.read(file, 100, 1 << 20));
            volume.release(file);
            volume.call(
                    (Completion<Void> done) ->
                            volume.files().unlink(1, TestVolume.name("f"), done));
            volume.run(100);
            assertNothingStored(volume, 0);
        }
    }

    @ParameterizedTest(name = "byOpening={0}")
    @ValueSource(booleans = {false, true})
    void whatIsOpenedMeanwhileIsWrittenToOnceTheFileIsEmpty(final boolean byOpening) {
        try (TestVolume volume = volume(62)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(1));
            volume.release(file);
            volume.run(10);
            volume.metadataRuns = false;
            final TestVolume.Ending<Integer> write = new TestVolume.Ending<>();
            final TestVolume.Ending<Opened> plain =
                    volume.start(
                            done -> opening(volume, file, 2).apply(thenWrite(volume, done, write)));
            final TestVolume.Ending<?> emptying =
                    byOpening
                            ? volume.start(opening(volume, file, 2 | Opening.O_TRUNC))
                            : volume.start(truncation(volume, file));
            volume.run(5);
            letMetadataWork(volume, CYCLES);
            volume.metadataRuns = true;
            assertEquals(bytes(2).length, volume.await(write));
            volume.await(emptying);
            volume.run(100);
            assertArrayEquals(bytes(2), volume.read(plain.value, 0, 1 << 20));
            assertNothingStored(volume, volume.attributes(file).dataId());
        }
    }

    /** Writes as soon as it is told that a file is open. */
    private static Completion<Opened> thenWrite(
            final TestVolume volume,
            final Completion<Opened> done,
            final TestVolume.Ending<Integer> write) {
        return new Completion<>() {
            @Override
            public void succeeded(final Opened opened) {
                done.succeeded(opened);
                final UnsafeBuffer source = new UnsafeBuffer(bytes(2));
                write.operation =
                        volume.files()
                                .write(opened.handle(), 0, source, 0, source.capacity(), write);
            }

            @Override
            public void failed(final TrivetException error) {
                done.failed(error);
            }
        };
    }

    @Test
    void aWriteInTheNextSessionIsToTheDataThatThereAreByThen() {
        try (TestVolume volume = volume(64)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(1));
            volume.metadataRuns = false;
            final TestVolume.Ending<Attributes> emptying = volume.start(truncation(volume, file));
            volume.run(5);
            volume.cluster.lossPerMille = 1000; // nothing of what follows is heard of
            letMetadataWork(volume, LONGER_THAN_A_SESSION);
            volume.cluster.lossPerMille = 0;
            volume.metadataRuns = true;
            final TestVolume.Ending<Integer> write = volume.startWrite(file, 0, bytes(2));
            assertEquals(
                    ErrorCode.IO,
                    assertThrows(TrivetException.class, () -> volume.await(emptying)).code());
            assertEquals(bytes(2).length, volume.await(write));
            volume.run(100);
            assertNothingStored(volume, volume.attributes(file).dataId());
            assertArrayEquals(bytes(2), volume.read(file, 0, 1 << 20));
        }
    }

    @Test
    void anEmptyingThatIsGivenUpBeforeItsTurnIsNeverAskedFor() {
        try (TestVolume volume = volume(63)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(1));
            volume.cluster.silent.set(1);
            final TestVolume.Ending<Integer> write = volume.startWrite(file, 0, bytes(2));
            final TestVolume.Ending<Attributes> emptying = volume.start(truncation(volume, file));
            volume.run(5);
            emptying.operation.cancel();
            volume.cluster.silent.clear();
            assertEquals(bytes(2).length, volume.await(write));
            assertEquals(bytes(2).length, volume.write(file, 0, bytes(3)));
            assertArrayEquals(bytes(3), volume.read(file, 0, 1 << 20));
            assertEquals(file.attributes().dataId(), volume.attributes(file).dataId());
        }
    }

    /** The data nodes have not heard of the cut, and the client forgets it with the old data. */
    @Test
    void aReadThatIsUnderWayFindsNothingThatWasCutOffBefore() {
        try (TestVolume volume = volume(77)) {
            volume.failingTrims = 100;
            final Opened file = volume.create("f", Opening.O_RDWR);
            volume.write(file, 0, bytes(1));
            volume.truncate(file, 1_000);
            volume.truncate(file, 50_000);
            volume.cluster.silent.set(0, NODES);
            final byte[] found = new byte[50_000];
            final TestVolume.Ending<Integer> read =
                    volume.start(
                            done ->
                                    volume.files()
                                            .read(
                                                    file.handle(),
                                                    0,
                                                    new UnsafeBuffer(found),
                                                    0,
                                                    found.length,
                                                    done));
            volume.run(5);
            volume.call(truncation(volume, file));
            volume.cluster.silent.clear();
            final int length = volume.await(read);
            for (int at = 1_000; at < length; at++) {
                assertEquals(0, found[at], "byte " + at);
            }
        }
    }
}
