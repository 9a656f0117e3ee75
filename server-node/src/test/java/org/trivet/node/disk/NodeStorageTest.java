package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.StoredEntries;
import org.trivet.store.StoredEntries.Collected;
import org.trivet.store.StoredEntries.Stored;
import org.trivet.store.UnitModel;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SharedSpace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.stream.Stream;

class NodeStorageTest {
    private static final VolumeConfig VOLUME =
            new VolumeConfig(
                    77, 3, 2, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE, Durability.PROCESS);

    @TempDir Path parent;

    private Path directory;

    private final StoredEntries entries = new StoredEntries();

    @BeforeEach
    void nameDirectory() {
        directory = parent.resolve("node");
    }

    @Test
    void keepsWhatItHeldWhenClosedAndOpenedAgain() {
        final UnitModel model = new UnitModel();
        final long storageId;
        try (NodeStorage storage = open()) {
            assertTrue(storage.directory().created());
            storageId = storage.store().storageId();
            put(storage.store(), model);
            assertTrue(storage.intact());
        }
        try (NodeStorage storage =
                new NodeStorage(
                        directory,
                        "node-1",
                        null,
                        64 << 20,
                        SharedSpace.Share.ofAll(),
                        System::nanoTime)) {
            assertEquals(VOLUME, storage.directory().volume());
            assertEquals(storageId, storage.store().storageId());
            assertEquals(storageId, storage.directory().storageId());
            final Collected collected = new Collected();
            storage.store().recover(collected);
            assertTrue(collected.damaged.isEmpty() && collected.torn.isEmpty());
            model.assertHolds(storage.store(), 0, 1, 0, 100);
        }
    }

    @Test
    void rebuildsAnIndexThatIsGarbageOrCutShortOrGone() throws IOException {
        final UnitModel model = new UnitModel();
        try (NodeStorage storage = open()) {
            put(storage.store(), model);
        }
        final Path data = directory.resolve("index").resolve("data.mdb");
        for (int damage = 0; damage < 3; damage++) {
            switch (damage) {
                case 0 -> Files.write(data, StoredEntries.bytes(new Random(1), 32768));
                case 1 -> {
                    try (var channel = Files.newByteChannel(data, StandardOpenOption.WRITE)) {
                        channel.truncate(8192);
                    }
                }
                default -> Files.delete(data);
            }
            try (NodeStorage storage = open()) {
                assertTrue(storage.store().indexRebuilt(), "damage " + damage);
                final Collected collected = new Collected();
                storage.store().recover(collected);
                collected.entries.forEach(each -> each.applyTo(storage.store()));
                model.assertHolds(storage.store(), 0, 1, 0, 100);
                storage.store().checkpoint(storage.store().endPosition());
            }
        }
    }

    @Test
    void isHeldByOneAtATime() {
        try (NodeStorage storage = open()) {
            assertTrue(storage.intact());
            assertCode(ErrorCode.BUSY, "lock", this::open);
        }
        open().close();
    }

    @Test
    void refusesWhatIsNotItsOwnNamingTheFile() throws IOException {
        open().close();
        assertCode(
                ErrorCode.INVALID,
                "volume.properties",
                () ->
                        new NodeStorage(
                                directory,
                                "node-2",
                                VOLUME,
                                0,
                                SharedSpace.Share.ofAll(),
                                System::nanoTime));
        final var other =
                new VolumeConfig(
                        78,
                        3,
                        2,
                        StoredEntries.UNIT_LENGTH,
                        StoredEntries.TYPE,
                        Durability.PROCESS);
        assertCode(
                ErrorCode.INVALID,
                "volume.properties",
                () ->
                        new NodeStorage(
                                directory,
                                "node-1",
                                other,
                                0,
                                SharedSpace.Share.ofAll(),
                                System::nanoTime));
        final Path file = directory.resolve("volume.properties");
        final String good = Files.readString(file);
        final String[] bads = {
            "",
            "garbage",
            good.replace("format=1", "format=2"),
            good.replace("blockLength=64", "blockLength=65"),
            good.replace("nodeCount=3", "nodeCount=x"),
            good + "nodeCount=3\n",
            good + "more=1\n",
            "\0".repeat(5000)
        };
        for (final String bad : bads) {
            Files.writeString(file, bad);
            assertCode(
                    ErrorCode.CORRUPT,
                    "volume.properties",
                    () ->
                            new NodeStorage(
                                    directory,
                                    "node-1",
                                    null,
                                    0,
                                    SharedSpace.Share.ofAll(),
                                    System::nanoTime));
            open().close();
            assertEquals(good, Files.readString(file), "written again");
        }
        Files.writeString(
                file, SealedText.seal(SealedText.open(file, good).replace("format=1", "format=2")));
        assertCode(ErrorCode.NOT_SUPPORTED, "volume.properties", this::open);
        Files.writeString(file, good);
        final Path storageId = directory.resolve("storage-id");
        final String recorded = Files.readString(storageId);
        Files.writeString(storageId, "nonsense");
        open().close();
        assertEquals(recorded, Files.readString(storageId), "written again");
    }

