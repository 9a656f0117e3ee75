package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.replica.StoredCopy;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** S1 to S5: nodes, blocks, where copies go. */
@Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PlacementSpecTest {
    private static final String FILE = "/file";

    @TempDir Path directory;

    static Stream<Shape> shapes() {
        return Volume.shapes();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S1_dataNodesAndAMetadataNodeRunInOneProcess(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            volume.files.write(FILE, volume.bytes(1, 5));
            assertEquals(shape.nodes(), volume.cluster.status().nodes().size());
            volume.mustAllBeGood();
            assertTrue(directory.resolve("metadata").toFile().isDirectory());
            for (int node = 0; node < shape.nodes(); node++) {
                assertTrue(volume.nodePath(node).toFile().isDirectory());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 512, 4096, 64 << 10, 1 << 20})
    void S2_theLastBlockIsFilledAsFarAsItIs(final int blockLength) throws Exception {
        try (Volume volume = new Volume(new Shape(4, blockLength), directory)) {
            for (final int fill : new int[] {1, blockLength / 2, blockLength - 1, blockLength}) {
                final byte[] bytes = new byte[4 * blockLength + fill];
                new Random(fill).nextBytes(bytes);
                volume.files.write(FILE, bytes);
                assertArrayEquals(bytes, volume.files.read(FILE));
                assertEquals(bytes.length, volume.files.attributes(FILE).size());
                volume.mustBeEqual(FILE, 5);
                assertEquals(fill, volume.cluster.copies(FILE, 4).getFirst().length());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S3_blocksGoRoundTheNodesFromTheOneThatAHashSelects(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final Set<Integer> starts = new HashSet<>();
            for (int i = 0; i < 12; i++) {
                final String file = FILE + i;
                volume.files.write(file, volume.bytes(i, 2 * shape.nodes()));
                final long dataId = volume.files.attributes(file).dataId();
                final int start = Placement.startGroup(dataId, shape.nodes());
                starts.add(start);
                for (int block = 0; block < 2 * shape.nodes(); block++) {
                    assertEquals((start + block) % shape.nodes(), volume.node(file, block, 0));
                }
            }
            assertTrue(starts.size() > 1, "files begin on different nodes");
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S4_copiesOfDifferentBlocksOnOneNodeDoNotCollide(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final byte[] bytes = volume.bytes(2, 3 * shape.nodes());
            volume.files.write(FILE, bytes);
            volume.mustBeEqual(FILE, 3 * shape.nodes());
            final Set<List<Integer>> held = new HashSet<>();
            for (int block = 0; block < shape.nodes(); block++) {
                for (final StoredCopy copy : volume.cluster.copies(FILE, block)) {
                    held.add(List.of(copy.node(), copy.copy()));
                }
            }
            assertEquals(3 * shape.nodes(), held.size(), "each node holds copies of all ranks");
            assertArrayEquals(bytes, volume.files.read(FILE));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S4_writersOfOneBlockAtOnceLeaveEqualCopies(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final int length = shape.blockLength();
            volume.files.write(FILE, new byte[length]);
            final List<Thread> writers = new ArrayList<>();
            final CyclicBarrier wholeOnesEnd = new CyclicBarrier(2);
            final List<Throwable> failures =
                    java.util.Collections.synchronizedList(new ArrayList<>());
            for (int i = 1; i <= 2; i++) {
                final byte[] mine = new byte[length];
                Arrays.fill(mine, (byte) i);
                final int from = i == 1 ? 0 : length / 2;
                writers.add(
                        Thread.startVirtualThread(
                                () -> {
                                    try (var file =
                                            volume.files.open(FILE, StandardOpenOption.WRITE)) {
                                        for (int round = 0; round < 30; round++) {
                                            // whole blocks, then halves that touch different bytes
                                            final boolean whole = round < 15;
                                            if (round == 15) {
                                                wholeOnesEnd.await(30, TimeUnit.SECONDS);
                                            }
                                            file.write(
                                                    whole ? 0 : from,
                                                    mine,
                                                    0,
                                                    whole ? length : length / 2);
                                        }
                                    } catch (final Throwable e) {
                                        failures.add(e);
                                    }
                                }));
            }
            for (final Thread writer : writers) {
                writer.join();
            }
            assertTrue(failures.isEmpty(), failures.toString());
            volume.mustBeEqual(FILE, 1);
            final byte[] read = volume.files.read(FILE);
            for (int i = 1; i < length / 2; i++) {
                assertEquals(1, read[i], "the first half is the first writer's");
                assertEquals(2, read[length / 2 + i], "the second half is the second writer's");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S5_copiesAreOnThisNodeAndTheNextTwo(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            volume.files.write(FILE, volume.bytes(3, 2 * shape.nodes()));
            for (int block = 0; block < 2 * shape.nodes(); block++) {
                final List<StoredCopy> copies = volume.cluster.copies(FILE, block);
                assertEquals(3, copies.size());
                for (int copy = 1; copy < 3; copy++) {
                    assertEquals(
                            (copies.getFirst().node() + copy) % shape.nodes(),
                            copies.get(copy).node());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 7})
    void S5_theNumberOfCopiesCanBeSet(final int replicas) throws Exception {
        final Shape shape = new Shape(7, 512);
        try (Volume volume = new Volume(shape, directory, replicas, ChecksumType.CRC32C)) {
            final byte[] bytes = volume.bytes(4, 9);
            volume.files.write(FILE, bytes);
            volume.mustBeEqual(FILE, 9);
            assertEquals(replicas, volume.cluster.copies(FILE, 0).size());
            assertArrayEquals(bytes, volume.files.read(FILE));
        }
    }
}
