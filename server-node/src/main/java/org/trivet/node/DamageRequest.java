package org.trivet.node;

/**
 * Which stored copy to damage, and how.
 *
 * @param node whose copy; null for a random one.
 * @param kind how.
 * @param path of the file, or null for a random block of any file.
 * @param block number of the block in the file, or null for a random one.
 * @param seed of all that is random.
 */
public record DamageRequest(Integer node, Kind kind, String path, Long block, long seed) {
    /** How a copy is damaged. */
    public enum Kind {
        /** Its checksum is changed. */
        CHECKSUM,
        /** A bit of its data is flipped. */
        DATA,
        /** Its recorded length is changed. */
        LENGTH,
        /** Its recorded version is changed. */
        VERSION,
        /** It is removed from the index. */
        MISSING,
        /** It is swapped with another block. */
        SWAP
    }
}
