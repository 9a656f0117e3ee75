package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.Claim;
import org.trivet.store.FileFaults;
import org.trivet.store.MemoryFileLayer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

class JournalTest {
    private static final int SEGMENT = 1 << 20;
    private static final int RECORD = 50_000;

    private final MemoryFileLayer layer = new MemoryFileLayer(32 << 20);
    private Durability durability = Durability.DISK;
    private long nowNs;

    private Journal open(final long capacityBytes) {
        return Journal.open(
                layer,
                config(capacityBytes),
                (type, tag, buffer, offset, length) -> true,
                () -> nowNs);
    }

    private JournalConfig config(final long capacityBytes) {
        return new JournalConfig(
                5, SEGMENT, 100_000, capacityBytes, 0, 1 << 19, durability, 100_000_000L, true);
    }

    private static long append(final Journal journal, final int number) {
        final UnsafeBuffer body = new UnsafeBuffer(new byte[RECORD]);
        body.putInt(0, number);
        return journal.append(1, number, 0, body, 0, RECORD);
    }

    /** What is told: "+tag" for a record, "!" for damage, "?" for a torn end. */
    private static List<String> told(final Journal journal, final long from) {
        final List<String> told = new ArrayList<>();
        journal.replay(
                from,
                new JournalHandler() {
                    @Override
                    public void onRecord(
                            final int type,
                            final int tag,
                            final long position,
                            final DirectBuffer buffer,
                            final int offset,
                            final int length) {
                        if (type != Journal.RELEASED_TYPE) {
                            assertEquals(tag, buffer.getInt(offset));
                            told.add("+" + tag);
                        }
                    }

                    @Override
                    public void onDamage(final long position, final boolean torn) {
                        told.add(torn ? "?" : "!");
                    }
                });
        return told;
    }

    @Test
    void tellsRecordsAcrossSegmentsFromAnyPosition() {
        final List<Long> positions = new ArrayList<>();
        try (Journal journal = open(0)) {
            for (int i = 0; i < 60; i++) {
                positions.add(append(journal, i));
            }
            assertTrue(journal.segments().size() >= 3);
        }
        try (Journal journal = open(0)) {
            assertFalse(journal.created());
            assertEquals(60, told(journal, 0).size());
            assertEquals(List.of("+58", "+59"), told(journal, positions.get(58)));
            append(journal, 60);
            assertEquals(List.of("+59", "+60"), told(journal, positions.get(59)));
        }
    }

    @Test
    void whatIsKeptOfHeadersGrowsWithTheSegmentsAndNotWithTheirSquare() {
        final int segments;
        try (Journal journal = open(0)) {
            for (int i = 0; i < 400; i++) {
                append(journal, i);
            }
            segments = journal.segments().size();
        }
        assertTrue(segments >= 20);
        final JournalOpening opening =
                new JournalOpening(
                        layer,
                        config(0),
                        SharedSpace.Share.ofAll(),
                        (type, tag, buffer, offset, length) -> true);
        opening.run();
        final int kept = opening.headers.values().stream().mapToInt(each -> each.live.size()).sum();
        opening.close();
        assertEquals(segments - 1, kept);
        assertEquals(segments, opening.segments.size());
    }

    @Test
    void recyclesSegmentsInsteadOfGrowing() {
        final int rounds = 400;
        try (Journal journal = open(6 * SEGMENT)) {
            long oldest = 0;
            for (int i = 0; i < rounds; i++) {
                final long position = append(journal, i);
                assertTrue(position > oldest, "append " + i);
                if (i % 10 == 9) {
                    journal.discardBefore(position);
                    oldest = position;
                }
                nowNs += 1_000_000;
                journal.doWork(nowNs);
                assertTrue(journal.fileCount() <= 6);
            }
            assertTrue(Positions.segment(journal.endPosition()) > 15);
            assertEquals("+" + (rounds - 1), told(journal, 0).getLast());
        }
        try (Journal journal = open(6 * SEGMENT)) {
            final List<String> told = told(journal, 0);
            assertFalse(told.contains("!") || told.contains("?"), told::toString);
            assertEquals("+" + (rounds - 1), told.getLast());
        }
    }

    @Test
    void aFullJournalSaysSoAndTakesRecordsAgainWhenSegmentsAreDiscarded() {
        try (Journal journal = open(6 * SEGMENT)) {
            for (int round = 0; round < 5; round++) {
                final Claim claim = new Claim();
                int count = 0;
                while (true) {
                    final long sure = journal.freeBytes();
                    if (!journal.claim(RECORD, Journal.KEEP_ALL, claim)) {
                        assertTrue(sure < RECORD + RecordHeader.LENGTH, "claimed to have " + sure);
                        break;
                    }
                    journal.commit(1, 0, 0);
                    count++;
                }
                assertTrue(count >= 30, "took " + count);
                assertTrue(append(journal, 1) > 0, "the reserve is still there");
                journal.discardBefore(journal.endPosition());
                for (int i = 0; i < 20; i++) {
                    nowNs += 1_000_000;
                    journal.doWork(nowNs);
                }
                assertTrue(journal.freeBytes() > 0);
            }
        }
    }

