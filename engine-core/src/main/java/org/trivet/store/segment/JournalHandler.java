package org.trivet.store.segment;

import org.agrona.DirectBuffer;

/** Told what a journal holds, in its order. */
public interface JournalHandler {
    /**
     * A record.
     *
     * @param type its type.
     * @param tag its tag.
     * @param position its position.
     * @param buffer holds its body, during the call.
     * @param offset where the body begins.
     * @param length bytes of the body.
     */
    void onRecord(int type, int tag, long position, DirectBuffer buffer, int offset, int length);

    /**
     * A record whose header is good and whose body is not, and which is no torn end.
     *
     * @param type its type.
     * @param tag its tag.
     * @param position its position.
     * @param buffer holds its body, during the call.
     * @param offset where the body begins.
     * @param length bytes of the body.
     * @param identified whether the part that the journal's own checksum covers is good.
     */
    default void onDamagedRecord(
            final int type,
            final int tag,
            final long position,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final boolean identified) {
        onDamage(position, false);
    }

    /**
     * A stretch that should hold records is missing or damaged.
     *
     * @param position where it begins.
     * @param torn true if nothing valid follows in the newest segment: a lost suffix.
     */
    void onDamage(long position, boolean torn);

    /**
     * Whether to go on.
     *
     * @return false if the rest of the segment need not be read.
     */
    default boolean wantsMore() {
        return true;
    }
}
