package org.trivet.node;

import org.trivet.replica.GroupLosses;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is lost of a volume, as far as the nodes that are up can tell.
 *
 * @param groups those of which something seems to be lost, or has been given up.
 * @param files those with such blocks; one that has several names is there several times.
 */
public record Losses(List<GroupLosses> groups, List<FileLoss> files) {
    /**
     * The same, of one file only.
     *
     * @param path the file; null for all.
     * @return what is left.
     */
    Losses of(final String path) {
        if (path == null) {
            return this;
        }
        final String whole = path.startsWith("/") ? path : "/" + path;
        return new Losses(
                groups, files.stream().filter(file -> file.path().equals(whole)).toList());
    }

    /**
     * Whether something is to be told of a group.
     *
     * @param group what is known of it.
     * @return false if nothing is lost or given up.
     */
    static boolean isWorthTelling(final GroupLosses group) {
        return group.isLogLost()
                || group.unreadableEntry() != 0
                || !group.ranges().isEmpty()
                || !group.givenUp().isEmpty()
                || group.isUnderWay();
    }

    /**
     * What is known of a group, as the control channel carries it.
     *
     * @param group the group.
     * @return maps, lists, strings, numbers and booleans.
     */
    static Map<String, Object> toJson(final GroupLosses group) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("group", group.group());
        json.put("isLogLost", group.isLogLost());
        json.put("unreadableEntry", group.unreadableEntry());
        json.put("lostRanges", group.ranges().size());
        json.put("givenUpRanges", group.givenUp().size());
        json.put("mayBeOn", group.unheard());
        json.put("isUnderWay", group.isUnderWay());
        return json;
    }

    /**
     * All of it, as the control channel carries it.
     *
     * @return maps, lists, strings, numbers and booleans.
     */
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("groups", groups.stream().map(Losses::toJson).toList());
        json.put("files", files.stream().map(Losses::toJson).toList());
        return json;
    }

    private static Map<String, Object> toJson(final FileLoss file) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("path", file.path());
        json.put("lostCount", file.lostCount());
        json.put("lost", file.lost());
        json.put("givenUpCount", file.givenUpCount());
        json.put("givenUp", file.givenUp());
        return json;
    }
}
