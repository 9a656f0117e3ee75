package org.trivet.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/** Says in a line what is lost of a group, and what can be done. */
final class GroupLossLine {
    private GroupLossLine() {}

    /**
     * Prints it.
     *
     * @param group what the control channel tells of the group.
     * @param out takes the line.
     */
    static void print(final Map<?, ?> group, final PrintWriter out) {
        final String name = "group " + group.get("group") + ": ";
        final List<?> others = (List<?>) group.get("mayBeOn");
        final long lost = ((Number) group.get("lostRanges")).longValue();
        final long givenUp = ((Number) group.get("givenUpRanges")).longValue();
        if (Boolean.TRUE.equals(group.get("isLogLost"))) {
            out.println(
                    name
                            + "no node has its log any more: it takes no writes; trivet accept-loss"
                            + " --all would have it begin anew, without what it held");
        } else if (lost > 0) {
            out.println(
                    name
                            + ranges(lost)
                            + " not to be had from any node that is up"
                            + (others.isEmpty()
                                    ? ": reads wait; trivet accept-loss would end that"
                                    : ", but perhaps from these, which are down: " + others));
        }
        final long entry = ((Number) group.get("unreadableEntry")).longValue();
        if (entry != 0) {
            out.println(
                    name
                            + "entry "
                            + entry
                            + " of its log, which may have been acknowledged, can be read on no"
                            + " node that is up: it takes no writes until one that has it comes"
                            + " back; it cannot be given up");
        }
        if (givenUp > 0) {
            out.println(name + ranges(givenUp) + " lost, and given up");
        }
        if (Boolean.TRUE.equals(group.get("isUnderWay"))) {
            out.println(name + "all its nodes are being asked what they lack");
        }
    }

    private static String ranges(final long count) {
        return count == 1 ? "1 range of blocks is" : count + " ranges of blocks are";
    }
}
