package org.trivet.fs;

/**
 * Told on the client's agent thread when another client changed what a cache above may hold. Must
 * not block. The other client's call ends when it is obeyed, or a while later.
 */
public interface InvalidationListener {
    /** For who does not wait for it. */
    Runnable UNAWAITED = () -> {};

    /**
     * An inode changed.
     *
     * @param inode its number.
     * @param offset first byte whose cached contents are void, or -1 if only the attributes are.
     * @param length bytes from there; 0 for all.
     * @param obeyed to be run, on the agent's thread, when no cache holds any more what was before.
     */
    void inodeChanged(long inode, long offset, long length, Runnable obeyed);

    /**
     * A name in a directory changed its meaning.
     *
     * @param parent the directory's inode number.
     * @param name the name's bytes.
     * @param obeyed to be run, on the agent's thread, when no cache holds any more what was before.
     */
    void entryChanged(long parent, byte[] name, Runnable obeyed);

    /**
     * Anything may have changed: it is not known any more what did.
     *
     * @param obeyed to be run, on the agent's thread, when no cache holds any more what was before.
     */
    void everythingChanged(Runnable obeyed);
}
