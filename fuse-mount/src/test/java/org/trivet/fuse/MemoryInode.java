package org.trivet.fuse;

import org.trivet.fs.Attributes;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** An inode of {@link MemoryFileSystem}. */
final class MemoryInode {
    private static final long[] NO_CUTS = new long[0];

    final long number;
    int mode;
    int uid;
    int gid;
    int deviceId;
    int linkCount;
    int openings;
    boolean isKnown;
    long atimeNs;
    long mtimeNs;
    long ctimeNs;
    long change;
    byte[] target;
    MemoryInode parent;
    final SparseContents contents = new SparseContents();
    final TreeMap<String, byte[]> xattrs = new TreeMap<>();
    final LockTable locks = new LockTable();

    private final Map<String, Entry> byName = new HashMap<>();
    private final TreeMap<Long, Entry> byCookie = new TreeMap<>();
    private long nextCookie = 17;

    MemoryInode(final long number, final int mode) {
        this.number = number;
        this.mode = mode;
    }

    record Entry(String name, long cookie, MemoryInode inode) {
        byte[] bytes() {
            return name.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    static String text(final byte[] name) {
        return new String(name, StandardCharsets.ISO_8859_1);
    }

    boolean isDirectory() {
        return (mode & Attributes.TYPE_MASK) == Attributes.DIRECTORY;
    }

    boolean isEmpty() {
        return byName.isEmpty();
    }

    MemoryInode child(final byte[] name) {
        final Entry entry = byName.get(text(name));
        return entry == null ? null : entry.inode();
    }

    /** Names an inode; a name that exists keeps its cookie. */
    void put(final byte[] name, final MemoryInode inode) {
        final String text = text(name);
        final Entry old = byName.get(text);
        final Entry entry = new Entry(text, old == null ? nextCookie++ : old.cookie(), inode);
        byName.put(text, entry);
        byCookie.put(entry.cookie(), entry);
        if (inode.isDirectory()) {
            inode.parent = this;
        }
    }

    void remove(final byte[] name) {
        byCookie.remove(byName.remove(text(name)).cookie());
    }

    Iterable<Entry> entriesAfter(final long cookie) {
        return byCookie.tailMap(cookie, false).values();
    }

    boolean isWithin(final MemoryInode ancestor) {
        for (MemoryInode inode = this; inode != null; inode = inode.parent) {
            if (inode == ancestor) {
                return true;
            }
        }
        return false;
    }

    void touch(final long nowNs) {
        mtimeNs = nowNs;
        ctimeNs = nowNs;
        change++;
    }

    Attributes attributes() {
        final long size = target != null ? target.length : contents.size();
        return new Attributes(
                number,
                mode,
                linkCount,
                uid,
                gid,
                deviceId,
                size,
                atimeNs,
                mtimeNs,
                ctimeNs,
                0,
                0,
                NO_CUTS,
                NO_CUTS,
                change,
                xattrs.size(),
                false,
                size,
                false);
    }
}
