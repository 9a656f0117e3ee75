package org.trivet.demo;

import org.trivet.TrivetException;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.node.LocalCluster;
import org.trivet.node.Verification;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What is shown, chapter by chapter. */
final class Story {
    private static final int STOPPED = 1;
    private static final int WIPED = 2;
    private static final String TREE = "tree";
    private static final String FILE = "random.bin";
    private static final long TIMEOUT_S = 60;
    private static final long WAIT_SHOWN_MS = 2_000;
    private static final int CHUNK = 1 << 20;

    private final DemoOptions options;
    private final Narrator narrator;
    private final LocalCluster cluster;
    private final DemoFiles files;
    private final Path local;
    private List<String> expected;

    Story(
            final DemoOptions options,
            final Narrator narrator,
            final LocalCluster cluster,
            final DemoFiles files,
            final Path local) {
        this.options = options;
        this.narrator = narrator;
        this.cluster = cluster;
        this.files = files;
        this.local = local;
    }

    void tell() throws IOException, InterruptedException {
        storeFiles();
        showBlocks();
        readWithNodeDown();
        writeWithNodeDown();
        new DamageChapter(narrator, cluster, files, FILE, options.fileLength() / CHUNK)
                .tell(this::checkAll);
        wipe();
    }

    private void storeFiles() throws IOException, InterruptedException {
        narrator.chapter("Files are stored");
        final Path random = local.resolve(FILE);
        writeRandom(random, options.fileLength(), 1);
        final long startNs = System.nanoTime();
        files.store(options.tree(), TREE);
        files.store(random, FILE);
        final long ms = Math.max(1, (System.nanoTime() - startNs) / 1_000_000);
        expected =
                Digests.inOrderOfPaths(
                        concat(
                                renamed(Digests.ofDirectory(options.tree()), TREE),
                                only(Digests.ofDirectory(local), FILE)));
        narrator.say(
                expected.size()
                        - 1
                        + " files of "
                        + options.tree()
                        + ", and "
                        + (options.fileLength() >> 20)
                        + " MiB of random bytes, in "
                        + String.format(Locale.ROOT, "%.1f s", ms / 1000.0));
        checkAll("read back, every file has the SHA-256 that it had before");
    }

    private void showBlocks() throws InterruptedException {
        narrator.chapter("Where the blocks are: each in three roles (R1, R2, R3) on three nodes");
        BlockPicture.draw(
                cluster.countBlocks(),
                cluster.volume().nodeCount(),
                cluster.volume().replicaCount(),
                narrator);
    }

    private void readWithNodeDown() throws IOException, InterruptedException {
        narrator.chapter("Node " + STOPPED + " is stopped");
        cluster.stopNode(STOPPED);
        checkAll("all files are read from the nodes that are left");
    }

    private void writeWithNodeDown() throws IOException, InterruptedException {
        narrator.chapter("A write while node " + STOPPED + " is down");
        final Path patience = local.resolve("patience.bin");
        writeRandom(patience, CHUNK, 2);
        final DemoFiles.Writing writing = files.beginStore(patience, "patience.bin");
        Thread.sleep(WAIT_SHOWN_MS);
        final BitSet waitsFor = clientWaitsFor();
        for (final NodeReport node : cluster.status().nodes()) {
            if (node.isUp() && !node.status().waitingFor().isEmpty()) {
                narrator.say(
                        "node " + node.node() + " waits for nodes " + node.status().waitingFor());
            }
        }
        narrator.say("after 2 s the writer waits for nodes " + waitsFor);
        narrator.check(!writing.isDone() && waitsFor.get(STOPPED), "the write waits for the node");
        narrator.say("node " + STOPPED + " is started again");
        final long startNs = System.nanoTime();
        cluster.startNode(STOPPED);
        final boolean isWritten = writing.await(TIMEOUT_S);
        narrator.check(
                isWritten,
                "the write ends by itself, "
                        + (System.nanoTime() - startNs) / 1_000_000
                        + " ms later");
        expected =
                Digests.inOrderOfPaths(
                        concat(expected, only(Digests.ofDirectory(local), "patience.bin")));
        checkAll("what was written is there");
    }

