package org.trivet.transport.auth;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.auth.KeySchedule.Party;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.Arrays;

import javax.crypto.Mac;

/**
 * Writes and verifies the messages of handshakes. All but {@code LOST} have nonces of 32 bytes;
 * each ends with an HMAC-SHA256 of all before it, by the key that follows from the cluster key and
 * the volume. Little-endian. For one thread.
 *
 * <pre>
 *   0                  16       24       32         40                72                 104
 *   +------------------+--------+--------+----------+-----------------+------------------+------+
 *   | see AuthHeader   | volume | key id | instance | initiator's     | code             |         HELLO
 *   |                  |        |        | sender's | initiator's     | responder's      | code |  ANSWER
 *   |                  |        |        | sender's | initiator's     | responder's      | code |  CONFIRM
 *   |                  |        |        | session  | code            |                             LOST
 *   +------------------+--------+--------+----------+-----------------+------------------+------+
 * </pre>
 */
final class HandshakeCodec {
    static final int NONCE_LENGTH = 32;
    static final int MAC_LENGTH = 32;

    static final int VOLUME_OFFSET = 16;
    static final int KEY_ID_OFFSET = 24;
    static final int INSTANCE_OFFSET = 32;
    static final int LOST_SESSION_OFFSET = 32;
    static final int NONCES_OFFSET = 40;
    static final int RESPONDER_NONCE_OFFSET = NONCES_OFFSET + NONCE_LENGTH;

    static final int HELLO_LENGTH = NONCES_OFFSET + NONCE_LENGTH + MAC_LENGTH;
    static final int ANSWER_LENGTH = NONCES_OFFSET + 2 * NONCE_LENGTH + MAC_LENGTH;
    static final int CONFIRM_LENGTH = ANSWER_LENGTH;
    static final int LOST_LENGTH = LOST_SESSION_OFFSET + Long.BYTES + MAC_LENGTH;
    static final int MAX_LENGTH = ANSWER_LENGTH;

    private final KeySchedule keys;
    private final Party self;
    private final Mac mac;

    HandshakeCodec(final KeySchedule keys, final Party self) {
        this.keys = keys;
        this.self = self;
        try {
            mac = Mac.getInstance("HmacSHA256");
            mac.init(keys.handshakeKey());
        } catch (final InvalidKeyException e) {
            throw new IllegalStateException("the key is one for this", e);
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    /** How long a message of a handshake must be; -1 if there is no such kind. */
    static int lengthOf(final byte kind) {
        return switch (kind) {
            case AuthHeader.HELLO -> HELLO_LENGTH;
            case AuthHeader.ANSWER -> ANSWER_LENGTH;
            case AuthHeader.CONFIRM -> CONFIRM_LENGTH;
            case AuthHeader.LOST -> LOST_LENGTH;
            default -> -1;
        };
    }

    byte[] hello(final int receiver, final byte[] nonce) {
        final byte[] message = begin(AuthHeader.HELLO, receiver, HELLO_LENGTH, self.instance());
        System.arraycopy(nonce, 0, message, NONCES_OFFSET, NONCE_LENGTH);
        return authenticated(message);
    }

    byte[] answer(final int receiver, final byte[] nonces) {
        return withNonces(AuthHeader.ANSWER, receiver, nonces);
    }

    byte[] confirm(final int receiver, final byte[] nonces) {
        return withNonces(AuthHeader.CONFIRM, receiver, nonces);
    }

    byte[] lost(final int receiver, final long sessionId) {
        return authenticated(begin(AuthHeader.LOST, receiver, LOST_LENGTH, sessionId));
    }

    private byte[] withNonces(final byte kind, final int receiver, final byte[] nonces) {
        final byte[] message = begin(kind, receiver, ANSWER_LENGTH, self.instance());
        System.arraycopy(nonces, 0, message, NONCES_OFFSET, 2 * NONCE_LENGTH);
        return authenticated(message);
    }

    private byte[] begin(
            final byte kind, final int receiver, final int length, final long instanceOrSession) {
        final byte[] message = new byte[length];
        final UnsafeBuffer buffer = new UnsafeBuffer(message);
        AuthHeader.put(buffer, kind, self.endpointId(), receiver);
        buffer.putLong(VOLUME_OFFSET, keys.volumeId(), AuthHeader.LE);
        buffer.putLong(KEY_ID_OFFSET, keys.keyId(), AuthHeader.LE);
        buffer.putLong(INSTANCE_OFFSET, instanceOrSession, AuthHeader.LE);
        return message;
    }

    private byte[] authenticated(final byte[] message) {
        mac.update(message, 0, message.length - MAC_LENGTH);
        System.arraycopy(mac.doFinal(), 0, message, message.length - MAC_LENGTH, MAC_LENGTH);
        return message;
    }

    /** Why a message is refused; null if whoever made it has the key, and it is as it was made. */
    RefusalCause verify(final byte[] message) {
        final UnsafeBuffer buffer = new UnsafeBuffer(message);
        if (buffer.getLong(VOLUME_OFFSET, AuthHeader.LE) != keys.volumeId()) {
            return RefusalCause.VOLUME;
        }
        if (buffer.getLong(KEY_ID_OFFSET, AuthHeader.LE) != keys.keyId()) {
            return RefusalCause.KEY;
        }
        mac.update(message, 0, message.length - MAC_LENGTH);
        return MessageDigest.isEqual(mac.doFinal(), code(message)) ? null : RefusalCause.FORGED;
    }

    /** Who made a message that has been verified, unless it is {@code LOST}. */
    static Party sender(final byte[] message) {
        final UnsafeBuffer buffer = new UnsafeBuffer(message);
        return new Party(
                AuthHeader.sender(buffer, 0), buffer.getLong(INSTANCE_OFFSET, AuthHeader.LE));
    }

    static long lostSession(final byte[] message) {
        return new UnsafeBuffer(message).getLong(LOST_SESSION_OFFSET, AuthHeader.LE);
    }

    static byte[] initiatorNonce(final byte[] message) {
        return Arrays.copyOfRange(message, NONCES_OFFSET, NONCES_OFFSET + NONCE_LENGTH);
    }

    static byte[] responderNonce(final byte[] message) {
        return Arrays.copyOfRange(
                message, RESPONDER_NONCE_OFFSET, RESPONDER_NONCE_OFFSET + NONCE_LENGTH);
    }

    static byte[] nonces(final byte[] message) {
        return Arrays.copyOfRange(message, NONCES_OFFSET, NONCES_OFFSET + 2 * NONCE_LENGTH);
    }

    /** The authentication code at a message's end. */
    static byte[] code(final byte[] message) {
        return Arrays.copyOfRange(message, message.length - MAC_LENGTH, message.length);
    }
}
