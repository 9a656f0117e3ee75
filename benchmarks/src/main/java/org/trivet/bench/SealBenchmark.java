package org.trivet.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * What the JDK offers to authenticate messages that lie in direct buffers, under a header of 32
 * bytes: each is used in the way that is fastest there.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
public class SealBenchmark {
    private static final int HEADER_LENGTH = 32;
    private static final int TAG_LENGTH = 16;
    private static final int NONCE_LENGTH = 12;
    private static final int KEY_LENGTH = 32;

    /** How messages are authenticated. */
    public enum Algorithm {
        /** HMAC-SHA256, cut to 16 bytes. */
        HMAC_SHA256,
        /** AES-256-GCM with nothing to encrypt. */
        GMAC,
        /** AES-256-GCM, which encrypts the message. */
        AES_GCM
    }

    /** The way. */
    @Param public Algorithm algorithm;

    /** Bytes of a message. */
    @Param({"64", "4096", "65536", "1048576"})
    public int length;

    private final byte[] nonce = new byte[NONCE_LENGTH];
    private final byte[] tag = new byte[KEY_LENGTH];
    private ByteBuffer plain;
    private ByteBuffer sealed;
    private byte[] message;
    private byte[] other;
    private byte[] opened;
    private Mac mac;
    private Cipher sealing;
    private Cipher opening;
    private SecretKey key;
    private long sequence;

    /** For JMH. */
    public SealBenchmark() {}

    /**
     * Prepares a message, and what it is sealed.
     *
     * @throws GeneralSecurityException if the JDK lacks the algorithm.
     */
    @Setup
    public void prepare() throws GeneralSecurityException {
        key = new SecretKeySpec(new byte[KEY_LENGTH], "AES");
        mac = Mac.getInstance("HmacSHA256");
        mac.init(key);
        sealing = Cipher.getInstance("AES/GCM/NoPadding");
        opening = Cipher.getInstance("AES/GCM/NoPadding");
        message = new byte[HEADER_LENGTH + length + TAG_LENGTH];
        other = new byte[message.length];
        opened = new byte[message.length];
        plain = ByteBuffer.allocateDirect(length);
        sealed = ByteBuffer.allocateDirect(message.length);
        seal();
        sealed.put(0, message);
    }

    /**
     * Authenticates a message that is to be sent.
     *
     * @return the message, if the algorithm copies it.
     * @throws GeneralSecurityException never.
     */
    @Benchmark
    public byte[] seal() throws GeneralSecurityException {
        plain.clear();
        if (algorithm == Algorithm.HMAC_SHA256) {
            mac.update(message, 0, HEADER_LENGTH);
            mac.update(plain);
            mac.doFinal(tag, 0);
            return tag;
        }
        sealing.init(Cipher.ENCRYPT_MODE, key, parameters(++sequence));
        sealing.updateAAD(message, 0, HEADER_LENGTH);
        if (algorithm == Algorithm.GMAC) {
            plain.get(0, message, HEADER_LENGTH, length);
            sealing.updateAAD(message, HEADER_LENGTH, length);
            sealing.doFinal(message, HEADER_LENGTH + length);
        } else {
            plain.get(0, message, HEADER_LENGTH, length);
            sealing.doFinal(message, HEADER_LENGTH, length, message, HEADER_LENGTH);
        }
        return message;
    }

    /**
     * Verifies a message that has come.
     *
     * @return true.
     * @throws GeneralSecurityException never: the message is genuine.
     */
    @Benchmark
    public boolean open() throws GeneralSecurityException {
        if (algorithm == Algorithm.HMAC_SHA256) {
            sealed.limit(HEADER_LENGTH + length).position(HEADER_LENGTH);
            mac.update(message, 0, HEADER_LENGTH);
            mac.update(sealed);
            mac.doFinal(tag, 0);
            return MessageDigest.isEqual(tag, Arrays.copyOf(tag, tag.length));
        }
        sealed.clear();
        sealed.get(0, other, 0, other.length);
        opening.init(Cipher.DECRYPT_MODE, key, parameters(1));
        if (algorithm == Algorithm.GMAC) {
            opening.updateAAD(other, 0, HEADER_LENGTH + length);
            opening.doFinal(other, HEADER_LENGTH + length, TAG_LENGTH, other, 0);
        } else {
            opening.updateAAD(other, 0, HEADER_LENGTH);
            opening.doFinal(other, HEADER_LENGTH, length + TAG_LENGTH, other, HEADER_LENGTH);
        }
        return true;
    }

    private GCMParameterSpec parameters(final long number) {
        ByteBuffer.wrap(nonce).putLong(NONCE_LENGTH - Long.BYTES, number);
        return new GCMParameterSpec(Byte.SIZE * TAG_LENGTH, nonce);
    }
}
