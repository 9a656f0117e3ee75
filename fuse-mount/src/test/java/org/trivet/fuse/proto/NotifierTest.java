package org.trivet.fuse.proto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.fuse.MemoryFileSystem;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

class NotifierTest {
    private final LinkedBlockingQueue<ByteBuffer> sent = new LinkedBlockingQueue<>();
    private final Semaphore mayPass = new Semaphore(0);
    private final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());

    private int send(final DirectBuffer from, final int offset, final int length) {
        mayPass.acquireUninterruptibly();
        final byte[] bytes = new byte[length];
        from.getBytes(offset, bytes);
        sent.add(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
        return 0;
    }

    private ByteBuffer next() throws InterruptedException {
        final ByteBuffer message = sent.poll(10, TimeUnit.SECONDS);
        assertNotNull(message, "no notification came");
        return message;
    }

    @Test
    void changesAreSentAsTheKernelReadsThem() throws InterruptedException {
        try (Notifier notifier = new Notifier(kernel.dispatcher, Runnable::run, this::send)) {
            mayPass.release(10);
            notifier.start();
            notifier.inodeChanged(7, 4096, 100);
            notifier.entryChanged(3, "name".getBytes(StandardCharsets.UTF_8));
            final ByteBuffer inode = next();
            assertEquals(40, inode.getInt(0));
            assertEquals(Flags.NOTIFY_INVAL_INODE, inode.getInt(4));
            assertEquals(0, inode.getLong(8));
            assertArrayEquals(
                    new long[] {7, 4096, 100},
                    new long[] {inode.getLong(16), inode.getLong(24), inode.getLong(32)});
            final ByteBuffer entry = next();
            assertEquals(37, entry.getInt(0));
            assertEquals(Flags.NOTIFY_INVAL_ENTRY, entry.getInt(4));
            assertEquals(3, entry.getLong(16));
            assertEquals(4, entry.getInt(24));
            assertArrayEquals(
                    "name\0".getBytes(StandardCharsets.UTF_8),
                    Arrays.copyOfRange(entry.array(), 32, 37));
        }
    }

    @Test
    void whenTooManyWaitEveryKnownInodeIsSaidToHaveChanged() throws InterruptedException {
        final Set<Long> known = new HashSet<>(Set.of(1L));
        for (int i = 0; i < 10; i++) {
            known.add(kernel.create("file-" + i)[0]);
        }
        try (Notifier notifier = new Notifier(kernel.dispatcher, Runnable::run, this::send)) {
            notifier.start();
            for (int i = 0; i < 20_000; i++) {
                notifier.inodeChanged(
                        1000 + i, 0, 0); // the kernel holds the first one up meanwhile
            }
            mayPass.release(1_000_000);
            for (int i = 0; !known.isEmpty(); i++) {
                known.remove(next().getLong(16));
                assertTrue(i < 20_000, "missing: " + known);
            }
        }
    }
}
