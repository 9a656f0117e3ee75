package org.trivet.fuse.proto;

import org.agrona.collections.Long2ObjectHashMap;

/**
 * Tells the kernel's readahead from reads that somebody waits for.
 *
 * <p>Nobody can interrupt readahead, and while it waits its pages are locked: then even those wait,
 * without an end, who truncate the file or open it anew. So it has a deadline. Failing it costs
 * nothing: the kernel asks again for each page that is really needed, in a request that can be
 * interrupted and that may wait for ever.
 *
 * <p>The protocol does not mark it. It is a read through the page cache (not O_DIRECT) of more than
 * one page, which has not been failed before: a read on demand can be of several pages too, where
 * they form one folio, but then readahead of the same pages has failed first.
 */
final class Readahead {
    private static final int PAGE = 4096;
    private static final int O_DIRECT = Flags.oDirect();

    private final Long2ObjectHashMap<Range> failedByHandle = new Long2ObjectHashMap<>();

    private record Range(long start, long end) {}

    boolean isReadahead(final long handle, final long offset, final int size, final int openFlags) {
        if (size <= PAGE || (openFlags & O_DIRECT) != 0) {
            return false;
        }
        final Range failed = failedByHandle.isEmpty() ? null : failedByHandle.get(handle);
        return failed == null || offset >= failed.end() || offset + size <= failed.start();
    }

    /**
     * A read has failed at its deadline. One range is kept for each handle: all that failed, and
     * what is between.
     */
    void expired(final long handle, final long offset, final int size) {
        final Range old = failedByHandle.get(handle);
        final long start = old == null ? offset : Math.min(offset, old.start());
        final long end = old == null ? offset + size : Math.max(offset + size, old.end());
        failedByHandle.put(handle, new Range(start, end));
    }

    void released(final long handle) {
        if (!failedByHandle.isEmpty()) {
            failedByHandle.remove(handle);
        }
    }
}
