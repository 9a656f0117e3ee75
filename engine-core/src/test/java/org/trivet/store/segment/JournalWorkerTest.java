package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.FileFaults;
import org.trivet.store.MemoryFileLayer;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** A journal whose workers have threads. */
@Timeout(60)
class JournalWorkerTest {
    private static final int MAX_RECORD = 100_000;

    private final MemoryFileLayer layer = new MemoryFileLayer(64 << 20);
    private final List<Thread> threads = new ArrayList<>();
    private Journal journal;
    private boolean holds;
    private volatile boolean isHeld;
    private volatile int syncs;

    private void open(final Durability durability) {
        open(durability, 1_000_000L, true);
    }

    private void open(
            final Durability durability, final long syncIntervalNs, final boolean zeroFill) {
        journal =
                Journal.open(
                        layer,
                        new JournalConfig(
                                5,
                                1 << 20,
                                MAX_RECORD,
                                0,
                                0,
                                1 << 19,
                                durability,
                                syncIntervalNs,
                                zeroFill),
                        (type, tag, buffer, offset, length) -> true,
                        System::nanoTime);
        for (final JournalWorker worker : journal.workers()) {
            threads.add(Thread.ofPlatform().daemon().start(worker));
            while (!worker.attached()) {
                Thread.onSpinWait(); // until then the owner does its work
            }
        }
    }

    private void holdSyncs(final boolean hold) {
        synchronized (layer) {
            holds = hold;
            layer.notifyAll();
        }
    }

    private void hold(final FileFaults.Call call) {
        while (call == FileFaults.Call.SYNC && holds) {
            isHeld = true;
            try {
                layer.wait(); // gives up the monitor, so that others may write
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @AfterEach
    void close() throws InterruptedException {
        holdSyncs(false);
        journal.workers().forEach(JournalWorker::stop);
        for (final Thread thread : threads) {
            thread.join();
        }
        journal.close();
    }

    private void await(final BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            journal.doWork(System.nanoTime());
            assertNull(journal.failure());
            assertFalse(Thread.currentThread().isInterrupted(), "in time");
            Thread.onSpinWait();
        }
    }

    private void append(final int tag, final int length) {
        final byte[] body = body(tag, length);
        assertTrue(journal.append(1, tag, 0, new UnsafeBuffer(body), 0, length) > 0);
    }

    private static byte[] body(final int tag, final int length) {
        final byte[] body = new byte[length];
        new Random(tag).nextBytes(body);
        return body;
    }

    @Test
    void recordsAreWrittenWhileEarlierOnesAreBeingSynced() {
        layer.faults((call, name, offset, length) -> hold(call));
        open(Durability.DISK);
        holdSyncs(true);
        append(0, 1000);
        await(() -> isHeld);
        final long synced = journal.syncedPosition();
        for (int tag = 1; tag < 9; tag++) { // too much for the owner to write it by itself
            append(tag, 50_000);
        }
        await(() -> journal.writtenPosition() == journal.endPosition());
        assertEquals(synced, journal.syncedPosition());
        holdSyncs(false);
        await(() -> journal.syncedPosition() == journal.endPosition());
    }

    @Test
    void whatIsAppendedInOneCycleIsSyncedAtOnceAndNotInParts() {
        layer.faults(
                (call, name, offset, length) -> {
                    if (call == FileFaults.Call.SYNC) {
                        syncs++;
                    }
                });
        open(Durability.DISK, 60_000_000_000L, false); // zeros are synced, too
        await(() -> journal.syncedPosition() == journal.endPosition());
        final int before = syncs;
        final int first = Positions.segment(journal.syncedPosition());
        for (int tag = 0; tag < 40; tag++) { // more than is staged at once
            append(tag, MAX_RECORD);
        }
        assertEquals(before, syncs, "some of it was synced before the rest was there");
        await(() -> journal.syncedPosition() == journal.endPosition());
        final int segments = Positions.segment(journal.syncedPosition()) - first + 1;
        assertEquals(before + segments, syncs);
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyRecordIsWholeWhereverItWasStaged(final long seed) {
        open(Durability.PROCESS);
        final Random random = new Random(seed);
        final List<Integer> lengths = new ArrayList<>();
        for (int tag = 0; tag < 300; tag++) {
            final int most = random.nextInt(4) == 0 ? MAX_RECORD : 5000;
            lengths.add(1 + random.nextInt(most));
            append(tag, lengths.get(tag));
            switch (random.nextInt(4)) {
                case 0 -> await(() -> journal.writtenPosition() == journal.endPosition());
                case 1 -> journal.doWork(System.nanoTime());
                default -> {} // more is staged at once
            }
        }
        final int[] told = {0};
        journal.replay(
                0,
                new JournalHandler() {
                    @Override
                    public void onRecord(
                            final int type,
                            final int tag,
                            final long position,
                            final DirectBuffer buffer,
                            final int offset,
                            final int length) {
                        final byte[] body = new byte[length];
                        buffer.getBytes(offset, body);
                        assertEquals(told[0], tag);
                        assertArrayEquals(body(tag, lengths.get(tag)), body);
                        told[0]++;
                    }

                    @Override
                    public void onDamage(final long position, final boolean torn) {
                        throw new AssertionError("damage at " + position);
                    }
                });
        assertEquals(300, told[0]);
    }
}
