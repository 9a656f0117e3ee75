package org.trivet.sim;

import java.util.Random;

/**
 * How a network treats messages. Rates are of 1.
 *
 * @param dropRate messages that get lost.
 * @param repeatRate messages that arrive twice.
 * @param flipRate messages that carry data of which a bit is flipped.
 * @param mangleRate messages that are followed by what is left of another one, or was never one.
 * @param backPressureRate messages that are not taken.
 * @param minDelayNs the shortest time under way.
 * @param maxDelayNs the longest usual time under way.
 * @param lateRate messages that take far longer.
 * @param lateDelayNs the longest time under way of all.
 */
record NetworkConditions(
        double dropRate,
        double repeatRate,
        double flipRate,
        double mangleRate,
        double backPressureRate,
        long minDelayNs,
        long maxDelayNs,
        double lateRate,
        long lateDelayNs) {
    /** A network without faults. */
    static final NetworkConditions GOOD =
            new NetworkConditions(0, 0, 0, 0, 0, 20_000L, 200_000L, 0, 0);

    /**
     * Conditions as a seed has them: each trouble is there or not.
     *
     * @param random decides.
     * @param pace scales the longest delays.
     */
    static NetworkConditions draw(final Random random, final double pace) {
        final boolean lossy = random.nextInt(3) == 0;
        final long minDelayNs = 10_000L + random.nextInt(90_000);
        return new NetworkConditions(
                lossy ? random.nextDouble() * 0.1 : 0,
                random.nextInt(3) == 0 ? random.nextDouble() * 0.2 : 0,
                random.nextInt(4) == 0 ? random.nextDouble() * 0.02 : 0,
                0,
                random.nextInt(4) == 0 ? random.nextDouble() * 0.1 : 0,
                minDelayNs,
                minDelayNs
                        + (long)
                                (pace
                                        * random.nextInt(
                                                random.nextInt(4) == 0 ? 20_000_000 : 1_000_000)),
                random.nextInt(2) == 0 ? random.nextDouble() * 0.05 : 0,
                (long) (pace * (20_000_000L + random.nextInt(2_000_000_000))));
    }

    /**
     * Conditions under which messages overtake each other all the time, and some outlive a process.
     *
     * @param random decides.
     * @param patience of the nodes.
     */
    static NetworkConditions drawLate(final Random random, final double patience) {
        final long second = (long) (patience * 1_000_000_000L);
        return new NetworkConditions(
                random.nextInt(3) == 0 ? random.nextDouble() * 0.1 : 0,
                random.nextInt(2) == 0 ? random.nextDouble() * 0.3 : 0,
                0,
                0,
                random.nextInt(4) == 0 ? random.nextDouble() * 0.1 : 0,
                10_000L,
                20_000L + random.nextLong(second / 4),
                random.nextDouble() * 0.2,
                second / 4 + random.nextLong(3 * second));
    }

    /**
     * The same, with messages that nobody may take.
     *
     * @param rate of 1: how often one follows a proper one.
     */
    NetworkConditions withMangled(final double rate) {
        return new NetworkConditions(
                dropRate,
                repeatRate,
                flipRate,
                rate,
                backPressureRate,
                minDelayNs,
                maxDelayNs,
                lateRate,
                lateDelayNs);
    }

    long delayNs(final Random random) {
        final long longest = random.nextDouble() < lateRate ? lateDelayNs : maxDelayNs;
        return minDelayNs + random.nextLong(longest - minDelayNs + 1);
    }
}
