package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.trivet.meta.MetadataRig.MS;
import static org.trivet.meta.MetadataRig.ROOT;
import static org.trivet.meta.NamespaceRulesTest.raw;

import org.junit.jupiter.api.Test;
import org.trivet.ErrorCode;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;

/** Truncation, orphans, and what is intended for dead data. */
class DataLifeTest {
    private final MetadataRig rig = new MetadataRig();
    private final MetadataRig.Peer a = rig.connect();

    private Attributes fileOf(final String name, final long size) {
        final Attributes file = a.created(ROOT, name);
        return a.await(
                c -> a.client.written(file.inode(), file.dataId(), 0, size, 0, -1, false, c));
    }

    @Test
    void cuttingRaisesTheCutNumberUntilAllGroupsHaveConfirmed() {
        rig.trimsDone = false;
        final Attributes file = fileOf("f", 1000);
        final Attributes cut = a.resized(file.inode(), 400);
        assertEquals(1, cut.cut());
        assertArrayEquals(new long[] {1, 400}, cut.cuts());
        assertEquals(file.dataId(), cut.dataId());
        rig.runUntil(() -> rig.trims.size() == MetadataRig.NODES);
        final MetadataRig.Trim trim = rig.trims.get(0);
        assertEquals(1, trim.cut());
        assertFalse(trim.wholeStrip());
        assertArrayEquals(new long[] {1, 400}, trim.cuts());
        for (int i = 0; i < 3; i++) {
            rig.trims.get(i).done().succeeded(null);
        }
        rig.run(10 * MS);
        assertEquals(2, a.attributes(file.inode()).cuts().length);
        rig.trims.get(3).done().succeeded(null);
        rig.run(10 * MS);
        assertEquals(0, a.attributes(file.inode()).cuts().length);
        assertEquals(1, a.attributes(file.inode()).cut());
        assertEquals("", rig.rows("T"));
    }

    @Test
    void cuttingToNothingGivesAFreshDataId() {
        final Attributes file = fileOf("f", 1000);
        a.resized(file.inode(), 500);
        final Attributes empty = a.resized(file.inode(), 0);
        assertNotEquals(file.dataId(), empty.dataId());
        assertEquals(0, empty.cut());
        assertEquals(0, empty.cuts().length);
        rig.run(500 * MS);
        assertTrue(rig.trims.stream().anyMatch(t -> t.wholeStrip() && t.dataId() == file.dataId()));
        assertEquals("", rig.rows("T"));
    }

    @Test
    void whatIsWrittenLaterToDataThatAreGoneIsRefused() {
        final MetadataRig.Peer b = rig.connect();
        final Attributes file = fileOf("f", 1000);
        a.<Attributes>await(c -> a.client.open(file.inode(), 2, c));
        b.<Attributes>await(c -> b.client.open(file.inode(), 2, c));
        a.resized(file.inode(), 0);
        rig.run(500 * MS);
        assertEquals(Intents.LAST_CUT, removalOf(file).cut());
    }

    @Test
    void dataThatNobodyElseHasOpenJustGo() {
        final Attributes file = fileOf("f", 1000);
        a.<Attributes>await(c -> a.client.open(file.inode(), 2, c));
        a.resized(file.inode(), 0);
        rig.run(500 * MS);
        assertEquals(0, removalOf(file).cut());
    }

    @Test
    void whoEmptiesWhatItKnowsByNameMayBeWritingToIt() {
        final Attributes file = fileOf("f", 1000);
        a.<Attributes>await(
                c ->
                        a.client.create(
                                MetadataRig.CALLER,
                                ROOT,
                                MetadataRig.bytes("f"),
                                0644,
                                2 | Files.O_TRUNC,
                                c));
        rig.run(500 * MS);
        assertEquals(Intents.LAST_CUT, removalOf(file).cut());
    }

    @Test
    void whatIsEmptiedByNameAndNotOpenJustGoes() {
        final Attributes file = fileOf("f", 1000);
        a.<Void>await(c -> a.client.release(file.inode(), c));
        a.<Attributes>await(
                c ->
                        a.client.create(
                                MetadataRig.CALLER,
                                ROOT,
                                MetadataRig.bytes("f"),
                                0644,
                                2 | Files.O_TRUNC,
                                c));
        rig.run(500 * MS);
        assertEquals(0, removalOf(file).cut());
    }

    @Test
    void whatWasTakenForDeadCannotWriteToDataThatAreGone() {
        final MetadataRig.Peer b = rig.connect();
        final Attributes orphan = b.created(ROOT, "o");
        final Attributes kept = b.created(ROOT, "k");
        b.<Attributes>await(
                c -> b.client.written(kept.inode(), kept.dataId(), 0, 77, 0, -1, false, c));
        b.unlink(ROOT, "o");
        b.alive = false;
        rig.run(40_000 * MS);
        assertEquals(Intents.LAST_CUT, removalOf(orphan).cut());
        a.unlink(ROOT, "k");
        rig.run(500 * MS);
        assertEquals(Intents.LAST_CUT, removalOf(kept).cut());
    }

