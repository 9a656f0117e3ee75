package org.trivet.fs;

/**
 * Told on the client's agent thread when another client changed what a cache above may hold. Must
 * not block. The other client's call ends when it is obeyed, or a while later.
 */
public interface InvalidationListener {
    /** Hears on the agent's thread how far a cache has come with what it was told. */
    @FunctionalInterface
    interface Outcome {
        /** No cache holds any more what was before. */
        void obeyed();

        /**
         * What holds it up may itself be waiting for another client, which should therefore not
         * wait for this. {@link #obeyed} follows when it can.
         */
        default void heldUp() {}
    }

    /** For who does not wait for it. */
    Outcome UNAWAITED = () -> {};

    /**
     * An inode changed.
     *
     * @param inode its number.
     * @param offset first byte whose cached contents are void, or -1 if only the attributes are.
     * @param length bytes from there; 0 for all.
     * @param outcome told when it is obeyed.
     */
    void inodeChanged(long inode, long offset, long length, Outcome outcome);

    /**
     * A name in a directory changed its meaning.
     *
     * @param parent the directory's inode number.
     * @param name the name's bytes.
     * @param outcome told when it is obeyed.
     */
    void entryChanged(long parent, byte[] name, Outcome outcome);

    /**
     * Anything may have changed: it is not known any more what did.
     *
     * @param outcome told when it is obeyed.
     */
    void everythingChanged(Outcome outcome);
}
