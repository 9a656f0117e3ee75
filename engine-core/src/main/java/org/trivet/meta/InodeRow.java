package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.trivet.fs.Attributes;
import org.trivet.wire.sbe.InodeAttributesDecoder;
import org.trivet.wire.sbe.InodeAttributesEncoder;

import java.nio.ByteOrder;

/**
 * The row of an inode, decoded.
 *
 * <pre>
 *    0  int64  parent     of a directory; 0 of others
 *    8  int64  appendEnd  end of the room given out to appenders, or less than the size
 *   16  int64  children   entries of a directory
 *   24  int32  openCount  openings, of all sessions
 *   28  int32  waits      sum of 1 if what lies beyond the end has still to be cut off, and of 2
 *                         if what makes the file longer waits until no room is given out
 *   32         InodeAttributes (104 bytes, see the schema)
 *  136         cutCount pairs int64 cut number, int64 file offset, oldest first: those that not all
 *              groups have confirmed, and before them some that they have
 * </pre>
 */
final class InodeRow {
    /** Cuts that not all groups have confirmed. */
    private static final int MAX_UNCONFIRMED = 16;

    /** Of those that all groups have confirmed so many are remembered. */
    private static final int MAX_CONFIRMED = 4;

    static final int MAX_CUTS = MAX_UNCONFIRMED + MAX_CONFIRMED;
    static final int ATTRIBUTES_OFFSET = 32;
    static final int CUTS_OFFSET = ATTRIBUTES_OFFSET + InodeAttributesEncoder.ENCODED_LENGTH;
    static final int MAX_LENGTH = CUTS_OFFSET + MAX_CUTS * 16;

    private static final int TAIL_PENDING = 1;
    private static final int GROWTH_WAITS = 2;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private final InodeAttributesDecoder decoder = new InodeAttributesDecoder();
    private final InodeAttributesEncoder encoder = new InodeAttributesEncoder();

    final long[] cuts = new long[2 * MAX_CUTS];
    long parent;
    long appendEnd;
    long children;
    int openCount;
    boolean tailPending;
    boolean growthWaits;
    long inode;
    long change;
    long size;
    long atimeNs;
    long mtimeNs;
    long ctimeNs;
    long dataId;
    long cut;
    long confirmedCut;
    int mode;
    int linkCount;
    int uid;
    int gid;
    int deviceId;
    int cutCount;
    int xattrCount;
    boolean sparse;

    void decode(final DirectBuffer buffer) {
        parent = buffer.getLong(0, LE);
        appendEnd = buffer.getLong(8, LE);
        children = buffer.getLong(16, LE);
        openCount = buffer.getInt(24, LE);
        tailPending = (buffer.getInt(28, LE) & TAIL_PENDING) != 0;
        growthWaits = (buffer.getInt(28, LE) & GROWTH_WAITS) != 0;
        decoder.wrap(buffer, ATTRIBUTES_OFFSET);
        inode = decoder.inode();
        change = decoder.change();
        size = decoder.size();
        atimeNs = decoder.atimeNs();
        mtimeNs = decoder.mtimeNs();
        ctimeNs = decoder.ctimeNs();
        dataId = decoder.dataId();
        cut = decoder.cut();
        confirmedCut = decoder.confirmedCut();
        mode = decoder.mode();
        linkCount = decoder.linkCount();
        uid = decoder.uid();
        gid = decoder.gid();
        deviceId = decoder.deviceId();
        cutCount = decoder.cutCount();
        xattrCount = decoder.xattrCount();
        sparse = decoder.sparse() != 0;
        for (int i = 0; i < 2 * cutCount; i++) {
            cuts[i] = buffer.getLong(CUTS_OFFSET + 8 * i, LE);
        }
    }

