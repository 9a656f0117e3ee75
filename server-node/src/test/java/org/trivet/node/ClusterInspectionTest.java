package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.ChecksumType;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.node.DamageRequest.Kind;
import org.trivet.node.control.CommandHandler;
import org.trivet.node.control.ControlServer;
import org.trivet.replica.StoredCopy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** What is found in nodes that are asked through control channels, and in those same nodes. */
@Timeout(300)
class ClusterInspectionTest {
    private static final int NODES = 4;
    private static final int BLOCK_LENGTH = 4096;
    private static final int BLOCKS = 40;
    private static final String FILE = "/file";
    private static final long PATIENCE_NS = 60_000_000_000L;

    @TempDir private Path parent;
    private DataDirectory data;
    private LocalCluster cluster;
    private TrivetFileSystem files;
    private final List<ControlServer> servers = new ArrayList<>();
    private final NodeAccess[] remotes = new NodeAccess[NODES];
    private ClusterInspection inspection;

    @BeforeEach
    void start() throws Exception {
        data =
                DataDirectory.open(
                        parent.resolve("volume"),
                        new VolumeOptions(NODES, 3, BLOCK_LENGTH, ChecksumType.CRC32C, null));
        cluster = LocalCluster.start(data);
        files = new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {});
        for (int node = 0; node < NODES; node++) {
            serve(node, NodeControl.handlers(cluster.access(node)), Duration.ofSeconds(60));
        }
        inspection =
                new ClusterInspection(
                        data.volume(),
                        node -> remotes[node],
                        files,
                        () -> -1L,
                        SystemNanoClock.INSTANCE);
        final byte[] bytes = new byte[BLOCKS * BLOCK_LENGTH - 5];
        new Random(1).nextBytes(bytes);
        files.write(FILE, bytes);
        assertEquals(0, inspection.verify().differenceCount());
    }

    private void serve(
            final int node, final Map<String, CommandHandler> handlers, final Duration limit)
            throws Exception {
        final Path directory = Files.createTempDirectory(parent, "node");
        servers.add(new ControlServer(directory, handlers));
        remotes[node] = new RemoteNodeAccess(node, directory, limit);
    }

    @AfterEach
    void close() {
        servers.forEach(ControlServer::close);
        cluster.close();
        data.close();
    }

    private static void await(final Callable<Boolean> condition) throws Exception {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.call()) {
            assertTrue(System.nanoTime() - deadlineNs < 0);
            Thread.sleep(10);
        }
    }

    private int node(final long block, final int copy) throws InterruptedException {
        return inspection.copies(FILE, block).get(copy).node();
    }

    private Damage corrupt(final Integer node, final Kind kind, final String path, final Long block)
            throws InterruptedException {
        return inspection.corrupt(new DamageRequest(node, kind, path, block, 7));
    }

    @Test
    void theSameIsFoundInNodesOfOtherProcesses() throws Exception {
        assertEquals(cluster.verify(), inspection.verify());
        assertEquals(3L * BLOCKS, inspection.verify().units());
        assertEquals(cluster.countBlocks(), inspection.countBlocks());
        assertEquals(
                3L * BLOCKS, inspection.countBlocks().stream().mapToLong(BlockCount::blocks).sum());
        for (long block = 0; block < BLOCKS; block += 7) {
            final List<StoredCopy> copies = inspection.copies(FILE, block);
            assertEquals(cluster.copies(FILE, block), copies);
            assertEquals(StoredCopy.State.GOOD, copies.getFirst().state());
        }
        for (final NodeReport report : inspection.status().nodes()) {
            assertEquals(
                    cluster.status().nodes().get(report.node()).status().groups(),
                    report.status().groups());
        }
        assertEquals(List.of(), inspection.losses().groups());
    }

    @Test
    void damageIsDoneWhereItWasAskedForAndFound() throws Exception {
        final Damage anywhere = corrupt(null, Kind.CHECKSUM, FILE, null);
        assertTrue(anywhere.block() < BLOCKS);
        assertEquals(anywhere, corrupt(null, Kind.CHECKSUM, FILE, null)); // flipped back
        assertEquals(0, inspection.verify().differenceCount());
        for (final Kind kind : Kind.values()) {
            final Damage damage = corrupt(2, kind, null, null);
            assertEquals(2, damage.node());
            assertEquals(kind, damage.kind());
            assertTrue(inspection.verify().differenceCount() > 0, damage::description);
            inspection.scrub();
            await(() -> inspection.verify().differenceCount() == 0);
        }
        final Damage one = corrupt(node(9, 1), Kind.DATA, FILE, 9L);
        assertEquals(9, one.block());
        assertEquals(StoredCopy.State.BAD, inspection.copies(FILE, 9).get(1).state());
        assertEquals(
                List.of(
                        "corrupt: node 1 is down",
                        "corrupt "
                                + FILE
                                + ": no node that was asked for stores block 40"
                                + " (the file has 40 blocks)"),
                List.of(
                        notFound(
                                () -> {
                                    cluster.stopNode(1);
                                    return corrupt(1, Kind.DATA, null, null);
                                }),
                        notFound(() -> corrupt(null, Kind.DATA, FILE, 40L))));
    }

    private static String notFound(final Callable<Damage> action) {
        final TrivetException error = assertThrows(TrivetException.class, action::call);
        assertEquals(ErrorCode.NOT_FOUND, error.code());
        return error.getMessage();
    }

    @Test
    void whatIsLostIsFoundAndGivenUp() throws Exception {
        for (int copy = 0; copy < 3; copy++) {
            corrupt(node(6, copy), Kind.DATA, FILE, 6L);
        }
        inspection.scrub();
        final List<FileLoss> lost = List.of(new FileLoss(FILE, 1, List.of(6L), 0, List.of()));
        await(() -> inspection.losses().files().equals(lost));
        assertEquals(1, inspection.status().losses().size());
        final Losses left = inspection.acceptLoss(FILE);
        assertEquals(List.of(new FileLoss(FILE, 0, List.of(), 1, List.of(6L))), left.files());
        assertEquals(StoredCopy.State.GIVEN_UP, inspection.copies(FILE, 6).getFirst().state());
        assertEquals(0, inspection.verify().differenceCount());
    }

    @Test
    void nodesThatDoNotAnswerAreDownAndTheOthersAreNot() throws Exception {
        final CommandHandler hanging =
                (_, _) -> {
                    new CountDownLatch(1).await();
                    return Map.of();
                };
        serve(
                3,
                Map.of("report", hanging, "losses", hanging, "inspect", hanging),
                Duration.ofMillis(500));
        remotes[1] = null;
        servers.get(2).close();
        final List<NodeReport> reports = inspection.status().nodes();
        assertTrue(reports.get(0).isUp());
        assertEquals(NodeReport.down(1, null), reports.get(1));
        assertEquals(NodeReport.down(2, null), reports.get(2));
        assertEquals(NodeReport.down(3, "node 3 has not answered within 500 ms"), reports.get(3));
        for (final StoredCopy copy : inspection.copies(FILE, 0)) {
            assertEquals(copy.node() != 0, copy.state() == StoredCopy.State.DOWN);
        }
        assertEquals(
                3, inspection.countBlocks().stream().filter(count -> count.node() == 0).count());
        assertEquals(3, inspection.countBlocks().size());
        inspection.scrub();
        final TrivetException error =
                assertThrows(TrivetException.class, () -> corrupt(3, Kind.DATA, null, null));
        assertEquals(ErrorCode.NOT_SUPPORTED, error.code()); // told, for it may have been done
        assertEquals(0, corrupt(0, Kind.DATA, FILE, null).node());
    }
}
