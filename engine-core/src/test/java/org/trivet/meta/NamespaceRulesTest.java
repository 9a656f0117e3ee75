package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.trivet.meta.MetadataRig.CALLER;
import static org.trivet.meta.MetadataRig.ROOT;
import static org.trivet.meta.MetadataRig.bytes;

import org.junit.jupiter.api.Test;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.VolumeConfig;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.InodeFileSystem;

import java.util.List;

class NamespaceRulesTest {
    private final MetadataRig rig = new MetadataRig();
    private final MetadataRig.Peer a = rig.connect();

    @Test
    void rootIsADirectoryWithTwoLinks() {
        final Attributes root = a.attributes(ROOT);
        assertTrue(root.isDirectory());
        assertEquals(2, root.linkCount());
        assertEquals(1, a.inodes());
    }

    @Test
    void fileHasOwnerModeTimesAndADataId() {
        final Attributes file = a.file(ROOT, "f");
        assertEquals(Attributes.REGULAR | 0644, file.mode());
        assertEquals(1000, file.uid());
        assertEquals(100, file.gid());
        assertEquals(1, file.linkCount());
        assertTrue(file.dataId() > 0);
        assertTrue(file.mtimeNs() > 0 && file.mtimeNs() == file.ctimeNs());
        assertEquals(file.inode(), a.lookup(ROOT, "f").inode());
        assertEquals(file.ctimeNs(), a.attributes(ROOT).mtimeNs());
    }

    @Test
    void badNamesAreRefusedAndChangeNothing() {
        for (final String bad : List.of("", ".", "..", "a/b", "a\0b")) {
            assertEquals(
                    ErrorCode.INVALID,
                    a.fails(c -> a.client.makeDirectory(CALLER, ROOT, bytes(bad), 0755, raw(c))),
                    bad);
        }
        assertEquals(
                ErrorCode.NAME_TOO_LONG,
                a.fails(
                        c ->
                                a.client.makeDirectory(
                                        CALLER, ROOT, bytes("x".repeat(256)), 0755, raw(c))));
        a.directory(ROOT, "x".repeat(255));
        assertEquals(2, a.inodes());
    }

    @Test
    void missingNamesAreNotFoundAndDeadInodesStale() {
        assertEquals(ErrorCode.NOT_FOUND, a.fails(c -> a.client.lookup(ROOT, bytes("no"), raw(c))));
        assertEquals(ErrorCode.STALE, a.fails(c -> a.client.getAttributes(999, raw(c))));
        final long file = a.file(ROOT, "f").inode();
        assertEquals(
                ErrorCode.NOT_DIRECTORY, a.fails(c -> a.client.lookup(file, bytes("x"), raw(c))));
    }

    @Test
    void makingWhatExistsFails() {
        a.file(ROOT, "f");
        assertEquals(
                ErrorCode.EXISTS,
                a.fails(c -> a.client.makeDirectory(CALLER, ROOT, bytes("f"), 0755, raw(c))));
        assertEquals(
                ErrorCode.EXISTS,
                a.fails(c -> a.client.create(CALLER, ROOT, bytes("f"), 0644, 0202, raw(c))));
        assertEquals(a.lookup(ROOT, "f").inode(), a.created(ROOT, "f").inode());
    }

    @Test
    void directoriesCountTheirSubdirectories() {
        final long d = a.directory(ROOT, "d").inode();
        a.directory(d, "e");
        assertEquals(3, a.attributes(ROOT).linkCount());
        assertEquals(3, a.attributes(d).linkCount());
        assertEquals(
                ErrorCode.NOT_EMPTY,
                a.fails(c -> a.client.removeDirectory(ROOT, bytes("d"), raw(c))));
        a.<Void>await(c -> a.client.removeDirectory(d, bytes("e"), c));
        assertEquals(2, a.attributes(d).linkCount());
        a.<Void>await(c -> a.client.removeDirectory(ROOT, bytes("d"), c));
        assertEquals(2, a.attributes(ROOT).linkCount());
        assertEquals(ErrorCode.STALE, a.fails(c -> a.client.getAttributes(d, raw(c))));
    }

    @Test
    void unlinkAndRemoveDirectoryMindTheType() {
        a.directory(ROOT, "d");
        a.file(ROOT, "f");
        assertEquals(
                ErrorCode.IS_DIRECTORY, a.fails(c -> a.client.unlink(ROOT, bytes("d"), raw(c))));
        assertEquals(
                ErrorCode.NOT_DIRECTORY,
                a.fails(c -> a.client.removeDirectory(ROOT, bytes("f"), raw(c))));
    }

