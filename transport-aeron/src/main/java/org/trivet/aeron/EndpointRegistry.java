package org.trivet.aeron;

import io.aeron.Aeron;
import io.aeron.Counter;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Which endpoints are open over shared memory, and on which streams: each has a counter at the
 * driver, which the driver frees when the client closes or dies. So that is never out of date, and
 * an endpoint that opens again has another stream, on which nothing old can come. The value of a
 * counter is the id of the counter at which the endpoint's thread waits, see {@link SharedBell},
 * and 1; or 0.
 *
 * <pre>
 *   key of a counter of type {@link #TYPE_ID}
 *   0          4           8
 *   +----------+-----------+
 *   | endpoint | stream id |   little-endian
 *   +----------+-----------+
 * </pre>
 */
final class EndpointRegistry {
    /** The type of our counters: Aeron leaves those from 1000 on to applications. */
    static final int TYPE_ID = 7_471;

    private static final int STREAM_OFFSET = 4;
    private static final int KEY_LENGTH = 8;

    private final CountersReader counters;

    EndpointRegistry(final CountersReader counters) {
        this.counters = counters;
    }

    /** Asks the driver for an endpoint's counter; returns the command's id. */
    static long add(final Aeron aeron, final int endpointId, final int streamId) {
        final MutableDirectBuffer key = new UnsafeBuffer(new byte[KEY_LENGTH]);
        key.putInt(0, endpointId, ByteOrder.LITTLE_ENDIAN);
        key.putInt(STREAM_OFFSET, streamId, ByteOrder.LITTLE_ENDIAN);
        final byte[] text =
                ("trivet-endpoint: " + endpointId + " stream " + streamId)
                        .getBytes(StandardCharsets.US_ASCII);
        final DirectBuffer label = new UnsafeBuffer(text);
        return aeron.asyncAddCounter(TYPE_ID, key, 0, KEY_LENGTH, label, 0, text.length);
    }

    /** Says at which counter the thread of an endpoint waits. */
    static void setBell(final Counter endpoint, final int bellCounterId) {
        endpoint.setRelease(bellCounterId + 1L);
    }

    /** Wakes the thread of an endpoint, if it waits. */
    void ring(final int counterId) {
        final long bell = counters.getCounterValue(counterId);
        if (bell > 0 && bell <= counters.maxCounterId() + 1L) {
            SharedBell.ring(counters.valuesBuffer(), (int) bell - 1);
        }
    }

    /**
     * The counter of an endpoint; of several the latest, as one that died may not be gone yet.
     *
     * @return its id, or -1 if the endpoint is not open.
     */
    int find(final int endpointId) {
        int found = CountersReader.NULL_COUNTER_ID;
        final int end = counters.maxCounterId();
        for (int id = 0; id <= end; id++) {
            final int state = counters.getCounterState(id);
            if (state == CountersReader.RECORD_UNUSED) {
                break; // beyond the last one ever used
            }
            if (state == CountersReader.RECORD_ALLOCATED
                    && counters.getCounterTypeId(id) == TYPE_ID
                    && keyAt(id, 0) == endpointId
                    && (found < 0 || registrationId(id) - registrationId(found) > 0)) {
                found = id;
            }
        }
        return found;
    }

    int streamId(final int counterId) {
        return keyAt(counterId, STREAM_OFFSET);
    }

    long registrationId(final int counterId) {
        return counters.getCounterRegistrationId(counterId);
    }

    /** Whether a counter is still what it was when it had that registration. */
    boolean isLive(final int counterId, final long registrationId) {
        return counters.getCounterState(counterId) == CountersReader.RECORD_ALLOCATED
                && registrationId(counterId) == registrationId;
    }

    private int keyAt(final int counterId, final int offset) {
        return counters.metaDataBuffer()
                .getInt(
                        CountersReader.metaDataOffset(counterId)
                                + CountersReader.KEY_OFFSET
                                + offset,
                        ByteOrder.LITTLE_ENDIAN);
    }
}
