package org.trivet.bench.storage;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What is measured, and how long.
 *
 * @param blockLength bytes of a block.
 * @param dataLength bytes of all blocks, which are written over and over; at least two batches are
 *     taken.
 * @param warmUps how often each is looked at before that counts: by then the compilers are done.
 * @param rounds how often each is looked at.
 * @param time how long each time.
 * @param directory where files are made, which are removed at the end.
 */
record StorageSettings(
        int blockLength, long dataLength, int warmUps, int rounds, Duration time, Path directory) {
    /** What is written over and over: more than processors cache, and soon a few segments. */
    static final long USUAL_DATA_LENGTH = 64L << 20;

    /** Whole batches. */
    int batchCount(final BlockShape shape) {
        return (int) Math.max(2, dataLength / shape.batchLength());
    }
}