    @Test
    void hardLinksCountAndEndWithTheLastName() {
        final long f = a.file(ROOT, "f").inode();
        assertEquals(
                2, a.<Attributes>await(c -> a.client.link(f, ROOT, bytes("g"), c)).linkCount());
        a.unlink(ROOT, "f");
        assertEquals(1, a.attributes(f).linkCount());
        a.unlink(ROOT, "g");
        assertEquals(ErrorCode.STALE, a.fails(c -> a.client.getAttributes(f, raw(c))));
        final long d = a.directory(ROOT, "d").inode();
        assertEquals(
                ErrorCode.NOT_PERMITTED, a.fails(c -> a.client.link(d, ROOT, bytes("e"), raw(c))));
    }

    @Test
    void symlinkKeepsItsTarget() {
        final Attributes link =
                a.await(c -> a.client.symlink(CALLER, ROOT, bytes("l"), bytes("to/there"), c));
        assertEquals(8, link.size());
        assertArrayEquals(bytes("to/there"), a.await(c -> a.client.readLink(link.inode(), c)));
        a.unlink(ROOT, "l");
        assertEquals("", rig.rows("L"));
    }

    @Test
    void renameMovesOverAFile() {
        final long f = a.file(ROOT, "f").inode();
        final long g = a.file(ROOT, "g").inode();
        a.rename(ROOT, "f", ROOT, "g");
        assertEquals(f, a.lookup(ROOT, "g").inode());
        assertEquals(ErrorCode.NOT_FOUND, a.fails(c -> a.client.lookup(ROOT, bytes("f"), raw(c))));
        assertEquals(ErrorCode.STALE, a.fails(c -> a.client.getAttributes(g, raw(c))));
        assertEquals(2, a.inodes());
    }

    @Test
    void renameOfADirectoryMovesItsLinkFromParentToParent() {
        final long p = a.directory(ROOT, "p").inode();
        final long q = a.directory(ROOT, "q").inode();
        final long d = a.directory(p, "d").inode();
        a.file(d, "f");
        a.rename(p, "d", q, "e");
        assertEquals(2, a.attributes(p).linkCount());
        assertEquals(3, a.attributes(q).linkCount());
        assertEquals(d, a.lookup(q, "e").inode());
        a.lookup(d, "f");
    }

    @Test
    void renameOverAnEmptyDirectoryLeavesTheNewParentsLinksAsTheyWere() {
        final long p = a.directory(ROOT, "p").inode();
        final long q = a.directory(ROOT, "q").inode();
        a.directory(p, "d");
        a.directory(q, "e");
        a.rename(p, "d", q, "e");
        assertEquals(2, a.attributes(p).linkCount());
        assertEquals(3, a.attributes(q).linkCount());
    }

    @Test
    void renameWithinOneDirectoryOverAnEmptyDirectoryLowersItsLinks() {
        a.directory(ROOT, "d");
        a.directory(ROOT, "e");
        a.rename(ROOT, "d", ROOT, "e");
        assertEquals(3, a.attributes(ROOT).linkCount());
    }

    @Test
    void renameRefusesWhatPosixRefuses() {
        final long d = a.directory(ROOT, "d").inode();
        final long e = a.directory(d, "e").inode();
        final long full = a.directory(ROOT, "full").inode();
        a.file(full, "f");
        a.file(ROOT, "f");
        assertEquals(ErrorCode.INVALID, renameError(ROOT, "d", e, "x", 0));
        assertEquals(ErrorCode.INVALID, renameError(ROOT, "d", d, "x", 0));
        assertEquals(ErrorCode.NOT_EMPTY, renameError(ROOT, "d", ROOT, "full", 0));
        assertEquals(ErrorCode.NOT_EMPTY, renameError(d, "e", ROOT, "d", 0));
        assertEquals(ErrorCode.NOT_DIRECTORY, renameError(ROOT, "d", ROOT, "f", 0));
        assertEquals(ErrorCode.IS_DIRECTORY, renameError(ROOT, "f", ROOT, "d", 0));
        assertEquals(ErrorCode.NOT_FOUND, renameError(ROOT, "no", ROOT, "x", 0));
        assertEquals(
                ErrorCode.EXISTS,
                renameError(ROOT, "f", ROOT, "d", InodeFileSystem.RENAME_NO_REPLACE));
        assertEquals(
                ErrorCode.NOT_FOUND,
                renameError(ROOT, "f", ROOT, "x", InodeFileSystem.RENAME_EXCHANGE));
        assertEquals(ErrorCode.INVALID, renameError(ROOT, "f", ROOT, "d", 3));
        assertNull(renameError(ROOT, "d", ROOT, "d", 0));
    }

