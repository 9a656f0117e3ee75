package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.ChecksumType;
import org.trivet.node.Damage;
import org.trivet.node.DamageRequest;
import org.trivet.node.DamageRequest.Kind;
import org.trivet.replica.StoredCopy;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;
import java.util.stream.Stream;

/** S8: checksums and repair. S9: the tool that corrupts. */
@Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IntegritySpecTest {
    private static final String FILE = "/file";
    private static final int BLOCKS = 9;

    @TempDir Path directory;

    static Stream<Shape> shapes() {
        return Volume.shapes();
    }

    @ParameterizedTest
    @EnumSource(ChecksumType.class)
    void S8_1_eachChecksumFindsADamagedCopy(final ChecksumType type) throws Exception {
        try (Volume volume = new Volume(new Shape(4, 512), directory, 3, type)) {
            final byte[] bytes = volume.bytes(1, BLOCKS);
            volume.files.write(FILE, bytes);
            volume.cluster.corrupt(new DamageRequest(null, Kind.DATA, FILE, 2L, 1));
            volume.cluster.corrupt(new DamageRequest(null, Kind.CHECKSUM, FILE, 3L, 1));
            readUntilMended(volume, bytes);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S8_2_badCopiesAreReplacedByTheGoodOne(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final byte[] bytes = volume.bytes(2, BLOCKS);
            volume.files.write(FILE, bytes);
            volume.mustBeEqual(FILE, BLOCKS);
            for (int copy = 0; copy < 2; copy++) {
                final int node = volume.node(FILE, 4, copy);
                volume.cluster.corrupt(new DamageRequest(node, Kind.DATA, FILE, 4L, copy));
                assertEquals(
                        StoredCopy.State.BAD, volume.cluster.copies(FILE, 4).get(copy).state());
            }
            readUntilMended(volume, bytes);
            long repairs = 0;
            for (int node = 0; node < shape.nodes(); node++) {
                repairs += volume.report(node).counters().get("repairs");
            }
            assertTrue(repairs >= 2, "repairs are counted");
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void S8_2_aRepairNeverOverwritesNewerData(final Shape shape) throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            byte[] bytes = volume.bytes(3, BLOCKS);
            volume.files.write(FILE, bytes);
            final byte[] block = new byte[shape.blockLength()];
            for (int round = 0; round < 20; round++) {
                final int at = round % (BLOCKS - 1);
                volume.cluster.corrupt(
                        new DamageRequest(null, Kind.values()[round % 5], FILE, (long) at, round));
                final byte[] read = volume.files.read(FILE); // has the copy repaired, perhaps
                assertArrayEquals(bytes, read);
                java.util.Arrays.fill(block, (byte) round);
                try (var file = volume.files.open(FILE, java.nio.file.StandardOpenOption.WRITE)) {
                    file.write((long) at * block.length, block, 0, block.length);
                }
                bytes = bytes.clone();
                System.arraycopy(block, 0, bytes, at * block.length, block.length);
                readUntilMended(volume, bytes); // before a second copy is damaged, and a third
            }
        }
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> kinds() {
        return Volume.shapes()
                .flatMap(
                        shape ->
                                Stream.of(Kind.values())
                                        .map(
                                                kind ->
                                                        org.junit.jupiter.params.provider.Arguments
                                                                .of(shape, kind)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void S9_eachKindOfDamageIsNoticedAndMended(final Shape shape, final Kind kind)
            throws Exception {
        try (Volume volume = new Volume(shape, directory)) {
            final byte[] bytes = volume.bytes(4, BLOCKS);
            volume.files.write(FILE, bytes);
            volume.mustBeEqual(FILE, BLOCKS);
            final Damage damage =
                    volume.cluster.corrupt(new DamageRequest(null, kind, FILE, 5L, 7));
            assertEquals(5, damage.block());
            assertEquals(kind, damage.kind());
            assertTrue(damage.description().contains("on node " + damage.node()));
            assertFalse(volume.areEqual(FILE, 5), "the damage can be seen");
            readUntilMended(volume, bytes);

            // Noticed after a restart of the node, too.
            final Damage second =
                    volume.cluster.corrupt(new DamageRequest(damage.node(), kind, FILE, 5L, 8));
            assertEquals(damage.node(), second.node());
            volume.cluster.killNode(second.node());
            assertArrayEquals(bytes, volume.files.read(FILE));
            volume.cluster.startNode(second.node());
            readUntilMended(volume, bytes);
        }
    }

    @Test
    void S9_aMissingPartOfABlockIsMendedBeforeItIsMerged() throws Exception {
        try (Volume volume = new Volume(new Shape(4, 64 << 10), directory)) {
            final byte[] bytes = volume.bytes(5, BLOCKS);
            volume.files.write(FILE, bytes);
            volume.mustBeEqual(FILE, BLOCKS);
            for (final Kind kind : new Kind[] {Kind.MISSING, Kind.VERSION, Kind.DATA}) {
                final int primary = volume.node(FILE, 3, 0);
                volume.cluster.corrupt(new DamageRequest(primary, kind, FILE, 3L, 1));
                final byte[] part = {(byte) kind.ordinal(), 2, 3};
                try (var file = volume.files.open(FILE, java.nio.file.StandardOpenOption.WRITE)) {
                    file.write(3 * (64 << 10) + 100, part, 0, part.length);
                }
                System.arraycopy(part, 0, bytes, 3 * (64 << 10) + 100, part.length);
                assertArrayEquals(bytes, volume.files.read(FILE));
            }
            readUntilMended(volume, bytes);
        }
    }

    @Test
    void S9_aRandomBlockOfARandomNodeIsTheDefault() throws Exception {
        try (Volume volume = new Volume(new Shape(4, 8), directory)) {
            final byte[] bytes = volume.bytes(6, BLOCKS);
            volume.files.write(FILE, bytes);
            volume.mustBeEqual(FILE, BLOCKS);
            final Damage damage =
                    volume.cluster.corrupt(new DamageRequest(null, Kind.CHECKSUM, null, null, 3));
            assertEquals(
                    StoredCopy.State.BAD,
                    volume.cluster.copies(FILE, damage.block()).stream()
                            .filter(copy -> copy.node() == damage.node())
                            .findFirst()
                            .orElseThrow()
                            .state());
            readUntilMended(volume, bytes);
        }
    }

    @Test
    void S9_whatIsNotStoredCannotBeDamaged() throws Exception {
        try (Volume volume = new Volume(new Shape(4, 8), directory)) {
            volume.files.write(FILE, volume.bytes(7, 2));
            mustNotBeFound(volume, new DamageRequest(null, Kind.DATA, "/none", 0L, 1));
            mustNotBeFound(volume, new DamageRequest(null, Kind.DATA, FILE, 2L, 1));
            mustNotBeFound(volume, new DamageRequest(null, Kind.DATA, FILE, -1L, 1));
        }
    }

    private static void mustNotBeFound(final Volume volume, final DamageRequest request) {
        final TrivetException error =
                assertThrows(TrivetException.class, () -> volume.cluster.corrupt(request));
        assertEquals(ErrorCode.NOT_FOUND, error.code(), error.getMessage());
    }

    /** A copy is looked at by chance: reads until all copies are good, and is right each time. */
    static void readUntilMended(final Volume volume, final byte[] bytes) throws Exception {
        volume.await(
                "all copies are good",
                () -> {
                    assertArrayEquals(bytes, volume.files.read(FILE));
                    final int blockLength = volume.shape.blockLength();
                    for (int block = 0; block * (long) blockLength < bytes.length; block++) {
                        if (!volume.areEqual(FILE, block)) {
                            return false;
                        }
                    }
                    return true;
                });
    }
}
