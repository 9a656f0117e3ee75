package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;
import java.util.stream.Stream;

/** S6 and S7: what is acknowledged is stored, and storage that is lost comes back. */
@Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DurabilitySpecTest {
    private static final String FILE = "/file";
    private static final int BLOCKS = 11;

    @TempDir Path directory;

    static Stream<Shape> shapes() {
        return Volume.shapes();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S6_whatIsAcknowledgedOutlivesTheDeathOfEveryNode(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            for (int round = 0; round < 3; round++) {
                final byte[] bytes = volume.bytes(round, BLOCKS);
                volume.files.write(FILE + round, bytes);
                for (int node = 0; node < shape.nodes(); node++) {
                    volume.cluster.killNode(node);
                }
                for (int node = 0; node < shape.nodes(); node++) {
                    volume.cluster.startNode(node);
                }
                assertArrayEquals(bytes, volume.files.read(FILE + round));
            }
            volume.mustAllBeGood();
            for (int node = 0; node < shape.nodes(); node++) {
                assertEquals(
                        0, volume.report(node).counters().get("chunks_installed"), "no rebuild");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S7_aNodeServesWhatItHadAcknowledgedFromItsOwnStorage(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final byte[] bytes = volume.bytes(1, 1);
            volume.files.write(FILE, bytes);
            final int alone = volume.node(FILE, 0, 0);
            for (int copy = 0; copy < 3; copy++) {
                volume.cluster.killNode(volume.node(FILE, 0, copy));
            }
            volume.cluster.startNode(alone);
            assertArrayEquals(bytes, volume.files.read(FILE));
        }
        try (Volume volume = new Volume(new Shape(shape.nodes(), shape.blockLength()), directory)) {
            assertArrayEquals(volume.bytes(1, 1), volume.files.read(FILE));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S7_1_aNodeWithoutStorageIsRebuiltInItsRoles(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final byte[] bytes = volume.bytes(2, 4 * shape.nodes());
            volume.files.write(FILE, bytes);
            for (int node = 0; node < shape.nodes(); node++) {
                final int wiped = node;
                volume.mustAllBeGood();
                volume.cluster.wipeNode(wiped);
                assertArrayEquals(bytes, volume.files.read(FILE), "reads go on");
                volume.await("node " + node + " is rebuilt", () -> volume.isGood(wiped));
                assertTrue(
                        volume.report(wiped).status().groups().stream()
                                .anyMatch(group -> group.pulledBytes() > 0),
                        "progress is visible");
            }
            volume.mustBeEqual(FILE, 4 * shape.nodes());
            assertArrayEquals(bytes, volume.files.read(FILE));
        }
    }
}
