package org.trivet.store.segment;

import org.agrona.DirectBuffer;

/** Judges the part of a record's body that the journal's own checksum does not cover. */
@FunctionalInterface
public interface RecordCheck {
    /**
     * Whether a body is whole.
     *
     * @param type of the record.
     * @param tag of the record.
     * @param buffer holds the body.
     * @param offset where it begins.
     * @param length bytes.
     * @return false if it is torn or damaged.
     */
    boolean isWhole(int type, int tag, DirectBuffer buffer, int offset, int length);
}
