package org.trivet.fuse.proto;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/**
 * What is negotiated with the kernel.
 *
 * @param writeback whether the kernel gathers writes in its page cache: for a sole writer only.
 * @param asyncDirect whether one process may have several O_DIRECT requests at once, as io_uring
 *     has. The kernel then lets nobody interrupt a thread that waits for one, not even to kill it.
 * @param maxBackground requests that the kernel may have waiting on behalf of nobody (such as
 *     readahead), 1 to 65535.
 * @param entryTimeoutNs how long the kernel may trust a name.
 * @param attributeTimeoutNs how long the kernel may trust attributes.
 * @param readaheadTimeoutNs how long the kernel's readahead may wait: nobody can interrupt it, and
 *     it locks its pages. After that it is failed, and the kernel asks for pages again as they are
 *     needed.
 */
public record SessionOptions(
        boolean writeback,
        boolean asyncDirect,
        int maxBackground,
        long entryTimeoutNs,
        long attributeTimeoutNs,
        long readaheadTimeoutNs) {
    /** The most bytes of one read or write. */
    public static final int MAX_TRANSFER = 1 << 20;

    /** Refuses values out of range, naming them. */
    public SessionOptions {
        require(
                maxBackground >= 1 && maxBackground <= 65535,
                "maxBackground",
                maxBackground,
                "1 to 65535");
        require(entryTimeoutNs >= 0, "entryTimeoutNs", entryTimeoutNs, "0 or more");
        require(attributeTimeoutNs >= 0, "attributeTimeoutNs", attributeTimeoutNs, "0 or more");
        require(readaheadTimeoutNs > 0, "readaheadTimeoutNs", readaheadTimeoutNs, "more than 0");
    }

    private static void require(
            final boolean holds, final String field, final long value, final String range) {
        if (!holds) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "mount: " + field + " is " + value + ", and must be " + range);
        }
    }
}
