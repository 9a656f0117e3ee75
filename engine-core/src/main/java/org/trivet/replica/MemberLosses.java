package org.trivet.replica;

import java.util.List;

/**
 * What a member of a group knows of losses.
 *
 * @param group the group.
 * @param hasLog whether it has a log of the group; not if it is still taking one over.
 * @param unknown what it lacks of the group.
 * @param givenUp what has been given up, and not been written again.
 */
public record MemberLosses(
        int group, boolean hasLog, List<LostRange> unknown, List<LostRange> givenUp) {}
