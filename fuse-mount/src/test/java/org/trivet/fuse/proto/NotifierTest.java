package org.trivet.fuse.proto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.trivet.fs.InvalidationListener.UNAWAITED;

import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.fs.InvalidationListener;
import org.trivet.fuse.MemoryFileSystem;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

class NotifierTest {
    private final LinkedBlockingQueue<ByteBuffer> sent = new LinkedBlockingQueue<>();
    private final Semaphore mayPass = new Semaphore(0);

    /** So many times the kernel says that it does not know an inode. */
    private volatile int unknownYet;

    private final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());

    private int send(final DirectBuffer from, final int offset, final int length) {
        mayPass.acquireUninterruptibly();
        if (unknownYet > 0 && from.getInt(offset + 4) == Flags.NOTIFY_INVAL_INODE) {
            unknownYet--;
            return Errno.ENOENT;
        }
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
            notifier.inodeChanged(7, 4096, 100, UNAWAITED);
            notifier.entryChanged(3, "name".getBytes(StandardCharsets.UTF_8), UNAWAITED);
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
                        1000 + i, 0, 0, UNAWAITED); // the kernel holds the first one up meanwhile
            }
            mayPass.release(1_000_000);
            for (int i = 0; !known.isEmpty(); i++) {
                known.remove(next().getLong(16));
                assertTrue(i < 20_000, "missing: " + known);
            }
        }
    }

    /** The agent's thread is this test's: runs what comes for it until something holds. */
    private static void runAgentUntil(
            final LinkedBlockingQueue<Runnable> agent, final BooleanSupplier holds)
            throws InterruptedException {
        while (!holds.getAsBoolean()) {
            final Runnable task = agent.poll(10, TimeUnit.SECONDS);
            assertNotNull(task, "nothing came for the agent's thread");
            task.run();
        }
    }

    @Test
    void aChangeIsObeyedWhenTheKernelHasTakenIt() throws InterruptedException {
        final LinkedBlockingQueue<Runnable> agent = new LinkedBlockingQueue<>();
        final List<String> obeyed = new ArrayList<>();
        try (Notifier notifier = new Notifier(kernel.dispatcher, agent::add, this::send)) {
            notifier.start();
            notifier.entryChanged(1, new byte[] {'a'}, () -> obeyed.add("a"));
            notifier.inodeChanged(7, 0, 0, () -> obeyed.add("7"));
            assertNull(agent.poll(50, TimeUnit.MILLISECONDS), "the kernel has not taken it");
            mayPass.release();
            runAgentUntil(agent, () -> obeyed.equals(List.of("a")));
            mayPass.release();
            runAgentUntil(agent, () -> obeyed.equals(List.of("a", "7")));
        }
    }

    /** Notes when a change is obeyed, and when it is said to be held up. */
    private record Noting(List<String> notes, String name) implements InvalidationListener.Outcome {
        @Override
        public void obeyed() {
            notes.add(name);
        }

        @Override
        public void heldUp() {
            notes.add(name + " is held up");
        }
    }

    @Test
    void aChangeOfADirectoryThatIsBeingChangedIsHeldUpAndObeyedLater() throws InterruptedException {
        final WaitingFileSystem waiting = new WaitingFileSystem();
        final SimulatedKernel busy = new SimulatedKernel(waiting);
        final LinkedBlockingQueue<Runnable> agent = new LinkedBlockingQueue<>();
        final List<String> notes = new ArrayList<>();
        try (Notifier notifier = new Notifier(busy.dispatcher, agent::add, this::send)) {
            notifier.start();
            notifier.entryChanged(1, new byte[] {'a'}, new Noting(notes, "a"));
            notifier.entryChanged(2, new byte[] {'b'}, new Noting(notes, "b"));
            final long request = busy.send(Opcode.UNLINK, 1, Message.empty().name("name"));
            busy.runAgent();
            final List<String> expected = new ArrayList<>(List.of("a is held up"));
            assertEquals(expected, notes, "the kernel may let it wait for the request");
            notifier.entryChanged(1, new byte[] {'c'}, new Noting(notes, "c"));
            expected.add("c is held up");
            assertEquals(expected, notes);
            waiting.unlinking.succeeded(null);
            assertEquals(0, busy.replies.get(request).errno());
            notifier.entryChanged(1, new byte[] {'d'}, new Noting(notes, "d"));
            assertEquals(expected, notes);
            mayPass.release(4);
            expected.addAll(List.of("a", "b", "c", "d"));
            runAgentUntil(agent, () -> notes.equals(expected));
        }
    }

    @Test
    void whatThereIsNoRoomForIsObeyedToo() throws InterruptedException {
        final LinkedBlockingQueue<Runnable> agent = new LinkedBlockingQueue<>();
        final Set<Integer> obeyed = new HashSet<>();
        try (Notifier notifier = new Notifier(kernel.dispatcher, agent::add, this::send)) {
            notifier.start();
            for (int i = 0; i < 20_000; i++) {
                final int number = i;
                notifier.inodeChanged(1000 + i, 0, 0, () -> obeyed.add(number));
            }
            mayPass.release(1_000_000);
            while (obeyed.size() < 20_000) {
                final Runnable task = agent.poll(10, TimeUnit.MILLISECONDS);
                if (task == null) { // what was given up is obeyed when names have become void
                    notifier.expire(System.nanoTime() + 2 * kernel.dispatcher.entryTimeoutNs());
                } else {
                    task.run();
                }
            }
        }
    }

    @Test
    void whenEverythingMayHaveChangedEveryKnownInodeIsSaidToHave() throws InterruptedException {
        final LinkedBlockingQueue<Runnable> agent = new LinkedBlockingQueue<>();
        final long[] known = kernel.create("file");
        final List<String> notes = new ArrayList<>();
        try (Notifier notifier = new Notifier(kernel.dispatcher, agent::add, this::send)) {
            mayPass.release(10);
            notifier.start();
            notifier.everythingChanged(new Noting(notes, "all"));
            assertEquals(1, next().getLong(16));
            agent.take().run(); // tells which inodes the kernel knows
            assertEquals(known[0], next().getLong(16));
            runAgentUntil(agent, () -> notes.equals(List.of("all is held up")));
            notifier.expire(System.nanoTime());
            assertEquals(List.of("all is held up"), notes, "names may be trusted");
            notifier.expire(System.nanoTime() + kernel.dispatcher.entryTimeoutNs());
        }
        assertEquals(List.of("all is held up", "all"), notes);
    }

    /** What is taken while it is being said that everything changed is no more than itself. */
    @Test
    void everythingIsObeyedInTimeThoughAnotherChangeIsTakenJustThen() throws InterruptedException {
        final WaitingFileSystem waiting = new WaitingFileSystem();
        final SimulatedKernel busy = new SimulatedKernel(waiting);
        final LinkedBlockingQueue<Runnable> agent = new LinkedBlockingQueue<>();
        final List<String> notes = new ArrayList<>();
        try (Notifier notifier = new Notifier(busy.dispatcher, agent::add, this::send)) {
            mayPass.release(100);
            notifier.start();
            busy.send(Opcode.UNLINK, 1, Message.empty().name("name")); // which holds it up
            busy.runAgent();
            final Noting noting = new Noting(notes, "all");
            notifier.everythingChanged(
                    new InvalidationListener.Outcome() {
                        @Override
                        public void obeyed() {
                            noting.obeyed();
                        }

                        @Override
                        public void heldUp() {
                            if (notes.isEmpty()) {
                                notifier.inodeChanged(7, 0, 0, new Noting(notes, "7"));
                                runAgentUnchecked(agent, () -> !notes.isEmpty());
                            }
                            noting.heldUp();
                        }
                    });
            runAgentUntil(agent, () -> notes.size() >= 3);
            assertEquals(List.of("7", "all is held up", "all is held up"), notes);
            notifier.expire(System.nanoTime());
            assertEquals(3, notes.size(), "names may be trusted");
            notifier.expire(System.nanoTime() + busy.dispatcher.entryTimeoutNs());
        }
        assertEquals("all", notes.getLast());
    }

    private static void runAgentUnchecked(
            final LinkedBlockingQueue<Runnable> agent, final BooleanSupplier holds) {
        try {
            runAgentUntil(agent, holds);
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aChangeOfAnInodeThatTheKernelDoesNotKnowYetIsToldAgain() throws InterruptedException {
        final LinkedBlockingQueue<Runnable> agent = new LinkedBlockingQueue<>();
        final long[] known = kernel.create("file");
        final List<String> notes = new ArrayList<>();
        unknownYet = 4;
        try (Notifier notifier = new Notifier(kernel.dispatcher, agent::add, this::send)) {
            notifier.start();
            mayPass.release(4);
            notifier.inodeChanged(known[0], 0, 0, new Noting(notes, "known"));
            for (int i = 0; i < 4; i++) {
                agent.take().run();
                assertEquals(List.of(), notes, "it was told of the file, and may not know it yet");
            }
            mayPass.release(1);
            runAgentUntil(agent, () -> notes.equals(List.of("known")));
            assertEquals(known[0], next().getLong(16));
            unknownYet = 1;
            mayPass.release(1);
            notifier.inodeChanged(known[0] + 1, 0, 0, new Noting(notes, "unknown"));
            runAgentUntil(agent, () -> notes.equals(List.of("known", "unknown")));
        }
    }

    private static final class WaitingFileSystem extends MemoryFileSystem {
        private Completion<Void> unlinking;

        @Override
        public Cancellable unlink(
                final long parent, final byte[] name, final Completion<Void> done) {
            unlinking = done;
            return Cancellable.NONE;
        }
    }
}
