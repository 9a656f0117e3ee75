package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.trivet.meta.MetadataRig.CALLER;
import static org.trivet.meta.MetadataRig.MS;
import static org.trivet.meta.MetadataRig.ROOT;
import static org.trivet.meta.MetadataRig.bytes;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.Cancellable;
import org.trivet.ErrorCode;
import org.trivet.fs.Attributes;
import org.trivet.fs.FileLock;
import org.trivet.fs.InvalidationListener;
import org.trivet.transport.EndpointId;
import org.trivet.wire.sbe.InvalidateAckDecoder;
import org.trivet.wire.sbe.InvalidateDecoder;
import org.trivet.wire.sbe.InvalidateEncoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** A change is answered when nobody else has in a cache any more what was before. */
class InvalidationsTest {
    private static final long CACHED_NS = Callbacks.CACHED_NS;

    private final MetadataRig rig = new MetadataRig();
    private final MetadataRig.Peer a = rig.connect();
    private final MetadataRig.Peer b = rig.connect();
    private final Cache cache = new Cache();

    /** What a cache is told, and obeys at once, or when the test says so. */
    private static final class Cache implements InvalidationListener {
        private final List<String> told = new ArrayList<>();
        private final ArrayDeque<Outcome> toObey = new ArrayDeque<>();
        private boolean isHeldUp;

        private void tell(final String what, final Outcome outcome) {
            told.add(what);
            if (isHeldUp) {
                toObey.add(outcome);
            } else {
                outcome.obeyed();
            }
        }

        private void obey() {
            isHeldUp = false;
            while (!toObey.isEmpty()) {
                toObey.remove().obeyed();
            }
        }

        private void sayHeldUp() {
            toObey.forEach(Outcome::heldUp);
        }

        @Override
        public void inodeChanged(
                final long inode, final long offset, final long length, final Outcome outcome) {
            tell("inode " + inode + (offset < 0 ? " attributes" : " contents"), outcome);
        }

        @Override
        public void entryChanged(final long parent, final byte[] name, final Outcome outcome) {
            tell("entry " + parent + " " + MetadataRig.text(name), outcome);
        }

        @Override
        public void everythingChanged(final Outcome outcome) {
            tell("everything", outcome);
        }
    }

    @BeforeEach
    void connect() {
        b.client.onInvalidation(cache);
        b.inodes();
    }

    private MetadataRig.Result<Void> unlinking(final String name) {
        final var result = new MetadataRig.Result<Void>();
        a.client.unlink(ROOT, bytes(name), result);
        return result;
    }

    private MetadataRig.Result<Attributes> written(
            final MetadataRig.Peer peer, final Attributes f) {
        final var result = new MetadataRig.Result<Attributes>();
        peer.client.written(f.inode(), f.dataId(), f.cut(), f.size(), 0, -1, false, result);
        return result;
    }

    @Test
    void aChangeIsNotAnsweredBeforeOthersHaveObeyed() {
        a.file(ROOT, "f");
        b.lookup(ROOT, "f");
        cache.isHeldUp = true;
        final var unlinked = unlinking("f");
        rig.run(100 * MS);
        assertTrue(cache.told.contains("entry 1 f"), cache.told.toString());
        assertFalse(unlinked.ended);
        cache.obey();
        rig.run(10 * MS);
        assertTrue(unlinked.ended);
        unlinked.get();
    }

    @Test
    void othersAreAnsweredMeanwhile() {
        a.file(ROOT, "f");
        b.lookup(ROOT, "f");
        cache.isHeldUp = true;
        final var unlinked = unlinking("f");
        rig.run(10 * MS);
        b.inodes();
        b.attributes(ROOT);
        a.attributes(ROOT);
        assertFalse(unlinked.ended);
    }

    /** A file that both have open for reading and writing. */
    private Attributes openedByBoth() {
        final Attributes file = a.created(ROOT, "f");
        return b.await(c -> b.client.open(file.inode(), 2, c));
    }

    private MetadataRig.Result<Void> locking(final MetadataRig.Peer peer, final Attributes f) {
        final var result = new MetadataRig.Result<Void>();
        final FileLock lock = new FileLock(FileLock.WRITE, false, 0, 9, 1, 1);
        peer.client.setLock(f.inode(), lock, true, result);
        return result;
    }

