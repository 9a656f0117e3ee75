package org.trivet.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Map;

class FiguresTest {
    private enum Racer {
        HARE,
        TORTOISE
    }

    @Test
    void theMedianIsTheOneInTheMiddle() {
        assertEquals(3, Figures.median(9, 1, 3));
        assertEquals(2.5, Figures.median(4, 1, 2, 3));
    }

    @Test
    void whatBeginsBeforeTheRampEndsDoesNotCount() {
        final Latencies latencies = new Latencies(1000);
        latencies.add(900, 1100);
        assertFalse(latencies.isOver(5000, 2000), "nothing counts yet");
        latencies.add(1000, 3000);
        latencies.add(2000, 3000);
        final Figures figures = latencies.figures();
        assertEquals(2, figures.count());
        assertEquals(2.0, figures.medianUs());
        assertEquals(1e6, figures.perSecond());
        assertEquals(64e6, latencies.figures(64).perSecond());
    }

    @Test
    void anOperationIsDoneAtLeastOnceHoweverLittleTimeThereIs() {
        final int[] count = {0};
        final Figures figures = Latencies.of(1, () -> count[0]++).figures();
        assertTrue(figures.count() >= 1, figures.toString());
        assertTrue(count[0] > figures.count(), "those before the ramp's end do not count");
    }

    @Test
    void aRatioIsTheMedianOfWhatEachRoundSays() {
        final Rounds<Racer, String> rounds = new Rounds<>(Racer.class);
        final double[][] perSecond = {{10, 20}, {10, 5}, {10, 40}};
        for (final double[] round : perSecond) {
            rounds.add(Racer.HARE, "run", new Figures(1, 1, 1, round[0]));
            rounds.add(Racer.TORTOISE, "run", new Figures(1, 1, 1, round[1]));
        }
        assertEquals(
                0.5, rounds.ratio(Racer.HARE, "run", Racer.TORTOISE, "run", Figures::perSecond));
        assertEquals(20, rounds.figures("run").get(Racer.TORTOISE).perSecond());
        assertEquals(3, rounds.figures("run").get(Racer.TORTOISE).count());
        assertEquals(Map.of(), rounds.figures("swim"));
        assertFalse(new Rounds<Racer, String>(Racer.class).has(Racer.HARE));
    }
}
