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
        return a.await(c -> a.client.written(file.inode(), file.dataId(), 0, size, 0, c));
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
        b.<Attributes>await(c -> b.client.written(kept.inode(), kept.dataId(), 0, 77, 0, c));
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
        rig.trimsDone = true;
        rig.trims.forEach(t -> t.done().succeeded(null));
        rig.run(5_000 * MS);
        assertEquals(17, a.attributes(file.inode()).cut());
        assertEquals(0, a.attributes(file.inode()).cuts().length);
        assertEquals("", rig.rows("T"));
    }

    @Test
    void openWithTruncationEmptiesTheFile() {
        final Attributes file = fileOf("f", 10);
        final Attributes opened = a.await(c -> a.client.open(file.inode(), 01002, c));
        assertEquals(0, opened.size());
        assertNotEquals(file.dataId(), opened.dataId());
    }
}
