package org.trivet.replica;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

import java.util.ArrayList;
import java.util.List;

/**
 * Compares all copies of one group, stretch by stretch, while the volume is in use: which units
 * there are, their versions, their checksums, the strips' cut numbers, and what is given up; and
 * verifies all bytes of each copy. Runs on the thread of the nodes.
 */
public final class CopyComparison {
    private static final int EXTENTS_PER_STEP = 16;
    private static final int CUTS_PER_STEP = 1024;
    private static final int MAX_DIFFERENCES = 100;
    private static final long NO_CUT = 0;

    private final class Copy {
        final int node;
        final Group member;
        final ExtentList extents = new ExtentList();
        final MutableDirectBuffer checksums;
        boolean isLast;
        int index;
        long unit;

        Copy(final int node, final Group member, final int copy) {
            this.node = node;
            this.member = member;
            if (checksumBuffers[copy] == null) {
                checksumBuffers[copy] = new ExpandableArrayBuffer();
            }
            checksums = checksumBuffers[copy];
        }

        void scan() {
            member.node.store.scan(group, nextDataId, nextUnit, EXTENTS_PER_STEP, extents);
            isLast = extents.size() < EXTENTS_PER_STEP;
            index = -1;
            advance();
        }

        private void advance() {
            if (++index < extents.size()) {
                final Extent extent = extents.get(index);
                unit = extent.firstUnit;
                if (precedes(extent.dataId, unit, nextDataId, nextUnit)) {
                    unit = nextUnit; // its first units were compared in the step before
                }
                verify(extent);
            }
        }

        private void verify(final Extent extent) {
            units += extent.endUnit - unit;
            if (!member.isGood(extent)) {
                differ(
                        "node "
                                + node
                                + ": units "
                                + extent.firstUnit
                                + " to "
                                + (extent.endUnit - 1)
                                + " of "
                                + Long.toUnsignedString(extent.dataId)
                                + ", version "
                                + extent.version
                                + ", are damaged");
            }
            if (!member.node.store.readChecksums(extent, checksums, 0)) {
                differ("node " + node + ": checksums cannot be read");
            }
        }

        Extent extent() {
            return index < extents.size() ? extents.get(index) : null;
        }

        boolean isAt(final long dataId, final long atUnit) {
            return extent() != null && extent().dataId == dataId && unit == atUnit;
        }

        void skip(final int count) {
            unit += count;
            if (unit == extent().endUnit) {
                advance();
            }
        }
    }

    private final VolumeConfig volume;
    private final int group;
    private final List<String> differences = new ArrayList<>();
    private final MutableDirectBuffer[] checksumBuffers;
    private long nextDataId;
    private long nextUnit;
    private boolean rowsAreDone;
    private long nextCut;
    private long units;
    private long differenceCount;

    /**
     * A comparison that has not begun.
     *
     * @param volume the volume.
     * @param group which group's copies to compare.
     */
    public CopyComparison(final VolumeConfig volume, final int group) {
        this.volume = volume;
        this.group = group;
        checksumBuffers = new MutableDirectBuffer[volume.replicaCount()];
    }

    /**
     * Says what a comparison has to wait for: that all members are good, and have the same log, all
     * of it applied.
     *
     * @param nodes all nodes of the volume; null where one is down.
     * @return null if it can go on now.
     */
    public String obstacle(final DataNode[] nodes) {
        Group lead = null;
        for (int copy = 0; copy < volume.replicaCount(); copy++) {
            final int number = Placement.node(group, copy, volume.nodeCount());
            if (nodes[number] == null) {
                return "node " + number + " is down";
            }
            final Group member = nodes[number].group(group);
            if (!nodes[number].state(member).equals("good")) {
                return "group "
                        + group
                        + " is "
                        + nodes[number].state(member)
                        + " at node "
                        + number;
            }
            lead = lead == null ? member : lead;
            if (member.log.end() != lead.log.end() || member.applied != member.log.end()) {
                return "group "
                        + group
                        + " is busy: node "
                        + number
                        + " has applied "
                        + member.applied
                        + " of "
                        + lead.log.end();
            }
        }
        return null;
    }

    /**
     * Compares the next stretch. There must be no {@link #obstacle}.
     *
     * @param nodes all nodes of the volume.
     * @return false if that was the last.
     */
    public boolean step(final DataNode[] nodes) {
        final List<Copy> copies = new ArrayList<>();
        for (int copy = 0; copy < volume.replicaCount(); copy++) {
            final int number = Placement.node(group, copy, volume.nodeCount());
            copies.add(new Copy(number, nodes[number].group(group), copy));
        }
        if (rowsAreDone) {
            final boolean more = compareCuts(copies);
            if (!more) {
                compareGivenUp(copies);
            }
            return more;
        }
        copies.forEach(Copy::scan);
        rowsAreDone = true;
        while (isWithinAll(copies)) {
            compareNext(copies);
        }
        return true;
    }

    /** Whether no copy has come to the end of what it listed; the others would look too long. */
    private boolean isWithinAll(final List<Copy> copies) {
        boolean any = false;
        for (final Copy copy : copies) {
            if (copy.extent() != null) {
                any = true;
            } else if (!copy.isLast) {
                rowsAreDone = false;
                return false;
            }
        }
        return any;
    }

