package org.trivet.sim;

import org.trivet.block.Placement;
import org.trivet.fs.Attributes;
import org.trivet.sim.Tree.Name;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** All files that a client finds in the end; and what is left behind of others. */
final class FileSurvey {
    private static final int MAX_EXTENTS = 256;

    private record Found(
            long inode,
            int mode,
            int links,
            int uid,
            int gid,
            long atimeNs,
            long size,
            long dataId,
            int contents) {}

    private final Map<Name, Long> names = new TreeMap<>();
    private final Map<Long, Found> inodes = new TreeMap<>();
    private final Set<Long> met = new HashSet<>();

    void name(final Name name, final long inode) {
        names.put(name, inode);
    }

    /** Whether an inode was not met before. */
    boolean isNew(final long inode) {
        return met.add(inode);
    }

    void inode(final Attributes attributes, final int contentsHash) {
        inodes.put(
                attributes.inode(),
                new Found(
                        attributes.inode(),
                        attributes.mode(),
                        attributes.linkCount(),
                        attributes.uid(),
                        attributes.gid(),
                        attributes.atimeNs(),
                        attributes.size(),
                        attributes.dataId(),
                        contentsHash));
    }

    /** What there is of files that are not there any more, in words; null if nothing. */
    String leftBehind(final SimulatedCluster cluster) {
        final long inodeCount = cluster.metadata().agent().inodeCount();
        if (inodeCount != inodes.size()) {
            return "the metadata node has %d inodes, of which %d are found: %s"
                    .formatted(inodeCount, inodes.size(), this);
        }
        final Map<Long, Long> sizes = new TreeMap<>();
        inodes.values().forEach(each -> sizes.put(each.dataId, each.size));
        final ExtentList extents = new ExtentList();
        for (int group = 0; group < cluster.nodeCount(); group++) {
            long dataId = 0;
            long unit = 0;
            do {
                cluster.node(group).agent().store().scan(group, dataId, unit, MAX_EXTENTS, extents);
                for (int i = 0; i < extents.size(); i++) {
                    final Extent extent = extents.get(i);
                    dataId = extent.dataId;
                    unit = extent.endUnit;
                    final Long size = sizes.get(dataId);
                    if (dataId < CellFile.FIRST_DATA_ID
                            && (size == null || liesBeyond(cluster, group, extent, size))) {
                        return "units %d to %d of %d in group %d are left behind of %s: %s"
                                .formatted(
                                        extent.firstUnit,
                                        extent.endUnit,
                                        dataId,
                                        group,
                                        size == null ? "a file that is gone" : "size " + size,
                                        this);
                    }
                }
            } while (extents.size() == MAX_EXTENTS);
        }
        return null;
    }

    private static boolean liesBeyond(
            final SimulatedCluster cluster, final int group, final Extent extent, final long size) {
        final var volume = cluster.plan().volume();
        final int startGroup = Placement.startGroup(extent.dataId, volume.nodeCount());
        final long stripLength =
                Placement.stripLengthBefore(
                        size,
                        Placement.firstBlock(startGroup, group, volume.nodeCount()),
                        volume.nodeCount(),
                        volume.blockLength());
        return (extent.endUnit - 1) * volume.unitLength() >= stripLength;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof FileSurvey that
                && names.equals(that.names)
                && inodes.equals(that.inodes);
    }

    @Override
    public int hashCode() {
        return names.hashCode() * 31 + inodes.hashCode();
    }

    @Override
    public String toString() {
        return names + " " + inodes.values();
    }
}
