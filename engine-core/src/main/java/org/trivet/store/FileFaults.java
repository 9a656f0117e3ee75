package org.trivet.store;

/**
 * What goes wrong with the files of a {@link MemoryFileLayer}. Asked before each call; what it
 * throws, the caller gets, and nothing has been done then.
 */
public interface FileFaults {
    /** Where a write goes that never arrives. */
    long NOWHERE = -1;

    /** Nothing goes wrong. */
    FileFaults NONE = (call, name, offset, length) -> {};

    /** A call. */
    enum Call {
        /** Opens or creates a file. */
        OPEN,
        /** Reads. */
        READ,
        /** Writes. */
        WRITE,
        /** Syncs a file. If it fails, what was not synced never will be. */
        SYNC,
        /** Reserves space. */
        PREALLOCATE,
        /** Removes a name. */
        DELETE,
        /** Renames. */
        RENAME,
        /** Syncs the names. */
        SYNC_DIRECTORY
    }

    /**
     * A call is about to be carried out.
     *
     * @param call which.
     * @param name of the file; empty for the directory.
     * @param offset in the file, where it has one.
     * @param length bytes, where it has any.
     */
    void before(Call call, String name, long offset, long length);

    /**
     * Where a write really goes.
     *
     * @param name of the file.
     * @param offset where it should go.
     * @param length bytes.
     * @return the offset, another one, or {@link #NOWHERE}.
     */
    default long placeOf(final String name, final long offset, final int length) {
        return offset;
    }
}