    private void wipe() throws IOException, InterruptedException {
        narrator.chapter("The storage of node " + WIPED + " is deleted while it runs");
        awaitGood();
        final long held = heldBytes(cluster.status().nodes().get(WIPED));
        cluster.wipeNode(WIPED);
        final long startNs = System.nanoTime();
        final boolean isRebuilt =
                new RebuildProgress(cluster, narrator, options.isTerminal())
                        .follow(WIPED, held, TimeUnit.SECONDS.toNanos(TIMEOUT_S));
        final NodeReport report = cluster.status().nodes().get(WIPED);
        narrator.check(
                isRebuilt,
                "it is rebuilt from its neighbours: "
                        + (isRebuilt ? RebuildProgress.pulledBytes(report) >> 20 : 0)
                        + " MiB in "
                        + (System.nanoTime() - startNs) / 1_000_000
                        + " ms");
        showBlocks();
        narrator.chapter("Nodes 0 and 1 are stopped: some blocks are now on node 2 alone");
        cluster.stopNode(0);
        cluster.stopNode(1);
        checkAll("all files are read, in part from what was rebuilt");
        cluster.startNode(0);
        cluster.startNode(1);
        narrator.check(awaitGood(), "all nodes are good again");
        checkAll("every file has the SHA-256 that it had at the beginning");
        final Verification found = cluster.verify();
        found.differences().forEach(narrator::say);
        narrator.check(
                found.differenceCount() == 0,
                "all copies of all blocks are good and equal: "
                        + found.units()
                        + " units of 4 KiB compared");
    }

    private boolean awaitGood() throws InterruptedException {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (!cluster.status().nodes().stream().allMatch(RebuildProgress::isComplete)) {
            if (deadlineNs - System.nanoTime() < 0) {
                return false;
            }
            Thread.sleep(50);
        }
        return true;
    }

    private static long heldBytes(final NodeReport node) {
        return node.store().liveBytes();
    }

    private BitSet clientWaitsFor() throws InterruptedException {
        final CompletableFuture<BitSet> nodes = new CompletableFuture<>();
        cluster.agentExecutor()
                .execute(() -> nodes.complete(cluster.client().blocks().waitingFor()));
        try {
            return nodes.get(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (final java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException ex) {
            return new BitSet();
        }
    }

    /** Reads all files and compares their SHA-256. */
    private void checkAll(final String what) throws InterruptedException {
        final long startNs = System.nanoTime();
        final List<String> found;
        try {
            found = files.digests(".");
        } catch (final IOException | TrivetException ex) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException(ex.getMessage());
            }
            narrator.check(false, what + "; " + ex.getMessage());
            return;
        }
        final long ms = (System.nanoTime() - startNs) / 1_000_000;
        final Set<String> different = new HashSet<>(expected);
        found.forEach(different::remove);
        final boolean isSame = found.equals(expected);
        narrator.check(
                isSame,
                what
                        + (isSame
                                ? " (" + found.size() + " files, " + ms + " ms)"
                                : "; "
                                        + different.size()
                                        + " differ, among them "
                                        + different.stream()
                                                .map(Digests::path)
                                                .sorted()
                                                .findFirst()
                                                .orElse("files that nobody stored")));
    }

    private static void writeRandom(final Path file, final long length, final long seed)
            throws IOException {
        final Random random = new Random(seed);
        final byte[] chunk = new byte[CHUNK];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long done = 0; done < length; done += chunk.length) {
                random.nextBytes(chunk);
                out.write(chunk, 0, (int) Math.min(chunk.length, length - done));
            }
        }
    }

    private static List<String> renamed(final List<String> lines, final String directory) {
        return lines.stream()
                .map(line -> line.replaceFirst("  \\./", "  ./" + directory + "/"))
                .toList();
    }

    private static List<String> only(final List<String> lines, final String name) {
        return lines.stream().filter(line -> Digests.path(line).equals("./" + name)).toList();
    }

    private static List<String> concat(final List<String> first, final List<String> second) {
        return java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
    }
}
