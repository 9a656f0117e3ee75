package org.trivet.fuse.proto;

import org.agrona.collections.Long2LongCounterMap;
import org.agrona.collections.LongArrayList;

import java.util.function.LongConsumer;

/**
 * How many references to each inode the kernel holds: one for each reply that told it what a name
 * means, less those that it has dropped. The root is not counted. On the agent's thread.
 */
final class References {
    private final LongConsumer forgotten;
    private final Long2LongCounterMap counts = new Long2LongCounterMap(0);
    private final LongArrayList granted = new LongArrayList();

    /** Nothing is known; {@code forgotten} is told of each inode that the kernel knows no more. */
    References(final LongConsumer forgotten) {
        this.forgotten = forgotten;
    }

    /** The reply being encoded gives the kernel a reference, if it is delivered. */
    void grant(final long inode) {
        granted.addLong(inode);
    }

    /** Counts what the reply just sent has given to the kernel, unless it did not get it. */
    void settle(final boolean isDelivered) {
        for (int i = 0; i < granted.size(); i++) {
            final long inode = granted.getLong(i);
            if (isDelivered) {
                counts.incrementAndGet(inode);
            } else {
                drop(inode, 0);
            }
        }
        granted.clear();
    }

    void drop(final long inode, final long count) {
        final long left = counts.get(inode) - count;
        if (left > 0) {
            counts.put(inode, left);
        } else {
            counts.remove(inode);
            forgotten.accept(inode);
        }
    }

    boolean holds(final long inode) {
        return counts.get(inode) > 0;
    }

    void dropAll() {
        for (final long inode : inodes()) {
            drop(inode, Long.MAX_VALUE);
        }
    }

    long[] inodes() {
        final LongArrayList inodes = new LongArrayList(Math.max(1, counts.size()), 0);
        counts.forEach((inode, count) -> inodes.addLong(inode));
        return inodes.toLongArray();
    }
}
