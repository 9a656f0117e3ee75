package org.trivet.replica;

import org.trivet.VolumeConfig;
import org.trivet.block.Placement;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What seems to be lost of a group, as its members that are up can tell now: no good copy is left
 * with them, and reads, rebuilds or writes wait for one. For people to see; it is given up only
 * after the members have been asked.
 *
 * @param group the group.
 * @param isLogLost whether no member has a log: then the group takes no writes.
 * @param unreadableEntry the entry of the log that may have been acknowledged, and can be read
 *     nowhere: until a node comes back that has it the group takes no writes, and it cannot be
 *     given up; 0 if there is none.
 * @param ranges what no member covers.
 * @param givenUp what has been given up, and not been written again.
 * @param unheard nodes of the group that are down or have just started: they may have what the
 *     others lack.
 * @param isUnderWay whether giving up has been asked for, and is under way.
 */
public record GroupLosses(
        int group,
        boolean isLogLost,
        long unreadableEntry,
        List<LostRange> ranges,
        List<LostRange> givenUp,
        List<Integer> unheard,
        boolean isUnderWay) {
    /**
     * Looks at a group, of nodes that this thread drives.
     *
     * @param volume the volume.
     * @param nodes all nodes of the volume; null where one is down.
     * @param group the group.
     * @return what seems to be lost of it.
     */
    public static GroupLosses of(
            final VolumeConfig volume, final DataNode[] nodes, final int group) {
        return of(volume, node -> nodes[node] == null ? null : nodes[node].losses(), group);
    }

    /**
     * Puts together what the nodes know of a group.
     *
     * @param volume the volume.
     * @param known what each node knows; null of one that is down.
     * @param group the group.
     * @return what seems to be lost of it.
     */
    public static GroupLosses of(
            final VolumeConfig volume, final IntFunction<NodeLosses> known, final int group) {
        final List<Integer> unheard = new ArrayList<>();
        KeyRanges lost = null;
        final KeyRanges givenUp = new KeyRanges();
        boolean anyLog = false;
        NodeLosses lead = null;
        for (int copy = 0; copy < volume.replicaCount(); copy++) {
            final int number = Placement.node(group, copy, volume.nodeCount());
            final NodeLosses node = known.apply(number);
            lead = copy == 0 ? node : lead;
            if (node == null || node.incarnation() == 0) {
                unheard.add(number);
                continue;
            }
            final MemberLosses member = node.of(group);
            final KeyRanges unknown = LostRange.keys(member.unknown());
            lost = lost == null ? unknown : lost.within(unknown);
            givenUp.addAll(LostRange.keys(member.givenUp()));
            anyLog |= member.hasLog();
        }
        return new GroupLosses(
                group,
                !anyLog && unheard.isEmpty(),
                lead == null ? 0 : lead.unreadableEntry(),
                lost == null ? List.of() : LostRange.of(group, lost),
                LostRange.of(group, givenUp),
                List.copyOf(unheard),
                lead != null && lead.isUnderWay());
    }
}
