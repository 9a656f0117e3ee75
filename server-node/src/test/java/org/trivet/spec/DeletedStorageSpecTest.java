package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.node.disk.DirectoryTree;
import org.trivet.spec.Volume.Shape;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** S7.2: storage that is deleted while it is in use comes back from what is still open. */
@Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeletedStorageSpecTest {
    private static final String FILE = "/file";
    private static final Shape SHAPE = new Shape(4, 4096);

    @TempDir Path directory;

    static Stream<Shape> shapes() {
        return Volume.shapes();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S7_2_storageDeletedUnderARunningNodeComesBack(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final int blocks = 2 * shape.nodes();
            final byte[] bytes = volume.bytes(3, blocks);
            volume.files.write(FILE, bytes);
            volume.mustAllBeGood();
            final int node = volume.node(FILE, 0, 0);
            final long deletedNs = System.nanoTime();
            DirectoryTree.delete(volume.nodePath(node));
            volume.await("noticed", () -> isNoticed(volume, node));
            final long tookMs = (System.nanoTime() - deletedNs) / 1_000_000;
            assertTrue(tookMs < 1_000, "noticed after " + tookMs + " ms");
            assertArrayEquals(bytes, volume.files.read(FILE), "reads go on");
            final byte[] more = volume.bytes(4, blocks);
            volume.files.write(FILE, more); // waits for the storage
            assertTrue(Files.exists(volume.nodePath(node).resolve("journal")));
            volume.mustAllBeGood();
            volume.mustBeEqual(FILE, blocks);
            assertArrayEquals(more, volume.files.read(FILE));
            final NodeReport report = volume.report(node);
            assertEquals(1, report.counters().get("storage_losses"));
            assertEquals(0, report.counters().get("chunks_installed"), "nothing was pulled");
        }
    }

    private static boolean isNoticed(final Volume volume, final int node)
            throws InterruptedException {
        final NodeReport report = volume.report(node);
        return report.isUp()
                ? report.counters().get("storage_losses") > 0
                // Of a process that is busy putting it back there may be no answer in time.
                : report.failure() != null && report.failure().contains("deleted");
    }

    @ParameterizedTest
    @ValueSource(strings = {"journal/00000001.journal", "index/data.mdb", "index", "journal"})
    void S7_2_aPartOfTheStorageThatIsDeletedIsNoticed(final String part) throws Exception {
        try (Volume volume = new Volume(SHAPE, directory)) {
            final byte[] bytes = volume.bytes(5, 8);
            volume.files.write(FILE, bytes);
            volume.mustAllBeGood();
            for (int node = 0; node < SHAPE.nodes(); node++) {
                final Path deleted = volume.nodePath(node).resolve(part);
                DirectoryTree.delete(deleted);
                volume.await("it is back", () -> Files.exists(deleted));
            }
            volume.mustAllBeGood();
            assertArrayEquals(bytes, volume.files.read(FILE));
            volume.mustBeEqual(FILE, 8);
        }
    }

    @Test
    void S7_2_theStorageOfAllNodesAtOnceAndOfTheMetadataComesBack() throws Exception {
        final byte[] bytes;
        try (Volume volume = new Volume(SHAPE, directory)) {
            bytes = volume.bytes(6, 8);
            volume.files.write(FILE, bytes);
            volume.mustAllBeGood();
            DirectoryTree.delete(directory.resolve("metadata"));
            for (int node = 0; node < SHAPE.nodes(); node++) {
                DirectoryTree.delete(volume.nodePath(node));
            }
            volume.awaitStorage();
            assertArrayEquals(bytes, volume.files.read(FILE), "the same client goes on");
            volume.files.write("/more", bytes);
            volume.restart();
            assertArrayEquals(bytes, volume.files.read(FILE));
            assertArrayEquals(bytes, volume.files.read("/more"));
        }
    }

    @Test
    void S7_2_whatIsDeletedJustBeforeTheEndIsPutBack() throws Exception {
        try (Volume volume = new Volume(SHAPE, directory)) {
            final byte[] bytes = volume.bytes(7, 8);
            volume.files.write(FILE, bytes);
            DirectoryTree.delete(directory.resolve("metadata"));
            for (int node = 0; node < SHAPE.nodes(); node++) {
                DirectoryTree.delete(volume.nodePath(node));
            }
            volume.restart();
            assertArrayEquals(bytes, volume.files.read(FILE));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void S7_2_theProcessMayThenBeKilled(final boolean wholeDirectory) throws Exception {
        final Path path = directory.resolve("volume");
        final Process process = VolumeProcess.start(path, SHAPE);
        try (BufferedReader out = process.inputReader()) {
            assertEquals("written", out.readLine());
            if (wholeDirectory) {
                DirectoryTree.delete(path);
            } else {
                for (final String name :
                        List.of("metadata", "node-0", "node-1", "node-2", "node-3")) {
                    DirectoryTree.delete(path.resolve(name));
                }
            }
            awaitFiles(path);
        } finally {
            process.destroyForcibly().waitFor();
        }
        try (Volume volume = new Volume(SHAPE, path)) {
            assertArrayEquals(VolumeProcess.bytes(), volume.files.read(VolumeProcess.FILE));
        }
    }

    private static void awaitFiles(final Path path) throws IOException, InterruptedException {
        final long deadlineNs = System.nanoTime() + 30_000_000_000L;
        while (!Volume.hasAllStorage(path, SHAPE.nodes())) {
            assertTrue(System.nanoTime() - deadlineNs < 0, "the storage is back");
            Thread.sleep(20);
        }
    }
}
