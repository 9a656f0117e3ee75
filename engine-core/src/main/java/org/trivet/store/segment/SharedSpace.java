package org.trivet.store.segment;

import java.util.ArrayList;
import java.util.List;

/**
 * A file system that several journals share, each taking as much as the others at most: a block has
 * its copies on several nodes, so the node with the least space is the measure of all, and what
 * another took beyond its share would be lost to all. What a journal has left of its share stays
 * its own, also while it is closed, and after its files have been deleted: it will be filled again.
 *
 * <p>Safe for use by several threads.
 */
public final class SharedSpace {
    private final List<Share> opened = new ArrayList<>();

    /** A file system of which nobody has a share yet. */
    public SharedSpace() {}

    /**
     * A share that counts once its journal has been opened.
     *
     * @return a new share, the same as every other.
     */
    public Share newShare() {
        return new Share(this);
    }

    private synchronized void hold(final Share share, final long bytes) {
        if (!opened.contains(share)) {
            opened.add(share);
        }
        share.heldBytes = bytes;
    }

    private synchronized void empty(final Share share) {
        share.heldBytes = 0;
    }

    private synchronized long usable(final Share share, final long leftBytes) {
        long all = leftBytes;
        for (final Share each : opened) {
            all += each.heldBytes;
        }
        return Math.min(leftBytes, all / opened.size() - share.heldBytes);
    }

    /** What one journal may take. */
    public static final class Share {
        private final SharedSpace space;
        private long heldBytes;

        private Share(final SharedSpace space) {
            this.space = space;
        }

        /**
         * The share of a journal that has the file system for itself.
         *
         * @return a share of everything.
         */
        public static Share ofAll() {
            return new SharedSpace().newShare();
        }

        /** The journal's files take so many bytes. */
        void hold(final long bytes) {
            space.hold(this, bytes);
        }

        /**
         * Bytes that the journal may take besides those that it holds; below 0 if it holds more
         * than its share.
         *
         * @param leftBytes what the file system has left for all.
         */
        long usable(final long leftBytes) {
            return space.usable(this, leftBytes);
        }

        /**
         * The journal belongs to another process, and its files take so many bytes.
         *
         * @param bytes at least 0.
         */
        public void heldElsewhere(final long bytes) {
            hold(bytes);
        }

        /** The files of the journal, which is closed, have been deleted. */
        public void empty() {
            space.empty(this);
        }
    }
}