    @Test
    void exchangeSwapsAFileAndADirectory() {
        final long p = a.directory(ROOT, "p").inode();
        final long d = a.directory(p, "d").inode();
        final long f = a.file(ROOT, "f").inode();
        assertNull(renameError(p, "d", ROOT, "f", InodeFileSystem.RENAME_EXCHANGE));
        assertEquals(f, a.lookup(p, "d").inode());
        assertEquals(d, a.lookup(ROOT, "f").inode());
        assertEquals(2, a.attributes(p).linkCount());
        assertEquals(4, a.attributes(ROOT).linkCount());
    }

    @Test
    void renameOfTwoNamesOfOneFileDoesNothing() {
        final long f = a.file(ROOT, "f").inode();
        a.<Attributes>await(c -> a.client.link(f, ROOT, bytes("g"), c));
        a.rename(ROOT, "f", ROOT, "g");
        assertEquals(f, a.lookup(ROOT, "f").inode());
        assertEquals(f, a.lookup(ROOT, "g").inode());
    }

    @Test
    void setGidDirectoriesPassOnTheirGroup() {
        final long d =
                a.<Attributes>await(c -> a.client.makeDirectory(CALLER, ROOT, bytes("d"), 02755, c))
                        .inode();
        a.<Attributes>await(
                c -> a.client.setAttributes(d, change(AttributeChange.GID, 0, 0, 55), c));
        assertEquals(55, a.file(d, "f").gid());
        final Attributes sub = a.directory(d, "s");
        assertEquals(55, sub.gid());
        assertEquals(02000, sub.mode() & 02000);
    }

    @Test
    void chownClearsSetUidOfFilesOnly() {
        final long f = a.file(ROOT, "f").inode();
        a.<Attributes>await(
                c -> a.client.setAttributes(f, change(AttributeChange.MODE, 06755, 0, 0), c));
        final Attributes owned =
                a.await(c -> a.client.setAttributes(f, change(AttributeChange.UID, 0, 5, 0), c));
        assertEquals(0755, owned.mode() & 07777);
        final int both = AttributeChange.UID | AttributeChange.MODE;
        final Attributes kept =
                a.await(c -> a.client.setAttributes(f, change(both, 04755, 6, 0), c));
        assertEquals(04755, kept.mode() & 07777);
        final long d = a.directory(ROOT, "d").inode();
        a.<Attributes>await(
                c -> a.client.setAttributes(d, change(AttributeChange.MODE, 02755, 0, 0), c));
        final Attributes dir =
                a.await(c -> a.client.setAttributes(d, change(AttributeChange.UID, 0, 5, 0), c));
        assertEquals(02755, dir.mode() & 07777);
    }

    @Test
    void timesAreSet() {
        final long f = a.file(ROOT, "f").inode();
        final int mask = AttributeChange.ATIME | AttributeChange.MTIME;
        final Attributes set =
                a.await(
                        c ->
                                a.client.setAttributes(
                                        f, new AttributeChange(mask, 0, 0, 0, 0, 11, 22), c));
        assertEquals(11, set.atimeNs());
        assertEquals(22, set.mtimeNs());
        assertEquals(rig.nowNs / 1_000_000_000L, set.ctimeNs() / 1_000_000_000L);
    }

    @Test
    void sizeIsBounded() {
        final long f = a.file(ROOT, "f").inode();
        final var tooLarge = AttributeChange.ofSize(VolumeConfig.MAX_FILE_LENGTH + 1);
        assertEquals(
                ErrorCode.TOO_LARGE, a.fails(c -> a.client.setAttributes(f, tooLarge, raw(c))));
        assertEquals(
                ErrorCode.INVALID,
                a.fails(c -> a.client.setAttributes(f, AttributeChange.ofSize(-1), raw(c))));
        assertEquals(
                ErrorCode.IS_DIRECTORY,
                a.fails(c -> a.client.setAttributes(ROOT, AttributeChange.ofSize(1), raw(c))));
        assertEquals(
                VolumeConfig.MAX_FILE_LENGTH, a.resized(f, VolumeConfig.MAX_FILE_LENGTH).size());
    }

