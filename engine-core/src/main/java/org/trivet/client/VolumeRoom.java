package org.trivet.client;

/**
 * What the contents of a volume's files take, and can still take, each byte counted once.
 *
 * @param usedBytes of what is stored, 0 or more.
 * @param freeBytes that can be stored besides, 0 or more.
 */
public record VolumeRoom(long usedBytes, long freeBytes) {
    /** While no data node has answered: programs go on as if there was plenty. */
    static final VolumeRoom UNKNOWN = new VolumeRoom(0, 1L << 40);
}
