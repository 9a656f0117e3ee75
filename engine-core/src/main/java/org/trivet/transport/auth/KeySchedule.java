package org.trivet.transport.auth;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * All keys that follow from a cluster key and a volume, by HKDF with SHA-256 (RFC 5869). None says
 * anything of another. Immutable, and safe for use by several threads.
 *
 * <pre>
 *   cluster key ── salt "trivet auth 1" ──┬── "key id"              8 bytes, told to everybody
 *                                         ├── "handshake", volume  32 bytes, HMAC of handshakes
 *                                         └── "session", volume    32 bytes
 *                                                   │
 *                 salt: both nonces ────────────────┴── "session", both ids, both instances, initiator's first
 *                                                            32 bytes: initiator to responder
 *                                                            32 bytes: responder to initiator
 *                                                             8 bytes: the session's id
 * </pre>
 */
final class KeySchedule {
    private static final String ALGORITHM = "HKDF-SHA256";
    private static final byte[] SALT = ascii("trivet auth 1");
    private static final int KEY_LENGTH = 32;
    private static final int SESSION_LENGTH = 2 * KEY_LENGTH + Long.BYTES;

    private final long volumeId;
    private final long keyId;
    private final SecretKey handshakeKey;
    private final byte[] sessionSecret;
    private final AuthLimits limits;

    KeySchedule(final ClusterKey clusterKey, final long volumeId, final AuthLimits limits) {
        this.volumeId = volumeId;
        this.limits = limits;
        final byte[] secret = clusterKey.bytes();
        final byte[] volume = ByteBuffer.allocate(Long.BYTES).putLong(volumeId).array();
        keyId = ByteBuffer.wrap(derive(secret, SALT, ascii("key id"), Long.BYTES)).getLong();
        handshakeKey =
                new SecretKeySpec(
                        derive(secret, SALT, join(ascii("handshake"), volume), KEY_LENGTH),
                        "HmacSHA256");
        sessionSecret = derive(secret, SALT, join(ascii("session"), volume), KEY_LENGTH);
        Arrays.fill(secret, (byte) 0);
    }

    long volumeId() {
        return volumeId;
    }

    /** Tells keys apart, and says nothing of them. */
    long keyId() {
        return keyId;
    }

    SecretKey handshakeKey() {
        return handshakeKey;
    }

    /**
     * The session that two endpoints have agreed upon.
     *
     * @param initiator who began the handshake.
     * @param responder who answered.
     * @param nonces the initiator's, then the responder's.
     * @param isInitiator for which of the two.
     */
    Session session(
            final Party initiator,
            final Party responder,
            final byte[] nonces,
            final boolean isInitiator) {
        final byte[] info =
                ByteBuffer.allocate(7 + 2 * (Integer.BYTES + Long.BYTES))
                        .put(ascii("session"))
                        .putInt(initiator.endpointId())
                        .putInt(responder.endpointId())
                        .putLong(initiator.instance())
                        .putLong(responder.instance())
                        .array();
        final byte[] derived = derive(sessionSecret, nonces, info, SESSION_LENGTH);
        return new Session(
                new UnsafeBuffer(derived).getLong(2 * KEY_LENGTH),
                (isInitiator ? responder : initiator).instance(),
                key(derived, isInitiator ? 0 : KEY_LENGTH),
                key(derived, isInitiator ? KEY_LENGTH : 0),
                limits);
    }

    /** A session of an endpoint with itself, whose keys nobody else has. */
    Session ownSession(final long instance, final SecureRandom random) {
        final byte[] bytes = new byte[KEY_LENGTH];
        random.nextBytes(bytes);
        final SecretKey key = key(bytes, 0);
        return new Session(random.nextLong(), instance, key, key, limits);
    }

    private static SecretKey key(final byte[] bytes, final int offset) {
        return new SecretKeySpec(bytes, offset, KEY_LENGTH, "AES");
    }

    private static byte[] derive(
            final byte[] secret, final byte[] salt, final byte[] info, final int length) {
        try {
            return KDF.getInstance(ALGORITHM)
                    .deriveData(
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(secret)
                                    .addSalt(salt)
                                    .thenExpand(info, length));
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException("every Java from 25 on has " + ALGORITHM, e);
        }
    }

    private static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(final byte[] first, final byte[] second) {
        return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }

    /**
     * One end of a session.
     *
     * @param endpointId its id.
     * @param instance a random number that it has drawn when it was opened: another one after a
     *     restart.
     */
    record Party(int endpointId, long instance) {}
}
