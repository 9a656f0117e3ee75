package org.trivet.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.node.DataDirectory;
import org.trivet.node.LocalCluster;
import org.trivet.node.Verification;
import org.trivet.node.VolumeOptions;
import org.trivet.node.disk.OfflineStorage;
import org.trivet.store.segment.CheckReport;
import org.trivet.store.segment.JournalInspection;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What earlier versions have written is read, verified and written on; and no format is changed
 * without its number, or without an archive of it.
 */
@Timeout(180)
class GoldenVolumeTest {
    @TempDir private Path directory;

    static List<GoldenArchive> archives() {
        return GoldenArchive.all();
    }

    static List<GoldenArchive> newest() {
        return GoldenArchive.newest();
    }

    @Test
    void eachFormatHasAVolumeThatWasStoppedAndOneThatWasKilled() {
        final List<String> ends = archives().stream().map(GoldenArchive::toString).toList();
        assertFalse(ends.isEmpty());
        for (int i = 0; i < ends.size(); i++) {
            final String end = i % 2 == 0 ? "-killed.zip" : "-stopped.zip";
            assertEquals(i / 2 + 1 + end, ends.get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("archives")
    void allIsThereAndGoodAndIsWrittenOn(final GoldenArchive archive) throws Exception {
        final Path path = directory.resolve("volume");
        final List<String> contents = archive.unpack(path);
        checkNodes(path);

        final List<String> changed;
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            assertEquals(contents, GoldenFiles.found(GoldenArchiveMaker.fileSystem(cluster)));
            verify(cluster);
            final GoldenFiles files =
                    new GoldenFiles(
                            GoldenArchiveMaker.fileSystem(cluster),
                            99,
                            data.volume().blockLength());
            files.takeOver();
            files.makeMore();
            changed = files.expected();
            assertFalse(contents.equals(changed));
        }
        checkNodes(path);

        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            assertEquals(changed, GoldenFiles.found(GoldenArchiveMaker.fileSystem(cluster)));
            verify(cluster);
        }
    }

    private static void verify(final LocalCluster cluster) throws InterruptedException {
        final Verification verification = cluster.verify();
        assertEquals(List.of(), verification.differences());
        assertEquals(0, verification.differenceCount());
        assertTrue(verification.units() > 100, verification::toString);
        assertEquals(List.of(), cluster.losses().groups());
    }

    /** As {@code trivet node check} does. */
    private static void checkNodes(final Path volume) throws Exception {
        int nodes = 0;
        for (final Path node : VolumeFiles.owners(volume)) {
            if (VolumeFiles.isDataNode(node)) {
                try (OfflineStorage storage = OfflineStorage.open(node);
                        JournalInspection journal = storage.inspect()) {
                    final CheckReport report = storage.check(journal);
                    assertEquals(0, report.damageCount(), () -> node + ": " + report.findings());
                    assertTrue(report.liveUnits() > 20, () -> node + ": " + report.liveUnits());
                }
                nodes++;
            }
        }
        assertEquals(4, nodes);
    }

    @ParameterizedTest
    @MethodSource("archives")
    void whatWasKilledHasATailToReplay(final GoldenArchive archive) throws Exception {
        final Path path = directory.resolve("volume");
        final List<String> contents = archive.unpack(path);
        assertTrue(contents.stream().anyMatch(line -> line.startsWith("file " + GoldenFiles.LAST)));
        final List<Path> complete = VolumeFiles.complete(path);
        if (archive.isKilled()) {
            assertTrue(GoldenArchiveMaker.isInHalves(path), complete::toString);
        } else { // the metadata node leaves to its start what came since its last commit
            assertEquals(
                    VolumeFiles.owners(path).stream().filter(VolumeFiles::isDataNode).toList(),
                    complete.stream().filter(VolumeFiles::isDataNode).toList());
        }
    }

    @ParameterizedTest
    @MethodSource("newest")
    void theNewestIsOfTheFormatThatIsWritten(final GoldenArchive archive) throws Exception {
        final Path golden = directory.resolve("golden");
        archive.unpack(golden);
        final Path path = directory.resolve("volume");
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            new GoldenFiles(GoldenArchiveMaker.fileSystem(cluster), 1, 64).makeFirst();
            final Path namespace = GoldenArchiveMaker.namespace(path);
            GoldenArchiveMaker.awaitCommit(namespace, Files.getLastModifiedTime(namespace));
        }
        final Map<String, Set<Long>> written = VolumeFiles.formats(path);
        assertEquals(
                Set.of(
                        "the volume's description",
                        "a node's description",
                        "LMDB",
                        "index",
                        "namespace",
                        "segment",
                        "schema of entries",
                        "schema of commands"),
                written.keySet());
        written.forEach((what, numbers) -> assertEquals(1, numbers.size(), what + numbers));
        assertEquals(
                VolumeFiles.formats(golden),
                written,
                "a format has another number now: add an archive of it, and keep the others, see"
                        + " docs/on-disk-format.md");
    }

    /** As docs/on-disk-format.md describes. */
    @Test
    @EnabledIfSystemProperty(named = "trivet.golden.number", matches = "[0-9]+")
    void makeArchives() throws Exception {
        GoldenArchiveMaker.make(
                Integer.getInteger("trivet.golden.number"),
                Path.of(System.getProperty("trivet.golden.work")),
                Path.of("src/test/resources/golden"));
    }
}