    private MetadataRig.Result<Void> unlocking(final MetadataRig.Peer peer, final Attributes f) {
        final var result = new MetadataRig.Result<Void>();
        final FileLock lock = new FileLock(FileLock.UNLOCK, false, 0, 9, 1, 1);
        peer.client.setLock(f.inode(), lock, false, result);
        return result;
    }

    @Test
    void aCacheThatSaysThatItIsHeldUpIsNotWaitedFor() {
        a.file(ROOT, "f");
        b.lookup(ROOT, "f");
        cache.isHeldUp = true;
        final var unlinked = unlinking("f");
        rig.run(20 * MS);
        assertFalse(unlinked.ended);
        cache.sayHeldUp();
        rig.run(20 * MS);
        assertTrue(unlinked.ended, "it may be held up by what waits for the one that changes");
    }

    @Test
    void aLockIsNotToldBeforeTheCacheHasObeyedWhatCameBefore() {
        final Attributes file = openedByBoth();
        final var first = locking(a, file);
        rig.run(10 * MS);
        assertTrue(first.ended);
        first.get();
        final var lock = locking(b, file);
        cache.isHeldUp = true;
        final var written = written(a, file);
        rig.run(10 * MS);
        cache.sayHeldUp();
        rig.run(10 * MS);
        assertTrue(written.ended);
        unlocking(a, file);
        rig.run(2000 * MS);
        assertFalse(lock.ended, "what it sees is of before");
        assertEquals(0, rig.node.waitingLocks(), "the lock was not given to it");
        b.attributes(ROOT);
        cache.obey();
        rig.run(10 * MS);
        assertTrue(lock.ended);
        lock.get();
    }

    @Test
    void aLockThatIsGivenUpBeforeItIsToldIsReleased() {
        final Attributes file = openedByBoth();
        cache.isHeldUp = true;
        written(a, file);
        rig.run(10 * MS);
        cache.sayHeldUp();
        final var given = new MetadataRig.Result<Void>();
        final var lock = new FileLock(FileLock.WRITE, false, 0, 9, 1, 1);
        final Cancellable call = b.client.setLock(file.inode(), lock, true, given);
        rig.run(10 * MS);
        final var waiting = locking(a, file);
        rig.run(10 * MS);
        assertFalse(waiting.ended);
        call.cancel();
        assertEquals(ErrorCode.INTERRUPTED, given.error.code());
        rig.run(10 * MS);
        assertTrue(waiting.ended);
        waiting.get();
        cache.obey();
        rig.run(10 * MS);
        assertEquals(0, b.client.pending(), "nothing is left");
    }

    @Test
    void aLockIsNotToldToWhoHasNotHeardOfWhatChangedBefore() {
        final Attributes file = openedByBoth();
        cache.told.clear();
        rig.network.lostTemplate = InvalidateDecoder.TEMPLATE_ID;
        final var written = written(a, file);
        final var lock = locking(b, file);
        rig.run(2000 * MS);
        assertTrue(written.ended, "nobody waits for it any more");
        assertFalse(lock.ended, "it has not heard of what was written");
        rig.network.lostTemplate = -1;
        rig.run(200 * MS);
        assertTrue(lock.ended);
        lock.get();
        assertEquals(List.of("inode " + file.inode() + " contents"), cache.told);
    }

    @Test
    void anOpeningIsNotToldToWhoHasNotHeardOfWhatChangedBefore() {
        final Attributes file = a.created(ROOT, "f");
        b.lookup(ROOT, "f");
        rig.network.lostTemplate = InvalidateDecoder.TEMPLATE_ID;
        written(a, file);
        final var opened = new MetadataRig.Result<Attributes>();
        b.client.open(file.inode(), 0, opened);
        rig.run(2000 * MS);
        assertFalse(opened.ended);
        rig.network.lostTemplate = -1;
        rig.run(200 * MS);
        assertTrue(opened.ended);
        opened.get();
    }

