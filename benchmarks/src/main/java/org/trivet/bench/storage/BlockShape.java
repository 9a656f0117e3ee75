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
    private static final int SHORT_RUN = 32 << 10;

    /** How the time of blocks is taken: small ones in runs of 1 MiB. */
    static BlockShape timed(final int blockLength) {
        return of(blockLength, LONG_RUN);
    }

    /** How the space of blocks is taken: small ones in runs of 32 KiB. */
    static BlockShape stored(final int blockLength) {
        return of(blockLength, SHORT_RUN);
    }

    private static BlockShape of(final int blockLength, final int runOfSmall) {
        if (blockLength < VolumeConfig.MAX_UNIT_LENGTH) {
            return new BlockShape(blockLength, runOfSmall, LONG_RUN);
        }
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
