package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.StoredEntries;
import org.trivet.store.StoredEntries.Stored;
import org.trivet.store.segment.CheckReport;
import org.trivet.store.segment.CheckReport.Finding;
import org.trivet.store.segment.Corruption;
import org.trivet.store.segment.JournalInspection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Directories of data nodes that are looked at while no process has them open. */
class OfflineStorageTest {
    private static final int MANY = 12;

    @TempDir private Path parent;

    private SmallStore small;

    @BeforeEach
    void nameDirectory() {
        small = new SmallStore(parent.resolve("node-1"));
    }

    private CheckReport check() {
        try (OfflineStorage storage = OfflineStorage.open(small.path);
                JournalInspection journal = storage.inspect()) {
            return storage.check(journal);
        }
    }

    private Stored makeSmall() {
        try (NodeStorage storage = small.open()) {
            SmallStore.saveState(storage, "a state");
            final Stored first = small.write(storage, 1, 7, 3, 700);
            small.write(storage, 2, 7, 20, 64);
            small.write(storage, 3, 8, 0, 100);
            SmallStore.checkpoint(storage);
            return first;
        }
    }

    /** More than a segment, of 1 MiB each. */
    private Stored[] makeLarge() {
        final Stored[] entries = new Stored[MANY];
        try (NodeStorage storage = small.open()) {
            for (int i = 0; i < MANY; i++) {
                entries[i] = small.write(storage, i + 1, 7, i * 16384L, 1 << 20);
            }
            SmallStore.checkpoint(storage);
        }
        assertTrue(entries[MANY - 1].position() >>> 32 == 2);
        return entries;
    }

    private static void assertDamaged(
            final CheckReport report, final String file, final long offset, final String what) {
        assertTrue(
                report.findings().stream()
                        .filter(Finding::isDamage)
                        .anyMatch(
                                each ->
                                        file.equals(String.valueOf(each.segmentFile()))
                                                && each.offset() == offset
                                                && each.what().contains(what)),
                () -> report.findings().toString());
    }

    private Map<String, String> files() throws IOException {
        final Map<String, String> found = new TreeMap<>();
        try (Stream<Path> walked = Files.walk(small.path)) {
            for (final Path each : walked.toList()) {
                final String content =
                        Files.isRegularFile(each)
                                ? String.valueOf(Arrays.hashCode(Files.readAllBytes(each)))
                                : "directory";
                found.put(each.toString(), content + ", " + Files.getLastModifiedTime(each));
            }
        }
        return found;
    }

    @Test
    void whatIsGoodIsFoundToBeAndNothingIsWritten() throws IOException {
        makeSmall();
        Files.delete(small.path.resolve("index").resolve("lock.mdb"));
        final Map<String, String> before = files();
        final CheckReport report = check();
        assertEquals(before, files());
        assertEquals(java.util.List.of(), report.findings());
        assertEquals(0, report.damageCount());
        assertEquals(1, report.segments());
        assertEquals(4, report.records());
        assertEquals(3, report.entries());
        assertEquals(3, report.liveExtents());
        assertEquals(11 + 1 + 2, report.liveUnits());
        assertFalse(report.isTorn());
    }

    @Test
    void severalSegmentsAreGood() {
        makeLarge();
        final CheckReport report = check();
        assertEquals(java.util.List.of(), report.findings());
        assertEquals(2, report.segments());
        assertEquals(MANY * 16384L, report.liveUnits());
    }

    @Test
    void aFlippedByteOfALiveUnitIsNamed() throws IOException {
        final Stored entry = makeSmall();
        small.flipInBody(entry, -1);
        final CheckReport report = check();
        assertEquals(1, report.damageCount(), () -> report.findings().toString());
        assertDamaged(
                report,
                "00000001.journal",
                (int) entry.position(),
                "group 0, data id 7, WRITE 1: the checksums of unit 13 do not hold");
    }

    @Test
    void aFlippedByteOfARecordsHeaderIsNamedAndSoAreTheUnitsBehindIt() throws IOException {
        final Stored entry = makeSmall();
        SmallStore.flip(small.segment(entry.position()), (int) entry.position());
        final CheckReport report = check();
        assertEquals(2, report.damageCount(), () -> report.findings().toString());
        assertDamaged(
                report, "00000001.journal", (int) entry.position(), "no record can be told from");
        assertDamaged(
                report,
                "00000001.journal",
                (int) entry.position(),
                "data id 7, units 3 to 13: the index leads here");
    }

    @Test
    void aFlippedByteOfABodyThatTellsWhatItIsIsNamed() throws IOException {
        final Stored entry = makeSmall();
        small.flipInBody(entry, 20);
        assertDamaged(
                check(),
                "00000001.journal",
                (int) entry.position(),
                "the body of this record is damaged");
    }

    @Test
    void bytesToWhichNothingLeadsAreNotedAndAreNoDamage() throws IOException {
        final Stored replaced;
        try (NodeStorage storage = small.open()) {
            replaced = small.write(storage, 1, 7, 3, 64);
            small.write(storage, 2, 7, 3, 64);
            SmallStore.checkpoint(storage);
        }
        small.flipInBody(replaced, -1);
        final CheckReport report = check();
        assertEquals(0, report.damageCount(), () -> report.findings().toString());
        assertEquals(1, report.noteCount());
        assertEquals((int) replaced.position(), report.findings().getFirst().offset());
    }

