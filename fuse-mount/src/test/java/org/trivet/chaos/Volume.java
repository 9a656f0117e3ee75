package org.trivet.chaos;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fuse.Scripts;
import org.trivet.node.control.ControlClient;
import org.trivet.node.control.Progress;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code trivet up --transport aeron:udp}, and what can be asked of it. */
final class Volume {
    static final int NODES = 5;
    static final int BLOCK_LENGTH = 4096;
    static final String METADATA = "metadata";
    static final String DRIVER = "driver";
    private static final long POLL_MS = 50;

    private final Path directory;
    private final Program up;

    private Volume(final Path directory, final Program up) {
        this.directory = directory;
        this.up = up;
    }

    /** Begins a new volume in a directory, with packets going over a line. */
    static Volume start(final Path directory, final Path lineFile) throws IOException {
        final List<String> command = new ArrayList<>(Scripts.java());
        command.add(command.indexOf("-cp"), "-D" + Line.FILE_PROPERTY + "=" + lineFile);
        command.add(
                command.indexOf("-cp"),
                "-Daeron.SendChannelEndpoint.supplier=" + LossySender.class.getName());
        command.add(
                command.indexOf("-cp"),
                "-Daeron.ReceiveChannelEndpoint.supplier=" + LossyReceiver.class.getName());
        command.add("org.trivet.cli.Trivet");
        command.addAll(List.of("up", "--transport", "aeron:udp"));
        command.addAll(List.of("--nodes", String.valueOf(NODES), "--replicas", "3"));
        command.addAll(List.of("--block-size", String.valueOf(BLOCK_LENGTH)));
        command.add(directory.resolve("data").toString());
        return new Volume(directory, new Program("up", command, directory.resolve("up.log")));
    }

    void awaitReady() throws Exception {
        up.awaitReady();
    }

    Path clusterFile() {
        return directory.resolve("data").resolve("cluster");
    }

    void stop() throws InterruptedException {
        up.stop();
    }

    // ---- processes

    static String node(final int number) {
        return "node-" + number;
    }

    /** The processes that run, by name: driver, metadata, node-0, ... */
    Map<String, ProcessHandle> processes() throws IOException {
        final Map<String, ProcessHandle> found = new LinkedHashMap<>();
        for (final ProcessHandle child : up.handle().children().toList()) {
            final String name = name(child);
            if (name != null) {
                found.put(name, child);
            }
        }
        return found;
    }

    private static String name(final ProcessHandle child) throws IOException {
        final String words;
        try {
            words =
                    Files.readString(
                            Path.of("/proc", String.valueOf(child.pid()), "cmdline"),
                            StandardCharsets.ISO_8859_1);
        } catch (final IOException e) {
            if (child.isAlive()) {
                throw e;
            }
            return null; // it has ended meanwhile, before it was opened or while it was read
        }
        if (words.contains("\0driver\0run\0")) {
            return DRIVER;
        }
        if (words.contains("\0meta\0run\0")) {
            return METADATA;
        }
        final String mark = "\0node\0run\0";
        final int at = words.indexOf(mark);
        return at < 0
                ? null
                : "node-"
                        + words.substring(
                                at + mark.length(), words.indexOf('\0', at + mark.length()));
    }

    /** A process, as soon as it runs. */
    ProcessHandle process(final String name) throws Exception {
        return await(
                name + " runs",
                ChaosRun.PATIENCE,
                () -> Optional.ofNullable(processes().get(name)));
    }

    // ---- commands

    private Map<String, Object> call(final String command, final Map<String, Object> arguments) {
        try (ControlClient control = ControlClient.connect(directory.resolve("data"))) {
            return control.call(command, arguments, Progress.NONE);
        }
    }

    Map<String, Object> status() {
        return call("status", Map.of());
    }

    void wipe(final int node) {
        call("node", Map.of("node", node, "action", "wipe"));
    }

    /** Damages a copy; null if there is nothing that can be damaged so. */
    String corrupt(final int node, final String kind, final long seed) {
        try {
            return String.valueOf(
                    call("corrupt", Map.of("node", node, "kind", kind, "seed", seed))
                            .get("description"));
        } catch (final TrivetException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    Map<String, Object> verify() {
        return call("verify", Map.of());
    }

    void awaitHealthy(final Duration patience) throws Exception {
        await(
                "all nodes are good",
                patience,
                () -> isHealthy() ? Optional.of(Boolean.TRUE) : Optional.empty());
    }

    boolean isHealthy() {
        final Map<String, Object> status;
        try {
            status = status();
        } catch (final TrivetException e) {
            // A node that was up when it was asked, and is not any more.
            return false;
        }
        return nodes(status).stream().allMatch(node -> "good".equals(node.get("state")));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> nodes(final Map<String, Object> status) {
        return (List<Map<String, Object>>) status.get("nodes");
    }

    /** The state of each node. */
    List<Object> states() {
        return nodes(status()).stream().map(node -> node.get("state")).toList();
    }

    /** Has all nodes read through what they store, and waits for that. */
    void scrub(final Duration patience) throws Exception {
        final Instant since = Instant.now();
        call("scrub", Map.of());
        await(
                "all nodes are scrubbed",
                patience,
                () ->
                        nodes(status()).stream().allMatch(node -> isScrubbed(node, since))
                                ? Optional.of(Boolean.TRUE)
                                : Optional.empty());
    }

    private static boolean isScrubbed(final Map<String, Object> node, final Instant since) {
        return node.get("scrub") instanceof final Map<?, ?> scrub
                && "good".equals(node.get("state"))
                && Integer.valueOf(0).equals(scrub.get("unknownRanges"))
                && Boolean.FALSE.equals(scrub.get("isUnderWay"))
                && scrub.get("lastPass") instanceof final String last
                && Instant.parse(last).isAfter(since);
    }

    /** Waits until something is there. */
    static <T> T await(
            final String what, final Duration patience, final Callable<Optional<T>> condition)
            throws Exception {
        final long deadlineNs = System.nanoTime() + patience.toNanos();
        while (true) {
            final Optional<T> there = condition.call();
            if (there.isPresent()) {
                return there.get();
            }
            if (deadlineNs - System.nanoTime() <= 0) {
                throw new ChaosFailure(what + ": not within " + patience.toSeconds() + " s");
            }
            Thread.sleep(POLL_MS);
        }
    }
}
