package org.trivet.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32C;

class ChecksumTest {
    private static final int LENGTH = 3 * 4096 + 77;

    @Test
    void crcOfKnownVector() {
        final byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertEquals(0xe3069283, new Crc32c().compute(new UnsafeBuffer(digits), 0, digits.length));
        assertEquals(0x8a9136aa, new Crc32c().compute(new UnsafeBuffer(new byte[32]), 0, 32));
    }

    @Test
    void crcIsTheSameOfArraysBuffersAndAddresses() {
        final byte[] bytes = randomBytes(300);
        final ByteBuffer direct = ByteBuffer.allocateDirect(320).put(10, bytes);
        final UnsafeBuffer byAddress = new UnsafeBuffer(BufferUtil.address(direct) + 10, 300);
        final UnsafeBuffer within = new UnsafeBuffer(direct, 10, 300);
        final Crc32c crc = new Crc32c();
        for (int length = 0; length <= 290; length++) {
            final CRC32C expected = new CRC32C();
            expected.update(bytes, 5, length);
            assertEquals(
                    (int) expected.getValue(), crc.compute(new UnsafeBuffer(bytes), 5, length));
            assertEquals((int) expected.getValue(), crc.compute(byAddress, 5, length));
            assertEquals((int) expected.getValue(), crc.compute(within, 5, length));
        }
        assertEquals(0, direct.position(), "the position of a shared buffer stays where it was");
    }

