package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.ProcessCluster;
import org.trivet.node.Verification;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * One node after the other is ended by kill -9 at some moment while files are written, cut, deleted
 * and appended to, and started again: what was acknowledged is there each time, nothing else is,
 * and all copies agree. Now and then it is killed again as soon as it has started.
 *
 * <p>With -Dtrivet.spec.full=true 500 times.
 */
@Timeout(value = 3600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledNodeTest {
    private static final boolean FULL = Boolean.getBoolean("trivet.spec.full");
    private static final Shape SHAPE = new Shape(4, 4 << 10);
    private static final int KILLS = FULL ? 500 : 5;
    private static final int FILES = 24;
    private static final int MAX_LENGTH = 300_000;

    @TempDir private Path parent;

    private final Map<String, byte[]> contents = new TreeMap<>();
    private final Random random = new Random(FULL ? 2 : 1);
    private Volume volume;
    private int kills;
    private long changes;

    /** Changes files until it is told to stop; what it notes has been acknowledged. */
    private static final class Changer implements Runnable {
        private final TrivetFileSystem files;
        private final Map<String, byte[]> contents;
        private final Random random;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private volatile boolean isStopping;
        private volatile int changes;

        Changer(final TrivetFileSystem files, final Map<String, byte[]> contents, final long seed) {
            this.files = files;
            this.contents = contents;
            random = new Random(seed);
        }

        @Override
        public void run() {
            try {
                while (!isStopping) {
                    change("/f" + random.nextInt(FILES));
                    changes = changes + 1;
                }
            } catch (final RuntimeException | Error e) {
                failure.set(e);
            }
        }

        private void change(final String path) {
            final byte[] old = contents.get(path);
            final int kind = random.nextInt(10);
            if (old == null || kind < 5) {
                final byte[] bytes = bytes(1 + random.nextInt(MAX_LENGTH));
                files.write(path, bytes);
                contents.put(path, bytes);
            } else if (kind < 8) {
                final byte[] more = bytes(1 + random.nextInt(20_000));
                files.append(path, more);
                final byte[] longer = Arrays.copyOf(old, old.length + more.length);
                System.arraycopy(more, 0, longer, old.length, more.length);
                contents.put(path, longer);
            } else if (kind < 9) {
                final int length = random.nextInt(old.length + 1);
                files.truncate(path, length);
                contents.put(path, Arrays.copyOf(old, length));
            } else {
                files.delete(path);
                contents.remove(path);
            }
        }

        private byte[] bytes(final int length) {
            final byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }
    }

    @Test
    void whatWasAcknowledgedIsThereAfterEachKill() throws Exception {
        try (Volume opened = new Volume(SHAPE, parent.resolve("volume"), "aeron:ipc")) {
            volume = opened;
            while (kills < KILLS) {
                killWhileFilesChange(random.nextInt(SHAPE.nodes()));
                mustBeWhole();
                if (kills % 50 == 0) {
                    tell();
                }
            }
        }
        tell();
    }

    private void tell() {
        System.out.printf("%,d nodes killed while %,d changes were made%n", kills, changes);
    }

    private void killWhileFilesChange(final int node) throws Exception {
        final Changer changer = new Changer(volume.files, contents, random.nextLong());
        final Thread thread = Thread.ofPlatform().name("changer").start(changer);
        try {
            final int before = random.nextInt(30);
            volume.await(
                    "files change",
                    () -> changer.changes >= before || changer.failure.get() != null);
            LockSupport.parkNanos(random.nextInt(5_000_000));
            kill(node);
            if (kills < KILLS && random.nextInt(4) == 0) {
                kill(node);
            }
            volume.await("node " + node + " is good", () -> volume.isGood(node));
        } finally {
            changer.isStopping = true;
            thread.join();
        }
        changes += changer.changes;
        if (changer.failure.get() != null) {
            throw new AssertionError("kill " + kills, changer.failure.get());
        }
    }

    private void kill(final int node) throws Exception {
        final String name = "node-" + node;
        final long process = processOf(name);
        volume.cluster.killNode(node);
        kills++;
        assertFalse(ProcessHandle.of(process).map(ProcessHandle::isAlive).orElse(false));
        volume.cluster.startNode(node);
        assertNotEquals(process, processOf(name));
    }

    private long processOf(final String name) {
        return ((ProcessCluster) volume.cluster).processIds().get(name);
    }

    private void mustBeWhole() throws Exception {
        final String when = "after kill " + kills;
        volume.mustAllBeGood();
        for (int i = 0; i < FILES; i++) {
            final String path = "/f" + i;
            final byte[] expected = contents.get(path);
            assertEquals(expected != null, volume.files.exists(path), when);
            if (expected != null) {
                assertArrayEquals(expected, volume.files.read(path), when + ", " + path);
            }
        }
        final Verification verification = volume.cluster.verify();
        assertTrue(verification.units() > 0 || contents.isEmpty());
        assertEquals(List.of(), verification.differences(), when);
    }
}
