package org.trivet.store;

import org.agrona.DirectBuffer;

/**
 * An ordered map of bytes to bytes, changed in one open transaction and committed durably from time
 * to time. After a crash it is as of the last commit. Keys are ordered as unsigned bytes, shorter
 * first; 1 to 511 bytes. Owned by one thread. Allocates nothing per operation, as far as the
 * implementation can.
 */
public interface KeyValueStore extends AutoCloseable {
    /** Told of entries. */
    @FunctionalInterface
    interface Visitor {
        /**
         * An entry; the buffers are valid during the call, in which the store must not be used.
         *
         * @param key its key.
         * @param value its value.
         * @return whether to go on.
         */
        boolean onEntry(DirectBuffer key, DirectBuffer value);
    }

    /**
     * Looks up a key.
     *
     * @param key holds the key.
     * @param offset where it begins.
     * @param length bytes.
     * @return the value, valid until the store is next used, or null.
     */
    DirectBuffer get(DirectBuffer key, int offset, int length);

    /**
     * Puts a value, replacing an earlier one.
     *
     * @param key holds the key.
     * @param keyOffset where it begins.
     * @param keyLength bytes.
     * @param value holds the value.
     * @param valueOffset where it begins.
     * @param valueLength bytes, at most 64 KiB.
     */
    void put(
            DirectBuffer key,
            int keyOffset,
            int keyLength,
            DirectBuffer value,
            int valueOffset,
            int valueLength);

    /**
     * Removes a key.
     *
     * @param key holds the key.
     * @param offset where it begins.
     * @param length bytes.
     * @return whether it was there.
     */
    boolean remove(DirectBuffer key, int offset, int length);

    /**
     * Visits entries in order, from the first key at or after the one given.
     *
     * @param key holds the key.
     * @param offset where it begins.
     * @param length bytes; 0 for the first key of all.
     * @param visitor told each entry until it says stop.
     */
    void forward(DirectBuffer key, int offset, int length, Visitor visitor);

    /**
     * Visits entries in reverse order, from the last key at or before the one given.
     *
     * @param key holds the key.
     * @param offset where it begins.
     * @param length bytes.
     * @param visitor told each entry until it says stop.
     */
    void backward(DirectBuffer key, int offset, int length, Visitor visitor);

    /**
     * Commits everything since the last commit, durably and at once, and opens the next
     * transaction.
     */
    void commit();

    /** Forgets everything since the last commit, and opens the next transaction. */
    void rollback();

    /**
     * Entries in the map.
     *
     * @return the number.
     */
    long size();

    /**
     * What it has found wrong with its own files since it was opened, whoever was told then: its
     * answers prove nothing any more, and another process has to look at the files.
     *
     * @return null while nothing is.
     */
    default RuntimeException failure() {
        return null;
    }

    /** Closes without committing. */
    @Override
    void close();
}
