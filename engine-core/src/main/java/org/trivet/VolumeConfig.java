package org.trivet;

import org.trivet.block.ChecksumType;

/**
 * What a volume is made of. Fixed when it is created.
 *
 * @param volumeId names the volume; a message of another volume is refused.
 * @param nodeCount data nodes N, 1 to 1,000, numbered from 0.
 * @param replicaCount copies r of each block, 1 to min(N, 7).
 * @param blockLength bytes of a block: a power of two, 8 B to 1 MiB.
 * @param checksumType the checksum of each unit.
 * @param durability what a write has reached on every replica when it is acknowledged.
 */
public record VolumeConfig(
        long volumeId,
        int nodeCount,
        int replicaCount,
        int blockLength,
        ChecksumType checksumType,
        Durability durability) {
    /** The fewest bytes of a block. */
    public static final int MIN_BLOCK_LENGTH = 8;

    /** The most bytes of a block. */
    public static final int MAX_BLOCK_LENGTH = 1 << 20;

    /** The most bytes of a unit: the least range that is checked and read alone. */
    public static final int MAX_UNIT_LENGTH = 4096;

    /** The most nodes of a volume. */
    public static final int MAX_NODE_COUNT = 1000;

    /** The most copies of a block. */
    public static final int MAX_REPLICA_COUNT = 7;

    /** The most bytes of a file: 2^60. */
    public static final long MAX_FILE_LENGTH = 1L << 60;

    /** What an acknowledged write survives. */
    public enum Durability {
        /** Written to the files: survives the death of the process. Synced within 100 ms. */
        PROCESS,
        /** Synced to the device: survives loss of power. */
        DISK
    }

    /** Refuses values out of range, naming them. */
    public VolumeConfig {
        require(
                nodeCount >= 1 && nodeCount <= MAX_NODE_COUNT,
                "nodeCount",
                nodeCount,
                "1 to " + MAX_NODE_COUNT);
        final int maxReplicas = Math.min(nodeCount, MAX_REPLICA_COUNT);
        require(
                replicaCount >= 1 && replicaCount <= maxReplicas,
                "replicaCount",
                replicaCount,
                "1 to " + maxReplicas);
        require(
                blockLength >= MIN_BLOCK_LENGTH
                        && blockLength <= MAX_BLOCK_LENGTH
                        && Integer.bitCount(blockLength) == 1,
                "blockLength",
                blockLength,
                "a power of two from 8 to 1048576");
    }

    /**
     * Bytes of a unit: the part of a block that has a checksum of its own.
     *
     * @return min(block length, 4096).
     */
    public int unitLength() {
        return Math.min(blockLength, MAX_UNIT_LENGTH);
    }

    /**
     * Units of a block.
     *
     * @return 1 to 256.
     */
    public int unitsPerBlock() {
        return blockLength / unitLength();
    }

    private static void require(
            final boolean holds, final String field, final long value, final String range) {
        if (!holds) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "volume: " + field + " is " + value + ", and must be " + range);
        }
    }
}
