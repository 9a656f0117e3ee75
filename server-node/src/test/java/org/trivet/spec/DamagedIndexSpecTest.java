package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trivet.node.DamageRequest;
import org.trivet.node.DamageRequest.Kind;
import org.trivet.node.disk.DirectoryTree;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;

/** S8.2, S10.3: an index that is damaged takes nothing away, as the journal has it all. */
@Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedIndexSpecTest {
    private static final String FILE = "/file";
    private static final int BLOCKS = 20;
    private static final Shape SHAPE = new Shape(4, 4096);

    @TempDir Path directory;

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"MISSING", "LENGTH", "VERSION"})
    void S8_2_damagedIndexesAtTwoMembersAndABadUnitAtTheThird(final Kind kind) throws Exception {
        try (Volume volume = new Volume(SHAPE, directory)) {
            final byte[] bytes = volume.bytes(1, BLOCKS);
            volume.files.write(FILE, bytes);
            volume.mustBeEqual(FILE, BLOCKS);
            // A repair comes first: what it has pulled must not stand in the way.
            damage(volume, Kind.DATA, 0, 6);
            damage(volume, Kind.DATA, 1, 10);
            readUntilEqual(volume, bytes);

            damage(volume, kind, 0, 2);
            damage(volume, kind, 1, 2);
            damage(volume, Kind.DATA, 2, 2);
            readUntilEqual(volume, bytes);
            long restored = 0;
            for (int node = 0; node < SHAPE.nodes(); node++) {
                restored += volume.report(node).counters().get("rows_restored");
            }
            assertEquals(2, restored);
        }
    }

    private static void damage(
            final Volume volume, final Kind kind, final int copy, final long block)
            throws InterruptedException {
        volume.cluster.corrupt(
                new DamageRequest(volume.node(FILE, block, copy), kind, FILE, block, 1));
    }

    private static void readUntilEqual(final Volume volume, final byte[] bytes) throws Exception {
        volume.await(
                "all copies are equal",
                () -> {
                    assertArrayEquals(bytes, volume.files.read(FILE));
                    for (int block = 0; block < BLOCKS; block++) {
                        if (!volume.areEqual(FILE, block)) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    @Test
    void S8_2_theIndexesOfAllNodesAreMadeAgainFromTheirJournals() throws Exception {
        final byte[] bytes;
        try (Volume volume = new Volume(SHAPE, directory)) {
            bytes = volume.bytes(2, BLOCKS);
            volume.files.write(FILE, bytes);
            volume.mustBeEqual(FILE, BLOCKS);
            for (int copy = 0; copy < 3; copy++) { // so that each member has pulled
                for (int block = 0; block < SHAPE.nodes(); block++) {
                    damage(volume, Kind.DATA, copy, block);
                    readUntilEqual(volume, bytes);
                }
            }
            final byte[] shorter = new byte[5000];
            System.arraycopy(bytes, 0, shorter, 0, shorter.length);
            volume.files.write("/other", bytes);
            volume.files.delete("/other");
            volume.files.write("/short", shorter);
        }
        for (int node = 0; node < SHAPE.nodes(); node++) {
            DirectoryTree.delete(directory.resolve("node-" + node).resolve("index"));
        }
        try (Volume volume = new Volume(SHAPE, directory)) {
            assertArrayEquals(bytes, volume.files.read(FILE));
            assertEquals(5000, volume.files.read("/short").length);
            volume.mustAllBeGood();
            volume.mustBeEqual(FILE, BLOCKS);
            assertTrue(volume.cluster.verify().differences().isEmpty());
            for (int node = 0; node < SHAPE.nodes(); node++) {
                assertEquals(0, volume.report(node).counters().get("chunks_installed"));
            }
        }
    }
}