    private MetadataRig.Trim removalOf(final Attributes file) {
        return rig.trims.stream()
                .filter(trim -> trim.wholeStrip() && trim.dataId() == file.dataId())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void growingOnlyChangesTheSize() {
        final Attributes file = fileOf("f", 10);
        final Attributes grown = a.resized(file.inode(), 5000);
        assertEquals(5000, grown.size());
        assertEquals(0, grown.cut());
        assertEquals(file.dataId(), grown.dataId());
    }

    @Test
    void tooManyUnconfirmedCutsWaitForGroups() {
        rig.trimsDone = false;
        final Attributes file = fileOf("f", 1000);
        for (int i = 0; i < 16; i++) {
            a.resized(file.inode(), 900 - i);
        }
        final var waits = new MetadataRig.Result<Attributes>();
        a.client.setAttributes(file.inode(), AttributeChange.ofSize(5), waits);
        rig.run(3000 * MS);
        assertFalse(waits.ended);
        rig.trims.forEach(t -> t.done().succeeded(null));
        rig.runUntil(() -> waits.ended);
        assertEquals(5, waits.get().size());
        assertEquals(17, waits.get().cut());
    }

    @Test
    void trimsAreTriedAgainAfterAFailureAndAfterARestart() {
        rig.trimsDone = false;
        final Attributes file = fileOf("f", 1000);
        a.resized(file.inode(), 400);
        rig.runUntil(() -> rig.trims.size() == 4);
        rig.trims.get(0).done().failed(new org.trivet.TrivetException(ErrorCode.IO, "test"));
        rig.runUntil(() -> rig.trims.size() == 5);
        rig.restartNode();
        rig.trims.clear();
        rig.trimsDone = true;
        rig.runUntil(() -> rig.trims.size() == 4);
        rig.run(10 * MS);
        assertEquals(0, a.attributes(file.inode()).cuts().length);
    }

    @Test
    void nothingIsTrimmedBeforeTheCommandIsSynced() {
        final Attributes file = fileOf("f", 1000);
        rig.run(200 * MS);
        rig.journal.holdSync(true);
        a.unlink(ROOT, "f");
        a.<Void>await(c -> a.client.release(file.inode(), c));
        rig.run(300 * MS);
        assertEquals(0, rig.trims.size());
        rig.journal.holdSync(false);
        rig.runUntil(() -> rig.trims.size() == 4);
    }

    @Test
    void unlinkedOpenFileLivesUntilTheLastRelease() {
        final Attributes file = fileOf("f", 10);
        a.<Attributes>await(c -> a.client.open(file.inode(), 0, c));
        a.unlink(ROOT, "f");
        assertEquals(0, a.attributes(file.inode()).linkCount());
        rig.restartNode();
        a.<Void>await(c -> a.client.release(file.inode(), c));
        assertEquals(0, a.attributes(file.inode()).linkCount());
        a.<Void>await(c -> a.client.release(file.inode(), c));
        assertEquals(ErrorCode.STALE, a.fails(c -> a.client.getAttributes(file.inode(), raw(c))));
        assertEquals(ErrorCode.BAD_HANDLE, a.fails(c -> a.client.release(file.inode(), raw(c))));
        rig.run(500 * MS);
        assertEquals("", rig.rows("POTL"));
        assertEquals(1, a.inodes());
    }

    @Test
    void orphansOfADeadClientAreRemovedAndItsTailsAreCut() {
        final MetadataRig.Peer b = rig.connect();
        final Attributes orphan = b.created(ROOT, "o");
        final Attributes kept = b.created(ROOT, "k");
        b.<Attributes>await(
                c -> b.client.written(kept.inode(), kept.dataId(), 0, 77, 0, -1, false, c));
        b.unlink(ROOT, "o");
        b.alive = false;
        rig.run(40_000 * MS);
        assertEquals(ErrorCode.STALE, a.fails(c -> a.client.getAttributes(orphan.inode(), raw(c))));
        final Attributes cut = a.attributes(kept.inode());
        assertEquals(77, cut.size());
        assertEquals(1, cut.cut());
        assertEquals("", rig.rows("POT"));
        assertEquals(1, rig.node.sessionCount());
    }

    @Test
    void theTailOfADeadClientIsCutWhenAnotherCutFits() {
        rig.trimsDone = false;
        final MetadataRig.Peer b = rig.connect();
        final Attributes file = fileOf("f", 1000);
        b.<Attributes>await(c -> b.client.open(file.inode(), 2, c));
        for (int i = 0; i < 16; i++) {
            a.resized(file.inode(), 900 - i);
        }
        b.alive = false;
        rig.run(60_000 * MS);
        assertEquals(16, a.attributes(file.inode()).cut());
        assertEquals(1, rig.node.sessionCount());
        final var grown = new MetadataRig.Result<Attributes>();
        a.client.setAttributes(file.inode(), AttributeChange.ofSize(2000), grown);
        final var written = new MetadataRig.Result<Attributes>();
        a.client.written(file.inode(), file.dataId(), 16, 1500, 0, -1, false, written);
        rig.run(3_000 * MS);
        assertFalse(grown.ended || written.ended, "what the dead client left would show");
        rig.trimsDone = true;
        rig.trims.forEach(t -> t.done().succeeded(null));
        rig.run(5_000 * MS);
        assertEquals(17, a.attributes(file.inode()).cut());
        assertEquals(0, a.attributes(file.inode()).cuts().length);
        assertEquals("", rig.rows("T"));
        assertEquals(2000, grown.get().size());
        assertEquals(17, written.get().cut());
    }

    @Test
    void theTailOfAnUnlinkedFileThatAnotherHasOpenIsCutToo() {
        final MetadataRig.Peer b = rig.connect();
        final Attributes file = fileOf("f", 1000);
        b.<Attributes>await(c -> b.client.open(file.inode(), 2, c));
        a.unlink(ROOT, "f");
        b.alive = false;
        rig.run(60_000 * MS);
        assertEquals(1, a.attributes(file.inode()).cut());
    }

    @Test
    void anAppendIsReportedOnceTheEarlierOnesAre() {
        final MetadataRig.Peer b = rig.connect();
        final Attributes file = a.created(ROOT, "f");
        b.<Attributes>await(c -> b.client.open(file.inode(), 2, c));
        assertEquals(0L, reserve(a, file, 10));
        assertEquals(10L, reserve(b, file, 5));
        final var second = new MetadataRig.Result<Attributes>();
        b.client.written(file.inode(), file.dataId(), 0, 15, 0, 10, false, second);
        rig.run(2_000 * MS);
        assertFalse(second.ended, "there would be a hole before it");
        a.<Attributes>await(
                c -> a.client.written(file.inode(), file.dataId(), 0, 10, 0, 0, false, c));
        rig.runUntil(() -> second.ended);
        assertEquals(15, second.get().size());
    }

    @Test
    void appendsBehindOneThatIsGivenUpAskForRoomAgain() {
        final MetadataRig.Peer b = rig.connect();
        final Attributes file = fileOf("f", 100);
        b.<Attributes>await(c -> b.client.open(file.inode(), 2, c));
        assertEquals(100L, reserve(a, file, 10));
        assertEquals(110L, reserve(b, file, 5));
        a.<Attributes>await(c -> a.client.cutTail(file.inode(), file.dataId(), c));
        final Attributes after =
                b.await(
                        c ->
                                b.client.written(
                                        file.inode(), file.dataId(), 0, 115, 0, 110, false, c));
        assertEquals(100, after.size());
        assertEquals(1, after.cut());
        assertEquals(-1L, reserve(b, file, 5), "as the file was cut");
        assertEquals(100L, reserve(b, after, 5));
        a.<Attributes>await(c -> a.client.cutTail(file.inode(), file.dataId() + 1, c));
        assertEquals(1, a.attributes(file.inode()).cut(), "of another data id nothing is left");
    }

    @Test
    void appendsBehindOneOfADeadClientAskForRoomAgain() {
        final MetadataRig.Peer b = rig.connect();
        final Attributes file = fileOf("f", 100);
        b.<Attributes>await(c -> b.client.open(file.inode(), 2, c));
        assertEquals(100L, reserve(b, file, 10));
        assertEquals(110L, reserve(a, file, 5));
        final var report = new MetadataRig.Result<Attributes>();
        a.client.written(file.inode(), file.dataId(), 0, 115, 0, 110, false, report);
        b.alive = false;
        rig.runUntil(() -> report.ended);
        assertEquals(1, report.get().cut());
        assertEquals(100L, reserve(a, report.get(), 5));
    }

    private static long reserve(
            final MetadataRig.Peer peer, final Attributes file, final long length) {
        return peer.<Long>await(
                c -> peer.client.reserveAppend(file.inode(), file.dataId(), file.cut(), length, c));
    }

    @Test
    void openWithTruncationEmptiesTheFile() {
        final Attributes file = fileOf("f", 10);
        final Attributes opened = a.await(c -> a.client.open(file.inode(), 01002, c));
        assertEquals(0, opened.size());
        assertNotEquals(file.dataId(), opened.dataId());
    }
}
