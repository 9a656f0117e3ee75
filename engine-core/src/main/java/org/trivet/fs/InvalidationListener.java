package org.trivet.fs;

/**
 * Told on the client's agent thread when another client changed what a cache above may hold. Must
 * not block.
 */
public interface InvalidationListener {
    /**
     * An inode changed.
     *
     * @param inode its number.
     * @param offset first byte whose cached contents are void, or -1 if only the attributes are.
     * @param length bytes from there; 0 for all.
     */
    void inodeChanged(long inode, long offset, long length);

    /**
     * A name in a directory changed its meaning.
     *
     * @param parent the directory's inode number.
     * @param name the name's bytes.
     */
    void entryChanged(long parent, byte[] name);
}