    @Test
    void damagedHeadersOfSegmentsAreNamed() throws IOException {
        final Stored[] entries = makeLarge();
        for (final Stored each : new Stored[] {entries[0], entries[MANY - 1]}) {
            final Path file = small.segment(each.position());
            SmallStore.flip(file, 20);
            assertDamaged(
                    check(),
                    file.getFileName().toString(),
                    0,
                    "the header of the segment is damaged");
            SmallStore.flip(file, 20);
        }
        assertEquals(0, check().damageCount());
    }

    @Test
    void aMissingSegmentIsNamedAndSoIsWhatLedThere() throws IOException {
        final Stored[] entries = makeLarge();
        Files.delete(small.segment(entries[0].position()));
        final CheckReport report = check();
        assertDamaged(report, "00000001.journal", -1, "the file is missing");
        assertDamaged(report, "null", -1, "lead to 00000001.journal, which is missing");
    }

    @Test
    void aShortSegmentIsNamed() throws IOException {
        final Stored[] entries = makeLarge();
        final Path file = small.segment(entries[0].position());
        try (var channel =
                java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(3 << 20);
        }
        assertDamaged(check(), "00000001.journal", 3 << 20, "the file has 3145728 bytes");
    }

    @Test
    void withoutAGoodHeaderNothingCanBeMadeOfTheSegments() throws IOException {
        final Stored entry = makeSmall();
        SmallStore.flip(small.segment(entry.position()), 20);
        try (OfflineStorage storage = OfflineStorage.open(small.path)) {
            assertCode(ErrorCode.CORRUPT, "none of the segments", storage::inspect);
        }
    }

    @Test
    void aDamagedPageOfTheIndexIsNamed() throws IOException {
        makeSmall();
        final Path data = small.path.resolve("index").resolve("data.mdb");
        SmallStore.flip(data, Files.size(data) - 10);
        final CheckReport report = check();
        assertEquals(1, report.damageCount(), () -> report.findings().toString());
        assertDamaged(report, "null", -1, "data.mdb is damaged: page ");
        assertEquals(3, report.entries());
        Files.delete(data);
        assertDamaged(check(), "null", -1, "there is none");
    }

    @Test
    void rowsThatAreNotThoseThatWerePutAreNamed() {
        checkCorrupted(
                corruption -> corruption.changeVersion(0, 7, 3),
                "the rows of this bucket are not those that were put");
    }

    @Test
    void rowsThatAreGoneAreNamed() {
        checkCorrupted(
                corruption -> corruption.remove(0, 7, 3),
                "the rows of this bucket are not those that were put");
    }

    private void checkCorrupted(final Consumer<Corruption> how, final String expected) {
        makeSmall();
        try (NodeStorage storage = small.open()) {
            how.accept(
                    new Corruption(
                            storage.store(),
                            StoredEntries.UNIT_LENGTH,
                            StoredEntries.TYPE.length()));
        }
        assertDamaged(check(), "null", -1, expected);
    }

    @Test
    void aTornEndIsToldAndIsNoDamage() throws IOException {
        makeSmall();
        final NodeStorage storage = small.open();
        final Stored last = small.append(storage, 4, 9, 0, 5000);
        storage.abandon();
        assertEquals(java.util.List.of(), check().findings());
        small.flipInBody(last, -1);
        final CheckReport report = check();
        assertEquals(0, report.damageCount(), () -> report.findings().toString());
        assertTrue(report.isTorn());
        assertEquals((int) last.position(), report.findings().getFirst().offset());
    }

    @Test
    void anEndThatWasOnTheDiskAndIsGoneIsDamage() throws IOException {
        makeSmall();
        final Stored last;
        try (NodeStorage storage = small.open()) {
            last = small.write(storage, 4, 9, 0, 5000);
            SmallStore.checkpoint(storage);
        }
        small.flipInBody(last, -1);
        assertDamaged(
                check(),
                "00000001.journal",
                (int) last.position(),
                "the records end here, and were on the disk up to 00000001.journal:");
    }

    @Test
    void whatAProcessHasOpenIsRefusedAndKeptFromOthersMeanwhile() {
        try (NodeStorage storage = small.open()) {
            assertTrue(storage.intact());
            assertCode(ErrorCode.BUSY, "in use", () -> OfflineStorage.open(small.path));
        }
        try (OfflineStorage storage = OfflineStorage.open(small.path)) {
            assertEquals(1, storage.owner().node());
            assertCode(ErrorCode.BUSY, "in use", small::open);
        }
        small.open().close();
    }

    @Test
    void whatIsNoDataNodesDirectoryIsRefused() throws IOException {
        assertCode(ErrorCode.NOT_FOUND, "no directory", () -> OfflineStorage.open(small.path));
        Files.createDirectory(small.path);
        assertCode(ErrorCode.INVALID, "no journal", () -> OfflineStorage.open(small.path));
        makeSmall();
        Files.createDirectory(parent.resolve("node-0"));
        assertCode(ErrorCode.INVALID, "that of a volume", () -> OfflineStorage.open(parent));
        final Path properties = small.path.resolve("volume.properties");
        final String good = SealedText.open(properties, Files.readString(properties));
        Files.writeString(properties, SealedText.seal(good.replace("node-1", "metadata")));
        assertCode(ErrorCode.INVALID, "that of metadata", () -> OfflineStorage.open(small.path));
        Files.writeString(properties, good);
        assertCode(ErrorCode.CORRUPT, "volume.properties", () -> OfflineStorage.open(small.path));
    }

    private static void assertCode(final ErrorCode code, final String part, final Runnable action) {
        final TrivetException e = assertThrows(TrivetException.class, action::run);
        assertEquals(code, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
