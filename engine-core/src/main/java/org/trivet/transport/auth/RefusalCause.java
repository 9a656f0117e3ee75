package org.trivet.transport.auth;

/** Why a message was refused. It had no other effect than to be counted. */
public enum RefusalCause {
    /** It is not of this layer: its sender has no cluster key configured, or it is noise. */
    UNAUTHENTICATED,
    /** It is of another version of this layer. */
    VERSION,
    /**
     * It is shorter than any of its kind, or not as long as all of its kind, or of no known kind.
     */
    MALFORMED,
    /** It was meant for another endpoint, or has come back to its sender. */
    RECEIVER,
    /** Its sender belongs to another volume. */
    VOLUME,
    /** Its sender has another cluster key. */
    KEY,
    /** Its authentication code is wrong: it was damaged on its way, or forged. */
    FORGED,
    /** It is of a session that is over, or was never begun: one of the two has started again. */
    SESSION,
    /** It has been taken already, or is so old that this cannot be told. */
    REPLAYED,
    /** It belongs to no handshake that is under way: the network repeated it, or somebody did. */
    STALE,
    /** There are more handshakes in the name of its sender than are looked at. */
    RATE
}
