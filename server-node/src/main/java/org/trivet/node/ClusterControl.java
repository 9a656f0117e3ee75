package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.control.CommandHandler;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The commands of the control channel, over a running cluster:
 *
 * <pre>
 * status                                            the cluster's status; mountPoint
 * node     action: stop, kill, start, wipe, pause, resume; node  {}
 * corrupt  node, kind, path, file, block, seed      node, kind, group, dataId, block, description
 * verify                                            units, differenceCount, differences
 * scrub                                             {}
 * losses   path, file; neither for all              groups, files
 * accept-loss   likewise                            likewise, afterwards
 * </pre>
 *
 * <p>A file is named by its path in the volume, or, as {@code file}, by its absolute path on this
 * machine, which counts if it lies under the mount point.
 */
public final class ClusterControl {
    private static final int MAX_PATH_LENGTH = 4096;

    private ClusterControl() {}

    /**
     * The handlers of all commands.
     *
     * @param cluster the cluster.
     * @param mountPoint where it is mounted, absolute; null if it is not.
     * @return by name.
     */
    public static Map<String, CommandHandler> handlers(
            final Cluster cluster, final Path mountPoint) {
        return Map.of(
                "status", (arguments, progress) -> status(cluster, mountPoint),
                "node", (arguments, progress) -> node(cluster, arguments),
                "corrupt", (arguments, progress) -> corrupt(cluster, mountPoint, arguments),
                "verify", (arguments, progress) -> verify(cluster),
                "scrub", (arguments, progress) -> scrub(cluster),
                "losses", (arguments, progress) -> losses(cluster, mountPoint, arguments),
                "accept-loss", (arguments, progress) -> acceptLoss(cluster, mountPoint, arguments));
    }

    private static Map<String, Object> status(final Cluster cluster, final Path mountPoint)
            throws InterruptedException {
        final Map<String, Object> json = cluster.status().toJson();
        if (mountPoint != null) {
            json.put("mountPoint", mountPoint.toString());
        }
        final List<Map<String, Object>> counts = new ArrayList<>();
        for (final BlockCount count : cluster.countBlocks()) {
            counts.add(
                    Map.of(
                            "node", count.node(),
                            "group", count.group(),
                            "copy", count.copy(),
                            "blocks", count.blocks()));
        }
        json.put("blocks", counts);
        return json;
    }

    private static Map<String, Object> node(
            final Cluster cluster, final Map<String, Object> arguments)
            throws InterruptedException {
        final int node = node(cluster, integer(arguments, "node"));
        final String action = text(arguments, "action");
        switch (action == null ? "" : action) {
            case "stop" -> cluster.stopNode(node);
            case "kill" -> cluster.killNode(node);
            case "start" -> cluster.startNode(node);
            case "wipe" -> cluster.wipeNode(node);
            case "pause" -> cluster.pauseNode(node);
            case "resume" -> cluster.resumeNode(node);
            default ->
                    throw new TrivetException(
                            ErrorCode.INVALID, "a node cannot be told to '" + action + "'");
        }
        return Map.of();
    }

    private static Map<String, Object> corrupt(
            final Cluster cluster, final Path mountPoint, final Map<String, Object> arguments)
            throws InterruptedException {
        final Long node = integer(arguments, "node");
        final Long seed = integer(arguments, "seed");
        final String kind = text(arguments, "kind");
        final Damage damage =
                cluster.corrupt(
                        new DamageRequest(
                                node == null ? null : node(cluster, node),
                                kind == null ? DamageRequest.Kind.CHECKSUM : kind(kind),
                                pathInVolume(arguments, mountPoint),
                                integer(arguments, "block"),
                                seed == null ? 0 : seed));
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("node", damage.node());
        json.put("kind", damage.kind().name().toLowerCase(Locale.ROOT));
        json.put("group", damage.group());
        json.put("dataId", Long.toUnsignedString(damage.dataId()));
        json.put("block", damage.block());
        json.put("description", damage.description());
        return json;
    }

    private static Map<String, Object> verify(final Cluster cluster) throws InterruptedException {
        final Verification verification = cluster.verify();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("units", verification.units());
        json.put("differenceCount", verification.differenceCount());
        json.put("differences", verification.differences());
        return json;
    }

    private static Map<String, Object> scrub(final Cluster cluster) throws InterruptedException {
        cluster.scrub();
        return Map.of();
    }

    private static Map<String, Object> losses(
            final Cluster cluster, final Path mountPoint, final Map<String, Object> arguments)
            throws InterruptedException {
        return cluster.losses().of(pathInVolume(arguments, mountPoint)).toJson();
    }

    private static Map<String, Object> acceptLoss(
            final Cluster cluster, final Path mountPoint, final Map<String, Object> arguments)
            throws InterruptedException {
        final String path = pathInVolume(arguments, mountPoint);
        return cluster.acceptLoss(path).of(path).toJson();
    }

    private static String pathInVolume(final Map<String, Object> arguments, final Path mountPoint) {
        final String file = text(arguments, "file");
        if (file != null && mountPoint != null && Path.of(file).startsWith(mountPoint)) {
            return "/" + mountPoint.relativize(Path.of(file));
        }
        return text(arguments, "path");
    }

    private static int node(final Cluster cluster, final Long node) {
        final int nodeCount = cluster.volume().nodeCount();
        if (node == null || node < 0 || node >= nodeCount) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "there is no node " + node + ": nodes are numbered 0 to " + (nodeCount - 1));
        }
        return node.intValue();
    }

    private static DamageRequest.Kind kind(final String name) {
        for (final DamageRequest.Kind kind : DamageRequest.Kind.values()) {
            if (kind.name().equalsIgnoreCase(name)) {
                return kind;
            }
        }
        throw new TrivetException(ErrorCode.INVALID, "there is no kind of damage '" + name + "'");
    }

    private static Long integer(final Map<String, Object> arguments, final String name) {
        final Object value = arguments.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        throw new TrivetException(
                ErrorCode.INVALID, "argument " + name + " must be a whole number: " + value);
    }

    private static String text(final Map<String, Object> arguments, final String name) {
        final Object value = arguments.get(name);
        if (value == null
                || value instanceof final String text && text.length() <= MAX_PATH_LENGTH) {
            return (String) value;
        }
        throw new TrivetException(
                ErrorCode.INVALID,
                "argument " + name + " must be a text of at most 4096 characters");
    }
}
