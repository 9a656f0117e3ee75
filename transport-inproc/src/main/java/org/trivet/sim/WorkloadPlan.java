package org.trivet.sim;

import org.trivet.VolumeConfig;

import java.util.Random;

/**
 * What clients do.
 *
 * @param files how many files there are.
 * @param cellLength bytes that are written as one: divides a unit.
 * @param cellsPerFile cells of each file.
 * @param maxCells the most cells of one operation.
 * @param operations how many each client does.
 * @param depth how many of them each has under way at once, at most.
 * @param pauseNs the longest pause between two.
 * @param readShare how many of 100 operations are reads.
 * @param trimShare how many of 100 operations are trims.
 * @param impatientShare how many of 100 operations have a deadline, or are cancelled.
 */
record WorkloadPlan(
        int files,
        int cellLength,
        int cellsPerFile,
        int maxCells,
        int operations,
        int depth,
        long pauseNs,
        int readShare,
        int trimShare,
        int impatientShare) {
    private static final int MAX_FILE_LENGTH = 64 * 1024;

    static WorkloadPlan draw(
            final Random random,
            final SimulationProfile profile,
            final VolumeConfig volume,
            final int clients) {
        final int unitLength = volume.unitLength();
        final int cellLength = Math.max(8, unitLength >> random.nextInt(4));
        final int cells = Math.min(4 + random.nextInt(60), MAX_FILE_LENGTH / cellLength);
        final boolean hot = random.nextBoolean();
        return new WorkloadPlan(
                1 + random.nextInt(3),
                cellLength,
                cells,
                hot ? cells : 1 + random.nextInt(8),
                1 + (profile.operations + random.nextInt(profile.moreOperations)) / clients,
                1 + random.nextInt(4),
                1 + random.nextInt(random.nextInt(3) == 0 ? 300_000_000 : 60_000_000),
                20 + random.nextInt(60),
                random.nextInt(3) == 0 ? random.nextInt(20) : 0,
                random.nextInt(3) == 0 ? random.nextInt(30) : 0);
    }

    /** Operations that meet each other: all are about the same few cells. */
    static WorkloadPlan drawCrowded(
            final Random random,
            final SimulationProfile profile,
            final VolumeConfig volume,
            final int clients,
            final double patience) {
        final int unitLength = volume.unitLength();
        final int cells = 1 + random.nextInt(5);
        final long second = (long) (patience * 1_000_000_000L);
        return new WorkloadPlan(
                1,
                Math.max(8, unitLength >> random.nextInt(3)),
                cells,
                1 + random.nextInt(cells),
                1 + (profile.operations + random.nextInt(profile.moreOperations)) / clients,
                1 + random.nextInt(3),
                1 + second / 4 + random.nextLong(second),
                30 + random.nextInt(50),
                random.nextInt(3) == 0 ? random.nextInt(40) : 0,
                random.nextInt(4) == 0 ? random.nextInt(30) : 0);
    }

    /** About how long it takes, if nothing goes wrong. */
    long expectedNs(final int clients) {
        return 20_000_000L + operations * (pauseNs / 2 + 2_000_000L) / depth;
    }
}
