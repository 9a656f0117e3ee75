package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.trivet.IdleMode;
import org.trivet.block.ChecksumType;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.Cluster;
import org.trivet.node.ClusterFile;
import org.trivet.node.ClusterStatus;
import org.trivet.node.DataDirectory;
import org.trivet.node.LocalCluster;
import org.trivet.node.ProcessCluster;
import org.trivet.node.VolumeOptions;
import org.trivet.replica.StoredCopy;
import org.trivet.replica.StoredCopy.State;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** A volume on real disks in a temporary directory, and what the tests do with it. */
final class Volume implements AutoCloseable {
    /** Of one test; with a process for each node, some start thirty, of a second or two each. */
    static final long LIMIT_S = 180;

    private static final long PATIENCE_NS = 60_000_000_000L;

    /** Nodes and block size. */
    record Shape(int nodes, int blockLength) {}

    final Shape shape;
    final Path path;
    private final String transport;
    private DataDirectory directory;
    Cluster cluster;
    TrivetFileSystem files;

    Volume(final Shape shape, final Path path) throws InterruptedException {
        this(shape, path, 3, ChecksumType.CRC32C);
    }

    /** The same, whatever -Dtrivet.spec.transport says. */
    Volume(final Shape shape, final Path path, final String transport) throws InterruptedException {
        this.shape = shape;
        this.path = path;
        this.transport = transport;
        open(new VolumeOptions(shape.nodes, 3, shape.blockLength, ChecksumType.CRC32C, null));
    }

    Volume(final Shape shape, final Path path, final int replicas, final ChecksumType checksum)
            throws InterruptedException {
        this.shape = shape;
        this.path = path;
        transport = System.getProperty("trivet.spec.transport", "inproc");
        open(new VolumeOptions(shape.nodes, replicas, shape.blockLength, checksum, null));
    }

    /**
     * The usual ones, or the first few of them with -Dtrivet.spec.shapes=NUMBER; all with
     * -Dtrivet.spec.full=true.
     */
    static Stream<Shape> shapes() {
        if (!Boolean.getBoolean("trivet.spec.full")) {
            return Stream.of(new Shape(4, 8), new Shape(5, 64 << 10), new Shape(7, 8))
                    .limit(Integer.getInteger("trivet.spec.shapes", 3));
        }
        final List<Shape> all = new ArrayList<>();
        for (final int nodes : new int[] {4, 5, 7}) {
            for (final int blockLength : new int[] {8, 64 << 10}) {
                all.add(new Shape(nodes, blockLength));
            }
        }
        return all.stream();
    }

    private void open(final VolumeOptions options) throws InterruptedException {
        directory = DataDirectory.open(path, options);
        cluster = start(directory, transport);
        files = new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {});
    }

    /** In this process, or with -Dtrivet.spec.transport=aeron:ipc a process for each node. */
    private static Cluster start(final DataDirectory directory, final String transport)
            throws InterruptedException {
        if (transport.equals("inproc")) {
            return LocalCluster.start(directory);
        }
        final ProcessCluster cluster =
                ProcessCluster.start(directory, ClusterFile.media(transport), IdleMode.BALANCED);
        final Map<String, Long> ids = cluster.processIds();
        assertEquals(directory.volume().nodeCount() + 2, ids.size());
        assertEquals(ids.size(), Set.copyOf(ids.values()).size(), ids.toString());
        for (final long id : ids.values()) {
            assertNotEquals(ProcessHandle.current().pid(), id);
            // One that is down, because its storage is damaged, has none.
            assertTrue(id == -1 || ProcessHandle.of(id).isPresent(), ids.toString());
        }
        return cluster;
    }

    void restart() throws InterruptedException {
        close();
        open(new VolumeOptions(null, null, null, null, null));
    }

    /** Bytes of so many blocks, the last one partly filled. */
    byte[] bytes(final long seed, final int blocks) {
        final byte[] bytes = new byte[blocks * shape.blockLength - 3];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** The file's number of the node that holds a copy of a block. */
    int node(final String file, final long block, final int copy) throws InterruptedException {
        return cluster.copies(file, block).get(copy).node();
    }

    ClusterStatus.NodeReport report(final int node) throws InterruptedException {
        return cluster.status().nodes().get(node);
    }

    boolean isUp(final int node) throws InterruptedException {
        return report(node).isUp();
    }

    boolean isGood(final int node) throws InterruptedException {
        return isGood(report(node));
    }

    /** Of one report: by the next one a node may be down. */
    static boolean isGood(final ClusterStatus.NodeReport report) {
        return report.isUp()
                && report.status().groups().stream()
                        .allMatch(
                                group ->
                                        group.state().equals("good")
                                                && group.applied() == group.logEnd());
    }

    void mustAllBeGood() throws Exception {
        for (int node = 0; node < shape.nodes; node++) {
            final int number = node;
            await("node " + node + " is good", () -> isGood(number));
        }
    }

    /** All copies of a block hold the same bytes, of the same version, and none is damaged. */
    boolean areEqual(final String file, final long block) throws InterruptedException {
        final List<StoredCopy> copies = cluster.copies(file, block);
        final StoredCopy first = copies.getFirst();
        return copies.stream()
                .allMatch(
                        copy ->
                                copy.state() == State.GOOD
                                        && copy.version() == first.version()
                                        && copy.length() == first.length()
                                        && copy.hash() == first.hash());
    }

    void mustBeEqual(final String file, final int blocks) throws Exception {
        for (int block = 0; block < blocks; block++) {
            final int number = block;
            await("copies of block " + block + " are equal", () -> areEqual(file, number));
        }
    }

    void await(final String what, final Callable<Boolean> condition) throws Exception {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.call()) {
            assertTrue(
                    System.nanoTime() - deadlineNs < 0,
                    () -> {
                        try {
                            return what + "; " + cluster.status().toJson();
                        } catch (final InterruptedException e) {
                            return what;
                        }
                    });
            Thread.sleep(5);
        }
    }

    Path nodePath(final int node) {
        return path.resolve("node-" + node);
    }

    /** Waits until all that was deleted is there again, and in use. */
    void awaitStorage() throws Exception {
        await("the storage is back", () -> hasAllStorage(path, shape.nodes));
        mustAllBeGood();
    }

    /** Whether each node and the metadata node has a directory with an index and a journal. */
    static boolean hasAllStorage(final Path path, final int nodes) {
        for (int node = -1; node < nodes; node++) {
            final Path storage = path.resolve(node < 0 ? "metadata" : "node-" + node);
            if (!Files.exists(storage.resolve("index").resolve("data.mdb"))
                    || !Files.exists(storage.resolve("journal"))) {
                return false;
            }
        }
        return Files.exists(path.resolve("volume.properties"));
    }

    @Override
    public void close() {
        cluster.close();
        directory.close();
    }
}
