package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.node.DamageRequest;
import org.trivet.node.DamageRequest.Kind;
import org.trivet.node.disk.DirectoryTree;
import org.trivet.spec.Volume.Shape;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** S11 on real disks: a sample of the states of three copies, among them ones that wait. */
@Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CombinationsSpecTest {
    private static final String FILE = "/file";

    @TempDir Path directory;

    /** G good, D down, C corrupt, M missing, S stale. */
    record Combination(Shape shape, String copies) {}

    static Stream<Combination> combinations() {
        final List<Shape> shapes = Volume.shapes().toList();
        final List<String> sample =
                List.of(
                        "GGG", "GDD", "DGD", "DDG", "CMG", "MGC", "GSS", "SGD", "SCG", "GMS", "SSG",
                        "CDM", "DCC", "MMD", "SCD");
        return sample.stream()
                .map(
                        copies ->
                                new Combination(
                                        shapes.get(sample.indexOf(copies) % shapes.size()),
                                        copies));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void S11_readsAreRightOrWaitAndCopiesAreMended(final Combination combination) throws Exception {
        final String copies = combination.copies();
        try (Volume volume = new Volume(combination.shape(), directory.resolve("volume"))) {
            volume.files.write(FILE, volume.bytes(1, 1));
            volume.mustBeEqual(FILE, 1);
            final int[] holders = new int[3];
            for (int copy = 0; copy < 3; copy++) {
                holders[copy] = volume.node(FILE, 0, copy);
            }
            for (int copy = 0; copy < 3; copy++) {
                if (copies.charAt(copy) == 'S') {
                    volume.mustAllBeGood();
                    volume.cluster.stopNode(holders[copy]);
                    copy(volume.nodePath(holders[copy]), aside(holders[copy]));
                    volume.cluster.startNode(holders[copy]);
                }
            }
            volume.mustAllBeGood();
            final byte[] bytes = volume.bytes(2, 1);
            try (var file = volume.files.open(FILE, java.nio.file.StandardOpenOption.WRITE)) {
                file.write(0, bytes, 0, bytes.length);
            }
            volume.mustBeEqual(FILE, 1);
            volume.mustAllBeGood();
            for (int copy = 0; copy < 3; copy++) {
                damage(volume, holders[copy], copies.charAt(copy));
            }
            for (int copy = 0; copy < 3; copy++) {
                if (copies.charAt(copy) == 'S') {
                    volume.cluster.startNode(holders[copy]);
                }
            }
            final CompletableFuture<byte[]> reading =
                    CompletableFuture.supplyAsync(() -> volume.files.read(FILE));
            // What is missing in a member's index only is made again from its journal.
            if (copies.indexOf('G') < 0 && copies.indexOf('M') < 0) {
                assertThrows(
                        TimeoutException.class,
                        () -> reading.get(700, TimeUnit.MILLISECONDS),
                        () -> "read " + which(reading.join(), volume));
            } else {
                assertArrayEquals(bytes, reading.get(30, TimeUnit.SECONDS));
            }
            for (int copy = 0; copy < 3; copy++) {
                if (copies.charAt(copy) == 'D') {
                    volume.cluster.startNode(holders[copy]);
                }
            }
            assertArrayEquals(bytes, reading.get(30, TimeUnit.SECONDS));
            IntegritySpecTest.readUntilMended(volume, bytes);
            assertEquals(3, volume.cluster.copies(FILE, 0).size());
        }
    }

    private static String which(final byte[] read, final Volume volume) {
        return Arrays.equals(read, volume.bytes(2, 1))
                ? "the newest"
                : Arrays.equals(read, volume.bytes(1, 1)) ? "what was overwritten" : "nonsense";
    }

    private void damage(final Volume volume, final int node, final char state) throws Exception {
        switch (state) {
            case 'D' -> volume.cluster.killNode(node);
            case 'C' -> volume.cluster.corrupt(new DamageRequest(node, Kind.CHECKSUM, FILE, 0L, 1));
            case 'M' -> volume.cluster.corrupt(new DamageRequest(node, Kind.MISSING, FILE, 0L, 1));
            case 'S' -> {
                volume.cluster.stopNode(node);
                DirectoryTree.delete(volume.nodePath(node));
                copy(aside(node), volume.nodePath(node));
            }
            default -> {
                // good
            }
        }
    }

    private Path aside(final int node) {
        return directory.resolve("older-" + node);
    }

    private static void copy(final Path from, final Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (final Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }
}
