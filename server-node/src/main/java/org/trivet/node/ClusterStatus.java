package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.replica.GroupLosses;
import org.trivet.replica.NodeStatus;
import org.trivet.store.StoreStatistics;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How a cluster is doing.
 *
 * @param volume what it is made of.
 * @param nodes its data nodes in the order of their numbers.
 * @param losses the groups of which something seems to be lost, or has been given up.
 */
public record ClusterStatus(VolumeConfig volume, List<NodeReport> nodes, List<GroupLosses> losses) {
    /**
     * How a data node is doing.
     *
     * @param node its number.
     * @param isUp whether it runs, and can say something.
     * @param isPaused whether it stands still because it was told to.
     * @param status what it says; null if it is down.
     * @param store figures of its store; null if it is down.
     * @param counters what it counted since it started, by name; empty if it is down.
     * @param failure why it is out of service, or null.
     */
    public record NodeReport(
            int node,
            boolean isUp,
            boolean isPaused,
            NodeStatus status,
            StoreStatistics store,
            Map<String, Long> counters,
            String failure) {
        /** Refuses a node that is up and has nothing to say. */
        public NodeReport {
            if (isUp && (status == null || store == null)) {
                throw new TrivetException(
                        ErrorCode.INVALID, "node " + node + " is up, and says nothing");
            }
        }

        /**
         * A node that is down.
         *
         * @param node its number.
         * @param failure why, if it was not told to be; otherwise null.
         * @return its report.
         */
        public static NodeReport down(final int node, final String failure) {
            return new NodeReport(node, false, false, null, null, Map.of(), failure);
        }

        /**
         * A node that stands still because it was told to.
         *
         * @param node its number.
         * @return its report.
         */
        public static NodeReport paused(final int node) {
            return new NodeReport(node, false, true, null, null, Map.of(), null);
        }
    }

    /**
     * The status as the control channel carries it, and {@code status --json} prints it.
     *
     * @return maps, lists, strings, numbers and booleans.
     */
    public Map<String, Object> toJson() {
        final Map<String, Object> described = new LinkedHashMap<>();
        described.put("volumeId", Long.toUnsignedString(volume.volumeId(), 16));
        described.put("nodes", volume.nodeCount());
        described.put("replicas", volume.replicaCount());
        described.put("blockSize", volume.blockLength());
        described.put("checksum", volume.checksumType().name().toLowerCase(Locale.ROOT));
        described.put("durability", volume.durability().name().toLowerCase(Locale.ROOT));
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("volume", described);
        json.put("nodes", nodes.stream().map(ClusterStatus::node).toList());
        json.put("losses", losses.stream().map(Losses::toJson).toList());
        return json;
    }

    private static Map<String, Object> node(final NodeReport report) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("node", report.node());
        json.put("state", state(report));
        if (report.failure() != null) {
            json.put("failure", report.failure());
        }
        if (report.isUp()) {
            final NodeStatus status = report.status();
            json.put("waitsFor", status.waitingFor());
            json.put("incarnation", status.incarnation());
            final StoreStatistics store = report.store();
            json.put("liveBytes", store.liveBytes());
            json.put("segmentBytes", store.segmentBytes());
            json.put("freeBytes", store.freeBytes());
            json.put("rows", store.rowCount());
            json.put("writtenBytes", store.writtenBytes());
            json.put("movedBytes", store.movedBytes());
            if (status.rebuild() != null) {
                json.put("rebuild", rebuild(status.rebuild()));
            }
            json.put("scrub", scrub(status.scrub()));
            json.put("groups", groups(status));
            json.put("counters", report.counters());
        }
        return json;
    }

    private static Map<String, Object> rebuild(final NodeStatus.RebuildStatus rebuild) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("knownBytes", rebuild.knownBytes());
        json.put("totalBytes", rebuild.totalBytes());
        json.put("bytesPerSecond", rebuild.bytesPerSecond());
        if (rebuild.millisLeft() >= 0) {
            json.put("secondsLeft", Math.round(rebuild.millisLeft() / 1000.0));
        }
        return json;
    }

    private static Map<String, Object> scrub(final NodeStatus.ScrubStatus scrub) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("isUnderWay", scrub.isUnderWay());
        json.put("percent", scrub.percentDone());
        json.put("passBytes", scrub.passBytes());
        json.put("doneBytes", scrub.doneBytes());
        json.put("totalBytes", scrub.totalBytes());
        json.put("bytesPerSecond", scrub.bytesPerSecond());
        json.put("intervalSeconds", scrub.intervalMs() / 1000);
        if (scrub.isUnderWay() && scrub.millisLeft() >= 0) {
            json.put("secondsLeft", Math.round(scrub.millisLeft() / 1000.0));
        }
        if (scrub.lastPassMs() > 0) {
            json.put("lastPass", Instant.ofEpochMilli(scrub.lastPassMs()).toString());
        }
        json.put("unknownRanges", scrub.unknownRanges());
        json.put("found", found(scrub.found()));
        json.put("foundBefore", found(scrub.foundBefore()));
        return json;
    }

    private static Map<String, Object> found(final NodeStatus.ScrubFound found) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("damaged", found.damaged());
        json.put("differing", found.differing());
        json.put("repaired", found.repaired());
        json.put("notCompared", found.notCompared());
        return json;
    }

    /** "down", "paused", "failed", or the least good of the states of its groups. */
    private static String state(final NodeReport report) {
        if (report.failure() != null) {
            return "failed";
        }
        if (!report.isUp()) {
            return report.isPaused() ? "paused" : "down";
        }
        return report.status().groups().stream()
                .map(NodeStatus.GroupStatus::state)
                .filter(state -> !state.equals("good"))
                .findFirst()
                .orElse("good");
    }

    private static List<Map<String, Object>> groups(final NodeStatus status) {
        final List<Map<String, Object>> list = new ArrayList<>();
        for (final NodeStatus.GroupStatus group : status.groups()) {
            final Map<String, Object> json = new LinkedHashMap<>();
            json.put("group", group.group());
            json.put("copy", group.copy());
            json.put("state", group.state());
            json.put("epoch", group.epoch());
            json.put("logEnd", group.logEnd());
            json.put("watermark", group.watermark());
            json.put("applied", group.applied());
            json.put("unknownRanges", group.unknownRanges());
            json.put("givenUpRanges", group.givenUpRanges());
            json.put("pulledBytes", group.pulledBytes());
            json.put("knownBytes", group.knownBytes());
            json.put("totalBytes", group.totalBytes());
            list.add(json);
        }
        return list;
    }
}
