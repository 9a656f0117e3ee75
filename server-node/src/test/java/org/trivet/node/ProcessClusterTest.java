package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.node.disk.SealedText;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A cluster of processes of which some die, or stand still. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ProcessClusterTest {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(40);

    @TempDir Path parent;
    private DataDirectory directory;
    private ProcessCluster cluster;
    private TrivetFileSystem files;

    @BeforeEach
    void start() throws InterruptedException {
        directory =
                DataDirectory.open(
                        parent.resolve("data"), new VolumeOptions(3, 3, 4096, null, null));
        cluster = ProcessCluster.start(directory, Media.IPC, IdleMode.BALANCED);
        files = new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {});
    }

    @AfterEach
    void stop() {
        cluster.close();
        directory.close();
    }

    private static byte[] bytes(final int seed) {
        final byte[] bytes = new byte[100_001];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void await(final String what, final Callable<Boolean> condition)
            throws Exception {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.call()) {
            assertTrue(deadlineNs - System.nanoTime() > 0, what + " never came about");
            Thread.sleep(20);
        }
    }

    private void killProcess(final String name) throws Exception {
        final long pid = cluster.processIds().get(name);
        final ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        assertTrue(process.destroyForcibly());
        process.onExit().get();
        await(
                name + " runs again",
                () -> {
                    final long now = cluster.processIds().get(name);
                    return now != -1 && now != pid;
                });
    }

    private boolean areAllGood() throws InterruptedException {
        return cluster.status().nodes().stream().allMatch(ProcessClusterTest::isGood);
    }

    private static boolean isGood(final NodeReport report) {
        return report.isUp()
                && report.status().groups().stream()
                        .allMatch(group -> group.state().equals("good"));
    }

    private Map<String, Long> counters(final int node) throws InterruptedException {
        return cluster.status().nodes().get(node).counters();
    }

    @Test
    void whatDiesIsStartedAgainAndNothingIsLost() throws Exception {
        files.write("/before", bytes(1));
        for (final String name : new String[] {"node-1", "metadata", "driver"}) {
            killProcess(name);
            files.write("/after-" + name, bytes(2));
            assertArrayEquals(bytes(1), files.read("/before"));
            assertArrayEquals(bytes(2), files.read("/after-" + name));
        }
        await("all are good", this::areAllGood);
        assertEquals(0, cluster.verify().differenceCount());
        // Over shared memory messages go on without a driver: it takes some time to miss it.
        await("it is connected again", () -> counters(0).get("driver_connects") > 1);
        final Map<String, Long> counters = counters(0);
        assertTrue(counters.get("auth_sessions") > 0, counters::toString);
        assertEquals(0, counters.get("auth_refused_forged"), counters::toString);
    }

    @Test
    void whoseStorageIsOfAnotherFormatStaysDown() throws Exception {
        files.write("/f", bytes(1));
        cluster.stopNode(1);
        final Path description = directory.node(1).resolve("volume.properties");
        final String written = Files.readString(description);
        final String text = SealedText.open(description, written);
        assertTrue(text.startsWith("format=1\n"), text);
        Files.writeString(description, SealedText.seal(text.replace("format=1\n", "format=2\n")));
        final TrivetException refusal =
                assertThrows(TrivetException.class, () -> cluster.startNode(1));
        assertEquals(ErrorCode.NOT_SUPPORTED, refusal.code(), refusal.getMessage());
        final NodeReport report = cluster.status().nodes().get(1);
        assertTrue(report.failure().contains("format 2"), report.failure());
        final TrivetException isDown =
                assertThrows(TrivetException.class, () -> cluster.stopNode(1));
        assertEquals(ErrorCode.INVALID, isDown.code(), "it is not to be started again");
        assertArrayEquals(bytes(1), files.read("/f"));
        Files.writeString(description, written);
        cluster.startNode(1);
        await("all are good", this::areAllGood);
    }

    @Test
    void whoStandsStillIsNotWaitedForByReadsAndIsByWrites() throws Exception {
        files.write("/f", bytes(1));
        cluster.pauseNode(2);
        assertTrue(cluster.status().nodes().get(2).isPaused());
        assertArrayEquals(bytes(1), files.read("/f"));
        final CompletableFuture<Void> write =
                CompletableFuture.runAsync(() -> files.write("/g", bytes(2)));
        await(
                "a node waits for node 2",
                () ->
                        cluster.status().nodes().stream()
                                .anyMatch(
                                        node ->
                                                node.isUp()
                                                        && node.status().waitingFor().contains(2)));
        assertEquals(
                ErrorCode.INVALID,
                assertThrows(TrivetException.class, () -> cluster.pauseNode(2)).code());
        cluster.resumeNode(2);
        write.get(20, TimeUnit.SECONDS);
        assertArrayEquals(bytes(2), files.read("/g"));
        assertEquals(
                ErrorCode.INVALID,
                assertThrows(TrivetException.class, () -> cluster.resumeNode(2)).code());
    }

    @Test
    void whatIsKilledStaysDownAndWhatIsWipedGetsItsBlocksBack() throws Exception {
        files.write("/f", bytes(1));
        cluster.killNode(0);
        assertEquals(-1, cluster.processIds().get("node-0"));
        assertEquals(
                ErrorCode.INVALID,
                assertThrows(TrivetException.class, () -> cluster.stopNode(0)).code());
        assertArrayEquals(bytes(1), files.read("/f"));
        cluster.startNode(0);
        cluster.wipeNode(1);
        await("all are good", this::areAllGood);
        assertEquals(0, cluster.verify().differenceCount());
    }

    @Test
    void clientsOfOneClusterSeeWhatTheOthersDo() throws Exception {
        final ClusterFile file = ClusterFile.read(directory.path().resolve("cluster"));
        try (ClusterClient other = ClusterClient.start(file, null, IdleMode.BALANCED)) {
            files.write("/f", bytes(1));
            assertArrayEquals(bytes(1), other.files().read("/f"));
            other.files().write("/f", bytes(2));
            assertArrayEquals(bytes(2), files.read("/f"));
            files.rename("/f", "/g");
            assertEquals(
                    ErrorCode.NOT_FOUND,
                    assertThrows(TrivetException.class, () -> other.files().read("/f")).code());
            assertArrayEquals(bytes(2), other.files().read("/g"));
        }
    }

    @Test
    void whoHasAnotherKeyGetsNoAnswer() throws Exception {
        files.write("/f", bytes(1));
        final ClusterFile file = ClusterFile.read(directory.path().resolve("cluster"));
        final Path otherKey = parent.resolve("other.key");
        ClusterKeyFile.create(otherKey);
        final ClusterFile forged =
                new ClusterFile(
                        file.volume(), file.media(), file.driver(), file.addresses(), otherKey);
        final CompletableFuture<Void> removal;
        try (ClusterClient stranger = ClusterClient.start(forged, null, IdleMode.BALANCED)) {
            removal = CompletableFuture.runAsync(() -> stranger.files().delete("/f"));
            assertThrows(
                    java.util.concurrent.TimeoutException.class,
                    () -> removal.get(3, TimeUnit.SECONDS));
        }
        final ExecutionException closed =
                assertThrows(ExecutionException.class, () -> removal.get(10, TimeUnit.SECONDS));
        assertEquals(ErrorCode.CLOSED, ((TrivetException) closed.getCause()).code());
        assertArrayEquals(bytes(1), files.read("/f"));
    }

    /** A client that came while a node was down got its port, and the node could not start. */
    @Test
    void nodesGetPortsThatTheSystemDoesNotGiveAway() throws Exception {
        final String[] given;
        try (BufferedReader file =
                Files.newBufferedReader(Path.of("/proc/sys/net/ipv4/ip_local_port_range"))) {
            given = file.readLine().split("\\s+");
        }
        assumeTrue(Integer.parseInt(given[0]) > 20_000, "it gives away nearly all");
        final Map<Integer, String> addresses = ProcessCluster.addresses(directory.volume());
        assertEquals(4, addresses.size());
        for (final String address : addresses.values()) {
            final int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
            assertTrue(
                    port < Integer.parseInt(given[0]) || port > Integer.parseInt(given[1]),
                    address);
        }
    }

    @Test
    void itIsStartedAgainWithAllThatItHad() throws Exception {
        files.write("/f", bytes(1));
        final Map<String, Long> before = cluster.processIds();
        cluster.close();
        for (final long pid : before.values()) {
            assertTrue(ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
        }
        assertTrue(Files.notExists(ClusterFile.usualDriver(directory.volume())));
        cluster = ProcessCluster.start(directory, Media.UDP, IdleMode.BALANCED);
        assertNotEquals(before, cluster.processIds());
        files = new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {});
        assertArrayEquals(bytes(1), files.read("/f"));
        cluster.close();
        try (LocalCluster local = LocalCluster.start(directory)) {
            assertArrayEquals(
                    bytes(1),
                    new TrivetFileSystem(local.client(), Caller.ROOT, () -> {}).read("/f"));
        }
    }
}
