package org.trivet.fs;

/**
 * Attributes to set. Only the fields that {@code mask} names count.
 *
 * @param mask which fields to set: the constants of this class, or-ed.
 * @param mode permissions (the type bits are ignored).
 * @param uid owner.
 * @param gid owning group.
 * @param size new size in bytes: shorter cuts, longer adds zeros.
 * @param atimeNs last access, nanoseconds since 1970.
 * @param mtimeNs last change of the contents, nanoseconds since 1970.
 */
public record AttributeChange(
        int mask, int mode, int uid, int gid, long size, long atimeNs, long mtimeNs) {
    /** Set the permissions. */
    public static final int MODE = 1;

    /** Set the owner. */
    public static final int UID = 1 << 1;

    /** Set the owning group. */
    public static final int GID = 1 << 2;

    /** Set the size. */
    public static final int SIZE = 1 << 3;

    /** Set the access time. */
    public static final int ATIME = 1 << 4;

    /** Set the modification time. */
    public static final int MTIME = 1 << 5;

    /** Set the access time to now. */
    public static final int ATIME_NOW = 1 << 6;

    /** Set the modification time to now. */
    public static final int MTIME_NOW = 1 << 7;

    /**
     * A change of the size alone.
     *
     * @param size the new size in bytes.
     * @return the change.
     */
    public static AttributeChange ofSize(final long size) {
        return new AttributeChange(SIZE, 0, 0, 0, size, 0, 0);
    }

    /**
     * Whether a field is to be set.
     *
     * @param field one of the constants.
     * @return true if so.
     */
    public boolean sets(final int field) {
        return (mask & field) != 0;
    }
}
