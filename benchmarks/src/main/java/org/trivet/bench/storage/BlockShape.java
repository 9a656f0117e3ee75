package org.trivet.bench.storage;

import org.trivet.VolumeConfig;

/**
 * How blocks of a length are written. Those that are a unit or more are entries of their own, so
 * many at once that they share a sync. Smaller ones come in runs, as clients send them.
 *
 * @param blockLength bytes of a block: a power of two.
 * @param runLength bytes of a run, which is an entry of the log.
 * @param batchLength bytes that are written and synced at once; whole runs.
 */
record BlockShape(int blockLength, int runLength, int batchLength) {
    private static final int BLOCKS_OF_BATCH = 64;
    private static final int LONGEST_BATCH = 4 << 20;
    private static final int LONG_RUN = 1 << 20;

    /** What each of four nodes gets of 32 KiB. */
    private static final int PART_OF_RUN = 8 << 10;

    /** How the time of blocks is taken: small ones in runs of 1 MiB. */
    static BlockShape timed(final int blockLength) {
        return blockLength < VolumeConfig.MAX_UNIT_LENGTH
                ? new BlockShape(blockLength, LONG_RUN, LONG_RUN)
                : alone(blockLength);
    }

    /**
     * How the space of blocks is taken: small ones are of files that four nodes have, written 32
     * KiB at once.
     */
    static BlockShape stored(final int blockLength) {
        return blockLength < VolumeConfig.MAX_UNIT_LENGTH
                ? new BlockShape(blockLength, PART_OF_RUN, LONG_RUN)
                : alone(blockLength);
    }

    private static BlockShape alone(final int blockLength) {
        return new BlockShape(
                blockLength, blockLength, Math.min(BLOCKS_OF_BATCH * blockLength, LONGEST_BATCH));
    }

    /** Bytes of a unit, which has a checksum. */
    int unitLength() {
        return Math.min(blockLength, VolumeConfig.MAX_UNIT_LENGTH);
    }

    int unitsPerRun() {
        return runLength / unitLength();
    }

    int runsPerBatch() {
        return batchLength / runLength;
    }

    int blocksPerBatch() {
        return batchLength / blockLength;
    }

    /** Whether blocks are read one by one: clients read small ones in runs, too. */
    boolean isReadAlone() {
        return runLength == blockLength;
    }
}
