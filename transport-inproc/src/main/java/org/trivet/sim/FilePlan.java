package org.trivet.sim;

import org.trivet.VolumeConfig;

import java.util.Random;

/**
 * What clients do with files.
 *
 * @param directories how many directories there may be, but for the root.
 * @param names how many names are used in each.
 * @param cells cells of each file.
 * @param cellLength the fewest bytes of a cell.
 * @param maxCells the most cells of one operation.
 * @param operations how many each client does.
 * @param depth how many of them each has under way at once, at most.
 * @param pauseNs the longest pause between two.
 * @param nameShare how many of 100 operations are about names.
 * @param readShare how many of 100 operations about contents are reads.
 * @param resizeShare how many of 100 operations about contents are truncations.
 * @param impatientShare how many of 100 operations are cancelled.
 * @param inodeShare how many of 100 operations are about links, attributes and long listings.
 * @param leaseNs how long the session of a client lives that is not heard of.
 */
record FilePlan(
        int directories,
        int names,
        int cells,
        int cellLength,
        int maxCells,
        int operations,
        int depth,
        long pauseNs,
        int nameShare,
        int readShare,
        int resizeShare,
        int impatientShare,
        int inodeShare,
        long leaseNs) {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long SHORTEST_LEASE_NS = 1_500_000_000L;

    static FilePlan draw(
            final Random random,
            final SimulationProfile profile,
            final VolumeConfig volume,
            final int clients,
            final double patience,
            final int inodeShare) {
        final boolean crowded = random.nextInt(3) > 0;
        final int unitLength = volume.unitLength();
        final int most = Math.max(FileLayout.MIN_CELL_LENGTH, unitLength >> random.nextInt(4));
        final int cells = crowded ? 2 + random.nextInt(8) : 4 + random.nextInt(40);
        final long second = (long) (patience * SECOND_NS);
        return new FilePlan(
                random.nextInt(3),
                1 + random.nextInt(crowded ? 2 : 5),
                cells,
                Math.max(FileLayout.MIN_CELL_LENGTH, most - random.nextInt(1 + most / 4)),
                1 + random.nextInt(cells),
                2 + (profile.operations + random.nextInt(profile.moreOperations)) / clients,
                1 + random.nextInt(3),
                1 + second / 8 + random.nextLong(second),
                random.nextInt(4) == 0 ? 60 : 10 + random.nextInt(30),
                30 + random.nextInt(40),
                random.nextInt(3) == 0 ? 0 : 10 + random.nextInt(30),
                random.nextInt(4) == 0 ? random.nextInt(20) : 0,
                inodeShare,
                Math.max(SHORTEST_LEASE_NS, 8 * second));
    }

    /** About how long it takes, if nothing goes wrong. */
    long expectedNs() {
        return 20_000_000L + operations * (pauseNs / 2 + 2_000_000L) / depth;
    }
}
