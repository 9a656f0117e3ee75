package org.trivet.bench.measure;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What was measured of one kind of work.
 *
 * @param count operations.
 * @param medianUs half of them took so long at most, in us.
 * @param p99Us 99 of a hundred.
 * @param perSecond what they did in a second: operations, or the blocks of those that are for
 *     several.
 */
public record Figures(int count, double medianUs, double p99Us, double perSecond) {
    /**
     * The median of each figure over several rounds; the number is that of all.
     *
     * @param rounds one at least.
     * @return the medians.
     */
    public static Figures ofRounds(final List<Figures> rounds) {
        return new Figures(
                rounds.stream().mapToInt(Figures::count).sum(),
                median(rounds, Figures::medianUs),
                median(rounds, Figures::p99Us),
                median(rounds, Figures::perSecond));
    }

    private static double median(
            final List<Figures> rounds, final ToDoubleFunction<Figures> figure) {
        return median(rounds.stream().mapToDouble(figure).toArray());
    }

    /**
     * The one in the middle; of two, the mean.
     *
     * @param values one at least.
     * @return their median.
     */
    public static double median(final double... values) {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        final int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
