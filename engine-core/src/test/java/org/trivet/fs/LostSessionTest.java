package org.trivet.fs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.wire.sbe.GetAttributesDecoder;
import org.trivet.wire.sbe.OpenFileDecoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A client that stands still for longer than its session lives, and goes on. */
class LostSessionTest {
    private static final long LONGER_THAN_A_SESSION_MS = 60_000;

    private static void standStill(final TestVolume volume, final long ms) {
        for (long i = 0; i < ms; i++) {
            volume.nowNs += 1_000_000;
            volume.metadata.doWork();
        }
    }

    private static Opened unlinkedWhileOpen(final TestVolume volume) {
        volume.failingTrims = 0;
        final Opened file = volume.create("f", 2);
        volume.write(file, 0, bytes());
        volume.call(
                (Completion<Void> done) -> volume.files().unlink(1, TestVolume.name("f"), done));
        assertArrayEquals(bytes(), volume.read(file, 0, 5000));
        return file;
    }

    private static byte[] bytes() {
        final byte[] bytes = new byte[5000];
        Arrays.fill(bytes, (byte) 7);
        return bytes;
    }

    @ParameterizedTest(name = "cycles={0}")
    @ValueSource(ints = {0, 1, 2, 3, 5, 10, 100, 1000})
    void whatWasRemovedMeanwhileIsStaleAndNotZeros(final int cycles) {
        try (TestVolume volume = new TestVolume(512, 4, 41)) {
            final Opened file = unlinkedWhileOpen(volume);
            standStill(volume, LONGER_THAN_A_SESSION_MS);
            for (int i = 0; i < cycles; i++) {
                volume.cycle();
            }
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> volume.read(file, 0, 5000));
            assertEquals(ErrorCode.STALE, error.code());
            volume.release(file);
        }
    }

    @Test
    void aReadThatWasUnderWayIsStaleToo() {
        try (TestVolume volume = new TestVolume(512, 4, 42)) {
            final Opened file = unlinkedWhileOpen(volume);
            volume.cluster.silent.set(0, 4);
            final UnsafeBuffer buffer = new UnsafeBuffer(new byte[5000]);
            final TestVolume.Ending<Integer> read =
                    volume.start(
                            done -> volume.files().read(file.handle(), 0, buffer, 0, 5000, done));
            volume.run(10);
            standStill(volume, LONGER_THAN_A_SESSION_MS);
            volume.cluster.silent.clear();
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> volume.await(read));
            assertEquals(ErrorCode.STALE, error.code());
        }
    }

    @Test
    void aHoleThatWasAskedForIsStaleToo() {
        try (TestVolume volume = new TestVolume(512, 4, 45)) {
            volume.failingTrims = 0;
            final Opened file = volume.create("f", 2);
            volume.write(file, 6000, bytes());
            volume.call(
                    (Completion<Void> done) ->
                            volume.files().unlink(1, TestVolume.name("f"), done));
            volume.cluster.silent.set(0, 4);
            final TestVolume.Ending<Long> seek =
                    volume.start(
                            done ->
                                    volume.files()
                                            .seek(
                                                    file.handle(),
                                                    6000,
                                                    InodeFileSystem.SEEK_HOLE,
                                                    done));
            volume.run(10);
            standStill(volume, LONGER_THAN_A_SESSION_MS);
            volume.cluster.silent.clear();
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> volume.await(seek));
            assertEquals(ErrorCode.STALE, error.code());
        }
    }

    @Test
    void aFileIsOpenAgainHoweverMuchIsUnderWay() {
        try (TestVolume volume = new TestVolume(512, 4, 47)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes());
            volume.cluster.lostRequests.set(GetAttributesDecoder.TEMPLATE_ID);
            final List<TestVolume.Ending<Attributes>> waiting = new ArrayList<>();
            while (waiting.isEmpty() || !waiting.getLast().ended) {
                waiting.add(volume.start(done -> volume.files().getAttributes(1, done)));
            }
            final TrivetException refusal =
                    assertThrows(TrivetException.class, () -> volume.await(waiting.removeLast()));
            assertEquals(ErrorCode.BUSY, refusal.code());
            standStill(volume, LONGER_THAN_A_SESSION_MS);
            volume.run(1000);
            assertFalse(waiting.getLast().ended);
            volume.cluster.lostRequests.clear();
            waiting.forEach(volume::await);
            final byte[] others = bytes();
            others[0]++;
            volume.write(file, 0, others);
            assertArrayEquals(others, volume.read(file, 0, 5000));
        }
    }

    @Test
    void aFileIsReleasedHoweverMuchIsUnderWay() {
        try (TestVolume volume = new TestVolume(512, 4, 48)) {
            final Opened file = unlinkedWhileOpen(volume);
            volume.cluster.lostRequests.set(GetAttributesDecoder.TEMPLATE_ID);
            final List<TestVolume.Ending<Attributes>> waiting = new ArrayList<>();
            while (waiting.isEmpty() || !waiting.getLast().ended) {
                waiting.add(volume.start(done -> volume.files().getAttributes(1, done)));
            }
            volume.release(file);
            final long inode = file.attributes().inode();
            final TrivetException error =
                    assertThrows(
                            TrivetException.class,
                            () ->
                                    volume.<Attributes>call(
                                            done -> volume.other.open(inode, 0, done)));
            assertEquals(ErrorCode.STALE, error.code());
        }
    }

    @Test
    void aFileIsReleasedOnlyAfterItIsOpenAgain() {
        try (TestVolume volume = new TestVolume(512, 4, 49)) {
            final Opened file = volume.create("f", 2);
            standStill(volume, LONGER_THAN_A_SESSION_MS);
            volume.cluster.lostRequests.set(OpenFileDecoder.TEMPLATE_ID);
            volume.run(1000);
            final TestVolume.Ending<Void> release =
                    volume.start(done -> volume.files().release(file.handle(), 0, done));
            volume.run(1000);
            assertFalse(release.ended);
            volume.cluster.lostRequests.clear();
            volume.await(release);
            volume.call(
                    (Completion<Void> done) ->
                            volume.files().unlink(1, TestVolume.name("f"), done));
            final TrivetException error =
                    assertThrows(
                            TrivetException.class,
                            () ->
                                    volume.<Attributes>call(
                                            done ->
                                                    volume.other.open(
                                                            file.attributes().inode(), 0, done)));
            assertEquals(ErrorCode.STALE, error.code());
        }
    }

    @Test
    void aWriteToWhatWasRemovedFails() {
        try (TestVolume volume = new TestVolume(512, 4, 43)) {
            final Opened file = unlinkedWhileOpen(volume);
            standStill(volume, LONGER_THAN_A_SESSION_MS);
            volume.run(1000);
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> volume.write(file, 0, bytes()));
            assertEquals(ErrorCode.STALE, error.code());
        }
    }

    /** What the metadata node does not know to be written to it removes, and nothing may follow. */
    @Test
    void noHoleIsMadeBeforeTheFileIsOpenAgain() {
        try (TestVolume volume = new TestVolume(512, 4, 46)) {
            volume.failingTrims = 0;
            final Opened file = volume.create("f", 2);
            standStill(volume, LONGER_THAN_A_SESSION_MS);
            final long inode = file.attributes().inode();
            volume.cluster.lostRequests.set(OpenFileDecoder.TEMPLATE_ID);
            final Attributes other = volume.call(done -> volume.other.getAttributes(inode, done));
            assertNotEquals(file.attributes().dataId(), other.dataId());
            volume.<Attributes>call(
                    done ->
                            volume.other.written(
                                    inode, other.dataId(), other.cut(), 600, 0, -1, false, done));
            volume.cluster.silent.set(1);
            final int mode =
                    InodeFileSystem.ALLOCATE_PUNCH_HOLE | InodeFileSystem.ALLOCATE_KEEP_SIZE;
            final TestVolume.Ending<Void> punch =
                    volume.start(
                            done -> volume.files().allocate(file.handle(), mode, 10, 580, done));
            volume.run(1000);
            volume.<Void>call(done -> volume.other.unlink(1, TestVolume.name("f"), done));
            volume.run(1000);
            volume.cluster.silent.clear();
            volume.cluster.lostRequests.clear();
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> volume.await(punch));
            assertEquals(ErrorCode.STALE, error.code());
            volume.run(1000);
            for (int i = 0; i < 16; i++) {
                assertEquals(0, volume.cluster.unitCount(i / 4, other.dataId(), i % 4));
            }
        }
    }

    @Test
    void nothingIsWrittenBeforeTheFileIsOpenAgain() {
        try (TestVolume volume = new TestVolume(512, 4, 47)) {
            volume.failingTrims = 0;
            final Opened file = volume.create("f", 2);
            standStill(volume, LONGER_THAN_A_SESSION_MS);
            volume.cluster.lostRequests.set(OpenFileDecoder.TEMPLATE_ID);
            volume.run(1000); // has another session by then
            final int applied = volume.cluster.applied;
            final TestVolume.Ending<Integer> write = volume.startWrite(file, 0, bytes());
            volume.run(1000);
            assertFalse(write.ended);
            assertEquals(applied, volume.cluster.applied);
            volume.<Void>call(done -> volume.other.unlink(1, TestVolume.name("f"), done));
            volume.cluster.lostRequests.clear();
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> volume.await(write));
            assertEquals(ErrorCode.STALE, error.code());
            volume.run(1000);
            assertEquals(applied, volume.cluster.applied);
        }
    }

    @Test
    void whatStillHasANameIsOpenAgain() {
        try (TestVolume volume = new TestVolume(512, 4, 44)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 6000, bytes());
            standStill(volume, LONGER_THAN_A_SESSION_MS);
            assertArrayEquals(new byte[6000], volume.read(file, 0, 6000));
            volume.run(1000);
            assertArrayEquals(bytes(), volume.read(file, 6000, 5000));
            volume.write(file, 0, bytes());
            assertArrayEquals(bytes(), volume.read(file, 0, 5000));
        }
    }
}
