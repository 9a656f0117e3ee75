package org.trivet.transport.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.transport.auth.KeySchedule.Party;

import java.security.SecureRandom;
import java.util.Base64;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class ClusterKeyTest {
    private static final String HEX =
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    @Test
    void readsHexadecimalAndBase64() {
        final ClusterKey key = ClusterKey.parse(HEX);
        assertEquals(HEX, key.toText());
        assertEquals(HEX, ClusterKey.parse(" " + HEX.toUpperCase() + "\r\n").toText());
        final String base64 = Base64.getEncoder().encodeToString(key.bytes());
        assertEquals(HEX, ClusterKey.parse(base64 + "\n").toText());
        assertEquals(HEX, ClusterKey.parse(base64.replace("=", "")).toText());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "0001020304",
                "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "00000000000000000000000000000000000000000000000000000000000000000",
                "0000000000000000000000000000000000000000000000000000000000000000",
                "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"
            })
    void refusesWhatIsNoKeyAndDoesNotCiteIt(final String text) {
        final TrivetException error =
                assertThrows(TrivetException.class, () -> ClusterKey.parse(text));
        assertEquals(ErrorCode.INVALID, error.code());
        assertFalse(!text.isEmpty() && error.getMessage().contains(text));
        assertEquals(null, error.getCause());
    }

    @Test
    void doesNotShowItself() {
        assertEquals("ClusterKey(hidden)", ClusterKey.parse(HEX).toString());
    }

    @Test
    void newKeysDiffer() {
        final SecureRandom random = new SecureRandom();
        assertNotEquals(ClusterKey.random(random).toText(), ClusterKey.random(random).toText());
    }

    /** HKDF written out (RFC 5869), so that another implementation could follow it. */
    @Test
    void keysFollowFromTheClusterKeyAsDrawn() throws Exception {
        final ClusterKey key = ClusterKey.parse(HEX);
        final KeySchedule schedule = new KeySchedule(key, 0x1122334455667788L, AuthLimits.DEFAULT);
        final byte[] extracted = hmac("trivet auth 1".getBytes("US-ASCII"), key.bytes());
        final byte[] info = "handshake\u0011\"3DUfw".getBytes("ISO-8859-1");
        final byte[] expanded = new byte[info.length + 2];
        System.arraycopy(info, 0, expanded, 0, info.length);
        expanded[info.length] = (byte) 0x88;
        expanded[info.length + 1] = 1;
        assertArrayEquals(hmac(extracted, expanded), schedule.handshakeKey().getEncoded());
    }

    private static byte[] hmac(final byte[] key, final byte[] message) throws Exception {
        final Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(message);
    }

    @Test
    void sessionsDifferByAllThatWasAgreed() {
        final KeySchedule keys = new KeySchedule(ClusterKey.parse(HEX), 1, AuthLimits.DEFAULT);
        final byte[] nonces = new byte[64];
        final byte[] others = new byte[64];
        others[40] = 1;
        final Party one = new Party(1, 10);
        final Party two = new Party(2, 20);
        final long id = keys.session(one, two, nonces, true).id();
        assertEquals(id, keys.session(one, two, nonces, false).id());
        assertNotEquals(id, keys.session(two, one, nonces, true).id());
        assertNotEquals(id, keys.session(one, two, others, true).id());
        assertNotEquals(id, keys.session(new Party(1, 11), two, nonces, true).id());
        assertNotEquals(id, keys.session(one, new Party(2, 21), nonces, true).id());
        assertNotEquals(
                id,
                new KeySchedule(ClusterKey.parse(HEX), 2, AuthLimits.DEFAULT)
                        .session(one, two, nonces, true)
                        .id());
    }
}
