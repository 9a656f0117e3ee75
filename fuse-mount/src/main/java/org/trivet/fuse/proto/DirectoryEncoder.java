package org.trivet.fuse.proto;

import org.agrona.MutableDirectBuffer;
import org.trivet.fs.Attributes;
import org.trivet.fs.DirectoryEntry;

import java.util.List;

/**
 * Puts directory entries into a reply, as many as fit. "." and ".." are added here, with the
 * cookies 1 and 2; those of the file system's own entries are above 16.
 */
final class DirectoryEncoder {
    /** Cookies up to this one are not the file system's. */
    static final long LAST_OWN_COOKIE = 16;

    private static final long DOT_COOKIE = 1;
    private static final long DOT_DOT_COOKIE = 2;
    private static final byte[] DOT = {'.'};
    private static final byte[] DOT_DOT = {'.', '.'};

    /** What libfuse reports for ".." where the parent is not known; the kernel does not use it. */
    private static final long UNKNOWN_INODE = 0xffff_ffffL;

    private static final int INO = Layouts.DIRENT.at("ino");
    private static final int OFF = Layouts.DIRENT.at("off");
    private static final int NAME_LENGTH = Layouts.DIRENT.at("namelen");
    private static final int TYPE = Layouts.DIRENT.at("type");
    private static final int NAME = Layouts.DIRENT.size();
    private static final int TYPE_SHIFT = 12;
    private static final int MAX_ENTRIES = 4096;

    private final AttributeEncoder attributeEncoder;
    private Request request;
    private MutableDirectBuffer out;
    private int position;
    private int limit;
    private boolean withAttributes;

    DirectoryEncoder(final AttributeEncoder attributeEncoder) {
        this.attributeEncoder = attributeEncoder;
    }

    /**
     * Entries to ask the file system for, given the room of the reply: about what will fit with
     * names of 8 to 16.
     */
    static int entriesFor(final int room, final boolean withAttributes) {
        final int length = NAME + 16 + (withAttributes ? Layouts.ENTRY_OUT.size() : 0);
        return Math.clamp(room / length, 1, MAX_ENTRIES);
    }

    /** Puts a reply's payload; returns its length. */
    int encode(
            final Request answered,
            final MutableDirectBuffer reply,
            final int offset,
            final int room,
            final long cookie,
            final List<DirectoryEntry> entries) {
        request = answered;
        out = reply;
        position = offset;
        limit = offset + room;
        withAttributes = request.opcode() == Opcode.READDIRPLUS;
        final long directory = request.node();
        boolean fits = true;
        if (cookie < DOT_COOKIE) {
            fits = put(DOT, directory, Attributes.DIRECTORY, DOT_COOKIE, null);
        }
        if (fits && cookie < DOT_DOT_COOKIE) {
            final long parent = directory == Attributes.ROOT_INODE ? directory : UNKNOWN_INODE;
            fits = put(DOT_DOT, parent, Attributes.DIRECTORY, DOT_DOT_COOKIE, null);
        }
        for (int i = 0; fits && i < entries.size(); i++) {
            final DirectoryEntry entry = entries.get(i);
            fits =
                    put(
                            entry.name(),
                            entry.inode(),
                            entry.mode(),
                            entry.cookie(),
                            entry.attributes());
        }
        return position - offset;
    }

    private boolean put(
            final byte[] name,
            final long inode,
            final int mode,
            final long cookie,
            final Attributes attributes) {
        final int entryLength = withAttributes ? Layouts.ENTRY_OUT.size() : 0;
        final int nameLength = NAME + name.length;
        final int paddedLength = entryLength + (nameLength + Long.BYTES - 1 & -Long.BYTES);
        if (position + paddedLength > limit) {
            return false;
        }
        if (withAttributes) {
            if (attributes == null || attributes.sparse()) {
                // Node 0: the kernel takes only the name. What is stored of a file with holes is
                // not known here; it is asked for with the file's attributes.
                out.setMemory(position, entryLength, (byte) 0);
            } else {
                attributeEncoder.putEntry(out, position, attributes, request.isUpToDate());
                request.grant(attributes.inode());
            }
        }
        final int entry = position + entryLength;
        out.putLong(entry + INO, inode);
        out.putLong(entry + OFF, cookie);
        out.putInt(entry + NAME_LENGTH, name.length);
        out.putInt(entry + TYPE, (mode & Attributes.TYPE_MASK) >>> TYPE_SHIFT);
        out.putBytes(entry + NAME, name);
        out.setMemory(entry + nameLength, paddedLength - entryLength - nameLength, (byte) 0);
        position += paddedLength;
        return true;
    }
}
