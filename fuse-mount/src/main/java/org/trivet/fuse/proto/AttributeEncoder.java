package org.trivet.fuse.proto;

import org.agrona.MutableDirectBuffer;
import org.trivet.fs.Attributes;

/**
 * Puts attributes into replies: {@code fuse_attr}, and the structures that hold one. What is so
 * told of extended attributes is remembered.
 */
final class AttributeEncoder {
    private static final long NS_PER_S = 1_000_000_000L;
    private static final int SECTOR = 512;
    private static final int IO_LENGTH = 4096;

    private static final int INO = Layouts.ATTR.at("ino");
    private static final int SIZE = Layouts.ATTR.at("size");
    private static final int BLOCKS = Layouts.ATTR.at("blocks");
    private static final int ATIME = Layouts.ATTR.at("atime");
    private static final int MTIME = Layouts.ATTR.at("mtime");
    private static final int CTIME = Layouts.ATTR.at("ctime");
    private static final int ATIME_NSEC = Layouts.ATTR.at("atimensec");
    private static final int MTIME_NSEC = Layouts.ATTR.at("mtimensec");
    private static final int CTIME_NSEC = Layouts.ATTR.at("ctimensec");
    private static final int MODE = Layouts.ATTR.at("mode");
    private static final int NLINK = Layouts.ATTR.at("nlink");
    private static final int UID = Layouts.ATTR.at("uid");
    private static final int GID = Layouts.ATTR.at("gid");
    private static final int RDEV = Layouts.ATTR.at("rdev");
    private static final int BLKSIZE = Layouts.ATTR.at("blksize");
    private static final int FLAGS = Layouts.ATTR.at("flags");

    private static final int ENTRY_NODE = Layouts.ENTRY_OUT.at("nodeid");
    private static final int ENTRY_GENERATION = Layouts.ENTRY_OUT.at("generation");
    private static final int ENTRY_VALID = Layouts.ENTRY_OUT.at("entry_valid");
    private static final int ENTRY_VALID_NSEC = Layouts.ENTRY_OUT.at("entry_valid_nsec");
    private static final int ENTRY_ATTR_VALID = Layouts.ENTRY_OUT.at("attr_valid");
    private static final int ENTRY_ATTR_VALID_NSEC = Layouts.ENTRY_OUT.at("attr_valid_nsec");
    private static final int ENTRY_ATTR = Layouts.ENTRY_OUT.at("attr");

    private static final int ATTR_VALID = Layouts.ATTR_OUT.at("attr_valid");
    private static final int ATTR_VALID_NSEC = Layouts.ATTR_OUT.at("attr_valid_nsec");
    private static final int ATTR_DUMMY = Layouts.ATTR_OUT.at("dummy");
    private static final int ATTR_ATTR = Layouts.ATTR_OUT.at("attr");

    private final long entryTimeoutNs;
    private final long attributeTimeoutNs;
    private final AbsentXattrs absentXattrs;

    AttributeEncoder(final SessionOptions options, final AbsentXattrs absentXattrs) {
        this.absentXattrs = absentXattrs;
        this.entryTimeoutNs = options.entryTimeoutNs();
        this.attributeTimeoutNs = options.attributeTimeoutNs();
    }

    /**
     * Puts a {@code fuse_entry_out}; returns its length.
     *
     * @param mayBeTrusted whether the kernel may keep the attributes for a while: not if something
     *     has changed since they were asked for, as it drops only what it knows already.
     */
    int putEntry(
            final MutableDirectBuffer out,
            final int offset,
            final Attributes attributes,
            final boolean mayBeTrusted) {
        final long trustedNs = mayBeTrusted ? attributeTimeoutNs : 0;
        out.putLong(offset + ENTRY_NODE, attributes.inode());
        out.putLong(offset + ENTRY_GENERATION, 0);
        out.putLong(offset + ENTRY_VALID, entryTimeoutNs / NS_PER_S);
        out.putInt(offset + ENTRY_VALID_NSEC, (int) (entryTimeoutNs % NS_PER_S));
        out.putLong(offset + ENTRY_ATTR_VALID, trustedNs / NS_PER_S);
        out.putInt(offset + ENTRY_ATTR_VALID_NSEC, (int) (trustedNs % NS_PER_S));
        put(out, offset + ENTRY_ATTR, attributes);
        return Layouts.ENTRY_OUT.size();
    }

    /** Puts a {@code fuse_attr_out}; returns its length. */
    int putAttributes(
            final MutableDirectBuffer out,
            final int offset,
            final Attributes attributes,
            final boolean mayBeTrusted) {
        final long trustedNs = mayBeTrusted ? attributeTimeoutNs : 0;
        out.putLong(offset + ATTR_VALID, trustedNs / NS_PER_S);
        out.putInt(offset + ATTR_VALID_NSEC, (int) (trustedNs % NS_PER_S));
        out.putInt(offset + ATTR_DUMMY, 0);
        put(out, offset + ATTR_ATTR, attributes);
        return Layouts.ATTR_OUT.size();
    }

    private void put(final MutableDirectBuffer out, final int offset, final Attributes attributes) {
        absentXattrs.learn(attributes);
        out.putLong(offset + INO, attributes.inode());
        out.putLong(offset + SIZE, attributes.size());
        out.putLong(
                offset + BLOCKS,
                attributes.isRegular() ? (attributes.allocated() + SECTOR - 1) / SECTOR : 0);
        putTime(out, offset + ATIME, offset + ATIME_NSEC, attributes.atimeNs());
        putTime(out, offset + MTIME, offset + MTIME_NSEC, attributes.mtimeNs());
        putTime(out, offset + CTIME, offset + CTIME_NSEC, attributes.ctimeNs());
        out.putInt(offset + MODE, attributes.mode());
        out.putInt(offset + NLINK, attributes.linkCount());
        out.putInt(offset + UID, attributes.uid());
        out.putInt(offset + GID, attributes.gid());
        out.putInt(offset + RDEV, attributes.deviceId());
        out.putInt(offset + BLKSIZE, IO_LENGTH);
        out.putInt(offset + FLAGS, 0);
    }

    private static void putTime(
            final MutableDirectBuffer out,
            final int secondsOffset,
            final int nanosOffset,
            final long timeNs) {
        out.putLong(secondsOffset, Math.floorDiv(timeNs, NS_PER_S));
        out.putInt(nanosOffset, (int) Math.floorMod(timeNs, NS_PER_S));
    }
}
