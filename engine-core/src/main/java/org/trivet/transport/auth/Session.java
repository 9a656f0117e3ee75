package org.trivet.transport.auth;

import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * One end of a session: seals what is sent in it, and opens what has come. For the endpoint's
 * thread.
 *
 * <p>A number is used once: each message takes one when it is sealed, whether or not the transport
 * then accepts it. That there be no nonce twice, GCM depends on.
 */
final class Session {
    private static final String ALGORITHM = "AES/GCM/NoPadding";
    private static final int NONCE_LENGTH = 12;

    private final long id;
    private final long peerInstance;
    private final SecretKey sealKey;
    private final SecretKey openKey;
    private final AuthLimits limits;
    private final Cipher sealing = newCipher();
    private final Cipher opening = newCipher();
    private final byte[] nonce = new byte[NONCE_LENGTH];
    private final ReplayWindow window = new ReplayWindow();
    private long sealedMessages;
    private long sealedBytes;

    Session(
            final long id,
            final long peerInstance,
            final SecretKey sealKey,
            final SecretKey openKey,
            final AuthLimits limits) {
        this.id = id;
        this.peerInstance = peerInstance;
        this.sealKey = sealKey;
        this.openKey = openKey;
        this.limits = limits;
    }

    long id() {
        return id;
    }

    /** Of the other end: which of its lives it is. */
    long peerInstance() {
        return peerInstance;
    }

    /** The number of the next message that is sealed. */
    long nextSequence() {
        return sealedMessages + 1;
    }

    /** Whether it has sealed so much that another should replace it. */
    boolean isWorn() {
        return sealedMessages >= limits.rekeyMessages() || sealedBytes >= limits.rekeyBytes();
    }

    /** Whether it may seal another message of this length. */
    boolean hasRoom(final int length) {
        return sealedMessages < limits.maxMessages() && sealedBytes <= limits.maxBytes() - length;
    }

    /**
     * Seals a message in place.
     *
     * @param message its header with {@link #nextSequence}, its payload, and room for the tag.
     * @param payloadLength bytes; must have room.
     * @return bytes of the whole.
     */
    int seal(final byte[] message, final int payloadLength) {
        assert hasRoom(payloadLength);
        sealedMessages++;
        sealedBytes += payloadLength;
        try {
            sealing.init(Cipher.ENCRYPT_MODE, sealKey, parameters(sealedMessages));
            sealing.updateAAD(message, 0, AuthHeader.PAYLOAD_OFFSET);
            return AuthHeader.PAYLOAD_OFFSET
                    + sealing.doFinal(
                            message,
                            AuthHeader.PAYLOAD_OFFSET,
                            payloadLength,
                            message,
                            AuthHeader.PAYLOAD_OFFSET);
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException("a message cannot be sealed", e);
        }
    }

    /** Whether a message with this number has not been taken yet. */
    boolean isFresh(final long sequence) {
        return window.isFresh(sequence);
    }

    /**
     * Opens a message, and takes its number.
     *
     * @param message a header, a payload and a tag.
     * @param length of all.
     * @param sequence its number; must be fresh.
     * @param opened where the payload goes, at the same offset: another array, since the JDK takes
     *     twice as long in place.
     * @return whether it is genuine. If not, nothing has changed but {@code opened}, of which there
     *     is no use.
     */
    boolean open(final byte[] message, final int length, final long sequence, final byte[] opened) {
        assert message != opened;
        try {
            opening.init(Cipher.DECRYPT_MODE, openKey, parameters(sequence));
            opening.updateAAD(message, 0, AuthHeader.PAYLOAD_OFFSET);
            opening.doFinal(
                    message,
                    AuthHeader.PAYLOAD_OFFSET,
                    length - AuthHeader.PAYLOAD_OFFSET,
                    opened,
                    AuthHeader.PAYLOAD_OFFSET);
        } catch (final AEADBadTagException e) {
            return false;
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException("a message cannot be opened", e);
        }
        window.take(sequence);
        return true;
    }

    private AlgorithmParameterSpec parameters(final long sequence) {
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[NONCE_LENGTH - 1 - i] = (byte) (sequence >>> Byte.SIZE * i);
        }
        return new GCMParameterSpec(Byte.SIZE * AuthHeader.TAG_LENGTH, nonce);
    }

    private static Cipher newCipher() {
        try {
            return Cipher.getInstance(ALGORITHM);
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
