package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.trivet.ErrorCode;
import org.trivet.fs.Attributes;
import org.trivet.wire.sbe.InodeAttributesEncoder;

import java.nio.ByteOrder;

/** Entries of directories. */
final class Directories {
    /** What a directory says its size is. */
    static final int SIZE = 4096;

    /** The most entries of one listing. */
    static final int MAX_LISTED = 8192;

    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int LISTED_HEADER = 22;
    private static final int LISTED_MAX = LISTED_HEADER + 255 + InodeRow.MAX_LENGTH;

    private final State state;
    private final InodeRow row = new InodeRow();
    private final InodeAttributesEncoder attributes = new InodeAttributesEncoder();
    private final ExpandableArrayBuffer listing = new ExpandableArrayBuffer();
    private final ExpandableArrayBuffer found = new ExpandableArrayBuffer();
    private int foundLength;
    private int foundCount;

    Directories(final State state) {
        this.state = state;
    }

    /** Loads a directory. */
    InodeRow load(final long inode, final InodeRow into) {
        state.inode(inode, into);
        if (!into.isDirectory()) {
            throw Refused.of(ErrorCode.NOT_DIRECTORY);
        }
        return into;
    }

    /** Loads a directory that is to have an entry more: it must have a name itself. */
    InodeRow loadToAdd(final long inode, final InodeRow into) {
        load(inode, into);
        if (into.linkCount == 0) {
            throw Refused.of(ErrorCode.NOT_FOUND);
        }
        return into;
    }

    /** Looks up a name; what it names is in the rows' entry fields. */
    void find(final long parent, final DirectBuffer name) {
        State.checkName(name);
        if (!state.rows.findEntry(parent, name)) {
            throw Refused.of(ErrorCode.NOT_FOUND);
        }
    }

    /** Refuses a name that exists. */
    void mustBeFree(final long parent, final DirectBuffer name) {
        State.checkName(name);
        if (state.rows.findEntry(parent, name)) {
            throw Refused.of(ErrorCode.EXISTS);
        }
    }

    /** Adds an entry; the directory is to be saved after. */
    void add(final InodeRow parent, final DirectBuffer name, final long inode, final int type) {
        state.rows.putEntry(parent.inode, name, state.counters.nextCookie++, inode, type);
        parent.children++;
        if (type == Attributes.DIRECTORY) {
            parent.linkCount++;
        }
        parent.modified(state.nowNs);
        state.effects.entryChanged(parent.inode, name);
    }

    /** Removes an entry; the directory is to be saved after. */
    void remove(final InodeRow parent, final DirectBuffer name, final long cookie, final int type) {
        state.rows.removeEntry(parent.inode, name, cookie);
        parent.children--;
        if (type == Attributes.DIRECTORY) {
            parent.linkCount--;
        }
        parent.modified(state.nowNs);
        state.effects.entryChanged(parent.inode, name);
    }

    /** Lets a name mean something else, at the same cookie; the directory is to be saved after. */
    void replace(
            final InodeRow parent,
            final DirectBuffer name,
            final long cookie,
            final int oldType,
            final long inode,
            final int type) {
        state.rows.putEntry(parent.inode, name, cookie, inode, type);
        if (oldType != type) {
            parent.linkCount +=
                    (type == Attributes.DIRECTORY ? 1 : 0)
                            - (oldType == Attributes.DIRECTORY ? 1 : 0);
        }
        parent.modified(state.nowNs);
        state.effects.entryChanged(parent.inode, name);
    }

    int lookup(final long parent, final DirectBuffer name) {
        load(parent, row);
        find(parent, name);
        state.inode(state.rows.entryInode, row);
        return state.attributes(row);
    }

    /** Lists entries after a cookie, as the schema's MetaEntries says. */
    int list(
            final long inode,
            final long cookie,
            final int maxEntries,
            final boolean withAttributes) {
        load(inode, row);
        if (maxEntries < 1 || cookie < 0) {
            throw Refused.of(ErrorCode.INVALID);
        }
        gather(inode, cookie, Math.min(maxEntries, MAX_LISTED));
        if (!withAttributes) {
            return state.replies.entries(false, found, foundLength);
        }
        int from = 0;
        int to = 0;
        for (int i = 0; i < foundCount && to + LISTED_MAX <= Replies.MAX_ENTRIES_LENGTH; i++) {
            final int length = LISTED_HEADER + found.getShort(from + 20, LE);
            listing.putBytes(to, found, from, length);
            state.inode(found.getLong(from, LE), row);
            row.encodeAttributes(attributes.wrap(listing, to + length));
            row.encodeCuts(listing, to + length + InodeAttributesEncoder.ENCODED_LENGTH);
            to += length + InodeAttributesEncoder.ENCODED_LENGTH + 16 * row.cutCount;
            from += length;
        }
        return state.replies.entries(true, listing, to);
    }

    private void gather(final long inode, final long cookie, final int maxEntries) {
        foundLength = 0;
        foundCount = 0;
        state.rows
                .key('K')
                .and(inode)
                .and(cookie + 1)
                .scan(
                        1 + Long.BYTES,
                        (key, value) -> {
                            final int nameLength = value.capacity() - 12;
                            if (foundLength + LISTED_HEADER + nameLength
                                    > Replies.MAX_ENTRIES_LENGTH) {
                                return false;
                            }
                            found.putLong(foundLength, value.getLong(0, LE), LE);
                            found.putLong(foundLength + 8, Rows.keyNumber(key, 1), LE);
                            found.putInt(foundLength + 16, value.getInt(8, LE), LE);
                            found.putShort(foundLength + 20, (short) nameLength, LE);
                            found.putBytes(foundLength + LISTED_HEADER, value, 12, nameLength);
                            foundLength += LISTED_HEADER + nameLength;
                            return ++foundCount < maxEntries;
                        });
    }
}
