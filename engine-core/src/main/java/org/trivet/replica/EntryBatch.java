package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.BlockStore;
import org.trivet.store.EntryView;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Predicate;

/**
 * Entries framed for a message. Memory is taken as it is needed, for few batches are ever full.
 *
 * <pre>
 *   for each entry, 8-byte aligned:  int32 length | int32 0 | Entry message | padding
 * </pre>
 */
final class EntryBatch {
    /** Bytes before each entry. */
    static final int FRAME_LENGTH = 8;

    /** Takes entries out of a message. */
    @FunctionalInterface
    interface Visitor {
        /** False stops. */
        boolean onEntry(EntryView entry);
    }

    private static final int FIRST_CAPACITY = 4096;

    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private final int limit;
    private int length;
    private int count;

    EntryBatch(final int limit) {
        this.limit = limit;
    }

    void clear() {
        length = 0;
        count = 0;
    }

    /** Holds the entries. */
    UnsafeBuffer buffer() {
        return buffer;
    }

    /** Holds the entries, and has memory for one more, for which there is room. */
    UnsafeBuffer bufferFor(final int entryLength) {
        final int wanted = nextOffset() + entryLength + 7;
        if (buffer.capacity() < wanted) {
            final int doubled = Math.max(FIRST_CAPACITY, 2 * buffer.capacity());
            final ByteBuffer larger =
                    ByteBuffer.allocateDirect(Math.min(limit, Math.max(doubled, wanted)));
            buffer.getBytes(0, larger, 0, length);
            buffer.wrap(larger);
        }
        return buffer;
    }

    int length() {
        return length;
    }

    int count() {
        return count;
    }

    int capacity() {
        return limit;
    }

    boolean hasRoom(final int entryLength) {
        return length + FRAME_LENGTH + entryLength + 7 <= limit;
    }

    /** Where the next entry is to be encoded; {@link #added} completes it. */
    int nextOffset() {
        return length + FRAME_LENGTH;
    }

    int room() {
        return limit - length - FRAME_LENGTH - 7;
    }

    void added(final int entryLength) {
        buffer.putInt(length, entryLength, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(length + 4, 0, ByteOrder.LITTLE_ENDIAN);
        length = length + FRAME_LENGTH + entryLength + 7 & ~7;
        count++;
    }

    /** Adds an encoded entry, for which there is room. */
    void add(final DirectBuffer source, final int offset, final int entryLength) {
        bufferFor(entryLength).putBytes(nextOffset(), source, offset, entryLength);
        added(entryLength);
    }

    /** Adds a record of the store. False if it does not fit, or cannot be read. */
    boolean add(final BlockStore store, final long position, final int entryLength) {
        if (!hasRoom(entryLength)) {
            return false;
        }
        final int read =
                store.readRecord(position, bufferFor(entryLength), nextOffset(), entryLength);
        if (read != entryLength) {
            return false;
        }
        added(entryLength);
        return true;
    }

    /** Whether all of a message's entries are whole, and are what they should be. */
    static boolean all(
            final DirectBuffer source,
            final int offset,
            final int length,
            final EntryView view,
            final Predicate<EntryView> expected) {
        int at = offset;
        final int end = offset + length;
        while (at < end) {
            if (!isEntry(source, at, end, view) || !expected.test(view)) {
                return false;
            }
            at += FRAME_LENGTH + view.length() + 7 & ~7;
        }
        return true;
    }

    private static boolean isEntry(
            final DirectBuffer source, final int at, final int end, final EntryView view) {
        if (end - at < FRAME_LENGTH) {
            return false;
        }
        final int entryLength = source.getInt(at, ByteOrder.LITTLE_ENDIAN);
        return entryLength >= 0
                && entryLength <= end - at - FRAME_LENGTH
                && view.wrap(source, at + FRAME_LENGTH, entryLength)
                && view.length() == entryLength;
    }

    /** Visits the entries of a message. False if its shape is wrong; those before are visited. */
    static boolean visit(
            final DirectBuffer source,
            final int offset,
            final int length,
            final EntryView view,
            final Visitor visitor) {
        int at = offset;
        final int end = offset + length;
        while (at < end) {
            if (!isEntry(source, at, end, view)) {
                return false;
            }
            final int entryLength = view.length();
            if (!visitor.onEntry(view)) {
                return true;
            }
            at += FRAME_LENGTH + entryLength + 7 & ~7;
        }
        return true;
    }
}
