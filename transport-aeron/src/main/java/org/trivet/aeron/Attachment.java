package org.trivet.aeron;

import io.aeron.Image;
import io.aeron.Subscription;

import org.agrona.concurrent.UnsafeBuffer;

import java.util.Queue;

/**
 * An endpoint's place at a driver: gone with the client's connection, and replaced by another.
 *
 * @param link the connection.
 * @param subscription from which messages are taken.
 * @param counterId registration of the counter that tells others, or {@link AeronLink#NONE}.
 * @param streamId of the subscription.
 * @param address host:port of the subscription; empty over IPC.
 * @param announcement with which sessions of this endpoint begin.
 * @param gone images that ended, put there by the conductor's thread.
 */
record Attachment(
        AeronLink link,
        Subscription subscription,
        long counterId,
        int streamId,
        String address,
        UnsafeBuffer announcement,
        Queue<Image> gone) {
    /** Ends the subscription. Any thread, once. */
    void close() {
        if (counterId != AeronLink.NONE) {
            link.removeCounter(counterId);
        }
        link.removeSubscription(subscription.registrationId());
    }
}
