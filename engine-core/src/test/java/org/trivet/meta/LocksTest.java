package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.trivet.meta.MetadataRig.MS;
import static org.trivet.meta.MetadataRig.ROOT;
import static org.trivet.meta.NamespaceRulesTest.raw;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.Cancellable;
import org.trivet.ErrorCode;
import org.trivet.fs.FileLock;

import java.util.Random;

class LocksTest {
    private final MetadataRig rig = new MetadataRig();
    private final MetadataRig.Peer a = rig.connect();
    private final MetadataRig.Peer b = rig.connect();
    private long file;
    private long other;

    @BeforeEach
    void files() {
        file = a.created(ROOT, "f").inode();
        other = a.created(ROOT, "g").inode();
    }

    private static FileLock lock(
            final int type, final long start, final long end, final long owner) {
        return new FileLock(type, false, start, end, owner, 7);
    }

    private ErrorCode set(final MetadataRig.Peer peer, final long inode, final FileLock lock) {
        return peer.fails(c -> peer.client.setLock(inode, lock, false, raw(c)));
    }

    private MetadataRig.Result<Void> await(
            final MetadataRig.Peer peer, final long inode, final FileLock lock) {
        final var result = new MetadataRig.Result<Void>();
        peer.client.setLock(inode, lock, true, result);
        rig.run(20 * MS);
        return result;
    }

    @Test
    void writersExcludeAndReadersShare() {
        assertNull(set(a, file, lock(FileLock.READ, 0, 9, 1)));
        assertNull(set(b, file, lock(FileLock.READ, 5, 20, 1)));
        assertEquals(ErrorCode.WOULD_BLOCK, set(b, file, lock(FileLock.WRITE, 5, 20, 1)));
        assertNull(set(b, file, lock(FileLock.WRITE, 10, 20, 1)));
        assertEquals(
                ErrorCode.WOULD_BLOCK, set(a, file, lock(FileLock.READ, 0, Long.MAX_VALUE, 1)));
    }

    @Test
    void conflictIsReported() {
        set(a, file, lock(FileLock.WRITE, 10, 19, 1));
        final FileLock found =
                b.<FileLock>await(c -> b.client.getLock(file, lock(FileLock.READ, 0, 100, 1), c));
        assertEquals(FileLock.WRITE, found.type());
        assertEquals(10, found.start());
        assertEquals(19, found.end());
        final FileLock none =
                b.<FileLock>await(c -> b.client.getLock(file, lock(FileLock.READ, 20, 100, 1), c));
        assertEquals(FileLock.UNLOCK, none.type());
    }

    @Test
    void flockAndPosixLocksDoNotSeeEachOther() {
        assertNull(set(a, file, new FileLock(FileLock.WRITE, true, 0, Long.MAX_VALUE, 1, 7)));
        assertNull(set(b, file, lock(FileLock.WRITE, 0, Long.MAX_VALUE, 1)));
        assertEquals(
                ErrorCode.WOULD_BLOCK,
                set(b, file, new FileLock(FileLock.READ, true, 0, Long.MAX_VALUE, 1, 7)));
    }

    @Test
    void aWaitingRequestIsGrantedWhenTheLockIsReleased() {
        set(a, file, lock(FileLock.WRITE, 0, 9, 1));
        final var waits = await(b, file, lock(FileLock.WRITE, 0, 9, 1));
        rig.run(10_000 * MS);
        assertFalse(waits.ended);
        set(a, file, lock(FileLock.UNLOCK, 0, 9, 1));
        rig.runUntil(() -> waits.ended);
        waits.get();
        assertEquals(ErrorCode.WOULD_BLOCK, set(a, file, lock(FileLock.READ, 0, 0, 1)));
        assertEquals(0, rig.node.waitingLocks());
    }

