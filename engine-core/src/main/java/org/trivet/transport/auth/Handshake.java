package org.trivet.transport.auth;

/**
 * A handshake that this endpoint has begun with a peer: the message that it sends again and again
 * until it is answered, and what is known so far.
 */
final class Handshake {
    /** The initiator's: an answer to this handshake repeats it. */
    final byte[] nonce;

    /** What is sent until it is answered: the hello, then the confirmation. */
    byte[] message;

    /** The session that the responder's answer leads to; null before. */
    Session pending;

    /** The code of that answer. */
    byte[] answerCode;

    /** When somebody last wanted to send to the peer. */
    long wantedNs;

    /** When the message is sent next, and the pause after that. */
    long nextNs;

    long pauseNs;
    int sent;

    /** Whether the transport took the message when it was last tried. */
    boolean isUnderWay;

    /** When it took the first one; what {@link #sent} is above 0. */
    long firstSentNs;

    Handshake(final byte[] nonce, final byte[] hello, final long nowNs) {
        this.nonce = nonce;
        message = hello;
        wantedNs = nowNs;
        nextNs = nowNs;
        pauseNs = Handshakes.MIN_PAUSE_NS;
    }

    /** Sends another message from now on. */
    void proceed(final byte[] next, final long nowNs) {
        message = next;
        nextNs = nowNs;
        pauseNs = Handshakes.MIN_PAUSE_NS;
    }
}
