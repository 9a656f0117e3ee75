package org.trivet.bench.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.trivet.bench.measure.Figures;

import java.util.List;
import java.util.Map;

class NetworkResultTest {
    /** More is slower for times, and faster for rates. */
    @Test
    void comparesTimesWithTimesAndRatesWithRates() {
        final Task one = new Task(Work.READ, 1);
        final Task many = new Task(Work.READ, 64);
        final NetworkResult result = new NetworkResult(List.of(one, many));
        result.add(Subject.VOLUME, one, new Figures(10, 30, 80, 20_000));
        result.add(Subject.AERON, one, new Figures(10, 10, 40, 50_000));
        result.add(Subject.VOLUME, many, new Figures(10, 300, 800, 200_000));
        result.add(Subject.AERON, many, new Figures(10, 100, 400, 800_000));
        assertEquals(
                Map.of(
                        one + ": median / that of plain Aeron", 3.0,
                        one + ": mean / that of plain Aeron", 2.5,
                        one + ": 99th percentile / that of plain Aeron", 2.0,
                        many + ": rate / that of plain Aeron", 0.25),
                result.ratios(Subject.VOLUME));
        assertEquals(Map.of(), result.ratios(Subject.SEALED_VOLUME));
    }
}