    @Test
    void anIdleJournalTakesTwoSegments() {
        try (Journal journal = open(0)) {
            for (int i = 0; i < 100; i++) {
                nowNs += 1_000_000_000L;
                journal.doWork(nowNs);
            }
            assertEquals(2, journal.fileCount());
        }
    }

    /** They are kept for the next burst, and not for who writes a little now and then. */
    @Test
    void releasedSegmentsAreKeptForAWhile() {
        try (Journal journal = open(0)) {
            for (int i = 0; i < 120; i++) {
                append(journal, i);
                journal.sync();
                work(journal, 1_000_000);
            }
            assertTrue(journal.fileCount() >= 6, () -> journal.fileCount() + " files");
            final int kept = journal.fileCount();
            journal.discardBefore(journal.endPosition());
            for (int i = 0; i < 4; i++) {
                work(journal, 2_000_000_000L);
                assertEquals(kept, journal.fileCount());
            }
            for (int i = 0; i < 8; i++) { // the first may begin a segment
                append(journal, i);
                journal.sync();
                work(journal, 2_000_000_000L);
            }
            assertTrue(journal.fileCount() < 6, () -> "still " + journal.fileCount() + " files");
        }
    }

    private void work(final Journal journal, final long pauseNs) {
        nowNs += pauseNs;
        for (int i = 0; i < 10; i++) {
            journal.doWork(nowNs);
        }
    }

    @Test
    void damageInTheMiddleIsToldAndWhatFollowsTooAndATornEndIsAnEnd() {
        final List<Long> positions = new ArrayList<>();
        try (Journal journal = open(0)) {
            for (int i = 0; i < 30; i++) {
                positions.add(append(journal, i));
            }
        }
        flip(positions.get(3) + RecordHeader.LENGTH + 1000);
        flip(positions.get(7) + 5);
        flip(positions.get(29) + RecordHeader.LENGTH + 1000);
        try (Journal journal = open(0)) {
            final List<String> told = told(journal, 0);
            assertEquals("[+0, +1, +2, !, +4, +5, +6, !, +8]", told.subList(0, 9).toString());
            assertEquals("?", told.getLast());
            assertEquals("+28", told.get(told.size() - 2));
            final UnsafeBuffer buffer = new UnsafeBuffer(new byte[RECORD]);
            assertEquals(-1, journal.read(positions.get(3), buffer, 0, RECORD));
            assertEquals(-1, journal.read(positions.get(7), buffer, 0, RECORD));
            assertEquals(RECORD, journal.read(positions.get(8), buffer, 0, RECORD));
            assertEquals(
                    positions.get(29), append(journal, 99), "goes on where the torn record was");
        }
        try (Journal journal = open(0)) {
            assertEquals("+99", told(journal, 0).getLast());
        }
    }

    @Test
    void aMissingSegmentAndALostHeaderAreNoticed() {
        try (Journal journal = open(0)) {
            for (int i = 0; i < 80; i++) {
                append(journal, i);
            }
        }
        layer.delete(Segment.name(2));
        flip(Positions.of(3, 20));
        try (Journal journal = open(0)) {
            final List<String> told = told(journal, 0);
            assertEquals(2, told.stream().filter("!"::equals).count(), told::toString);
            assertEquals("+79", told.getLast());
            assertTrue(told.size() < 80 && told.size() > 50, told::toString);
        }
    }

    @Test
    void refusesAnotherJournalsSegmentAndGarbage() {
        try (Journal journal = open(0)) {
            append(journal, 1);
        }
        flip(Positions.of(1, 20));
        final TrivetException e = assertThrows(TrivetException.class, () -> open(0));
        assertEquals(ErrorCode.CORRUPT, e.code());
        assertTrue(e.getMessage().contains(Segment.name(1)), e.getMessage());
    }

    @Test
    void isOverAfterAFailedSync() {
        final Journal journal = open(0);
        append(journal, 1);
        journal.doWork(nowNs);
        final long synced = journal.syncedPosition();
        final long position = append(journal, 2);
        layer.faults(
                (call, name, offset, length) -> {
                    if (call == FileFaults.Call.SYNC) {
                        throw new TrivetException(ErrorCode.IO, name + ": sync failed");
                    }
                });
        journal.doWork(nowNs);
        assertNotNull(journal.failure());
        layer.faults(FileFaults.NONE);
        journal.doWork(nowNs);
        assertEquals(synced, journal.syncedPosition());
        assertTrue(position >= synced);
        assertThrows(TrivetException.class, () -> append(journal, 3));
        journal.close();
    }

    @Test
    void syncsAtOnceForDiskAndWithinTheIntervalForProcess() {
        try (Journal journal = open(0)) {
            append(journal, 1);
            journal.doWork(nowNs);
            assertEquals(journal.endPosition(), journal.syncedPosition());
        }
        durability = Durability.PROCESS;
        try (Journal journal = open(0)) {
            append(journal, 2);
            journal.doWork(nowNs);
            assertEquals(journal.endPosition(), journal.writtenPosition());
            assertTrue(journal.syncedPosition() < journal.endPosition());
            nowNs += 99_000_000L;
            journal.doWork(nowNs);
            assertTrue(journal.syncedPosition() < journal.endPosition());
            nowNs += 1_000_000L;
            journal.doWork(nowNs);
            assertEquals(journal.endPosition(), journal.syncedPosition());
            append(journal, 3);
            journal.requestSync(journal.endPosition());
            journal.doWork(nowNs);
            assertEquals(journal.endPosition(), journal.syncedPosition());
            assertNull(journal.failure());
        }
    }