    private void compareNext(final List<Copy> copies) {
        Copy first = null;
        for (final Copy copy : copies) {
            final Extent extent = copy.extent();
            if (extent != null
                    && (first == null
                            || precedes(
                                    extent.dataId, copy.unit, first.extent().dataId, first.unit))) {
                first = copy;
            }
        }
        final long dataId = first.extent().dataId;
        final long unit = first.unit;
        long end = first.extent().endUnit;
        for (final Copy copy : copies) {
            final Extent extent = copy.extent();
            if (extent != null && extent.dataId == dataId) {
                end = Math.min(end, copy.unit > unit ? copy.unit : extent.endUnit);
            }
        }
        final int count = (int) (end - unit);
        for (final Copy copy : copies) {
            if (!copy.isAt(dataId, unit)) {
                differ(at(dataId, unit, end) + " are missing at node " + copy.node);
            } else if (copy != first) {
                compare(first, copy, at(dataId, unit, end), count);
            }
        }
        for (final Copy copy : copies) {
            if (copy.isAt(dataId, unit)) {
                copy.skip(count);
            }
        }
        nextDataId = dataId;
        nextUnit = end;
    }

    private void compare(final Copy left, final Copy right, final String where, final int count) {
        if (left.extent().version != right.extent().version) {
            differ(
                    where
                            + " have version "
                            + left.extent().version
                            + " at node "
                            + left.node
                            + " and "
                            + right.extent().version
                            + " at node "
                            + right.node);
            return;
        }
        final int length = volume.checksumType().length();
        final int leftAt = (int) (left.unit - left.extent().firstUnit) * length;
        final int rightAt = (int) (right.unit - right.extent().firstUnit) * length;
        for (int i = 0; i < count * length; i++) {
            if (left.checksums.getByte(leftAt + i) != right.checksums.getByte(rightAt + i)) {
                differ(
                        where
                                + " have other content at node "
                                + right.node
                                + " than at "
                                + left.node);
                return;
            }
        }
    }

    private boolean compareCuts(final List<Copy> copies) {
        final List<Long2LongHashMap> cuts = new ArrayList<>();
        long end = -1; // unsigned: the last data id
        boolean more = false;
        for (final Copy copy : copies) {
            final Long2LongHashMap map = new Long2LongHashMap(NO_CUT);
            final long[] last = {nextCut};
            copy.member.node.store.scanCuts(
                    group,
                    nextCut,
                    CUTS_PER_STEP,
                    (dataId, cut) -> {
                        map.put(dataId, cut);
                        last[0] = dataId;
                    });
            if (map.size() == CUTS_PER_STEP) {
                more = true;
                end = Long.compareUnsigned(last[0], end) < 0 ? last[0] : end;
            }
            cuts.add(map);
        }
        for (final Long2LongHashMap map : cuts) {
            final long limit = end;
            map.forEachLong(
                    (dataId, cut) -> {
                        if (Long.compareUnsigned(dataId, limit) <= 0) {
                            compareCut(copies, cuts, dataId, cut);
                        }
                    });
        }
        nextCut = end + 1;
        return more;
    }

    private void compareCut(
            final List<Copy> copies,
            final List<Long2LongHashMap> cuts,
            final long dataId,
            final long cut) {
        for (int i = 0; i < copies.size(); i++) {
            if (cuts.get(i).get(dataId) < cut) {
                differ(
                        "the cut number of "
                                + Long.toUnsignedString(dataId)
                                + " is "
                                + cuts.get(i).get(dataId)
                                + " at node "
                                + copies.get(i).node
                                + " and "
                                + cut
                                + " elsewhere");
            }
        }
    }

    private void compareGivenUp(final List<Copy> copies) {
        final Copy first = copies.getFirst();
        for (final Copy copy : copies) {
            if (!copy.member.givenUp.list().equals(first.member.givenUp.list())) {
                differ(
                        "what is given up is "
                                + first.member.givenUp
                                + " at node "
                                + first.node
                                + " and "
                                + copy.member.givenUp
                                + " at node "
                                + copy.node);
            }
        }
    }

    private static boolean precedes(
            final long dataId, final long unit, final long otherDataId, final long otherUnit) {
        final int order = Long.compareUnsigned(dataId, otherDataId);
        return order < 0 || order == 0 && unit < otherUnit;
    }

    private static String at(final long dataId, final long unit, final long end) {
        return "units " + unit + " to " + (end - 1) + " of " + Long.toUnsignedString(dataId);
    }

    private void differ(final String difference) {
        differenceCount++;
        if (differences.size() < MAX_DIFFERENCES) {
            differences.add("group " + group + ": " + difference);
        }
    }

    /**
     * What was found to differ or to be damaged.
     *
     * @return the first hundred of it, in words.
     */
    public List<String> differences() {
        return differences;
    }

    /**
     * How much was found to differ or to be damaged.
     *
     * @return stretches of units.
     */
    public long differenceCount() {
        return differenceCount;
    }

    /**
     * How many units have been read and verified, each copy counted.
     *
     * @return the number.
     */
    public long units() {
        return units;
    }
}
