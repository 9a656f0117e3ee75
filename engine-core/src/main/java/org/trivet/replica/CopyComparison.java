package org.trivet.replica;

import org.trivet.VolumeConfig;
import org.trivet.block.Placement;
import org.trivet.replica.CopyCursor.Key;
import org.trivet.replica.PieceRequest.Part;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Compares all copies of one group, piece by piece, while the volume is in use: which units there
 * are, their versions, their checksums, the strips' cut numbers, and what is given up; and tells of
 * units that are damaged. It asks nobody itself: whoever has it asks all members for the piece that
 * {@link #request} names, and has it {@link #take} the answers.
 *
 * <p>The pieces of one step are of one instant each, but not of the same one. What is equal in all
 * of them counts: versions tell contents apart. What differs may have been written between the
 * instants; it counts only if all members had the same log then, all of it applied. Otherwise it is
 * asked for again, from there on. Of members that are not good nothing counts.
 *
 * <p>What all members had in their logs when they were asked first is compared: nothing counts
 * before all have applied it.
 */
public final class CopyComparison {
    private static final int MAX_DIFFERENCES = 100;
    private static final long NO_CUT = 0;
    private static final long UNKNOWN = -1;

    private final int group;
    private final CopyCursor[] copies;
    private final List<String> differences = new ArrayList<>();
    private PieceRequest request;
    private long units;
    private long differenceCount;
    private long endAtBegin = UNKNOWN;

    /**
     * A comparison that has not begun.
     *
     * @param volume the volume.
     * @param group which group's copies to compare.
     */
    public CopyComparison(final VolumeConfig volume, final int group) {
        this.group = group;
        copies = new CopyCursor[volume.replicaCount()];
        for (int copy = 0; copy < copies.length; copy++) {
            copies[copy] =
                    new CopyCursor(
                            Placement.node(group, copy, volume.nodeCount()),
                            group,
                            volume.checksumType().length());
        }
        request = new PieceRequest(group, Part.EXTENTS, 0, 0);
    }

    /**
     * What is to be asked of all members of the group.
     *
     * @return the next piece, or the same again; null if all has been compared.
     */
    public PieceRequest request() {
        return request;
    }

    /**
     * The members of the group.
     *
     * @return their nodes, in the order of the copies.
     */
    public List<Integer> members() {
        return Arrays.stream(copies).map(copy -> copy.node).toList();
    }

    /**
     * Compares the pieces that the members gave for the {@link #request}, as far as it can.
     *
     * @param pieces one of each of the {@link #members}; null where one is down. INVALID if one is
     *     not what was asked for.
     * @return null if it has come further; otherwise what it waits for: then the same is to be
     *     asked again, after a pause.
     */
    public String take(final List<CopyPiece> pieces) {
        final List<MemberPosition> positions = new ArrayList<>();
        pieces.forEach(piece -> positions.add(piece == null ? null : piece.position()));
        final String lack = lack(positions);
        if (lack != null) {
            return lack;
        }
        if (endAtBegin == UNKNOWN) {
            endAtBegin = positions.stream().mapToLong(MemberPosition::logEnd).min().orElseThrow();
        }
        if (positions.stream().anyMatch(position -> position.applied() < endAtBegin)) {
            return busy(positions);
        }
        for (int i = 0; i < copies.length; i++) {
            copies[i].begin(pieces.get(i), request);
        }
        final PieceRequest before = request;
        final String busy = busy(positions);
        switch (request.part()) {
            case EXTENTS -> compareExtents(busy == null);
            case CUTS -> compareCuts(busy == null);
            case GIVEN_UP -> compareGivenUp(busy == null);
        }
        return before.equals(request) ? busy : null;
    }

    /**
     * Compares all there is, at one instant, of nodes that this thread drives.
     *
     * @param nodes all nodes of the volume; there must be no {@link #obstacle}.
     */
    public void compareAll(final DataNode[] nodes) {
        while (request != null) {
            final String obstacle =
                    take(members().stream().map(node -> nodes[node].piece(request)).toList());
            if (obstacle != null) {
                throw new IllegalStateException(obstacle);
            }
        }
    }

    /**
     * Says what a comparison at one instant has to wait for: that all members are good, and have
     * the same log, all of it applied.
     *
     * @param nodes all nodes of the volume, which this thread drives; null where one is down.
     * @return null if nothing is in the way.
     */
    public String obstacle(final DataNode[] nodes) {
        final List<MemberPosition> positions = new ArrayList<>();
        for (final CopyCursor copy : copies) {
            positions.add(nodes[copy.node] == null ? null : nodes[copy.node].position(group));
        }
        final String lack = lack(positions);
        return lack == null ? busy(positions) : lack;
    }

    /** Which member is not good; null if all are. */
    private String lack(final List<MemberPosition> positions) {
        for (int i = 0; i < copies.length; i++) {
            final MemberPosition position = positions.get(i);
            if (position == null) {
                return "node " + copies[i].node + " is down";
            }
            if (!position.isGood()) {
                return "group " + group + " is " + position.state() + " at node " + copies[i].node;
            }
        }
        return null;
    }

    /** Which member has another log than the first, or not applied all of it; null if none. */
    private String busy(final List<MemberPosition> positions) {
        final long logEnd = positions.getFirst().logEnd();
        for (final MemberPosition position : positions) {
            if (position.logEnd() != logEnd || position.applied() != logEnd) {
                return "group "
                        + group
                        + " is busy: node "
                        + position.node()
                        + " has applied "
                        + position.applied()
                        + " of "
                        + logEnd;
            }
        }
        return null;
    }

    // ---- extents

    private void compareExtents(final boolean isSettled) {
        for (final CopyCursor copy : copies) {
            units += copy.countUnits();
            copy.newDamage().forEach(extent -> differ(damage(copy.node, extent)));
        }
        final Key limit = limit();
        for (CopyCursor first = first(limit); first != null; first = first(limit)) {
            final Key key = first.key();
            final List<String> found = compareNext(first, limit);
            if (!found.isEmpty() && !isSettled) {
                request = new PieceRequest(group, Part.EXTENTS, key.dataId(), key.unit());
                return;
            }
            found.forEach(this::differ);
        }
        request =
                limit == null
                        ? new PieceRequest(group, Part.CUTS, 0, 0)
                        : new PieceRequest(group, Part.EXTENTS, limit.dataId(), limit.unit());
    }

    /** Where the piece ends that ends first; null if each tells of all there is. */
    private Key limit() {
        Key limit = null;
        for (final CopyCursor copy : copies) {
            if (!copy.piece().isLast()) {
                final Key end = Key.endOf(copy.piece().extents().getLast());
                limit = limit == null || end.isBefore(limit) ? end : limit;
            }
        }
        return limit;
    }

    /** The copy that is at the first key of all; null if that lies behind the limit. */
    private CopyCursor first(final Key limit) {
        CopyCursor first = null;
        for (final CopyCursor copy : copies) {
            if (copy.extent() != null
                    && (limit == null || copy.key().isBefore(limit))
                    && (first == null || copy.key().isBefore(first.key()))) {
                first = copy;
            }
        }
        return first;
    }

    /** Compares all copies from where one is to where an extent of any begins or ends. */
    private List<String> compareNext(final CopyCursor first, final Key limit) {
        final Key key = first.key();
        final long end = endOfStretch(key, limit);
        final String where =
                "units "
                        + key.unit()
                        + " to "
                        + (end - 1)
                        + " of "
                        + Long.toUnsignedString(key.dataId());
        final List<CopyCursor> there = new ArrayList<>();
        final List<String> found = new ArrayList<>();
        for (final CopyCursor copy : copies) {
            if (copy.isAt(key)) {
                there.add(copy);
                final String difference = compare(first, copy, (int) (end - key.unit()));
                if (difference != null) {
                    found.add(where + difference);
                }
            } else {
                found.add(where + " are missing at node " + copy.node);
            }
        }
        there.forEach(copy -> copy.moveTo(end));
        return found;
    }

    private long endOfStretch(final Key key, final Key limit) {
        long end = limit != null && limit.dataId() == key.dataId() ? limit.unit() : Long.MAX_VALUE;
        for (final CopyCursor copy : copies) {
            final StoredExtent extent = copy.extent();
            if (extent != null && extent.dataId() == key.dataId()) {
                end = Math.min(end, copy.isAt(key) ? extent.endUnit() : copy.key().unit());
            }
        }
        return end;
    }

    private static String compare(
            final CopyCursor first, final CopyCursor copy, final int unitCount) {
        if (copy.extent().version() != first.extent().version()) {
            return " have version "
                    + first.extent().version()
                    + " at node "
                    + first.node
                    + " and "
                    + copy.extent().version()
                    + " at node "
                    + copy.node;
        }
        return first.hasSameContent(copy, unitCount)
                ? null
                : " have other content at node " + copy.node + " than at " + first.node;
    }

    private static String damage(final int node, final StoredExtent extent) {
        return "node "
                + node
                + ": units "
                + extent.firstUnit()
                + " to "
                + (extent.endUnit() - 1)
                + " of "
                + Long.toUnsignedString(extent.dataId())
                + ", version "
                + extent.version()
                + ", are damaged"
                + (extent.checksums() == null ? ", and their checksums cannot be read" : "");
    }

    // ---- cut numbers, and what is given up

    private void compareCuts(final boolean isSettled) {
        final int[] at = new int[copies.length];
        while (!isAnyUsedUp(at)) {
            final StripCut highest = highestCut(at);
            if (highest == null) {
                request = new PieceRequest(group, Part.GIVEN_UP, 0, 0);
                return;
            }
            final long dataId = highest.dataId();
            request = new PieceRequest(group, Part.CUTS, dataId, 0);
            final List<String> found = new ArrayList<>();
            for (int i = 0; i < copies.length; i++) {
                final StripCut cut = cut(i, at[i]);
                final boolean isThere = cut != null && cut.dataId() == dataId;
                final long number = isThere ? cut.cut() : NO_CUT;
                if (number < highest.cut()) {
                    found.add(lowerCut(copies[i].node, number, highest));
                }
                at[i] += isThere ? 1 : 0;
            }
            if (!found.isEmpty() && !isSettled) {
                return;
            }
            found.forEach(this::differ);
            request = new PieceRequest(group, Part.CUTS, dataId + 1, 0);
        }
    }

    /** Whether a copy has come to the end of what it listed; the others would look too long. */
    private boolean isAnyUsedUp(final int[] at) {
        for (int i = 0; i < copies.length; i++) {
            if (cut(i, at[i]) == null && !copies[i].piece().isLast()) {
                return true;
            }
        }
        return false;
    }

    private StripCut cut(final int copy, final int index) {
        final List<StripCut> cuts = copies[copy].piece().cuts();
        return index < cuts.size() ? cuts.get(index) : null;
    }

    /** The highest cut of the first strip that any copy has cut. */
    private StripCut highestCut(final int[] at) {
        StripCut highest = null;
        for (int i = 0; i < copies.length; i++) {
            final StripCut cut = cut(i, at[i]);
            if (cut != null) {
                final int order =
                        highest == null ? -1 : Long.compareUnsigned(cut.dataId(), highest.dataId());
                if (order < 0 || order == 0 && cut.cut() > highest.cut()) {
                    highest = cut;
                }
            }
        }
        return highest;
    }

    private static String lowerCut(final int node, final long cut, final StripCut highest) {
        return "the cut number of "
                + Long.toUnsignedString(highest.dataId())
                + " is "
                + cut
                + " at node "
                + node
                + " and "
                + highest.cut()
                + " elsewhere";
    }

    private void compareGivenUp(final boolean isSettled) {
        final CopyCursor first = copies[0];
        final List<String> found = new ArrayList<>();
        for (final CopyCursor copy : copies) {
            if (!copy.piece().givenUp().equals(first.piece().givenUp())) {
                found.add(
                        "what is given up is "
                                + first.piece().givenUp()
                                + " at node "
                                + first.node
                                + " and "
                                + copy.piece().givenUp()
                                + " at node "
                                + copy.node);
            }
        }
        if (found.isEmpty() || isSettled) {
            found.forEach(this::differ);
            request = null;
        }
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
