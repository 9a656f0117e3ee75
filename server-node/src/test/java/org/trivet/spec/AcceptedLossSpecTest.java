package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.ChecksumType;
import org.trivet.fs.TrivetFile;
import org.trivet.node.DamageRequest;
import org.trivet.node.DamageRequest.Kind;
import org.trivet.node.FileLoss;
import org.trivet.node.Losses;
import org.trivet.replica.GroupLosses;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What no node has any more is waited for, until its loss is accepted. */
@Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AcceptedLossSpecTest {
    private static final String FILE = "/letters/first";
    private static final int BLOCKS = 11;
    private static final long BLOCK = 6;

    @TempDir Path directory;

    static Stream<Shape> shapes() {
        return Volume.shapes();
    }

    private static ErrorCode readError(final Volume volume, final Duration patience) {
        final TrivetException error =
                assertThrows(TrivetException.class, () -> volume.files.within(patience).read(FILE));
        if (error.code() == ErrorCode.LOST) {
            assertTrue(error.getMessage().contains("block " + BLOCK), error.getMessage());
        }
        return error.code();
    }

    private static void loseBlock(final Volume volume) throws Exception {
        for (int copy = 0; copy < 3; copy++) {
            volume.cluster.corrupt(
                    new DamageRequest(
                            volume.node(FILE, BLOCK, copy), Kind.DATA, FILE, BLOCK, copy));
        }
        assertEquals(ErrorCode.TIMED_OUT, readError(volume, Duration.ofMillis(500)));
        volume.await(
                "the loss is found out",
                () -> volume.cluster.losses().files().stream().anyMatch(f -> f.lostCount() == 1));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aBlockWithoutAGoodCopyIsGivenUpOnRequestOnly(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final byte[] bytes = volume.bytes(1, BLOCKS);
            volume.files.makeDirectory("/letters");
            volume.files.write(FILE, bytes);
            volume.mustAllBeGood();
            assertEquals(List.of(), volume.cluster.losses().groups());
            loseBlock(volume);
            assertEquals(
                    List.of(new FileLoss(FILE, 1, List.of(BLOCK), 0, List.of())),
                    volume.cluster.losses().files());
            assertEquals(1, volume.cluster.status().losses().size());

            assertEquals(
                    List.of(),
                    volume.cluster.acceptLoss("/letters/first").groups().stream()
                            .filter(group -> !group.ranges().isEmpty())
                            .toList());
            volume.mustAllBeGood();
            assertEquals(ErrorCode.LOST, readError(volume, Duration.ofSeconds(20)));
            volume.restart();
            volume.mustAllBeGood();
            assertEquals(ErrorCode.LOST, readError(volume, Duration.ofSeconds(20)));
            assertEquals(
                    List.of(new FileLoss(FILE, 0, List.of(), 1, List.of(BLOCK))),
                    volume.cluster.losses().files());
            for (int copy = 0; copy < 3; copy++) {
                final int node = volume.node(FILE, BLOCK, copy);
                volume.cluster.wipeNode(node);
                volume.await("node " + node + " is up", () -> volume.isUp(node));
                volume.mustAllBeGood();
            }
            assertEquals(ErrorCode.LOST, readError(volume, Duration.ofSeconds(20)));
            assertEquals(0, volume.cluster.verify().differenceCount());

            final int from = (int) BLOCK * shape.blockLength();
            final byte[] block = new byte[shape.blockLength()];
            Arrays.fill(block, (byte) 7);
            try (TrivetFile file = volume.files.open(FILE, StandardOpenOption.WRITE)) {
                file.write(from, block, 0, block.length);
            }
            System.arraycopy(block, 0, bytes, from, block.length);
            assertArrayEquals(bytes, volume.files.read(FILE));
            volume.await(
                    "nothing is lost any more", () -> volume.cluster.losses().groups().isEmpty());
        }
    }

    @Test
    void aNodeThatStartsAgainMeanwhileIsAskedAgain() throws Exception {
        try (Volume volume = new Volume(new Shape(4, 4096), directory)) {
            volume.files.makeDirectory("/letters");
            volume.files.write(FILE, volume.bytes(1, BLOCKS));
            volume.mustAllBeGood();
            loseBlock(volume);
            final int lead = volume.node(FILE, BLOCK, 0);
            final int backup = volume.node(FILE, BLOCK, 1);
            volume.cluster.stopNode(backup);
            final FutureTask<Losses> acceptance =
                    new FutureTask<>(() -> volume.cluster.acceptLoss(FILE));
            Thread.ofVirtual().start(acceptance);
            volume.await(
                    "it waits for the node that is down",
                    () ->
                            volume.cluster.losses().groups().stream()
                                    .anyMatch(GroupLosses::isUnderWay));
            volume.cluster.stopNode(lead);
            volume.cluster.startNode(lead);
            volume.cluster.startNode(backup);
            assertEquals(
                    List.of(new FileLoss(FILE, 0, List.of(), 1, List.of(BLOCK))),
                    acceptance.get(1, TimeUnit.MINUTES).files());
        }
    }

    @Test
    void whereThereIsOneCopyOnlyABadBlockIsLost() throws Exception {
        try (Volume volume = new Volume(new Shape(3, 4096), directory, 1, ChecksumType.CRC32C)) {
            final byte[] bytes = volume.bytes(1, BLOCKS);
            volume.files.makeDirectory("/letters");
            volume.files.write(FILE, bytes);
            volume.mustAllBeGood();
            volume.cluster.corrupt(
                    new DamageRequest(volume.node(FILE, BLOCK, 0), Kind.DATA, FILE, BLOCK, 1));
            assertEquals(ErrorCode.TIMED_OUT, readError(volume, Duration.ofMillis(500)));
            volume.await(
                    "the loss is found out",
                    () ->
                            volume.cluster
                                    .losses()
                                    .files()
                                    .equals(
                                            List.of(
                                                    new FileLoss(
                                                            FILE,
                                                            1,
                                                            List.of(BLOCK),
                                                            0,
                                                            List.of()))));
            volume.restart();
            assertEquals(ErrorCode.TIMED_OUT, readError(volume, Duration.ofMillis(500)));
            volume.cluster.acceptLoss(FILE);
            assertEquals(ErrorCode.LOST, readError(volume, Duration.ofSeconds(20)));
            volume.files.write(FILE, bytes);
            assertArrayEquals(bytes, volume.files.read(FILE));
            volume.mustAllBeGood();
        }
    }

    @Test
    void aFileThatIsRemovedTakesWhatWasLostOfItAlong() throws Exception {
        try (Volume volume = new Volume(new Shape(4, 4096), directory)) {
            volume.files.makeDirectory("/letters");
            volume.files.write(FILE, volume.bytes(1, BLOCKS));
            volume.mustAllBeGood();
            loseBlock(volume);
            volume.files.delete(FILE);
            volume.await(
                    "nothing is lost any more", () -> volume.cluster.losses().groups().isEmpty());
            volume.mustAllBeGood();
        }
    }

    @Test
    void aVolumeWhoseNodesHaveAllLostTheirStorageBeginsAnew() throws Exception {
        try (Volume volume = new Volume(new Shape(4, 4096), directory)) {
            volume.files.makeDirectory("/letters");
            volume.files.write(FILE, volume.bytes(1, BLOCKS));
            volume.mustAllBeGood();
            for (int node = 0; node < 4; node++) {
                volume.cluster.stopNode(node);
            }
            for (int node = 0; node < 4; node++) {
                volume.cluster.wipeNode(node);
            }
            for (int node = 0; node < 4; node++) {
                volume.cluster.startNode(node);
            }
            volume.await(
                    "all logs are lost",
                    () ->
                            volume.cluster.losses().groups().stream()
                                            .filter(GroupLosses::isLogLost)
                                            .count()
                                    == 4);
            final Losses left = volume.cluster.acceptLoss(null);
            assertEquals(BLOCKS, left.files().getFirst().givenUpCount());
            volume.mustAllBeGood();
            assertEquals(
                    ErrorCode.LOST,
                    assertThrows(TrivetException.class, () -> volume.files.read(FILE)).code());
            final byte[] bytes = volume.bytes(2, BLOCKS);
            volume.files.write("/letters/second", bytes);
            assertArrayEquals(bytes, volume.files.read("/letters/second"));
            volume.files.write(FILE, bytes);
            assertArrayEquals(bytes, volume.files.read(FILE));
        }
    }
}