    @Test
    void refusesAGarbledOnlySegmentNamingIt() throws IOException {
        try (NodeStorage storage = open()) {
            put(storage.store(), new UnitModel());
        }
        try (Stream<Path> segments = Files.list(directory.resolve("journal"))) {
            for (final Path segment : segments.toList()) {
                try (var channel = Files.newByteChannel(segment, StandardOpenOption.WRITE)) {
                    channel.write(
                            java.nio.ByteBuffer.wrap(StoredEntries.bytes(new Random(1), 4096)));
                }
            }
        }
        assertCode(ErrorCode.CORRUPT, ".journal", this::open);
    }

    @Test
    void noticesThatItsDirectoryIsGone() throws IOException {
        try (NodeStorage storage = open()) {
            storage.store().recover(new Collected());
            Files.move(directory.resolve("journal"), directory.resolve("elsewhere"));
            assertFalse(storage.intact());
            Files.createDirectory(directory.resolve("journal"));
            assertFalse(storage.intact());
            Files.delete(directory.resolve("journal"));
            Files.move(directory.resolve("elsewhere"), directory.resolve("journal"));
            assertTrue(storage.intact());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "journal", "journal/00000001.journal", "index", "index/data.mdb"})
    void putsBackWhatWasDeletedFromWhatIsStillOpen(final String deleted) {
        final UnitModel model = new UnitModel();
        final NodeStorage held = open();
        final long storageId = held.store().storageId();
        put(held.store(), model);
        DirectoryTree.delete(directory.resolve(deleted));
        assertFalse(held.intact());
        held.detach();
        held.putBack();
        held.abandon();
        try (NodeStorage storage = open()) {
            assertEquals(storageId, storage.store().storageId());
            assertFalse(storage.store().indexRebuilt());
            final Collected collected = new Collected();
            storage.store().recover(collected);
            assertTrue(collected.damaged.isEmpty() && collected.torn.isEmpty());
            model.assertHolds(storage.store(), 0, 1, 0, 100);
        }
    }

    @Test
    void completesWhatAnEarlierProcessHadPutBackButForTheName() throws IOException {
        final UnitModel model = new UnitModel();
        try (NodeStorage storage = open()) {
            put(storage.store(), model);
        }
        Files.move(directory, directory.resolveSibling("node.complete"));
        Files.createDirectory(directory);
        Files.writeString(directory.resolve("letter"), "somebody's");
        try (NodeStorage storage = open()) {
            storage.store().recover(new Collected());
            model.assertHolds(storage.store(), 0, 1, 0, 100);
        }
        assertEquals(
                "somebody's",
                Files.readString(directory.resolveSibling("node.lost").resolve("letter")));
    }

    private NodeStorage open() {
        return new NodeStorage(
                directory, "node-1", VOLUME, 64 << 20, SharedSpace.Share.ofAll(), System::nanoTime);
    }

    private void put(final SegmentBlockStore store, final UnitModel model) {
        store.recover(new Collected());
        final Random random = new Random(1);
        for (int i = 1; i < 10; i++) {
            final Stored entry =
                    entries.write(
                            store, 0, i, 1, random.nextInt(50), StoredEntries.bytes(random, 700));
            store.requestSync(store.endPosition());
            while (store.syncedPosition() < store.endPosition()) {
                store.doWork(System.nanoTime());
                Thread.onSpinWait();
            }
            entry.applyTo(store);
            model.apply(entry);
        }
        store.checkpoint(store.endPosition());
    }

    private static void assertCode(final ErrorCode code, final String file, final Runnable action) {
        final TrivetException e = assertThrows(TrivetException.class, action::run);
        assertEquals(code, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains(file), e.getMessage());
    }
}
