package org.trivet.store;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The files of one directory: what a store needs of a file system, so that a simulated one can
 * stand in for it. Names are plain file names, no paths. Errors are {@link
 * org.trivet.TrivetException}s: NO_SPACE, IO, NOT_FOUND, READ_ONLY. Safe for use by several
 * threads; of one file, ranges that do not overlap may be read and written, and the file be synced,
 * at the same time.
 */
public interface FileLayer {
    /** An open file. */
    interface OpenFile extends AutoCloseable {
        /**
         * Reads.
         *
         * @param buffer takes bytes from its position to its limit.
         * @param offset in the file.
         * @return bytes read: fewer than asked only at the end of the file.
         */
        int read(ByteBuffer buffer, long offset);

        /**
         * Writes all bytes from the buffer's position to its limit.
         *
         * @param buffer the bytes.
         * @param offset in the file.
         */
        void write(ByteBuffer buffer, long offset);

        /**
         * Writes zeros where nothing has been written yet, and has the device begin on them if that
         * can be, without waiting for it.
         *
         * @param zeros from the buffer's position to its limit.
         * @param offset in the file.
         * @return whether the device has begun, so that a sync will find little to be done.
         */
        default boolean fill(final ByteBuffer zeros, final long offset) {
            write(zeros, offset);
            return false;
        }

        /**
         * Makes what was written survive loss of power (fdatasync). After a failure nothing written
         * is certain.
         */
        void sync();

        /**
         * The length.
         *
         * @return bytes.
         */
        long length();

        /**
         * Reserves space, so that writing into it cannot fail for want of it; the file is at least
         * so long afterwards.
         *
         * @param length bytes from the beginning of the file.
         */
        void preallocate(long length);

        @Override
        void close();
    }

    /**
     * The files.
     *
     * @return their names, sorted.
     */
    List<String> list();

    /**
     * Opens a file for reading and writing.
     *
     * @param name its name.
     * @param create whether to create it if it is missing.
     * @return the open file.
     */
    OpenFile open(String name, boolean create);

    /**
     * Removes a file, if it is there.
     *
     * @param name its name.
     */
    void delete(String name);

    /**
     * Renames a file, replacing one of the new name.
     *
     * @param from its name.
     * @param to its new name.
     */
    void rename(String from, String to);

    /** Makes creations, removals and renames survive loss of power. */
    void syncDirectory();

    /**
     * Space left for files of this directory.
     *
     * @return bytes.
     */
    long usableSpace();

    /**
     * Whether the names still lead to the files that are open: not so after somebody removed or
     * replaced the directory or a file in it. What is written then goes to files that nobody will
     * find again.
     *
     * @return true while all is well.
     */
    default boolean intact() {
        return true;
    }
}
