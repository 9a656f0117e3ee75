package org.trivet.transport.auth;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The nonces with which an endpoint answers. They follow from a secret that it draws when it is
 * opened, so that it need not remember whom it has answered: it answers the same as long as nobody
 * has proved to have the key, and each is good for one proof. For one thread.
 */
final class Challenges {
    private static final String ALGORITHM = "HmacSHA256";

    private final Mac mac;
    private final byte[] input = new byte[Integer.BYTES + Long.BYTES];

    Challenges(final SecureRandom random) {
        final byte[] secret = new byte[HandshakeCodec.NONCE_LENGTH];
        random.nextBytes(secret);
        try {
            mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    /**
     * The nonce for an endpoint.
     *
     * @param endpointId the endpoint.
     * @param generation how many of its nonces have been used up, or more.
     */
    byte[] nonce(final int endpointId, final long generation) {
        ByteBuffer.wrap(input).putInt(endpointId).putLong(generation);
        return mac.doFinal(input);
    }
}