    /** It writes as if it were alone, and tells of that only when it hears of the other. */
    @Test
    void whoHasNotHeardThatItIsNotAloneReleasesNoLock() {
        final Attributes file = b.created(ROOT, "f");
        locking(b, file);
        rig.run(10 * MS);
        rig.network.lostTemplate = InvalidateDecoder.TEMPLATE_ID;
        final var opened = new MetadataRig.Result<Attributes>();
        a.client.open(file.inode(), 2, opened);
        final var lock = locking(a, file);
        rig.run(2000 * MS);
        assertTrue(opened.ended, "nobody waits for it any more");
        final var unlocked = unlocking(b, file);
        rig.run(500 * MS);
        assertFalse(unlocked.ended);
        assertFalse(lock.ended);
        rig.network.lostTemplate = -1;
        rig.run(500 * MS);
        assertTrue(unlocked.ended && lock.ended);
    }

    @Test
    void whoHasAcknowledgedOnlySomeOfWhatOthersDidNotWaitForReleasesNoLock() {
        final Attributes file = b.created(ROOT, "f");
        locking(b, file);
        b.attributes(ROOT);
        rig.run(10 * MS);
        rig.network.lostTemplate = InvalidateDecoder.TEMPLATE_ID;
        a.file(ROOT, "other"); // waits until nobody waits for b any more
        final var opened = new MetadataRig.Result<Attributes>();
        a.client.open(file.inode(), 2, opened);
        rig.run(10 * MS);
        assertTrue(opened.ended);
        cache.isHeldUp = true;
        rig.network.lostTemplate = -1;
        rig.runUntil(() -> cache.toObey.size() >= 3);
        while (cache.toObey.size() > 1) {
            cache.toObey.remove().obeyed();
        }
        rig.run(10 * MS);
        final var unlocked = unlocking(b, file);
        rig.run(300 * MS);
        assertFalse(unlocked.ended, "that the other has opened the file it has yet to hear");
        cache.obey();
        rig.run(300 * MS);
        assertTrue(unlocked.ended);
        unlocked.get();
    }

    @Test
    void aLockIsReleasedWhateverTheCachesHold() {
        final Attributes file = openedByBoth();
        final var lock = locking(b, file);
        rig.run(10 * MS);
        assertTrue(lock.ended);
        cache.isHeldUp = true;
        written(a, file);
        final var unlocked = unlocking(b, file);
        rig.run(50 * MS);
        assertTrue(unlocked.ended);
        unlocked.get();
    }

    @Test
    void whoseSessionEndsIsToldOfNoLockAnyMore() {
        final Attributes file = openedByBoth();
        rig.network.lostTemplate = InvalidateDecoder.TEMPLATE_ID;
        written(a, file);
        final var lock = locking(b, file);
        rig.run(10 * MS);
        rig.network.lostTemplate = InvalidateAckDecoder.TEMPLATE_ID;
        b.mute = true; // hears, and is not heard
        rig.run(40_000 * MS);
        assertFalse(lock.ended && lock.error == null, "its lock is gone");
    }

    @Test
    void manyRequestsPassALockThatIsYetToBeTold() {
        final Attributes file = openedByBoth();
        cache.isHeldUp = true;
        written(a, file);
        rig.run(10 * MS);
        cache.sayHeldUp();
        final var lock = locking(b, file);
        rig.run(10 * MS);
        assertFalse(lock.ended);
        for (int i = 0; i < 2 * SessionTable.MAX_WINDOW / 1000; i++) {
            for (int j = 0; j < 1000; j++) {
                b.client.getAttributes(file.inode(), new MetadataRig.Result<>());
            }
            rig.run(20 * MS);
        }
        b.attributes(file.inode());
        assertFalse(lock.ended);
        cache.obey();
        rig.run(10 * MS);
        assertTrue(lock.ended);
        lock.get();
    }

    @Test
    void anOldAcknowledgementDoesNotKeepTheReplyBack() {
        a.file(ROOT, "f");
        a.file(ROOT, "g");
        b.lookup(ROOT, "f");
        b.lookup(ROOT, "g");
        a.unlink(ROOT, "g");
        b.alive = false;
        final var unlinked = unlinking("f");
        for (int i = 0; i < 2000; i++) {
            rig.network.repeatLast(InvalidateAckDecoder.TEMPLATE_ID, EndpointId.METADATA);
            rig.run(MS);
        }
        assertTrue(unlinked.ended, "nobody waits for the other any more");
    }

