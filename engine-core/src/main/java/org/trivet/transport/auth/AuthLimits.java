package org.trivet.transport.auth;

/**
 * Bounds of one endpoint.
 *
 * @param maxPeers others that it remembers: the least recently used makes room for a new one.
 * @param maxHandshakes handshakes that it has begun and not ended.
 * @param rekeyMessages a session that has sent so many is replaced; at twice that it sends no more.
 * @param rekeyBytes the same for bytes.
 */
record AuthLimits(int maxPeers, int maxHandshakes, long rekeyMessages, long rekeyBytes) {
    /**
     * A thousand data nodes, and three times as many clients. A key encrypts 2^32 messages and 2^36
     * blocks of 16 bytes at most, which leaves an attacker a chance of 2^-57 to tell its output
     * from noise, as in TLS 1.3 (RFC 8446, 5.5).
     */
    static final AuthLimits DEFAULT = new AuthLimits(4096, 1024, 1L << 31, 1L << 39);

    long maxMessages() {
        return 2 * rekeyMessages;
    }

    long maxBytes() {
        return 2 * rekeyBytes;
    }
}
