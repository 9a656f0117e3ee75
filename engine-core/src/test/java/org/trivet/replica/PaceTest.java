package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.Random;

class PaceTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1000 * MS;

    private final Pace pace = new Pace();
    private long nowNs = 77 * SECOND;

    private void install(final int times, final long units, final long everyNs) {
        for (int i = 0; i < times; i++) {
            nowNs += everyNs;
            pace.advanced(units, nowNs);
        }
    }

    @Test
    void isNotKnownBeforeThereIsAnInterval() {
        assertEquals(0, pace.unitsPerSecond(nowNs));
        install(1, 1000, 0);
        assertEquals(0, pace.unitsPerSecond(nowNs));
    }

    @Test
    void isThatOfASteadyRebuildHoweverLong() {
        install(3, 256, 20 * MS);
        assertEquals(12_800, pace.unitsPerSecond(nowNs), 1);
        for (int i = 0; i < 12; i++) {
            install(1 << i, 256, 20 * MS);
            assertEquals(12_800, pace.unitsPerSecond(nowNs), 1);
        }
    }

    @Test
    void oneSlowChunkCountsForLittle() {
        install(200, 256, 20 * MS);
        install(1, 256, SECOND);
        assertEquals(12_800 * 4 / 5., pace.unitsPerSecond(nowNs), 1000);
    }

    @Test
    void whatHasChangedForGoodCountsWhenItHasLastedAsLong() {
        install(500, 256, 20 * MS); // ten seconds
        install(100, 256, 100 * MS); // as long, at a fifth
        assertEquals(2_560, pace.unitsPerSecond(nowNs), 300);
    }

    @Test
    void whatIsFastOrSlowForSecondsOnlyCountsWithWhatWasBefore() {
        install(100, 256, 20 * MS); // two seconds
        install(20, 256, 100 * MS); // as long, at a fifth
        assertEquals(12_800 * 3 / 5., pace.unitsPerSecond(nowNs), 300);
    }

    @Test
    void irregularChunksAverageOut() {
        final Random random = new Random(3);
        install(100, 256, 20 * MS);
        for (int i = 0; i < 2000; i++) {
            install(1, random.nextInt(512), random.nextLong(40 * MS));
            if (i > 400) {
                assertEquals(12_800, pace.unitsPerSecond(nowNs), 2_560, "after " + i);
            }
        }
    }

    @Test
    void beginsAnewAfterAStall() {
        install(100, 256, 20 * MS);
        nowNs += 6 * SECOND;
        assertEquals(0, pace.unitsPerSecond(nowNs), "it has stopped");
        nowNs += 3600 * SECOND;
        install(10, 256, 40 * MS);
        assertEquals(6_400, pace.unitsPerSecond(nowNs), 1);
    }
}
