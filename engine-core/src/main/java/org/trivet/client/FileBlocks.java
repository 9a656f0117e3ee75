package org.trivet.client;

import org.trivet.block.Placement;
import org.trivet.fs.Attributes;

/**
 * What the block layer knows of a file: which blocks are its, and where it was cut. Kept up to date
 * by its owner; one object for each inode of a client.
 */
public final class FileBlocks {
    private static final long[] NO_CUTS = {};

    private final long inode;
    private final int nodeCount;
    private long dataId;
    private long cut;
    private long[] cuts = NO_CUTS;
    private long[] pastCuts = NO_CUTS;
    private int startGroup;

    /**
     * A file without blocks, until {@link #update}.
     *
     * @param inode names it in messages.
     * @param nodeCount N of the volume.
     */
    public FileBlocks(final long inode, final int nodeCount) {
        this.inode = inode;
        this.nodeCount = nodeCount;
    }

    /**
     * Takes over newer attributes; older ones of the same data id change nothing.
     *
     * @param attributes of the inode.
     */
    public void update(final Attributes attributes) {
        update(attributes.dataId(), attributes.cut(), attributes.cuts(), attributes.pastCuts());
    }

    /**
     * Takes over newer values; older ones of the same data id change nothing.
     *
     * @param newDataId the file's data id.
     * @param newCut number of its last cut.
     * @param newCuts pairs (cut number, file offset) not confirmed by all groups.
     */
    public void update(final long newDataId, final long newCut, final long[] newCuts) {
        update(newDataId, newCut, newCuts, NO_CUTS);
    }

    private void update(
            final long newDataId,
            final long newCut,
            final long[] newCuts,
            final long[] newPastCuts) {
        if (newDataId == dataId && newCut < cut) {
            return;
        }
        dataId = newDataId;
        cut = newCut;
        cuts = newCuts == null ? NO_CUTS : newCuts;
        pastCuts = newPastCuts == null ? NO_CUTS : newPastCuts;
        startGroup = Placement.startGroup(newDataId, nodeCount);
    }

    /**
     * The file's inode.
     *
     * @return its number.
     */
    public long inode() {
        return inode;
    }

    /**
     * The file's data id.
     *
     * @return the id.
     */
    public long dataId() {
        return dataId;
    }

    /**
     * The number of the file's last cut.
     *
     * @return the number.
     */
    public long cut() {
        return cut;
    }

    long[] cuts() {
        return cuts;
    }

    int startGroup() {
        return startGroup;
    }

    /**
     * The lowest offset of the cuts later than a number: what lies there and was stored before is
     * to read as zeros.
     *
     * @param number a cut number.
     * @return file offset, or Long.MAX_VALUE if there are none.
     */
    long lowestCutAfter(final long number) {
        return number < cut ? lowestAfter(number, cuts) : Long.MAX_VALUE;
    }

    /**
     * Up to where a write was not touched by the cuts that came later than a number, those included
     * that all groups have confirmed.
     *
     * @param number of the last cut when it was written.
     * @return file offset; Long.MAX_VALUE if there are none; 0 if it is not known any more where
     *     all of them were.
     */
    public long uncutSince(final long number) {
        if (number >= cut) {
            return Long.MAX_VALUE;
        }
        final boolean knowsAll =
                countAfter(number, cuts) + countAfter(number, pastCuts) >= cut - number;
        return knowsAll ? Math.min(lowestAfter(number, cuts), lowestAfter(number, pastCuts)) : 0;
    }

    private static long lowestAfter(final long number, final long[] pairs) {
        long lowest = Long.MAX_VALUE;
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i] > number) {
                lowest = Math.min(lowest, pairs[i + 1]);
            }
        }
        return lowest;
    }

    private static long countAfter(final long number, final long[] pairs) {
        long count = 0;
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i] > number) {
                count++;
            }
        }
        return count;
    }
}
