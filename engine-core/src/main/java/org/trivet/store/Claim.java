package org.trivet.store;

import org.agrona.MutableDirectBuffer;

/** Room in the journal for a record's body, to be encoded in place. Reused from claim to claim. */
public final class Claim {
    private MutableDirectBuffer buffer;
    private int offset;
    private int length;

    /** A claim that nothing has been claimed with yet. */
    public Claim() {}

    /**
     * Says where to encode: for stores.
     *
     * @param newBuffer holds the room.
     * @param newOffset where it begins.
     * @param newLength bytes.
     */
    public void wrap(
            final MutableDirectBuffer newBuffer, final int newOffset, final int newLength) {
        this.buffer = newBuffer;
        this.offset = newOffset;
        this.length = newLength;
    }

    /**
     * The buffer that holds the room. After the commit the bytes stay readable there until the next
     * claim.
     *
     * @return the buffer.
     */
    public MutableDirectBuffer buffer() {
        return buffer;
    }

    /**
     * Where the room begins.
     *
     * @return offset in the buffer.
     */
    public int offset() {
        return offset;
    }

    /**
     * Bytes of the room.
     *
     * @return the length claimed.
     */
    public int length() {
        return length;
    }
}
