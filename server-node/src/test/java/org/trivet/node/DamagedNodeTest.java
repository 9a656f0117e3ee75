package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.ClusterStatus.NodeReport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Garbage in the files of a node that is down. */
@Timeout(60)
class DamagedNodeTest {
    private static final byte[] CONTENT = new byte[700_000];

    @TempDir private Path parent;

    private Path path;

    @BeforeEach
    void makeVolume() throws InterruptedException {
        new Random(1).nextBytes(CONTENT);
        path = parent.resolve("volume");
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            files(cluster).write("/file", CONTENT);
            cluster.verify();
        }
    }

    private static TrivetFileSystem files(final LocalCluster cluster) {
        return new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {});
    }

    private void spoil(final String directory) throws IOException {
        final List<Path> journal;
        try (Stream<Path> listed = Files.list(path.resolve(directory))) {
            journal = listed.filter(file -> file.toString().endsWith(".journal")).toList();
        }
        assertFalse(journal.isEmpty());
        for (final Path file : journal) {
            final byte[] garbage = new byte[10_000];
            Arrays.fill(garbage, (byte) 'g');
            Files.write(file, garbage);
        }
    }

    @Test
    void aNodeThatHasNothingOfUseIsRebuiltFromTheOthers() throws Exception {
        spoil("node-1/journal");
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            assertTrue(cluster.status().nodes().get(1).isUp());
            assertArrayEquals(CONTENT, files(cluster).read("/file"));
            files(cluster).write("/other", CONTENT);
            final Verification verification = cluster.verify();
            assertEquals(List.of(), verification.differences());
            assertTrue(verification.units() > 0);
        }
        try (Stream<Path> kept = Files.list(path.resolve("node-1.lost").resolve("journal"))) {
            assertEquals('g', Files.readAllBytes(kept.sorted().findFirst().orElseThrow())[0]);
        }
    }

    @Test
    void nodesThatCannotStartAreDownAndSayWhyAndCanBeWipedAndRebuilt() throws Exception {
        spoil("node-1/journal");
        spoil("node-2/journal");
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            final NodeReport report = cluster.status().nodes().get(1);
            assertFalse(report.isUp());
            assertTrue(report.failure().contains("damaged"), report.failure());
            assertArrayEquals(CONTENT, files(cluster).read("/file"));
            assertThrows(TrivetException.class, () -> cluster.startNode(1));
            for (int node = 1; node <= 2; node++) {
                cluster.wipeNode(node);
                cluster.startNode(node);
            }
            files(cluster).write("/other", CONTENT);
            final Verification verification = cluster.verify();
            assertEquals(List.of(), verification.differences());
            assertTrue(verification.units() > 0);
        }
    }

    @Test
    void metadataThatAreDamagedAreNamedAndNothingIsChanged() throws Exception {
        spoil("metadata/journal");
        spoil("metadata/journal.copy");
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE)) {
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> LocalCluster.start(data).close());
            assertTrue(
                    error.getMessage().contains(path.resolve("metadata").toString()),
                    error.getMessage());
            assertTrue(error.getMessage().contains("put a backup"), error.getMessage());
            assertFalse(error.getMessage().contains("\n"), error.getMessage());
        }
        try (Stream<Path> listed = Files.list(path.resolve("metadata").resolve("journal"))) {
            assertEquals('g', Files.readAllBytes(listed.sorted().findFirst().orElseThrow())[0]);
        }
    }

    @Test
    void withoutTheMetadataNothingIsBegunAnew() throws Exception {
        final Path metadata = path.resolve("metadata");
        final Path elsewhere = parent.resolve("backup");
        Files.move(metadata, elsewhere);
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE)) {
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> LocalCluster.start(data).close());
            assertEquals(ErrorCode.CORRUPT, error.code());
            assertTrue(error.getMessage().startsWith(metadata + " is gone"), error.getMessage());
            assertTrue(error.getMessage().contains("put a backup"), error.getMessage());
            assertFalse(error.getMessage().contains("\n"), error.getMessage());
        }
        assertFalse(Files.exists(metadata));
        Files.move(elsewhere, metadata);
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            assertArrayEquals(CONTENT, files(cluster).read("/file"));
        }
    }
}
