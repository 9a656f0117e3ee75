package org.trivet.meta;

import org.agrona.DirectBuffer;

/** What a command did, beyond its reply: told while it is applied. */
interface Effects {
    /** Nobody listens: a command is replayed. */
    Effects NONE = new Effects() {};

    /**
     * An inode changed.
     *
     * @param inode its number.
     * @param contents whether its contents did.
     */
    default void inodeChanged(final long inode, final boolean contents) {}

    /**
     * A name changed its meaning.
     *
     * @param parent the directory.
     * @param name borrowed.
     */
    default void entryChanged(final long parent, final DirectBuffer name) {}

    /**
     * A session has opened an inode: others that write to it have to say so at once from now on.
     *
     * @param inode its number.
     */
    default void opened(final long inode) {}

    /** There is an intent more. */
    default void intentAdded() {}

    /**
     * Locks were released or weakened.
     *
     * @param inode of this inode.
     */
    default void locksReleased(final long inode) {}

    /**
     * A session was opened.
     *
     * @param session its id.
     * @param source its endpoint.
     */
    default void sessionOpened(final long session, final int source) {}

    /**
     * A session is ending: it takes no more requests.
     *
     * @param session its id.
     */
    default void sessionEnding(final long session) {}

    /**
     * The command gave out something that must never be given out twice: its reply waits until it
     * is synced.
     */
    default void mustSync() {}
}
