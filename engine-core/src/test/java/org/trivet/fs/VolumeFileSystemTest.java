package org.trivet.fs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.transport.EndpointId;
import org.trivet.wire.sbe.GetAttributesDecoder;
import org.trivet.wire.sbe.InvalidateDecoder;
import org.trivet.wire.sbe.InvalidateEncoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.WrittenDecoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

class VolumeFileSystemTest {
    private static byte[] bytes(final long seed, final int length) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static Stream<Arguments> shapes() {
        return Stream.of(8, 512, 4096, 65536)
                .flatMap(
                        block ->
                                Stream.of(4, 5, 7)
                                        .map(
                                                nodes ->
                                                        Arguments.of(
                                                                block,
                                                                nodes,
                                                                block * 17L + nodes)));
    }

    @ParameterizedTest(name = "block={0} nodes={1} seed={2}")
    @MethodSource("shapes")
    void randomOperationsAgreeWithAnArray(
            final int blockLength, final int nodeCount, final long seed) {
        try (TestVolume volume = new TestVolume(blockLength, nodeCount, seed)) {
            againstModel(volume, seed);
        }
    }

    @ParameterizedTest(name = "block={0} nodes={1} seed={2}")
    @MethodSource("shapes")
    void randomOperationsAgreeWithAnArrayThoughMessagesAreLost(
            final int blockLength, final int nodeCount, final long seed) {
        try (TestVolume volume = new TestVolume(blockLength, nodeCount, seed)) {
            volume.cluster.lossPerMille = 50;
            againstModel(volume, seed);
        }
    }

