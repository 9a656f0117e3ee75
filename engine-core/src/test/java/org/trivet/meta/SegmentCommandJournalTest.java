package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.segment.IndexSpace;
import org.trivet.store.segment.Journal;
import org.trivet.store.segment.JournalConfig;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;

class SegmentCommandJournalTest {
    private final MemoryFileLayer files = new MemoryFileLayer(64 << 20);
    private final UnsafeBuffer record = new UnsafeBuffer(new byte[3000]);
    private long nowNs;

    private SegmentCommandJournal open() {
        final JournalConfig config =
                JournalConfig.of(5, 0, files.usableSpace(), Durability.PROCESS);
        return new SegmentCommandJournal(
                Journal.open(files, config, (type, tag, b, o, l) -> true, () -> nowNs),
                new IndexSpace(files, "usual", 0, 1),
                new IndexSpace(files, "last", 0, 1),
                LongUnaryOperator.identity(),
                () -> nowNs);
    }

    private long append(final SegmentCommandJournal journal, final int number) {
        record.putInt(0, number, ByteOrder.LITTLE_ENDIAN);
        final long position = journal.append(record, 0, record.capacity(), false);
        assertTrue(position > 0);
        return position;
    }

    private List<Integer> replay(final SegmentCommandJournal journal, final long after) {
        final List<Integer> numbers = new ArrayList<>();
        final long[] last = {after};
        journal.replay(
                after,
                (position, b, offset, length) -> {
                    assertTrue(position > last[0]);
                    last[0] = position;
                    assertEquals(record.capacity(), length);
                    numbers.add(b.getInt(offset, ByteOrder.LITTLE_ENDIAN));
                });
        return numbers;
    }

    @Test
    void whatWasSyncedIsReplayedFromAnyPositionGivenOut() {
        SegmentCommandJournal journal = open();
        final List<Long> positions = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            positions.add(append(journal, i));
            if (i % 50 == 0) {
                nowNs += 1_000_000;
                journal.doWork();
            }
        }
        journal.requestSync();
        final long end = positions.get(1999);
        for (int i = 0; journal.syncedPosition() < end && i < 1000; i++) {
            nowNs += 1_000_000;
            journal.doWork();
        }
        assertTrue(journal.syncedPosition() >= end && journal.writtenPosition() >= end);
        files.losePower(new Random(1));
        for (final int at : new int[] {0, 1, 333, 700, 1400, 1998, 1999}) {
            journal = open();
            final List<Integer> numbers = replay(journal, positions.get(at));
            assertEquals(1999 - at, numbers.size(), "from " + at);
            assertTrue(numbers.isEmpty() || numbers.get(0) == at + 1);
            journal.close();
        }
        journal = open();
        assertEquals(2000, replay(journal, 0).size());
        journal.release(positions.get(1500));
        assertTrue(append(journal, 2000) > end);
        journal.close();
    }

    @Test
    void goesOnForEverOnAFullDiskAndLeavesRoomForWhatMakesRoom() {
        final MemoryFileLayer full = new MemoryFileLayer(3500 << 10);
        final SegmentCommandJournal journal = openSmallSegments(full);
        assertTrue(full.usableSpace() < 2 << 20, "no third segment can be made");
        for (int i = 0; i < 10_000; i++) {
            final long position = append(journal, i);
            if (i % 50 == 0) {
                sync(journal, position);
                journal.release(position);
                sync(journal, append(journal, i));
                nowNs += 1_000_000;
                journal.doWork();
            }
        }
        int count = 0;
        while (journal.append(record, 0, record.capacity(), false) > 0) {
            assertTrue(count++ < 2000);
        }
        for (int i = 0; i < 10; i++) {
            assertTrue(journal.append(record, 0, record.capacity(), true) > 0);
        }
        journal.close();
    }

    @Test
    void refusesToReplayFromWhereItIsReleased() {
        SegmentCommandJournal journal = openSmallSegments(files);
        long early = 0;
        long position = 0;
        for (int i = 0; i < 2000; i++) {
            position = append(journal, i);
            early = i == 10 ? position : early;
            if (i % 50 == 0) {
                sync(journal, position);
            }
        }
        sync(journal, position);
        journal.release(position);
        sync(journal, append(journal, 2000));
        journal.close();
        journal = openSmallSegments(files);
        assertEquals(List.of(2000), replay(journal, position));
        final SegmentCommandJournal released = journal;
        final long from = early;
        assertEquals(
                ErrorCode.CORRUPT,
                assertThrows(TrivetException.class, () -> replay(released, from)).code());
        assertEquals(
                ErrorCode.CORRUPT,
                assertThrows(TrivetException.class, () -> replay(released, 0)).code());
        journal.close();
    }

    private SegmentCommandJournal openSmallSegments(final MemoryFileLayer layer) {
        final JournalConfig config =
                new JournalConfig(
                        5,
                        1 << 20,
                        64 << 10,
                        0,
                        1 << 20,
                        1 << 20,
                        Durability.PROCESS,
                        1_000_000,
                        true,
                        Journal.KEEP_LITTLE);
        return new SegmentCommandJournal(
                Journal.open(layer, config, (type, tag, b, o, l) -> true, () -> nowNs),
                new IndexSpace(layer, "usual", 0, 1),
                new IndexSpace(layer, "last", 0, 1),
                LongUnaryOperator.identity(),
                () -> nowNs);
    }

    private void sync(final SegmentCommandJournal journal, final long position) {
        journal.requestSync();
        for (int i = 0; journal.syncedPosition() < position && i < 1000; i++) {
            nowNs += 1_000_000;
            journal.doWork();
        }
        assertTrue(journal.syncedPosition() >= position);
    }
}
