package org.trivet.block;

/**
 * Which group owns a block, and where it lies in the group's strip.
 *
 * <p>Block 0 of a file belongs to group {@code mix64(dataId) mod N}, unsigned; block i to the i-th
 * group after it, round robin. Copy k of a block of group g is on node {@code (g + k) mod N}.
 */
public final class Placement {
    private Placement() {}

    /**
     * Scrambles a 64-bit value: the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast Splittable
     * Pseudorandom Number Generators", 2014), a bijection.
     *
     * @param value any value.
     * @return its scrambled form.
     */
    public static long mix64(final long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /**
     * The group of a file's block 0.
     *
     * @param dataId the file's data id.
     * @param nodeCount N.
     * @return 0 to N-1.
     */
    public static int startGroup(final long dataId, final int nodeCount) {
        return (int) Long.remainderUnsigned(mix64(dataId), nodeCount);
    }

    /**
     * The group that owns a block.
     *
     * @param startGroup of {@link #startGroup}.
     * @param block block number in the file.
     * @param nodeCount N.
     * @return 0 to N-1.
     */
    public static int group(final int startGroup, final long block, final int nodeCount) {
        return (int) ((startGroup + block) % nodeCount);
    }

    /**
     * The first block of a file that a group owns; it is slot 0 of the group's strip.
     *
     * @param startGroup of {@link #startGroup}.
     * @param group the group.
     * @param nodeCount N.
     * @return 0 to N-1.
     */
    public static int firstBlock(final int startGroup, final int group, final int nodeCount) {
        return Math.floorMod(group - startGroup, nodeCount);
    }

    /**
     * The node that holds a copy.
     *
     * @param group the group.
     * @param copy 0 for the primary's.
     * @param nodeCount N.
     * @return 0 to N-1.
     */
    public static int node(final int group, final int copy, final int nodeCount) {
        return (group + copy) % nodeCount;
    }

    /**
     * Which copy of a group a node holds.
     *
     * @param group the group.
     * @param node the node.
     * @param nodeCount N.
     * @param replicaCount r.
     * @return 0 for the primary, up to r-1, or -1 where the node is no member.
     */
    public static int copy(
            final int group, final int node, final int nodeCount, final int replicaCount) {
        final int copy = Math.floorMod(node - group, nodeCount);
        return copy < replicaCount ? copy : -1;
    }

    /**
     * Bytes of a group's strip that lie before an offset of the file: where a cut of the file at
     * that offset cuts the strip.
     *
     * @param fileOffset byte offset in the file.
     * @param firstBlock of {@link #firstBlock}.
     * @param nodeCount N.
     * @param blockLength bytes of a block.
     * @return byte offset in the strip.
     */
    public static long stripLengthBefore(
            final long fileOffset,
            final int firstBlock,
            final int nodeCount,
            final int blockLength) {
        final long block = fileOffset / blockLength;
        final int within = (int) (fileOffset % blockLength);
        final long wholeBefore =
                block <= firstBlock ? 0 : (block - firstBlock + nodeCount - 1) / nodeCount;
        final boolean owned = block >= firstBlock && (block - firstBlock) % nodeCount == 0;
        return wholeBefore * blockLength + (owned ? within : 0);
    }
}