    @Test
    void whatIsMadeOneOfManyIsWaitedForLikeTheFirstOfThem() {
        final MetadataRig.Peer c = rig.connect();
        a.file(ROOT, "f");
        b.lookup(ROOT, "f");
        c.lookup(ROOT, "f");
        b.alive = false;
        final var first = unlinking("f");
        for (int i = 0; i < Invalidations.MAX_UNACKNOWLEDGED + 10; i++) {
            a.client.makeNode(
                    CALLER,
                    ROOT,
                    bytes("f" + i),
                    Attributes.REGULAR | 0644,
                    0,
                    new MetadataRig.Result<>());
            if (i % 10 == 0) {
                rig.run(MS);
            }
        }
        assertFalse(first.ended, "one has not acknowledged it");
    }

    @Test
    void aClientThatIsDeadIsWaitedForOnceAndNotLongerThanItsCacheIsTrusted() {
        a.file(ROOT, "f");
        a.file(ROOT, "g");
        b.lookup(ROOT, "f");
        b.lookup(ROOT, "g");
        b.alive = false;
        final var first = unlinking("f");
        rig.run(CACHED_NS);
        assertFalse(first.ended, "its kernel may trust the name");
        rig.run(300 * MS);
        assertTrue(first.ended);
        final var second = unlinking("g");
        rig.run(10 * MS);
        assertTrue(second.ended);
    }

    @Test
    void aClientThatIsBackIsToldOfWhatItMissedAndWaitedForAgain() {
        a.file(ROOT, "f");
        b.lookup(ROOT, "f");
        b.alive = false;
        unlinking("f");
        rig.run(2 * CACHED_NS);
        cache.told.clear();
        b.alive = true;
        rig.run(200 * MS);
        assertTrue(cache.told.contains("entry 1 f"), cache.told.toString());
        a.file(ROOT, "g");
        b.lookup(ROOT, "g");
        cache.isHeldUp = true;
        final var unlinked = unlinking("g");
        rig.run(100 * MS);
        assertFalse(unlinked.ended);
    }

