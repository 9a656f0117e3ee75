package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.util.function.Consumer;

class AnnouncementTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "127.0.0.1:1", "[fe80::1]:65535", "node-1.example.org:9000"})
    void decodingInvertsEncoding(final String address) {
        final Announcement announcement =
                new Announcement(Integer.MAX_VALUE, Long.MAX_VALUE, address);
        final UnsafeBuffer encoded = announcement.encode();
        final UnsafeBuffer moved = new UnsafeBuffer(new byte[encoded.capacity() + 8]);
        moved.putBytes(4, encoded, 0, encoded.capacity());
        assertEquals(announcement, Announcement.decode(moved, 4, encoded.capacity()));
    }

    @Test
    void malformedOnesAreRefused() {
        refuses(b -> b.putByte(0, (byte) 0));
        refuses(b -> putInt(b, Announcement.VERSION_OFFSET, 2));
        refuses(b -> putInt(b, Announcement.ENDPOINT_OFFSET, -1));
        refuses(b -> b.putLong(Announcement.INCARNATION_OFFSET, 0));
        refuses(b -> putInt(b, Announcement.LENGTH_OFFSET, -1));
        refuses(b -> putInt(b, Announcement.LENGTH_OFFSET, 10));
        refuses(b -> putInt(b, Announcement.LENGTH_OFFSET, Integer.MAX_VALUE));
        refuses(b -> b.putByte(Announcement.ADDRESS_OFFSET + 2, (byte) '|'));
        refuses(b -> b.putByte(Announcement.ADDRESS_OFFSET + 2, (byte) 0xE9));
    }

    @Test
    void truncatedOnesAreRefused() {
        final UnsafeBuffer encoded = new Announcement(1, 1, "127.0.0.1:9000").encode();
        for (int length = 0; length < encoded.capacity(); length++) {
            assertNull(Announcement.decode(encoded, 0, length));
        }
    }

    @Test
    void oneWithTooLongAnAddressIsRefused() {
        final String address = "a".repeat(Announcement.MAX_ADDRESS_LENGTH) + ":1";
        final UnsafeBuffer encoded = new Announcement(1, 1, address).encode();
        assertNull(Announcement.decode(encoded, 0, encoded.capacity()));
    }

    private static void refuses(final Consumer<UnsafeBuffer> damage) {
        final UnsafeBuffer encoded = new Announcement(1, 1, "127.0.0.1:9000").encode();
        damage.accept(encoded);
        assertNull(Announcement.decode(encoded, 0, encoded.capacity()));
    }

    private static void putInt(final UnsafeBuffer buffer, final int offset, final int value) {
        buffer.putInt(offset, value, ByteOrder.LITTLE_ENDIAN);
    }
}