    private static void againstModel(final TestVolume volume, final long seed) {
        final Random random = new Random(seed);
        final int reach = Math.max(20 * volume.volume.blockLength(), 20_000);
        byte[] model = {};
        Opened file = volume.create("f", 2);
        for (int i = 0; i < 150; i++) {
            final int offset = random.nextInt(reach);
            final int length =
                    1 + random.nextInt(Math.min(reach - offset, 1 << random.nextInt(17)));
            final String step = "step " + i;
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    final byte[] bytes = bytes(random.nextLong(), length);
                    volume.write(file, offset, bytes);
                    model = Arrays.copyOf(model, Math.max(model.length, offset + length));
                    System.arraycopy(bytes, 0, model, offset, length);
                }
                case 3 -> {
                    final int size = random.nextInt(4) == 0 ? 0 : offset;
                    volume.truncate(file, size);
                    model = Arrays.copyOf(model, size);
                }
                case 4 -> {
                    volume.allocate(file, 3, offset, length);
                    if (offset < model.length) {
                        Arrays.fill(
                                model, offset, Math.min(model.length, offset + length), (byte) 0);
                    }
                }
                case 5 -> {
                    volume.allocate(file, 16, offset, length);
                    model = Arrays.copyOf(model, Math.max(model.length, offset + length));
                    Arrays.fill(model, offset, offset + length, (byte) 0);
                }
                case 6 -> {
                    volume.release(file);
                    final long inode = file.attributes().inode();
                    file = volume.call(done -> volume.files().open(inode, 2, done));
                    assertEquals(model.length, file.attributes().size(), step);
                }
                default -> {
                    final byte[] expected =
                            offset >= model.length
                                    ? new byte[0]
                                    : Arrays.copyOfRange(
                                            model, offset, Math.min(model.length, offset + length));
                    assertArrayEquals(expected, volume.read(file, offset, length), step);
                }
            }
            assertEquals(model.length, volume.attributes(file).size(), step);
        }
        assertArrayEquals(model, volume.read(file, 0, reach));
    }

    @Test
    void aFileCutInTheMiddleOfAUnitAndMadeLongerReadsZeros() {
        for (final int failing : new int[] {0, 100}) {
            try (TestVolume volume = new TestVolume(4096, 4, 1)) {
                volume.failingTrims = failing;
                final Opened file = volume.create("f", 2);
                final byte[] bytes = bytes(1, 20_000);
                volume.write(file, 0, bytes);
                volume.truncate(file, 5000);
                volume.truncate(file, 30_000);
                assertArrayEquals(
                        Arrays.copyOf(Arrays.copyOf(bytes, 5000), 30_000),
                        volume.read(file, 0, 40_000));
                volume.write(file, 6000, new byte[] {1});
                final byte[] expected = Arrays.copyOf(Arrays.copyOf(bytes, 5000), 30_000);
                expected[6000] = 1;
                assertArrayEquals(expected, volume.read(file, 0, 40_000));
            }
        }
    }

    @Test
    void overlappingWritesAreOrderedAndOthersRunAtOnce() {
        try (TestVolume volume = new TestVolume(8, 4, 2)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, new byte[4096]);
            volume.cluster.lossPerMille = 300;
            final byte[] model = new byte[4096];
            final List<TestVolume.Ending<Integer>> endings = new ArrayList<>();
            final Random random = new Random(2);
            for (int i = 0; i < 100; i++) {
                final int offset = random.nextInt(4000);
                final byte[] bytes = bytes(i, 1 + random.nextInt(96));
                System.arraycopy(bytes, 0, model, offset, bytes.length);
                endings.add(
                        volume.start(
                                done ->
                                        volume.files()
                                                .write(
                                                        file.handle(),
                                                        offset,
                                                        new UnsafeBuffer(bytes),
                                                        0,
                                                        bytes.length,
                                                        done)));
            }
            endings.forEach(volume::await);
            assertArrayEquals(model, volume.read(file, 0, 4096));
        }
    }

    @Test
    void appendsOfManyWritersNeitherOverlapNorLeaveGaps() {
        try (TestVolume volume = new TestVolume(8, 4, 3)) {
            final Opened file = volume.create("f", 2 | Opening.O_APPEND);
            final List<TestVolume.Ending<Integer>> endings = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                final byte[] line = ("line " + (100 + i) + "\n").getBytes();
                endings.add(
                        volume.start(
                                done ->
                                        volume.files()
                                                .write(
                                                        file.handle(),
                                                        0,
                                                        new UnsafeBuffer(line),
                                                        0,
                                                        line.length,
                                                        done)));
            }
            endings.forEach(volume::await);
            final String[] lines = new String(volume.read(file, 0, 10_000)).split("\n");
            assertEquals(50, lines.length);
            for (int i = 0; i < 50; i++) {
                assertEquals("line " + (100 + i), lines[i]);
            }
        }
    }

    @Test
    void aWriteWaitsForItsNodeAndReadsAndOtherWritesGoOn() {
        try (TestVolume volume = new TestVolume(512, 5, 4)) {
            final Opened file = volume.create("f", 2);
            final byte[] bytes = bytes(4, 5 * 512);
            volume.write(file, 0, bytes);
            volume.cluster.silent.set(0);
            final byte[] more = bytes(5, 512);
            final List<TestVolume.Ending<Integer>> writes = new ArrayList<>();
            for (int block = 0; block < 5; block++) {
                final long offset = block * 512L;
                writes.add(
                        volume.start(
                                done ->
                                        volume.files()
                                                .write(
                                                        file.handle(),
                                                        offset,
                                                        new UnsafeBuffer(more),
                                                        0,
                                                        512,
                                                        done)));
            }
            volume.run(3000);
            assertEquals(2, writes.stream().filter(w -> w.ended).count());
            assertTrue(volume.client.blocks().waitingFor().get(0));
            assertEquals(5 * 512, volume.read(file, 0, 10_000).length);
            volume.cluster.silent.clear();
            writes.forEach(volume::await);
            for (int block = 0; block < 5; block++) {
                assertArrayEquals(more, volume.read(file, block * 512L, 512));
            }
        }
    }

    @Test
    void aWriteThatACutOvertookIsThereOnceItIsAcknowledged() {
        try (TestVolume volume = new TestVolume(512, 4, 21)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(1, 300));
            volume.cluster.silent.set(0, 4);
            final byte[] bytes = bytes(2, 3000);
            final TestVolume.Ending<Integer> write =
                    volume.start(
                            done ->
                                    volume.files()
                                            .write(
                                                    file.handle(),
                                                    300,
                                                    new UnsafeBuffer(bytes),
                                                    0,
                                                    3000,
                                                    done));
            volume.run(10);
            volume.create("f", 01002);
            volume.cluster.silent.clear();
            assertEquals(3000, volume.await(write));
            assertEquals(3300, volume.attributes(file).size());
            assertArrayEquals(bytes, volume.read(file, 300, 4000));
            assertArrayEquals(new byte[300], volume.read(file, 0, 300));
        }
    }

    @Test
    void aCancelledWriteEndsAndTheFileGoesOn() {
        try (TestVolume volume = new TestVolume(512, 4, 5)) {
            final Opened file = volume.create("f", 2);
            volume.cluster.silent.set(0, 4);
            final byte[] bytes = bytes(5, 100);
            final TestVolume.Ending<Integer> first =
                    volume.start(
                            done ->
                                    volume.files()
                                            .write(
                                                    file.handle(),
                                                    0,
                                                    new UnsafeBuffer(bytes),
                                                    0,
                                                    100,
                                                    done));
            final TestVolume.Ending<Integer> second =
                    volume.start(
                            done ->
                                    volume.files()
                                            .write(
                                                    file.handle(),
                                                    0,
                                                    new UnsafeBuffer(bytes),
                                                    0,
                                                    100,
                                                    done));
            volume.run(10);
            second.operation.cancel();
            assertEquals(ErrorCode.INTERRUPTED, second.error.code());
            first.operation.cancel();
            assertEquals(ErrorCode.INTERRUPTED, first.error.code());
            volume.cluster.silent.clear();
            volume.write(file, 10, bytes);
            assertArrayEquals(bytes, volume.read(file, 10, 100));
        }
    }

    @Test
    void noSpaceFailsTheWriterAndReadersGoOn() {
        try (TestVolume volume = new TestVolume(512, 4, 6)) {
            final Opened file = volume.create("f", 2);
            final byte[] bytes = bytes(6, 1000);
            volume.write(file, 0, bytes);
            volume.cluster.writeRefusals.add(Refusal.NO_SPACE);
            final TrivetException error =
                    assertThrows(
                            TrivetException.class, () -> volume.write(file, 5000, bytes(7, 10)));
            assertEquals(ErrorCode.NO_SPACE, error.code());
            assertArrayEquals(bytes, volume.read(file, 0, 2000));
        }
    }

    @Test
    void fsyncSyncsTheGroupsWrittenSinceTheLastOnce() {
        try (TestVolume volume = new TestVolume(512, 4, 7)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(7, 1024));
            volume.call(
                    (Completion<Void> done) -> volume.files().fsync(file.handle(), false, done));
            assertEquals(2, volume.cluster.syncs);
            volume.call(
                    (Completion<Void> done) -> volume.files().fsync(file.handle(), false, done));
            assertEquals(2, volume.cluster.syncs);
        }
        try (TestVolume volume = new TestVolume(512, 4, VolumeConfig.Durability.DISK, 7)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(7, 1024));
            volume.call(
                    (Completion<Void> done) -> volume.files().fsync(file.handle(), false, done));
            assertEquals(0, volume.cluster.syncs);
        }
    }

    @Test
    void fsyncTellsTheTimeOnceInATickAndTheRestLater() {
        try (TestVolume volume = new TestVolume(512, 4, 7)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(7, 1024));
            fsync(volume, file);
            final long told = volume.journal.writtenPosition();
            final long firstNs = volume.nowNs;
            int inTick = 0;
            while (volume.nowNs - firstNs < OpenInode.SYNCED_TIME_RESOLUTION_NS / 2) {
                volume.write(file, 0, bytes(8 + inTick, 512));
                fsync(volume, file);
                inTick++;
            }
            assertTrue(inTick > 0);
            assertEquals(told, volume.journal.writtenPosition());
            volume.run(OpenInode.SYNCED_TIME_RESOLUTION_NS / 1_000_000 + 1);
            volume.write(file, 0, bytes(99, 512));
            fsync(volume, file);
            assertEquals(told + 1, volume.journal.writtenPosition(), "a tick later it is told");
            volume.write(file, 0, bytes(100, 512));
            fsync(volume, file);
            volume.run(2500);
            assertEquals(told + 2, volume.journal.writtenPosition(), "and the last one in the end");
        }
    }

    @Test
    void fsyncTellsTheTimeAtOnceWhenAnotherWasSetByHand() {
        try (TestVolume volume = new TestVolume(512, 4, 8)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(8, 1024));
            fsync(volume, file);
            final long toldNs = volume.nowNs;
            setMtime(volume, file, 12345);
            final long set = volume.journal.writtenPosition();
            volume.write(file, 0, bytes(9, 512));
            fsync(volume, file);
            assertTrue(volume.nowNs - toldNs < OpenInode.SYNCED_TIME_RESOLUTION_NS);
            assertEquals(set + 1, volume.journal.writtenPosition());
        }
    }

    private static void setMtime(final TestVolume volume, final Opened file, final long mtimeNs) {
        volume.call(
                (Completion<Attributes> done) ->
                        volume.files()
                                .setAttributes(
                                        file.attributes().inode(),
                                        0,
                                        new AttributeChange(
                                                AttributeChange.MTIME, 0, 0, 0, 0, 0, mtimeNs),
                                        done));
    }

    private static void fsync(final TestVolume volume, final Opened file) {
        volume.call((Completion<Void> done) -> volume.files().fsync(file.handle(), false, done));
    }

    @Test
    void timesSetByHandAreNotUndoneByAnEarlierWrite() {
        try (TestVolume volume = new TestVolume(512, 4, 8)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(8, 1024));
            volume.write(file, 0, bytes(9, 1024));
            setMtime(volume, file, 12345);
            volume.run(2500);
            assertEquals(12345, volume.attributes(file).mtimeNs());
        }
    }

    @Test
    void aWriteWithinTheFileChangesItsTimesWithinASecond() {
        try (TestVolume volume = new TestVolume(512, 4, 9)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(8, 1024));
            volume.run(100);
            final long before = volume.attributes(file).mtimeNs();
            volume.run(100);
            volume.write(file, 0, bytes(9, 1024));
            volume.run(1200);
            final Attributes after =
                    volume.call(
                            done ->
                                    volume.client
                                            .metadata()
                                            .getAttributes(file.attributes().inode(), done));
            assertTrue(after.mtimeNs() > before);
        }
    }

    @Test
    void pagesAreKeptWhileTheFileIsUnchanged() {
        try (TestVolume volume = new TestVolume(512, 4, 10)) {
            final Opened file = volume.create("f", 2);
            final long inode = file.attributes().inode();
            volume.write(file, 0, bytes(8, 1024));
            volume.release(file);
            final Opened again = volume.call(done -> volume.files().open(inode, 0, done));
            assertTrue(again.keepCache());
            volume.release(again);
            volume.call(
                    (Completion<Attributes> done) ->
                            volume.client
                                    .metadata()
                                    .setAttributes(inode, AttributeChange.ofSize(10), done));
            final Opened changed = volume.call(done -> volume.files().open(inode, 0, done));
            assertFalse(changed.keepCache());
        }
    }

    /** A cache that obeys only when the test says so. */
    private static final class LateCache implements InvalidationListener {
        private final List<Outcome> toObey = new ArrayList<>();

        private void obey() {
            toObey.forEach(Outcome::obeyed);
            toObey.clear();
        }

        @Override
        public void inodeChanged(
                final long inode, final long offset, final long length, final Outcome outcome) {
            toObey.add(outcome);
        }

        @Override
        public void entryChanged(final long parent, final byte[] name, final Outcome outcome) {
            toObey.add(outcome);
        }

        @Override
        public void everythingChanged(final Outcome outcome) {
            toObey.add(outcome);
        }
    }

    @Test
    void pagesAreNotKeptThatAreYetToBeVoided() {
        try (TestVolume volume = new TestVolume(512, 4, 10)) {
            final Opened file = volume.create("f", 2);
            final long inode = file.attributes().inode();
            volume.write(file, 0, bytes(8, 1024));
            final LateCache cache = new LateCache();
            volume.files().onInvalidation(cache);
            volume.call(
                    (Completion<Attributes> done) ->
                            volume.other.setAttributes(
                                    inode,
                                    new AttributeChange(AttributeChange.MODE, 0600, 0, 0, 0, 0, 0),
                                    done));
            volume.attributes(file);
            final Opened late = volume.call(done -> volume.files().open(inode, 0, done));
            assertFalse(late.keepCache(), "it may hold pages of before");
            volume.release(late);
            cache.obey();
            final Opened again = volume.call(done -> volume.files().open(inode, 0, done));
            assertTrue(again.keepCache());
        }
    }

    @Test
    void aCacheThatIsHeldUpForLongIsNotWaitedForButNoLockIsToldBeforeItHasObeyed() {
        try (TestVolume volume = new TestVolume(512, 4, 10)) {
            final Opened file = volume.create("f", 2);
            final long inode = file.attributes().inode();
            final LateCache cache = new LateCache();
            volume.files().onInvalidation(cache);
            final long since = volume.nowNs;
            volume.call(
                    (Completion<Attributes> done) ->
                            volume.other.setAttributes(
                                    inode,
                                    new AttributeChange(AttributeChange.MODE, 0600, 0, 0, 0, 0, 0),
                                    done));
            final long ms = (volume.nowNs - since) / 1_000_000;
            assertTrue(ms >= 250 && ms < 400, "answered after " + ms + " ms");
            final FileLock lock = new FileLock(FileLock.WRITE, false, 0, 9, 1, 1);
            final var locking =
                    volume.start(
                            (Completion<Void> done) ->
                                    volume.files().setLock(file.handle(), lock, true, done));
            volume.run(3000);
            assertFalse(locking.ended);
            cache.obey();
            volume.await(locking);
        }
    }

    @Test
    void afterANewSessionNoLockIsToldBeforeTheCacheHasVoidedEverything() {
        try (TestVolume volume = new TestVolume(512, 4, 10)) {
            final Opened file = volume.create("f", 2);
            final LateCache cache = new LateCache();
            volume.files().onInvalidation(cache);
            final long former = volume.client.metadata().sessionId();
            volume.clientRuns = false;
            volume.run(40_000);
            volume.clientRuns = true;
            volume.attributes(file);
            assertTrue(volume.client.metadata().sessionId() != former);
            final FileLock lock = new FileLock(FileLock.WRITE, false, 0, 9, 1, 1);
            final var locking =
                    volume.start(
                            (Completion<Void> done) ->
                                    volume.files().setLock(file.handle(), lock, true, done));
            volume.run(1000);
            assertFalse(locking.ended);
            cache.obey();
            volume.await(locking);
        }
    }

    /** The client hears, as of another life of the metadata node, of a change by another client. */
    private static void tell(final TestVolume volume, final long inode) {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[128]);
        final InvalidateEncoder encoder = new InvalidateEncoder();
        encoder.wrapAndApplyHeader(message, 0, new MessageHeaderEncoder())
                .volumeId(volume.volume.volumeId())
                .source(EndpointId.METADATA)
                .session(volume.client.metadata().sessionId())
                .life(1)
                .number(1)
                .inode(inode)
                .contents((short) 0)
                .putName(new byte[0], 0, 0);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
        final int template = InvalidateDecoder.TEMPLATE_ID;
        assertTrue(volume.client.metadata().onMessage(template, message, 0, length));
    }

    /** A file that this client has for itself, and writes in place. */
    private static Opened writtenInPlace(final TestVolume volume) {
        final Opened file = volume.create("f", 2);
        volume.write(file, 0, bytes(8, 1024));
        volume.run(100);
        volume.write(file, 0, bytes(9, 1024));
        return file;
    }

    @Test
    void whenEverythingMayHaveChangedWhatOthersDidNotSeeIsToldFirst() {
        try (TestVolume volume = new TestVolume(512, 4, 9)) {
            writtenInPlace(volume);
            final LateCache cache = new LateCache();
            volume.files().onInvalidation(cache);
            volume.metadataRuns = false;
            tell(volume, 0);
            volume.run(50);
            assertEquals(0, cache.toObey.size(), "another client may be waiting for that");
            volume.metadataRuns = true;
            volume.run(50);
            assertEquals(1, cache.toObey.size());
        }
    }

    @Test
    void whatIsBeingToldIsToldBeforeAChangeIsObeyed() {
        try (TestVolume volume = new TestVolume(512, 4, 9)) {
            final Opened file = writtenInPlace(volume);
            final LateCache cache = new LateCache();
            volume.files().onInvalidation(cache);
            volume.metadataRuns = false;
            volume.run(1200); // it is old enough to be told by itself
            tell(volume, file.attributes().inode());
            volume.run(50);
            assertEquals(0, cache.toObey.size(), "another client may be waiting for that");
            volume.metadataRuns = true;
            volume.run(2500);
            assertEquals(1, cache.toObey.size());
        }
    }

    @Test
    void theRoomIsWhatTheNodesSay() {
        try (TestVolume volume = new TestVolume(512, 4, 12)) {
            Arrays.fill(volume.cluster.roomBytes, 9_000_000);
            volume.cluster.roomBytes[2] = 3_000_000;
            volume.cluster.liveBytes = 600_000;
            final FileSystemStatus status = volume.call(done -> volume.files().status(done));
            assertEquals(4_000_000, status.free(), "a file has blocks on the fullest node, too");
            assertEquals(4_800_000, status.capacity());
            final int asked = volume.cluster.roomQueries;
            volume.call((Completion<FileSystemStatus> done) -> volume.files().status(done));
            assertEquals(asked, volume.cluster.roomQueries, "the answers are good for a second");

            volume.run(1100);
            volume.cluster.silent.set(1);
            Arrays.fill(volume.cluster.roomBytes, 1_500_000);
            final long since = volume.nowNs;
            final FileSystemStatus later = volume.call(done -> volume.files().status(done));
            assertEquals(2_000_000, later.free());
            final long ms = (volume.nowNs - since) / 1_000_000;
            assertTrue(ms >= 200 && ms < 300, "a node that is silent is not waited for: " + ms);
        }
    }

    @Test
    void bytesAreCopiedBetweenFiles() {
        try (TestVolume volume = new TestVolume(65536, 4, 11)) {
            final Opened from = volume.create("a", 2);
            final Opened to = volume.create("b", 2);
            final byte[] bytes = bytes(11, 3_000_000);
            volume.write(from, 0, bytes);
            final long copied =
                    volume.call(
                            done ->
                                    volume.files()
                                            .copyRange(
                                                    from.handle(),
                                                    5,
                                                    to.handle(),
                                                    7,
                                                    10_000_000,
                                                    done));
            assertEquals(bytes.length - 5, copied);
            assertArrayEquals(
                    Arrays.copyOfRange(bytes, 5, bytes.length), volume.read(to, 7, 4_000_000));
        }
    }

    @Test
    void aRemovedDirectoryThatIsOpenIsEmptyAndHasNoName() {
        try (TestVolume volume = new TestVolume(512, 4, 14)) {
            final byte[] name = TestVolume.name("d");
            final Attributes made =
                    volume.call(
                            done -> volume.files().makeDirectory(Caller.ROOT, 1, name, 0750, done));
            final long inode = made.inode();
            final Opened open = volume.call(done -> volume.files().openDirectory(inode, done));
            volume.call((Completion<Void> done) -> volume.files().removeDirectory(1, name, done));
            final Attributes after = volume.call(done -> volume.files().getAttributes(inode, done));
            assertEquals(0, after.linkCount());
            assertEquals(made.mode(), after.mode());
            final List<DirectoryEntry> entries =
                    volume.call(
                            done -> volume.files().readDirectory(open.handle(), 0, 10, true, done));
            assertEquals(List.of(), entries);
            volume.call(
                    (Completion<Void> done) ->
                            volume.files().releaseDirectory(open.handle(), done));
            final TrivetException gone =
                    assertThrows(
                            TrivetException.class,
                            () ->
                                    volume.call(
                                            (Completion<Attributes> done) ->
                                                    volume.files().getAttributes(inode, done)));
            assertEquals(ErrorCode.STALE, gone.code());
        }
    }

    @Test
    void aFileHasAnEnd() {
        try (TestVolume volume = new TestVolume(512, 4, 13)) {
            final Opened file = volume.create("f", 2);
            for (final long offset :
                    new long[] {VolumeConfig.MAX_FILE_LENGTH - 5, Long.MAX_VALUE - 3}) {
                assertEquals(
                        ErrorCode.TOO_LARGE,
                        assertThrows(
                                        TrivetException.class,
                                        () -> volume.write(file, offset, new byte[10]))
                                .code());
            }
            volume.write(file, VolumeConfig.MAX_FILE_LENGTH - 10, bytes(1, 10));
            assertArrayEquals(
                    bytes(1, 10), volume.read(file, VolumeConfig.MAX_FILE_LENGTH - 10, 100));
            assertEquals(
                    ErrorCode.NOT_SUPPORTED,
                    assertThrows(TrivetException.class, () -> volume.allocate(file, 8, 0, 10))
                            .code());
        }
    }

    @Test
    void anUnlinkedFileStaysReadableUntilItIsClosed() {
        try (TestVolume volume = new TestVolume(512, 4, 14)) {
            volume.failingTrims = 0;
            final Opened file = volume.create("f", 2);
            final byte[] bytes = bytes(14, 3000);
            volume.write(file, 0, bytes);
            volume.call(
                    (Completion<Void> done) ->
                            volume.files().unlink(1, TestVolume.name("f"), done));
            volume.run(500);
            assertArrayEquals(bytes, volume.read(file, 0, 4000));
            final long dataId = volume.attributes(file).dataId();
            volume.release(file);
            volume.run(3000);
            for (int node = 0; node < 4; node++) {
                for (int group = 0; group < 4; group++) {
                    assertEquals(0, volume.cluster.unitCount(node, dataId, group));
                }
            }
        }
    }

    @Test
    void openingWithTruncationEmptiesTheFile() {
        try (TestVolume volume = new TestVolume(512, 4, 15)) {
            final Opened file = volume.create("f", 2);
            volume.write(file, 0, bytes(14, 3000));
            final Opened again =
                    volume.call(
                            done ->
                                    volume.files()
                                            .open(
                                                    file.attributes().inode(),
                                                    2 | Opening.O_TRUNC,
                                                    done));
            assertEquals(0, again.attributes().size());
            assertEquals(0, volume.read(file, 0, 4000).length);
            volume.write(file, 1000, bytes(1, 10));
            assertArrayEquals(new byte[1000], volume.read(again, 0, 1000));
            assertNull(
                    volume.start(
                                    (Completion<Void> done) ->
                                            volume.files().flush(again.handle(), 0, done))
                            .error);
        }
    }

    @Test
    void aHandleThatIsNotOpenIsRefused() {
        try (TestVolume volume = new TestVolume(512, 4, 16)) {
            final Opened file = volume.create("f", 2);
            volume.release(file);
            assertEquals(
                    ErrorCode.BAD_HANDLE,
                    assertThrows(TrivetException.class, () -> volume.read(file, 0, 1)).code());
        }
    }

    @Test
    void whatIsOpenForWritingStaysSoInTheNextSession() {
        try (TestVolume alone = new TestVolume(64, 3, 5)) {
            final Opened file = alone.create("f", 2);
            alone.write(file, 0, new byte[100]);
            for (int ended = 1; ended <= 2; ended++) {
                for (int i = 0; i < 400; i++) { // the client stands still
                    alone.nowNs += 100_000_000L;
                    alone.metadata.doWork();
                }
                alone.run(3000);
                assertEquals(ended, alone.attributes(file).cut());
            }
        }
    }

    @Test
    void whatIsRemovedWhileItIsLookedUpIsNotFound() {
        try (TestVolume volume = new TestVolume(512, 4, 50)) {
            final Opened file = volume.create("f", 2);
            volume.cluster.lostRequests.set(WrittenDecoder.TEMPLATE_ID);
            final UnsafeBuffer bytes = new UnsafeBuffer(new byte[5000]);
            final TestVolume.Ending<Integer> write =
                    volume.start(
                            done -> volume.files().write(file.handle(), 0, bytes, 0, 5000, done));
            volume.run(100);
            final TestVolume.Ending<Attributes> lookup =
                    volume.start(done -> volume.files().lookup(1, TestVolume.name("f"), done));
            volume.run(100);
            assertFalse(lookup.ended);
            volume.cluster.lostRequests.clear();
            volume.cluster.lostRequests.set(GetAttributesDecoder.TEMPLATE_ID);
            volume.await(write);
            volume.call(
                    (Completion<Void> done) -> volume.other.unlink(1, TestVolume.name("f"), done));
            volume.release(file);
            assertFalse(lookup.ended);
            volume.cluster.lostRequests.clear();
            final TrivetException error =
                    assertThrows(TrivetException.class, () -> volume.await(lookup));
            assertEquals(ErrorCode.NOT_FOUND, error.code());
        }
    }

    @Test
    void whatWaitsForTheMetadataNodeFailsWhenTheClientIsClosed() {
        final TestVolume.Ending<Attributes> waiting;
        try (TestVolume volume = new TestVolume(512, 4, 51)) {
            volume.cluster.lostRequests.set(GetAttributesDecoder.TEMPLATE_ID);
            waiting = volume.start(done -> volume.files().getAttributes(1, done));
            volume.run(100);
            assertFalse(waiting.ended);
        }
        assertTrue(waiting.ended);
        assertEquals(ErrorCode.CLOSED, waiting.error.code());
    }
}
