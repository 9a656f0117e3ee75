package org.trivet.transport.auth;

/** What an endpoint knows of another one. For the endpoint's thread. */
final class Peer {
    private final int id;

    /** How many challenges of the peer's have been used up, or more. */
    long generation;

    /** What is sent in; null if there is none. */
    private Session current;

    /** The one before, of the same life of the peer: what is under way in it is still taken. */
    private Session previous;

    /** The session that the peer's last confirmation has begun, and the code of that one. */
    Session confirmed;

    byte[] confirmCode;

    /** What this endpoint has begun; null if nothing. */
    Handshake handshake;

    /** A message that waits for a session; null if there is none. */
    byte[] held;

    /** Until when a long message is not sealed again, if the last one was pushed back. */
    boolean isPushedBack;

    long sealNextNs;

    /** Grows with use. */
    long lastUse;

    Peer(final int id, final long generation) {
        this.id = id;
        this.generation = generation;
    }

    int id() {
        return id;
    }

    Session current() {
        return current;
    }

    /** The session in which a message may come; null if it is not known. */
    Session find(final long sessionId) {
        if (current != null && current.id() == sessionId) {
            return current;
        }
        if (previous != null && previous.id() == sessionId) {
            return previous;
        }
        return isPending(sessionId) ? handshake.pending : null;
    }

    /** Whether it is one that the peer is not known to have begun. */
    boolean isPending(final long sessionId) {
        return handshake != null
                && handshake.pending != null
                && handshake.pending.id() == sessionId;
    }

    /** Takes a session whose other end has proved itself. All of an earlier life are over. */
    void establish(final Session session) {
        previous =
                current != null && current.peerInstance() == session.peerInstance()
                        ? current
                        : null;
        current = session;
        isPushedBack = false;
    }

    /** Drops what the peer does not know; if it was in use, so is what went before. */
    void onLost(final long sessionId) {
        if (current != null && current.id() == sessionId) {
            current = null;
            previous = null;
        } else if (previous != null && previous.id() == sessionId) {
            previous = null;
        }
    }

    boolean isBusy() {
        return handshake != null || held != null;
    }
}
