package org.trivet.transport;

import org.agrona.DirectBuffer;

/**
 * One endpoint's end of a transport. Owned by one thread, that of the endpoint's agent, except
 * where said.
 *
 * <p>A message that was accepted may still be lost: acceptance says nothing of the receiver.
 *
 * <p>An endpoint is polled now and then even if it only sends, and its receivers are: a transport
 * may need both ends to begin a session. Until then it says BACK_PRESSURED or NOT_CONNECTED. Who is
 * to take a message may be woken only when its sender is polled next, or closed.
 */
public interface Transport extends AutoCloseable {
    /** The receiver cannot take more now: keep the message, and try again in a later duty cycle. */
    long BACK_PRESSURED = -1;

    /** There is no such receiver at present. */
    long NOT_CONNECTED = -2;

    /** This endpoint is closed. */
    long CLOSED = -3;

    /** The message is longer than {@link #maxMessageLength}. */
    long TOO_LONG = -4;

    /** Takes messages. */
    @FunctionalInterface
    interface Handler {
        /**
         * A message; the buffer is borrowed until this returns.
         *
         * @param buffer holds it.
         * @param offset where it begins.
         * @param length bytes.
         */
        void onMessage(DirectBuffer buffer, int offset, int length);
    }

    /**
     * This endpoint's id.
     *
     * @return see {@link EndpointId}.
     */
    int endpointId();

    /**
     * The longest message.
     *
     * @return bytes, at least 1 MiB + 512 KiB.
     */
    int maxMessageLength();

    /**
     * Sends a message, without waiting.
     *
     * @param destination endpoint id of the receiver.
     * @param buffer holds the message.
     * @param offset where it begins.
     * @param length bytes.
     * @return 0 or above if it was accepted, otherwise one of the negative constants.
     */
    long offer(int destination, DirectBuffer buffer, int offset, int length);

    /**
     * Sends a message that lies in two parts, without waiting.
     *
     * @param destination endpoint id of the receiver.
     * @param first holds the first part.
     * @param firstOffset where it begins.
     * @param firstLength bytes.
     * @param second holds the second part.
     * @param secondOffset where it begins.
     * @param secondLength bytes.
     * @return 0 or above if it was accepted, otherwise one of the negative constants.
     */
    long offer(
            int destination,
            DirectBuffer first,
            int firstOffset,
            int firstLength,
            DirectBuffer second,
            int secondOffset,
            int secondLength);

    /**
     * Takes messages that have arrived.
     *
     * @param handler told each.
     * @param limit at most so many.
     * @return how many there were.
     */
    int poll(Handler handler, int limit);

    /**
     * Whether anything can arrive at all: not while what carries the messages of this endpoint is
     * gone. Says nothing of any other endpoint. For the owner's thread, while it is open.
     *
     * @return false only if it is known to be gone, which may take seconds; always true with a
     *     transport that cannot be without its means.
     */
    default boolean isConnected() {
        return true;
    }

    /**
     * Says how to wake the thread that polls, when it may be parked: called by senders, from any
     * thread, after a message was put. A transport without the means ignores it, and is polled.
     *
     * @param wakeUp called when something may have arrived; must be cheap and not block.
     * @return whether the transport will call it.
     */
    boolean onArrival(Runnable wakeUp);

    /**
     * Where the thread that polls this endpoint can wait, if who sends cannot call anybody, but
     * wake a thread. The same for all endpoints of a network: one thread polls them then.
     *
     * @return null if there is no such place.
     */
    default Doorbell doorbell() {
        return null;
    }

    @Override
    void close();
}
