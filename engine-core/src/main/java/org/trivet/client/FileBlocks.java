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
        update(attributes.dataId(), attributes.cut(), attributes.cuts());
    }

    /**
     * Takes over newer values; older ones of the same data id change nothing.
     *
     * @param newDataId the file's data id.
     * @param newCut number of its last cut.
     * @param newCuts pairs (cut number, file offset) not confirmed by all groups.
     */
    public void update(final long newDataId, final long newCut, final long[] newCuts) {
        if (newDataId == dataId && newCut < cut) {
            return;
        }
        dataId = newDataId;
        cut = newCut;
        cuts = newCuts == null ? NO_CUTS : newCuts;
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
        long lowest = Long.MAX_VALUE;
        if (number < cut) {
            for (int i = 0; i + 1 < cuts.length; i += 2) {
                if (cuts[i] > number) {
                    lowest = Math.min(lowest, cuts[i + 1]);
                }
            }
        }
        return lowest;
    }

    /**
     * Whether it is known where all the cuts later than a number were. Those that all groups have
     * confirmed are not told any more.
     *
     * @param number a cut number.
     * @return false if one of them has been confirmed.
     */
    boolean knowsCutsAfter(final long number) {
        long known = 0;
        for (int i = 0; i < cuts.length; i += 2) {
            if (cuts[i] > number) {
                known++;
            }
        }
        return known >= cut - number;
    }
}