    @Test
    void whatIsLostIsSentAgainAndObeyedOnceInOrder() {
        final MetadataRig lossy = new MetadataRig(3, rig.config.volume().durability());
        final MetadataRig.Peer writer = lossy.connect();
        final MetadataRig.Peer reader = lossy.connect();
        final Cache told = new Cache();
        reader.client.onInvalidation(told);
        reader.inodes();
        lossy.network.lossRate = 0.3;
        lossy.network.repeatRate = 0.2;
        lossy.network.reorderRate = 0.2;
        final List<String> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            writer.file(ROOT, "f" + i);
            reader.lookup(ROOT, "f" + i);
            writer.unlink(ROOT, "f" + i);
            expected.add("entry 1 f" + i);
            assertTrue(told.told.contains("entry 1 f" + i), "answered, and not obeyed: f" + i);
        }
        final List<String> names =
                told.told.stream().filter(each -> each.startsWith("entry")).distinct().toList();
        assertEquals(expected, names);
        final long unlinks = told.told.stream().filter("entry 1 f7"::equals).count();
        assertTrue(unlinks <= 2, "made and removed, once each, and told " + unlinks + " times");
    }

    @Test
    void whoCannotHaveItInACacheIsNotTold() {
        final Attributes directory = a.directory(ROOT, "d");
        b.attributes(ROOT);
        rig.run(10 * CACHED_NS);
        cache.told.clear();
        a.file(directory.inode(), "f");
        rig.run(10 * MS);
        assertEquals(List.of(), cache.told);
    }

    @Test
    void whoHasItOpenIsToldHoweverLongAgoItWas() {
        final Attributes file = a.created(ROOT, "f");
        b.<Attributes>await(c -> b.client.open(file.inode(), 0, c));
        rig.run(10 * CACHED_NS);
        cache.told.clear();
        written(a, file);
        rig.run(10 * MS);
        assertEquals(List.of("inode " + file.inode() + " contents"), cache.told);
    }

    @Test
    void whoWritesLearnsOfOthersThatOpen() {
        final Attributes file = b.created(ROOT, "f");
        assertFalse(file.shared());
        rig.run(10 * CACHED_NS);
        cache.told.clear();
        cache.isHeldUp = true;
        final var opened = new MetadataRig.Result<Attributes>();
        a.client.open(file.inode(), 0, opened);
        rig.run(100 * MS);
        assertEquals(List.of("inode " + file.inode() + " attributes"), cache.told);
        assertFalse(opened.ended, "what was written is not known of yet");
        cache.obey();
        rig.run(10 * MS);
        assertTrue(opened.get().shared());
        assertTrue(b.attributes(file.inode()).shared());
        a.<Void>await(c -> a.client.release(file.inode(), c));
        assertFalse(b.attributes(file.inode()).shared());
    }

    @Test
    void twoThatChangeOneDirectoryDoNotWaitForEachOther() {
        a.attributes(ROOT);
        b.attributes(ROOT);
        final var ofA = new MetadataRig.Result<Attributes>();
        final var ofB = new MetadataRig.Result<Attributes>();
        a.client.makeDirectory(CALLER, ROOT, bytes("a"), 0755, ofA);
        b.client.makeDirectory(CALLER, ROOT, bytes("b"), 0755, ofB);
        rig.run(20 * MS);
        assertTrue(ofA.ended && ofB.ended);
    }

    @Test
    void afterAStartOfTheMetadataNodeEverythingMayHaveChanged() {
        a.file(ROOT, "f");
        b.lookup(ROOT, "f");
        b.alive = false;
        unlinking("f");
        rig.run(10 * MS);
        rig.restartNode();
        cache.told.clear();
        b.alive = true;
        rig.run(500 * MS);
        assertTrue(cache.told.contains("everything"), cache.told.toString());
    }

    /** It was on its way for long: since, the metadata node has been started again. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatComesLateOfAnEarlierLifeDoesNotEndTheTelling(final boolean isFirstRepeated) {
        final Attributes file = openedByBoth();
        written(a, file);
        rig.run(10 * MS);
        assertEquals(1, cache.told.size());
        final byte[] first = rig.network.lastOffered(InvalidateDecoder.TEMPLATE_ID);
        for (int i = 0; i < 3; i++) {
            written(a, file);
            rig.run(10 * MS);
        }
        final UnsafeBuffer late = new UnsafeBuffer(new byte[128]);
        final InvalidateEncoder encoder = new InvalidateEncoder();
        encoder.wrapAndApplyHeader(late, 0, new MessageHeaderEncoder())
                .volumeId(7)
                .source(EndpointId.METADATA)
                .session(b.client.sessionId())
                .life(1)
                .number(3)
                .inode(file.inode())
                .contents((short) 0)
                .putName(new byte[0], 0, 0);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
        assertTrue(b.client.onMessage(InvalidateDecoder.TEMPLATE_ID, late, 0, length));
        if (isFirstRepeated) { // it is taken once more, and is not the one before the next
            final UnsafeBuffer again = new UnsafeBuffer(first);
            b.client.onMessage(InvalidateDecoder.TEMPLATE_ID, again, 0, first.length);
        }
        final var written = written(a, file);
        final var lock = locking(b, file);
        rig.run(300 * MS);
        assertTrue(written.ended && lock.ended);
        assertTrue(cache.told.contains("everything"), cache.told.toString());
    }

    @Test
    void whenTooMuchIsNotAcknowledgedEverythingMayHaveChanged() {
        b.attributes(ROOT);
        b.alive = false;
        for (int i = 0; i < Invalidations.MAX_UNACKNOWLEDGED + 10; i++) {
            a.file(ROOT, "f" + i);
            if (i % 100 == 0) {
                b.alive = true;
                b.client.getAttributes(ROOT, new MetadataRig.Result<>());
                b.client.doWork(rig.nowNs); // asks, and does not hear the answers
                b.alive = false;
            }
        }
        b.alive = true;
        rig.run(1000 * MS);
        assertTrue(cache.told.contains("everything"), cache.told.toString());
        cache.told.clear();
        b.lookup(ROOT, "f7");
        a.unlink(ROOT, "f7");
        assertTrue(cache.told.contains("entry 1 f7"), cache.told.toString());
    }
}