    int encode(final MutableDirectBuffer buffer) {
        buffer.putLong(0, parent, LE);
        buffer.putLong(8, appendEnd, LE);
        buffer.putLong(16, children, LE);
        buffer.putInt(24, openCount, LE);
        buffer.putInt(28, (tailPending ? TAIL_PENDING : 0) | (growthWaits ? GROWTH_WAITS : 0), LE);
        encodeAttributes(encoder.wrap(buffer, ATTRIBUTES_OFFSET));
        encodeCuts(buffer, CUTS_OFFSET);
        return CUTS_OFFSET + 16 * cutCount;
    }

    void encodeAttributes(final InodeAttributesEncoder to) {
        to.inode(inode)
                .change(change)
                .size(size)
                .atimeNs(atimeNs)
                .mtimeNs(mtimeNs)
                .ctimeNs(ctimeNs)
                .dataId(dataId)
                .cut(cut)
                .confirmedCut(confirmedCut)
                .mode(mode)
                .linkCount(linkCount)
                .uid(uid)
                .gid(gid)
                .deviceId(deviceId)
                .cutCount(cutCount)
                .xattrCount(xattrCount)
                .sparse(sparse ? 1 : 0);
    }

    void encodeCuts(final MutableDirectBuffer buffer, final int offset) {
        encodeCuts(0, buffer, offset);
    }

    /** Only those that not all groups have confirmed. */
    void encodeUnconfirmedCuts(final MutableDirectBuffer buffer, final int offset) {
        encodeCuts(confirmedCuts(), buffer, offset);
    }

    private void encodeCuts(final int first, final MutableDirectBuffer buffer, final int offset) {
        for (int i = 2 * first; i < 2 * cutCount; i++) {
            buffer.putLong(offset + 8 * (i - 2 * first), cuts[i], LE);
        }
    }

    private int confirmedCuts() {
        int count = 0;
        while (count < cutCount && cuts[2 * count] <= confirmedCut) {
            count++;
        }
        return count;
    }

    int unconfirmedCuts() {
        return cutCount - confirmedCuts();
    }

    /** Whether it must wait with another cut until one is confirmed. */
    boolean isFullOfCuts() {
        return unconfirmedCuts() == MAX_UNCONFIRMED;
    }

    /** Raises the number of the last cut. */
    void addCut(final long offset) {
        assert !isFullOfCuts() && offset > 0;
        cut++;
        cuts[2 * cutCount] = cut;
        cuts[2 * cutCount + 1] = offset;
        cutCount++;
    }

    /** All groups have confirmed the cuts up to a number. */
    void confirmCuts(final long upTo) {
        confirmedCut = Math.max(confirmedCut, upTo);
        final int forgotten = Math.max(0, confirmedCuts() - MAX_CONFIRMED);
        cutCount -= forgotten;
        System.arraycopy(cuts, 2 * forgotten, cuts, 0, 2 * cutCount);
    }

    /** Of data that nobody has cut. */
    void forgetCuts() {
        cut = 0;
        confirmedCut = 0;
        cutCount = 0;
    }

    /** Makes this the row of a new inode. */
    void reset(final long newInode, final int newMode, final long nowNs) {
        inode = newInode;
        mode = newMode;
        change = 1;
        atimeNs = nowNs;
        mtimeNs = nowNs;
        ctimeNs = nowNs;
        linkCount = 1;
        parent = 0;
        appendEnd = 0;
        children = 0;
        openCount = 0;
        tailPending = false;
        growthWaits = false;
        size = 0;
        dataId = 0;
        forgetCuts();
        xattrCount = 0;
        sparse = false;
        uid = 0;
        gid = 0;
        deviceId = 0;
    }

    int type() {
        return mode & Attributes.TYPE_MASK;
    }

    boolean isDirectory() {
        return type() == Attributes.DIRECTORY;
    }

    boolean isRegular() {
        return type() == Attributes.REGULAR;
    }

    /** Notes a change of the attributes. */
    void changed(final long nowNs) {
        ctimeNs = nowNs;
        change++;
    }

    /** Notes a change of the contents. */
    void modified(final long nowNs) {
        mtimeNs = nowNs;
        changed(nowNs);
    }
}