    @Test
    void aWaitingRequestSurvivesARestart() {
        set(a, file, lock(FileLock.WRITE, 0, 9, 1));
        final var waits = await(b, file, lock(FileLock.WRITE, 0, 9, 1));
        rig.restartNode();
        rig.run(5_000 * MS);
        assertFalse(waits.ended);
        a.<Void>await(c -> a.client.release(file, c));
        rig.runUntil(() -> waits.ended);
        waits.get();
    }

    @Test
    void locksEndWithTheirSession() {
        set(a, file, lock(FileLock.WRITE, 0, 9, 1));
        final var waits = await(b, file, lock(FileLock.WRITE, 0, 9, 1));
        a.alive = false;
        rig.runUntil(() -> waits.ended);
        waits.get();
    }

    @Test
    void waitingInACircleIsRefused() {
        set(a, file, lock(FileLock.WRITE, 0, 9, 1));
        set(b, other, lock(FileLock.WRITE, 0, 9, 1));
        final var waits = await(b, file, lock(FileLock.WRITE, 0, 9, 1));
        final var deadlock = await(a, other, lock(FileLock.WRITE, 0, 9, 1));
        assertEquals(ErrorCode.DEADLOCK, deadlock.error.code());
        assertFalse(waits.ended);
        a.<Void>await(c -> a.client.release(file, c));
        rig.runUntil(() -> waits.ended);
        waits.get();
    }

    @Test
    void aGivenUpRequestLeavesNoLock() {
        set(a, file, lock(FileLock.WRITE, 0, 9, 1));
        final var result = new MetadataRig.Result<Void>();
        final Cancellable waiting =
                b.client.setLock(file, lock(FileLock.WRITE, 0, 9, 1), true, result);
        rig.run(20 * MS);
        waiting.cancel();
        assertEquals(ErrorCode.INTERRUPTED, result.error.code());
        rig.run(100 * MS);
        assertEquals(0, rig.node.waitingLocks());
        set(a, file, lock(FileLock.UNLOCK, 0, 9, 1));
        rig.run(100 * MS);
        assertNull(set(a, file, lock(FileLock.WRITE, 0, 9, 1)));
        assertEquals(0, b.client.pending());
    }

    @Test
    void aRequestGivenUpWhileItIsGrantedIsUndone() {
        b.inodes();
        final var result = new MetadataRig.Result<Void>();
        final Cancellable running =
                b.client.setLock(file, lock(FileLock.WRITE, 0, 9, 1), true, result);
        rig.node.doWork();
        running.cancel();
        rig.run(100 * MS);
        assertNull(set(a, file, lock(FileLock.WRITE, 0, 9, 1)));
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void rangesSplitAndMergeAsBytesWouldDo(final long seed) {
        final Random random = new Random(seed);
        final int size = 24;
        final int[][] held = new int[4][size]; // per owner and byte: type, or UNLOCK
        for (final int[] bytes : held) {
            java.util.Arrays.fill(bytes, FileLock.UNLOCK);
        }
        for (int step = 0; step < 300; step++) {
            final int who = random.nextInt(4);
            final int type = random.nextInt(3);
            final int start = random.nextInt(size);
            final int end = start + random.nextInt(size - start);
            boolean conflict = false;
            for (int other = 0; other < 4; other++) {
                for (int i = start; i <= end; i++) {
                    final boolean both =
                            other != who
                                    && held[other][i] != FileLock.UNLOCK
                                    && type != FileLock.UNLOCK;
                    conflict |=
                            both && (type == FileLock.WRITE || held[other][i] == FileLock.WRITE);
                }
            }
            final ErrorCode result =
                    set(who < 2 ? a : b, file, lock(type, start, end, 1 + who % 2));
            assertEquals(
                    conflict ? ErrorCode.WOULD_BLOCK : null,
                    result,
                    "seed " + seed + " step " + step);
            if (!conflict) {
                java.util.Arrays.fill(held[who], start, end + 1, type);
            }
        }
    }
}
