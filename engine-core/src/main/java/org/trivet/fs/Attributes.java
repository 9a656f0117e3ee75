package org.trivet.fs;

/**
 * The attributes of an inode. Times are nanoseconds since 1970-01-01T00:00Z.
 *
 * @param inode inode number, never used again; the root is 1.
 * @param mode type and permissions, as in stat(2).
 * @param linkCount names of a file; 2 + number of subdirectories of a directory.
 * @param uid owner.
 * @param gid owning group.
 * @param deviceId of a device node, as in mknod(2).
 * @param size bytes of a file or of a symbolic link's target.
 * @param atimeNs last access.
 * @param mtimeNs last change of the contents.
 * @param ctimeNs last change of the attributes.
 * @param dataId names the file's blocks; 0 where there are none; a new one after truncation to
 *     nothing.
 * @param cut number of the last truncation of this data id.
 * @param cuts truncations not yet confirmed by all groups: pairs (cut number, file offset), oldest
 *     first; it is shared and must not be changed.
 * @param pastCuts the last of those that all groups have confirmed, likewise.
 * @param change raised by every change of this inode.
 * @param xattrCount how many extended attributes it has.
 * @param sparse whether a file may have holes.
 * @param allocated bytes that are stored of a file, about; if it may have holes, the size until it
 *     has been asked for.
 * @param shared whether another client had it open when this was answered.
 */
public record Attributes(
        long inode,
        int mode,
        int linkCount,
        int uid,
        int gid,
        int deviceId,
        long size,
        long atimeNs,
        long mtimeNs,
        long ctimeNs,
        long dataId,
        long cut,
        long[] cuts,
        long[] pastCuts,
        long change,
        int xattrCount,
        boolean sparse,
        long allocated,
        boolean shared) {
    /** The bits of {@link #mode} that hold the type. */
    public static final int TYPE_MASK = 0170000;

    /** Type of a directory. */
    public static final int DIRECTORY = 0040000;

    /** Type of a regular file. */
    public static final int REGULAR = 0100000;

    /** Type of a symbolic link. */
    public static final int SYMLINK = 0120000;

    /** Inode number of the root directory. */
    public static final long ROOT_INODE = 1;

    /**
     * The same, of an inode that has lost its last name.
     *
     * @return other attributes.
     */
    Attributes withoutNames() {
        return new Attributes(
                inode,
                mode,
                0,
                uid,
                gid,
                deviceId,
                size,
                atimeNs,
                mtimeNs,
                ctimeNs,
                dataId,
                cut,
                cuts,
                pastCuts,
                change,
                xattrCount,
                sparse,
                allocated,
                shared);
    }

    /**
     * The same, with what is stored.
     *
     * @param bytes stored.
     * @return other attributes.
     */
    Attributes withAllocated(final long bytes) {
        return new Attributes(
                inode,
                mode,
                linkCount,
                uid,
                gid,
                deviceId,
                size,
                atimeNs,
                mtimeNs,
                ctimeNs,
                dataId,
                cut,
                cuts,
                pastCuts,
                change,
                xattrCount,
                sparse,
                bytes,
                shared);
    }

    /**
     * The type.
     *
     * @return one of the type bits.
     */
    public int type() {
        return mode & TYPE_MASK;
    }

    /**
     * Whether this is a directory.
     *
     * @return true if so.
     */
    public boolean isDirectory() {
        return type() == DIRECTORY;
    }

    /**
     * Whether this is a regular file.
     *
     * @return true if so.
     */
    public boolean isRegular() {
        return type() == REGULAR;
    }
}