    @Test
    void nothingOfWhatPowerLossLeftBehindTheEndComesBack() {
        for (int seed = 0; seed < 40; seed++) {
            final MemoryFileLayer files = new MemoryFileLayer(32 << 20);
            final Random random = new Random(seed);
            final JournalConfig config =
                    new JournalConfig(
                            5,
                            SEGMENT,
                            100_000,
                            0,
                            0,
                            1 << 19,
                            Durability.PROCESS,
                            100_000_000L,
                            seed % 2 == 0);
            int number = 0;
            for (int round = 0; round < 4; round++) {
                final Journal journal =
                        Journal.open(
                                files,
                                config,
                                (type, tag, buffer, offset, length) -> true,
                                () -> nowNs);
                final List<String> told = told(journal, 0);
                final int known = number;
                assertTrue(
                        told.stream()
                                .filter(each -> each.startsWith("+"))
                                .allMatch(each -> Integer.parseInt(each.substring(1)) < known));
                final long distinct =
                        told.stream().filter(each -> each.startsWith("+")).distinct().count();
                assertEquals(distinct, told.stream().filter(each -> each.startsWith("+")).count());
                for (int i = random.nextInt(15); i >= 0; i--) {
                    append(journal, number++);
                    if (random.nextBoolean()) {
                        journal.doWork(nowNs);
                    }
                }
                files.losePower(random);
            }
        }
    }

    private void flip(final long place) {
        layer.flipBit(Segment.name(Positions.segment(place)), Positions.offset(place));
    }

    private record Write(long offset, long length) {
        private static final long STEP = 256 << 10;

        boolean isOfZeros() {
            return length == STEP && offset % STEP == 0;
        }

        long stepOfEnd() {
            return (offset + length - 1) / STEP * STEP;
        }
    }

    /** What is written to a segment from now on. */
    private List<Write> writesTo(final String segment) {
        final List<Write> writes = new ArrayList<>();
        layer.faults(
                (call, name, offset, length) -> {
                    if (call == FileFaults.Call.WRITE && name.equals(segment)) {
                        writes.add(new Write(offset, length));
                    }
                });
        return writes;
    }

    @Test
    void aFreshSegmentIsFilledWithZerosInLargeStepsAsItIsWrittenTo() {
        final List<Write> writes = writesTo(Segment.name(1));
        try (Journal journal = open(0)) {
            for (int i = 0; i < 10; i++) {
                append(journal, i);
                journal.sync();
            }
            final Set<Long> filled = new HashSet<>();
            for (final Write write : writes) {
                if (write.isOfZeros()) {
                    assertTrue(filled.add(write.offset), "twice at " + write.offset);
                } else {
                    assertTrue(filled.contains(write.stepOfEnd()), write::toString);
                }
            }
            assertEquals(Set.of(0L, Write.STEP), filled);
        }
        // What it has is not known to a journal that is opened again.
        writes.clear();
        try (Journal journal = open(0)) {
            for (int i = 10; i < 15; i++) {
                append(journal, i);
                journal.sync();
            }
            assertTrue(writes.size() >= 5);
            assertTrue(writes.stream().noneMatch(Write::isOfZeros), writes::toString);
        }
        try (Journal journal = open(0)) {
            assertEquals(15, told(journal, 0).size());
        }
    }

    @Test
    void zerosComeInLargeStepsNowAndThenBetweenSyncsAndAllAtOnceWhenItIsQuiet() {
        durability = Durability.PROCESS;
        try (Journal journal = open(0)) {
            for (int i = 0; i < 4; i++) {
                append(journal, i);
            }
            journal.doWork(nowNs);
            final List<Write> zeros = writesTo(Segment.name(2)); // which is not in use yet
            for (int i = 4; i < 12; i++) {
                append(journal, i);
                nowNs += 1_000_000;
                journal.doWork(nowNs); // written, and no sync has been asked for
                assertEquals((i - 4) / 4, zeros.size());
                journal.requestSync(journal.endPosition());
                nowNs += 1_000_000;
                journal.doWork(nowNs);
                assertEquals(journal.endPosition(), journal.syncedPosition());
                assertEquals((i - 3) / 4, zeros.size(), "one step for four syncs");
            }
            assertTrue(zeros.stream().allMatch(Write::isOfZeros), zeros::toString);
            zeros.clear();
            nowNs += 60_000_000;
            for (int i = 0; i < 10; i++) {
                journal.doWork(nowNs);
            }
            assertEquals(SEGMENT / Write.STEP - 2, zeros.size());
            assertTrue(zeros.stream().allMatch(Write::isOfZeros), zeros::toString);
        }
    }
}
