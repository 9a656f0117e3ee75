package org.trivet.replica;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.util.List;

/**
 * What a node knows of losses in its groups, at one instant.
 *
 * @param node its number.
 * @param incarnation number of this start of it; 0 while it waits for the metadata node, and what
 *     it knows says nothing yet.
 * @param unreadableEntry the entry of the log of the group that it leads that may have been
 *     acknowledged, and can be read nowhere; 0 if there is none.
 * @param isUnderWay whether giving up has been asked for, in the group that it leads, and is under
 *     way.
 * @param members what it knows as a member of each of its groups, its own first.
 */
public record NodeLosses(
        int node,
        long incarnation,
        long unreadableEntry,
        boolean isUnderWay,
        List<MemberLosses> members) {
    /**
     * What it knows of one group.
     *
     * @param group the group; it is a member of it.
     * @return what it knows.
     */
    public MemberLosses of(final int group) {
        for (final MemberLosses member : members) {
            if (member.group() == group) {
                return member;
            }
        }
        throw new TrivetException(
                ErrorCode.INVALID, "node " + node + " is no member of group " + group);
    }
}
