package org.trivet.aeron;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Transport;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Sends messages for tests. */
final class Messages {
    static final int LENGTH = 64;
    private static final int TAG_OFFSET = 8;

    /** Tells messages apart: what was sent again and again may come later, too. */
    private static final AtomicLong LAST_TAG = new AtomicLong();

    private Messages() {}

    /** Sends so many from one endpoint to another, once each, and takes them. */
    static void pass(final Transport from, final Transport to, final int count) {
        for (int i = 0; i < count; i++) {
            final UnsafeBuffer message = newMessage();
            TestPlaces.await(() -> from.offer(to.endpointId(), message, 0, LENGTH) >= 0);
            TestPlaces.await(() -> take(to, message.getLong(TAG_OFFSET)));
        }
    }

    /** Sends a message from one endpoint to another again and again, until it has come. */
    static void passOne(final Transport from, final Transport to) {
        final UnsafeBuffer message = newMessage();
        TestPlaces.await(
                () -> {
                    from.offer(to.endpointId(), message, 0, LENGTH);
                    if (from != to) {
                        from.poll((buffer, offset, length) -> {}, 10);
                    }
                    return take(to, message.getLong(TAG_OFFSET));
                });
    }

    static UnsafeBuffer newMessage() {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[LENGTH]);
        message.putLong(TAG_OFFSET, LAST_TAG.incrementAndGet());
        return message;
    }

    private static boolean take(final Transport to, final long tag) {
        final AtomicBoolean isSeen = new AtomicBoolean();
        to.poll(
                (buffer, offset, length) -> {
                    if (length == LENGTH && buffer.getLong(offset + TAG_OFFSET) == tag) {
                        isSeen.set(true);
                    }
                },
                10);
        return isSeen.get();
    }
}