    @Test
    void xattrsAreKeptListedAndRemoved() {
        final long f = a.file(ROOT, "f").inode();
        final byte[] big = new byte[64 * 1024];
        big[9] = 9;
        a.<Void>await(c -> a.client.setXattr(f, bytes("user.a"), big, 0, c));
        a.<Void>await(c -> a.client.setXattr(f, bytes("user.b"), new byte[0], 0, c));
        assertArrayEquals(big, a.await(c -> a.client.getXattr(f, bytes("user.a"), c)));
        assertArrayEquals(new byte[0], a.await(c -> a.client.getXattr(f, bytes("user.b"), c)));
        assertArrayEquals(bytes("user.a\0user.b\0"), a.await(c -> a.client.listXattr(f, c)));
        assertEquals(ErrorCode.EXISTS, xattrError(f, "user.a", InodeFileSystem.XATTR_CREATE));
        assertEquals(ErrorCode.NO_DATA, xattrError(f, "user.c", InodeFileSystem.XATTR_REPLACE));
        assertEquals(2, a.<Attributes>await(c -> a.client.getAttributes(f, c)).xattrCount());
        a.<Void>await(c -> a.client.removeXattr(f, bytes("user.a"), c));
        assertEquals(1, a.<Attributes>await(c -> a.client.getAttributes(f, c)).xattrCount());
        assertEquals(
                ErrorCode.NO_DATA, a.fails(c -> a.client.getXattr(f, bytes("user.a"), raw(c))));
        a.unlink(ROOT, "f");
        assertEquals("", rig.rows("X"));
    }

    @Test
    void writtenGrowsTheSizeOnlyForTheSameDataAndCut() {
        final Attributes f = a.created(ROOT, "f");
        final Attributes grown =
                a.await(c -> a.client.written(f.inode(), f.dataId(), 0, 100, 5, -1, false, c));
        assertEquals(100, grown.size());
        assertEquals(5, grown.mtimeNs());
        assertEquals(
                100,
                a.<Attributes>await(
                                c ->
                                        a.client.written(
                                                f.inode(), f.dataId(), 0, 50, 0, -1, false, c))
                        .size());
        final Attributes cut = a.resized(f.inode(), 10);
        final Attributes late =
                a.await(c -> a.client.written(f.inode(), f.dataId(), 0, 100, 0, -1, false, c));
        assertEquals(10, late.size());
        assertEquals(cut.cut(), late.cut());
    }

    @Test
    void appendRoomIsGivenOutOnce() {
        final Attributes f = a.created(ROOT, "f");
        assertEquals(
                0L,
                a.<Long>await(c -> a.client.reserveAppend(f.inode(), f.dataId(), f.cut(), 10, c)));
        assertEquals(
                10L,
                a.<Long>await(c -> a.client.reserveAppend(f.inode(), f.dataId(), f.cut(), 5, c)));
        a.<Attributes>await(c -> a.client.written(f.inode(), f.dataId(), 0, 15, 0, 0, false, c));
        assertEquals(
                15L,
                a.<Long>await(c -> a.client.reserveAppend(f.inode(), f.dataId(), f.cut(), 5, c)));
        a.<Void>await(c -> a.client.release(f.inode(), c));
        assertEquals(
                15L,
                a.<Long>await(c -> a.client.reserveAppend(f.inode(), f.dataId(), f.cut(), 5, c)));
    }

    @Test
    void listingCarriesAttributesWhenAsked() {
        a.file(ROOT, "f");
        a.directory(ROOT, "d");
        final List<DirectoryEntry> entries =
                a.await(c -> a.client.readDirectory(ROOT, 0, 10, true, c));
        assertEquals(2, entries.size());
        assertEquals("f", MetadataRig.text(entries.get(0).name()));
        assertEquals(entries.get(0).inode(), entries.get(0).attributes().inode());
        assertTrue(entries.get(1).attributes().isDirectory());
        assertTrue(
                entries.get(0).cookie() > 16 && entries.get(0).cookie() < entries.get(1).cookie());
    }

    @SuppressWarnings("unchecked")
    static <T> Completion<T> raw(final Completion<Object> completion) {
        return (Completion<T>) (Completion<?>) completion;
    }

    private static AttributeChange change(
            final int mask, final int mode, final int uid, final int gid) {
        return new AttributeChange(mask, mode, uid, gid, 0, 0, 0);
    }

    private ErrorCode renameError(
            final long from,
            final String name,
            final long to,
            final String newName,
            final int flags) {
        return a.fails(c -> a.client.rename(from, bytes(name), to, bytes(newName), flags, raw(c)));
    }

    private ErrorCode xattrError(final long inode, final String name, final int flags) {
        return a.fails(c -> a.client.setXattr(inode, bytes(name), bytes("v"), flags, raw(c)));
    }
}
