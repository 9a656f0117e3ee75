package org.trivet.fs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.Cancellable;
import org.trivet.ErrorCode;
import org.trivet.wire.sbe.WrittenDecoder;

import java.util.Arrays;

/** Appends that are begun anew because another client cut the file are done once all the same. */
class AppendOnceTest {
    private static final int APPEND = 2 | Opening.O_APPEND;
    private static final int MANY = 10_000;

    private static byte[] bytes(final int value, final int length) {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** A file of 100 bytes that the other client has open, too. */
    private static Opened file(final TestVolume volume) {
        final Opened file = volume.create("f", APPEND);
        volume.write(file, 0, bytes(1, 100));
        final long inode = file.attributes().inode();
        volume.<Attributes>call(done -> volume.other.open(inode, 2, done));
        return file;
    }

    /** An append of 50 bytes that has got its room, and waits for all nodes. */
    private static TestVolume.Ending<Integer> waitingAppend(
            final TestVolume volume, final Opened file) {
        volume.cluster.silent.set(0, 4);
        final TestVolume.Ending<Integer> append = volume.startWrite(file, 0, bytes(2, 50));
        volume.run(20);
        assertFalse(append.ended);
        return append;
    }

    private static TestVolume.Ending<Attributes> otherResizes(
            final TestVolume volume, final Opened file, final long size) {
        return volume.start(
                done ->
                        volume.other.setAttributes(
                                file.attributes().inode(), AttributeChange.ofSize(size), done));
    }

    /** What the other client wrote, beyond the end, it tells. */
    private static TestVolume.Ending<Attributes> otherWrote(
            final TestVolume volume, final Opened file, final long end) {
        final Attributes now = volume.attributes(file);
        return volume.start(
                done ->
                        volume.other.written(
                                now.inode(), now.dataId(), now.cut(), end, 0, -1, true, done));
    }

    private static int appended(final TestVolume volume, final Opened file) {
        int count = 0;
        for (final byte each : volume.read(file, 0, MANY)) {
            count += each == 2 ? 1 : 0;
        }
        return count;
    }

    @ParameterizedTest(name = "truncates={0}")
    @ValueSource(booleans = {true, false})
    void anAppendThatAnotherClientGrowsPastAndCutsBehindIsDoneOnce(final boolean truncates) {
        try (TestVolume volume = new TestVolume(512, 4, 51)) {
            final Opened file = file(volume);
            final TestVolume.Ending<Integer> append = waitingAppend(volume, file);
            final TestVolume.Ending<Attributes> growth =
                    truncates ? otherResizes(volume, file, 300) : otherWrote(volume, file, 300);
            volume.run(50);
            final TestVolume.Ending<Attributes> cut = otherResizes(volume, file, 250);
            volume.run(50);
            volume.cluster.silent.clear();
            assertEquals(50, volume.await(append));
            volume.await(growth);
            volume.await(cut);
            assertEquals(50, appended(volume, file));
            assertArrayEquals(bytes(2, 50), volume.read(file, 100, 50));
        }
    }

    @Test
    void anAppendWhoseReportIsAnsweredAfterALaterCutIsDoneOnce() {
        try (TestVolume volume = new TestVolume(512, 4, 52)) {
            final Opened file = file(volume);
            final TestVolume.Ending<Integer> append = waitingAppend(volume, file);
            volume.cluster.silent.clear();
            for (int i = 0; i < 10_000; i++) { // so long the other client is waited for
                volume.nowNs += 200_000;
                volume.cluster.lossPerMille = 1000;
                volume.metadata.doWork(); // its answers are lost
                volume.cluster.lossPerMille = 0;
                volume.client.doWork();
            }
            volume.cluster.lostRequests.set(WrittenDecoder.TEMPLATE_ID); // that it asks again
            final long inode = file.attributes().inode();
            assertFalse(append.ended);
            final Attributes before = volume.call(done -> volume.other.getAttributes(inode, done));
            assertEquals(150, before.size());
            final Attributes after =
                    volume.call(
                            done -> {
                                volume.other.cutTail(inode, before.dataId(), done);
                                return Cancellable.NONE;
                            });
            assertEquals(1, after.cut());
            assertEquals(150, volume.read(file, 0, MANY).length); // hears of the cut
            assertFalse(append.ended);
            volume.cluster.lostRequests.clear();
            assertEquals(50, volume.await(append));
            assertEquals(50, appended(volume, file));
        }
    }

    @Test
    void whoWaitsForAnAppendOfAnotherClientCanGiveUp() {
        try (TestVolume volume = new TestVolume(512, 4, 53)) {
            final Opened file = file(volume);
            final Opened plain =
                    volume.call(done -> volume.files().open(file.attributes().inode(), 2, done));
            final long inode = file.attributes().inode();
            final Attributes now = volume.attributes(file);
            assertEquals(
                    100L,
                    volume.<Long>call(
                            done ->
                                    volume.other.reserveAppend(
                                            inode, now.dataId(), now.cut(), 50, done)));
            final TestVolume.Ending<Integer> write = volume.startWrite(plain, 200, bytes(3, 40));
            volume.run(1000);
            assertFalse(write.ended);
            write.operation.cancel();
            volume.run(1000);
            assertTrue(write.ended);
            assertEquals(ErrorCode.INTERRUPTED, write.error.code());
            final Attributes after = volume.attributes(file);
            assertEquals(100, after.size());
            assertEquals(1, after.cut(), "the room is void");
            volume.truncate(plain, 300);
            assertArrayEquals(new byte[200], volume.read(file, 100, MANY));
        }
    }

    @Test
    void whoWaitsForAppendsIsNotOvertakenByNewOnesForEver() {
        try (TestVolume volume = new TestVolume(512, 4, 54)) {
            final Opened file = file(volume);
            final TestVolume.Ending<Integer> append = waitingAppend(volume, file);
            final TestVolume.Ending<Attributes> growth = otherResizes(volume, file, 300);
            volume.run(50);
            final Attributes now = file.attributes();
            final TestVolume.Ending<Long> room =
                    volume.start(
                            done ->
                                    volume.other.reserveAppend(
                                            now.inode(), now.dataId(), now.cut(), 7, done));
            volume.run(1000);
            assertFalse(growth.ended || room.ended);
            volume.cluster.silent.clear();
            assertEquals(50, volume.await(append));
            volume.run(3000);
            assertTrue(room.ended);
        }
    }
}
