package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What is asked of a volume; null where nothing is asked: a new volume then gets the default, and
 * an existing one may be as it is.
 *
 * @param nodeCount data nodes; by default 4.
 * @param replicaCount copies of each block; by default 3, or one for each node if there are fewer.
 * @param blockLength bytes of a block; by default 64 KiB.
 * @param checksumType by default CRC-32C.
 * @param durability by default PROCESS.
 */
public record VolumeOptions(
        Integer nodeCount,
        Integer replicaCount,
        Integer blockLength,
        ChecksumType checksumType,
        Durability durability) {
    /** Asks nothing. */
    public static final VolumeOptions NONE = new VolumeOptions(null, null, null, null, null);

    private static final int DEFAULT_NODE_COUNT = 4;
    private static final int DEFAULT_REPLICA_COUNT = 3;
    private static final int DEFAULT_BLOCK_LENGTH = 64 * 1024;

    /**
     * A new volume as asked.
     *
     * @param volumeId of the volume.
     * @return its description.
     */
    public VolumeConfig create(final long volumeId) {
        final int nodes = Objects.requireNonNullElse(nodeCount, DEFAULT_NODE_COUNT);
        return new VolumeConfig(
                volumeId,
                nodes,
                replicaCount == null ? Math.clamp(nodes, 1, DEFAULT_REPLICA_COUNT) : replicaCount,
                Objects.requireNonNullElse(blockLength, DEFAULT_BLOCK_LENGTH),
                Objects.requireNonNullElse(checksumType, ChecksumType.CRC32C),
                Objects.requireNonNullElse(durability, Durability.PROCESS));
    }

    /**
     * Refuses an existing volume that is not as asked.
     *
     * @param volume the existing volume.
     * @param directory where it is.
     */
    public void check(final VolumeConfig volume, final Path directory) {
        check(directory, "nodes", nodeCount, volume.nodeCount());
        check(directory, "replicas", replicaCount, volume.replicaCount());
        check(directory, "block-size", blockLength, volume.blockLength());
        check(directory, "checksum", checksumType, volume.checksumType());
        check(directory, "durability", durability, volume.durability());
    }

    private static void check(
            final Path directory, final String option, final Object asked, final Object actual) {
        if (asked != null && !asked.equals(actual)) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "the volume in "
                            + directory
                            + " was created with --"
                            + option
                            + " "
                            + text(actual)
                            + ", which cannot be changed to "
                            + text(asked)
                            + "; leave the option away, or use another directory");
        }
    }

    private static String text(final Object value) {
        return value.toString().toLowerCase(java.util.Locale.ROOT);
    }
}
