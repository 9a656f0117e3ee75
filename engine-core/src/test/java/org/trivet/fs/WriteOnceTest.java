package org.trivet.fs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

/**
 * What is under way when another client cuts the file is stored again only where the cut has
 * removed it: others may have written over the rest since.
 */
class WriteOnceTest {
    private static final int BLOCK = 512;
    private static final int SIZE = 8 * BLOCK;
    private static final int WRITE = 4 * BLOCK;
    private static final int MANY = 10_000;

    private static byte[] bytes(final int value, final int length) {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** A file of eight blocks that the other client has open, too. */
    private static Opened file(final TestVolume volume) {
        final Opened file = volume.create("f", 2);
        volume.write(file, 0, bytes(1, SIZE));
        final long inode = file.attributes().inode();
        volume.<Attributes>call(done -> volume.other.open(inode, 2, done));
        return file;
    }

    /** A write of four blocks, of which one is stored; the others wait for a node. */
    private static TestVolume.Ending<Integer> waitingWrite(
            final TestVolume volume, final Opened file) {
        final int before = volume.cluster.applied;
        volume.cluster.silent.set(0);
        final TestVolume.Ending<Integer> write = volume.startWrite(file, 0, bytes(2, WRITE));
        volume.run(20);
        assertFalse(write.ended);
        assertEquals(before + 1, volume.cluster.applied);
        return write;
    }

    private static void otherResizes(final TestVolume volume, final Opened file, final long size) {
        volume.<Attributes>call(
                done ->
                        volume.other.setAttributes(
                                file.attributes().inode(), AttributeChange.ofSize(size), done));
        volume.run(20);
    }

    @Test
    void aWriteBeforeACutIsStoredOnce() {
        try (TestVolume volume = new TestVolume(BLOCK, 4, 61)) {
            final Opened file = file(volume);
            final int before = volume.cluster.applied;
            final TestVolume.Ending<Integer> write = waitingWrite(volume, file);
            otherResizes(volume, file, 3000);
            volume.cluster.silent.clear();
            assertEquals(WRITE, volume.await(write));
            assertEquals(before + 4, volume.cluster.applied);
            assertArrayEquals(bytes(2, WRITE), volume.read(file, 0, WRITE));
            assertEquals(3000, volume.read(file, 0, MANY).length);
        }
    }

    @Test
    void aWriteAcrossACutIsStoredAgainBehindTheCut() {
        try (TestVolume volume = new TestVolume(BLOCK, 4, 62)) {
            final Opened file = file(volume);
            final int before = volume.cluster.applied;
            final TestVolume.Ending<Integer> write = waitingWrite(volume, file);
            otherResizes(volume, file, 3 * BLOCK);
            volume.cluster.silent.clear();
            assertEquals(WRITE, volume.await(write));
            assertTrue(volume.cluster.applied <= before + 5, "more than the last block again");
            assertArrayEquals(bytes(2, WRITE), volume.read(file, 0, MANY));
        }
    }

    @Test
    void aWriteDuringWhichAFileIsCutVeryOftenIsStored() {
        try (TestVolume volume = new TestVolume(BLOCK, 4, 63)) {
            final Opened file = file(volume);
            final TestVolume.Ending<Integer> write = waitingWrite(volume, file);
            for (int cut = 1; cut <= 40; cut++) {
                otherResizes(volume, file, cut % 2 == 0 ? SIZE : BLOCK + cut);
            }
            volume.cluster.silent.clear();
            assertEquals(WRITE, volume.await(write));
            assertArrayEquals(bytes(2, WRITE), volume.read(file, 0, WRITE));
            final byte[] rest = volume.read(file, WRITE, MANY);
            assertArrayEquals(new byte[SIZE - WRITE], rest);
        }
    }

    @Test
    void aHoleIsMadeOnce() {
        try (TestVolume volume = new TestVolume(BLOCK, 4, 64)) {
            final Opened file = file(volume);
            final int before = volume.cluster.applied;
            volume.cluster.silent.set(0);
            final TestVolume.Ending<Void> hole =
                    volume.start(
                            done ->
                                    volume.files()
                                            .allocate(
                                                    file.handle(),
                                                    InodeFileSystem.ALLOCATE_PUNCH_HOLE
                                                            | InodeFileSystem.ALLOCATE_KEEP_SIZE,
                                                    0,
                                                    WRITE,
                                                    done));
            volume.run(20);
            assertFalse(hole.ended);
            otherResizes(volume, file, 3000);
            volume.cluster.silent.clear();
            volume.await(hole);
            assertEquals(before + 4, volume.cluster.applied);
            assertArrayEquals(new byte[WRITE], volume.read(file, 0, WRITE));
            assertEquals(3000, volume.read(file, 0, MANY).length);
        }
    }
}