    /** As where a node writes, and reads, by turns. */
    @Test
    void crcOfAFewBuffersByTurnsAllocatesNothing() {
        final UnsafeBuffer[] buffers = new UnsafeBuffer[4];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = new UnsafeBuffer(ByteBuffer.allocateDirect(64));
        }
        final Crc32c crc = new Crc32c();
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final int rounds = 10_000;
        long sum = 0;
        long before = 0;
        for (int round = -rounds; round < rounds; round++) {
            if (round == 0) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            for (final UnsafeBuffer buffer : buffers) {
                sum += crc.compute(buffer, 0, 28);
            }
        }
        final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < rounds, () -> allocated + " bytes"); // a view alone takes 64
        assertEquals(2L * rounds * buffers.length * crc.compute(buffers[0], 0, 28), sum);
    }

    @ParameterizedTest
    @EnumSource(ChecksumType.class)
    void isTheSameForEveryKindOfBuffer(final ChecksumType type) {
        for (final int unitLength : new int[] {8, 16, 64, 128, 4096}) {
            final byte[] bytes = randomBytes(LENGTH);
            final ByteBuffer direct = ByteBuffer.allocateDirect(LENGTH + 16).put(16, bytes);
            final UnsafeBuffer onHeap = compute(type, unitLength, new UnsafeBuffer(bytes), 0);
            assertEquals(onHeap, compute(type, unitLength, new UnsafeBuffer(direct), 16));
            final UnsafeBuffer byAddress =
                    new UnsafeBuffer(BufferUtil.address(direct), LENGTH + 16);
            assertEquals(onHeap, compute(type, unitLength, byAddress, 16));
            assertEquals(
                    -1,
                    type.newChecksum()
                            .verify(7, 3, 1000, unitLength, byAddress, 16, LENGTH, onHeap, 0));
        }
    }

    @ParameterizedTest
    @EnumSource(ChecksumType.class)
    void unitsOfARunHaveTheChecksumsThatTheyHaveAlone(final ChecksumType type) {
        final int units = 600;
        final int length = units * 8 + 3;
        final UnsafeBuffer data = new UnsafeBuffer(randomBytes(length));
        final UnsafeBuffer sums = new UnsafeBuffer(new byte[(units + 1) * type.length()]);
        final Checksum checksum = type.newChecksum();
        checksum.compute(7, 3, 1000, 8, data, 0, length, sums, 0);
        final UnsafeBuffer alone = new UnsafeBuffer(new byte[type.length()]);
        for (int unit = 0; unit <= units; unit++) {
            final int at = unit * 8;
            // The beginning of a longer unit.
            checksum.compute(7, 3, 1000 + unit, 16, data, at, Math.min(8, length - at), alone, 0);
            assertEquals(alone, new UnsafeBuffer(sums, unit * type.length(), type.length()));
        }
        for (final int unit : new int[] {0, 255, 256, 511, 512, 599, 600}) {
            data.putByte(unit * 8, (byte) (data.getByte(unit * 8) ^ 1));
            assertEquals(unit, checksum.verify(7, 3, 1000, 8, data, 0, length, sums, 0));
            data.putByte(unit * 8, (byte) (data.getByte(unit * 8) ^ 1));
        }
        assertEquals(-1, checksum.verify(7, 3, 1000, 8, data, 0, length, sums, 0));
    }

    @ParameterizedTest
    @EnumSource(ChecksumType.class)
    void dependsOnThePlace(final ChecksumType type) {
        final UnsafeBuffer data = new UnsafeBuffer(randomBytes(LENGTH));
        final UnsafeBuffer sums = compute(type, 4096, data, 0);
        final Checksum checksum = type.newChecksum();
        assertEquals(-1, checksum.verify(7, 3, 1000, 4096, data, 0, LENGTH, sums, 0));
        assertEquals(0, checksum.verify(8, 3, 1000, 4096, data, 0, LENGTH, sums, 0));
        assertEquals(0, checksum.verify(7, 2, 1000, 4096, data, 0, LENGTH, sums, 0));
        assertEquals(0, checksum.verify(7, 3, 1001, 4096, data, 0, LENGTH, sums, 0));
        assertEquals(
                -1,
                checksum.verify(7, 3, 1002, 4096, data, 2 * 4096, 4096, sums, 2 * type.length()));
    }

    @ParameterizedTest
    @EnumSource(ChecksumType.class)
    void detectsEveryFlippedBit(final ChecksumType type) {
        for (final int unitLength : new int[] {8, 32, 64, 512}) {
            final UnsafeBuffer data = new UnsafeBuffer(randomBytes(1024 + 5));
            final UnsafeBuffer sums =
                    new UnsafeBuffer(new byte[(1029 / unitLength + 1) * type.length()]);
            final Checksum checksum = type.newChecksum();
            checksum.compute(-1, 65535, Long.MAX_VALUE - 4096, unitLength, data, 0, 1029, sums, 0);
            for (int bit = 0; bit < 1029 * 8; bit += 7) {
                final int at = bit / 8;
                data.putByte(at, (byte) (data.getByte(at) ^ 1 << bit % 8));
                final int bad =
                        checksum.verify(
                                -1,
                                65535,
                                Long.MAX_VALUE - 4096,
                                unitLength,
                                data,
                                0,
                                1029,
                                sums,
                                0);
                assertEquals(at / unitLength, bad);
                data.putByte(at, (byte) (data.getByte(at) ^ 1 << bit % 8));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ChecksumType.class)
    void aShorterLastUnitHasAnotherChecksum(final ChecksumType type) {
        final UnsafeBuffer zeros = new UnsafeBuffer(new byte[16]);
        final UnsafeBuffer whole = new UnsafeBuffer(new byte[type.length()]);
        final UnsafeBuffer part = new UnsafeBuffer(new byte[type.length()]);
        type.newChecksum().compute(1, 1, 1, 16, zeros, 0, 16, whole, 0);
        type.newChecksum().compute(1, 1, 1, 16, zeros, 0, 9, part, 0);
        assertNotEquals(whole, part);
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> type.newChecksum().compute(1, 1, 1, 16, zeros, 8, 9, part, 0));
    }

    private static UnsafeBuffer compute(
            final ChecksumType type,
            final int unitLength,
            final UnsafeBuffer data,
            final int offset) {
        final int units = (LENGTH + unitLength - 1) / unitLength;
        final UnsafeBuffer sums = new UnsafeBuffer(new byte[units * type.length()]);
        type.newChecksum().compute(7, 3, 1000, unitLength, data, offset, LENGTH, sums, 0);
        return sums;
    }

    private static byte[] randomBytes(final int length) {
        final byte[] bytes = new byte[length];
        new Random(42).nextBytes(bytes);
        return bytes;
    }
}
