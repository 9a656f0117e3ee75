package org.trivet.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.Crc32c;
import org.trivet.node.DataDirectory;
import org.trivet.node.LocalCluster;
import org.trivet.node.VolumeOptions;
import org.trivet.node.disk.LmdbKeyValueStore;
import org.trivet.node.disk.OfflineStorage;
import org.trivet.node.disk.SealedText;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A directory of a later format is refused, by a message that names both, and left as it is. */
@Timeout(120)
class OtherFormatTest {
    private static final int SEGMENT_FORMAT = 1;
    private static final int INDEX_FORMAT = 3;
    private static final int NAMESPACE_FORMAT = 3;

    @TempDir private Path directory;

    private Path volume;
    private List<String> contents;

    @BeforeEach
    void unpack() throws Exception {
        volume = directory.resolve("volume");
        contents = GoldenArchive.newest().getLast().unpack(volume);
    }

    private static TrivetException refusal(final Path path) {
        return assertThrows(
                TrivetException.class,
                () -> {
                    try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                            LocalCluster cluster = LocalCluster.start(data)) {
                        cluster.volume();
                    }
                });
    }

    private void mustBeRefused(final String message) {
        final TrivetException refusal = refusal(volume);
        assertEquals(ErrorCode.NOT_SUPPORTED, refusal.code(), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    private static void raiseDescription(final Path file) throws Exception {
        final String text = SealedText.open(file, Files.readString(file));
        assertTrue(text.startsWith("format=1\n"), text);
        Files.writeString(file, SealedText.seal(text.replace("format=1\n", "format=2\n")));
    }

    @Test
    void aVolumeIsRefusedAndItsDescriptionLeftAsItIs() throws Exception {
        final Path file = volume.resolve("volume.properties");
        raiseDescription(file);
        final String text = Files.readString(file);
        mustBeRefused(file + " says format 2; this version knows format 1");
        assertEquals(text, Files.readString(file));
    }

    @Test
    void aVolumeIsRefusedByWhatItsNodesSayIfItsDescriptionIsGone() throws Exception {
        for (final Path owner : VolumeFiles.owners(volume)) {
            raiseDescription(owner.resolve("volume.properties"));
        }
        final Path file = volume.resolve("volume.properties");
        Files.delete(file);
        mustBeRefused("volume.properties says format 2; this version knows format 1");
        assertTrue(Files.notExists(file));
    }

    @Test
    void nodesAreRefused() throws Exception {
        final Map<Path, byte[]> before = new TreeMap<>();
        for (final Path owner : VolumeFiles.owners(volume)) {
            if (VolumeFiles.isDataNode(owner)) {
                raiseDescription(owner.resolve("volume.properties"));
                before.putAll(journal(owner));
            }
        }
        mustBeRefused("volume.properties says format 2; this version knows format 1");
        mustBeUnchanged(before);
    }

    @Test
    void segmentsOfDataNodesAreRefused() throws Exception {
        final Map<Path, byte[]> before = new TreeMap<>();
        for (final Path owner : VolumeFiles.owners(volume)) {
            if (VolumeFiles.isDataNode(owner)) {
                raiseSegments(owner);
                before.putAll(journal(owner));
            }
        }
        mustBeRefused("is of format 2; this version knows format " + SEGMENT_FORMAT);
        mustBeUnchanged(before);
        try (OfflineStorage storage = OfflineStorage.open(volume.resolve("node-0"))) {
            assertEquals(
                    ErrorCode.NOT_SUPPORTED,
                    assertThrows(TrivetException.class, storage::inspect).code());
        }
    }

    /** It is not taken for damage, for which the others would give it all that it has. */
    @Test
    void theOneNodeThatIsOfAnotherFormatStaysDown() throws Exception {
        final Path node = volume.resolve("node-1");
        raiseSegments(node);
        final Map<Path, byte[]> before = journal(node);
        try (DataDirectory data = DataDirectory.open(volume, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            final var report = cluster.status().nodes().get(1);
            assertTrue(!report.isUp(), report::toString);
            assertTrue(
                    report.failure()
                            .endsWith(
                                    "is of format 2; this version knows format " + SEGMENT_FORMAT),
                    report.failure());
            assertTrue(Files.notExists(volume.resolve("node-1.lost")));
        }
        mustBeUnchanged(before);
    }

    /** Before its two copies are made to agree, by what this version takes for good. */
    @Test
    void segmentsOfTheMetadataNodeAreRefused() throws Exception {
        final Path metadata = volume.resolve("metadata");
        raiseSegments(metadata);
        final Path copy = metadata.resolve("journal.copy").resolve("00000001.journal");
        final byte[] bytes = Files.readAllBytes(copy);
        bytes[bytes.length - 1] ^= 1;
        Files.write(copy, bytes);
        final Map<Path, byte[]> before = journal(metadata);
        mustBeRefused("is of format 2; this version knows format " + SEGMENT_FORMAT);
        mustBeUnchanged(before);
    }

    /** A bit of it that has flipped is damage, as it is of any other number. */
    @Test
    void aFormatThatIsDamagedIsNotTakenForAnother() throws Exception {
        final Path node = volume.resolve("node-1");
        for (final Path segment : VolumeFiles.segments(node)) {
            final byte[] bytes = Files.readAllBytes(segment);
            bytes[8] ^= 3;
            Files.write(segment, bytes);
        }
        try (DataDirectory data = DataDirectory.open(volume, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            assertEquals(List.of(), cluster.verify().differences());
            assertEquals(contents, GoldenFiles.found(GoldenArchiveMaker.fileSystem(cluster)));
        }
    }

    @Test
    void aNamespaceIsRefused() throws Exception {
        final Path metadata = volume.resolve("metadata");
        raiseRow(metadata, VolumeFiles.NAMESPACE_ROW, NAMESPACE_FORMAT);
        final Map<Path, byte[]> before = journal(metadata);
        mustBeRefused(
                "the namespace is of format "
                        + (NAMESPACE_FORMAT + 1)
                        + "; this version knows format "
                        + NAMESPACE_FORMAT);
        mustBeUnchanged(before);
        assertEquals(
                NAMESPACE_FORMAT + 1,
                VolumeFiles.row(metadata, VolumeFiles.NAMESPACE_ROW)
                        .getLong(0, VolumeFiles.LITTLE));
    }

    /** The journal is the truth: an index of whatever other format is made again from it. */
    @Test
    void anIndexOfADataNodeIsPutAsideAndMadeAgain() throws Exception {
        final Path node = volume.resolve("node-2");
        raiseRow(node, VolumeFiles.INDEX_ROW, INDEX_FORMAT);
        try (DataDirectory data = DataDirectory.open(volume, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            assertEquals(List.of(), cluster.verify().differences());
            assertEquals(contents, GoldenFiles.found(GoldenArchiveMaker.fileSystem(cluster)));
        }
        assertEquals(
                INDEX_FORMAT,
                VolumeFiles.row(node, VolumeFiles.INDEX_ROW).getInt(0, VolumeFiles.LITTLE));
        final Path aside = directory.resolve("aside");
        Files.createDirectories(aside);
        Files.move(
                node.resolve("index.unusable"),
                aside.resolve("index"),
                StandardCopyOption.ATOMIC_MOVE);
        assertEquals(
                INDEX_FORMAT + 1,
                VolumeFiles.row(aside, VolumeFiles.INDEX_ROW).getInt(0, VolumeFiles.LITTLE));
    }

    private static void raiseRow(final Path owner, final byte[] key, final int format) {
        final UnsafeBuffer row = VolumeFiles.row(owner, key);
        assertEquals(format, row.getInt(0, VolumeFiles.LITTLE));
        row.putInt(0, format + 1, VolumeFiles.LITTLE);
        try (LmdbKeyValueStore rows =
                new LmdbKeyValueStore(owner.resolve("index"), LmdbKeyValueStore.DEFAULT_MAP_SIZE)) {
            rows.put(new UnsafeBuffer(key), 0, key.length, row, 0, row.capacity());
            rows.commit();
        }
    }

    private static void raiseSegments(final Path owner) throws Exception {
        for (final Path segment : VolumeFiles.segments(owner)) {
            final UnsafeBuffer bytes = VolumeFiles.read(segment);
            final int length = bytes.getInt(12, VolumeFiles.LITTLE);
            assertEquals(SEGMENT_FORMAT, bytes.getInt(8, VolumeFiles.LITTLE));
            final int crc = bytes.getInt(32, VolumeFiles.LITTLE);
            bytes.putInt(32, 0, VolumeFiles.LITTLE);
            assertEquals(crc, new Crc32c().compute(bytes, 0, length), "the CRC is understood");
            bytes.putInt(8, SEGMENT_FORMAT + 1, VolumeFiles.LITTLE);
            bytes.putInt(32, new Crc32c().compute(bytes, 0, length), VolumeFiles.LITTLE);
            Files.write(segment, bytes.byteArray());
        }
    }

    private static Map<Path, byte[]> journal(final Path owner) throws Exception {
        final Map<Path, byte[]> found = new TreeMap<>();
        for (final Path segment : VolumeFiles.segments(owner)) {
            found.put(segment, Files.readAllBytes(segment));
        }
        return found;
    }

    private static void mustBeUnchanged(final Map<Path, byte[]> before) throws Exception {
        assertTrue(!before.isEmpty());
        for (final var each : before.entrySet()) {
            assertTrue(
                    Arrays.equals(each.getValue(), Files.readAllBytes(each.getKey())),
                    () -> each.getKey() + " has been changed");
        }
    }
}
