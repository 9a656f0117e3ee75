package org.trivet.store.segment;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongArrayList;
import org.trivet.store.EntryView;

/** A record as it was found in a file: a reusable view, good during one call. */
public final class FoundRecord {
    private final EntryView view = new EntryView();
    private final LongArrayList badUnits = new LongArrayList();
    private int type;
    private int tag;
    private long position;
    private DirectBuffer buffer;
    private int offset;
    private int length;
    private boolean hasEntry;
    private boolean isSound;

    /** What a record is. */
    public enum Kind {
        /** Of the journal itself: segments that are no longer in use. */
        RELEASED,
        /** An entry of a log, or a row that was pulled. */
        ENTRY,
        /** The state of a group. */
        STATE,
        /** A trim that cleaning has moved. */
        MOVED_TRIM,
        /** A row that cleaning has moved. */
        MOVED_ROW,
        /** What gives a range of keys up, or clears it, and was moved by cleaning. */
        MOVED_CLEAR,
        /** None that this version knows. */
        UNKNOWN
    }

    FoundRecord() {}

    /** Looks at a record; {@code sound} if the journal's own checksum of it holds. */
    void wrap(
            final int newType,
            final int newTag,
            final long newPosition,
            final DirectBuffer newBuffer,
            final int newOffset,
            final int newLength,
            final boolean sound,
            final EntryCheck check) {
        type = newType;
        tag = newTag;
        position = newPosition;
        buffer = newBuffer;
        offset = newOffset;
        length = newLength;
        isSound = sound;
        hasEntry =
                isOfEntry() && sound && EntryCheck.isEntry(view, newBuffer, newOffset, newLength);
        badUnits.clear();
        if (hasEntry) {
            check.listBadUnits(view, badUnits);
        }
    }

    private boolean isOfEntry() {
        return switch (kind()) {
            case ENTRY, MOVED_TRIM, MOVED_ROW, MOVED_CLEAR -> true;
            default -> false;
        };
    }

    /**
     * What it is.
     *
     * @return its kind.
     */
    public Kind kind() {
        return switch (type) {
            case Journal.RELEASED_TYPE -> Kind.RELEASED;
            case SegmentBlockStore.ENTRY_TYPE -> Kind.ENTRY;
            case SegmentBlockStore.STATE_TYPE -> Kind.STATE;
            case SegmentBlockStore.TRIM_TYPE -> Kind.MOVED_TRIM;
            case SegmentBlockStore.ROW_TYPE -> Kind.MOVED_ROW;
            case SegmentBlockStore.CLEAR_TYPE -> Kind.MOVED_CLEAR;
            default -> Kind.UNKNOWN;
        };
    }

    /**
     * The number of its type, as it stands in the file.
     *
     * @return the type.
     */
    public int type() {
        return type;
    }

    /**
     * What belongs to its type: of a state, the group.
     *
     * @return the tag.
     */
    public int tag() {
        return tag;
    }

    /**
     * The segment that it stands in.
     *
     * @return the number.
     */
    public int segment() {
        return Positions.segment(position);
    }

    /**
     * Where in the file it begins.
     *
     * @return bytes.
     */
    public int segmentOffset() {
        return Positions.offset(position);
    }

    /** Its position in the journal. */
    long position() {
        return position;
    }

    /**
     * What holds its body.
     *
     * @return a buffer.
     */
    public DirectBuffer buffer() {
        return buffer;
    }

    /**
     * Where its body begins.
     *
     * @return offset in the buffer.
     */
    public int offset() {
        return offset;
    }

    /**
     * The length of its body.
     *
     * @return bytes.
     */
    public int length() {
        return length;
    }

    /**
     * The entry that it is.
     *
     * @return the entry; null if it is none, or damaged so that it cannot be told.
     */
    public EntryView entry() {
        return hasEntry ? view : null;
    }

    /**
     * Whether it is what was written.
     *
     * @return false if it is damaged, as a whole or some of its units.
     */
    public boolean isGood() {
        return isSound && badUnits.isEmpty() && (hasEntry || !isOfEntry());
    }

    /**
     * The units of the entry whose checksums do not hold.
     *
     * @return their numbers, in order; to be read only.
     */
    public LongArrayList badUnits() {
        return badUnits;
    }
}
