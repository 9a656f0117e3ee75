package org.trivet.transport.auth;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;

/**
 * The secret that all endpoints of a cluster share: 32 random bytes. Whoever has it can be any
 * endpoint. Immutable, and safe for use by several threads.
 */
public final class ClusterKey {
    /** Bytes of a key. */
    public static final int LENGTH = 32;

    private static final int HEX_LENGTH = 2 * LENGTH;

    private final byte[] bytes;

    private ClusterKey(final byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A new key.
     *
     * @param random its source.
     * @return the key.
     */
    public static ClusterKey random(final SecureRandom random) {
        final byte[] bytes = new byte[LENGTH];
        random.nextBytes(bytes);
        return new ClusterKey(bytes);
    }

    /**
     * The key that a text says: 64 hexadecimal digits, or 43 characters of base64 with or without a
     * final '='. White space before and after it is ignored.
     *
     * @param text the text.
     * @return the key.
     * @throws TrivetException INVALID if it is anything else, or no random key: all of its bytes
     *     are the same. The message says nothing of the text.
     */
    public static ClusterKey parse(final String text) {
        final String stripped = Objects.requireNonNull(text, "text").strip();
        final byte[] bytes;
        try {
            bytes =
                    stripped.length() == HEX_LENGTH
                            ? HexFormat.of().parseHex(stripped)
                            : Base64.getDecoder().decode(stripped);
        } catch (final IllegalArgumentException e) {
            throw invalid(); // without the cause, whose message cites the text
        }
        if (bytes.length != LENGTH || isUniform(bytes)) {
            throw invalid();
        }
        return new ClusterKey(bytes);
    }

    private static boolean isUniform(final byte[] bytes) {
        for (final byte b : bytes) {
            if (b != bytes[0]) {
                return false;
            }
        }
        return true;
    }

    private static TrivetException invalid() {
        return new TrivetException(
                ErrorCode.INVALID,
                "a cluster key must be "
                        + LENGTH
                        + " random bytes, as "
                        + HEX_LENGTH
                        + " hexadecimal digits or in base64");
    }

    /**
     * The key as text, for its file. This is the secret itself.
     *
     * @return 64 hexadecimal digits, as {@link #parse} takes them.
     */
    public String toText() {
        return HexFormat.of().formatHex(bytes);
    }

    /** A copy of the secret. */
    byte[] bytes() {
        return bytes.clone();
    }

    /**
     * Says that this is a key, and not which.
     *
     * @return the same for all.
     */
    @Override
    public String toString() {
        return "ClusterKey(hidden)";
    }
}
