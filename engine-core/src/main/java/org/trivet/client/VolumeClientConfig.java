package org.trivet.client;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/**
 * How a client talks to data nodes.
 *
 * @param resendNs a request that is not answered is sent again after this, and then after growing
 *     pauses.
 * @param maxResendNs the longest such pause.
 * @param hedgeNs a read that is not answered for this long, or for longer than reads have taken of
 *     late, is sent to another copy too.
 * @param downAfterNs a node that has answered nothing for this long counts as down: reads leave it
 *     out, and a write or sync that waits for it is sent again every resendNs. After a twentieth of
 *     it, reads that wait for the node are sent to another copy, too.
 * @param probeNs how often reads try a node that counts as down.
 * @param maxPauseNs the longest pause after a refusal, or when no copy can be had.
 * @param maxBytesInFlight most bytes of writes sent to one group and not answered.
 * @param randomSeed selects the copies to read from.
 */
public record VolumeClientConfig(
        long resendNs,
        long maxResendNs,
        long hedgeNs,
        long downAfterNs,
        long probeNs,
        long maxPauseNs,
        int maxBytesInFlight,
        long randomSeed) {
    /** Refuses values out of range, naming them. */
    public VolumeClientConfig {
        require(resendNs > 0, "resendNs", resendNs, "above 0");
        require(maxResendNs >= resendNs, "maxResendNs", maxResendNs, "at least resendNs");
        require(hedgeNs > 0, "hedgeNs", hedgeNs, "above 0");
        require(downAfterNs > 0, "downAfterNs", downAfterNs, "above 0");
        require(probeNs > 0, "probeNs", probeNs, "above 0");
        require(maxPauseNs > 0, "maxPauseNs", maxPauseNs, "above 0");
        require(maxBytesInFlight > 0, "maxBytesInFlight", maxBytesInFlight, "above 0");
    }

    /**
     * The defaults: resend after 200 ms up to 2 s, hedge after 5 ms, down after 1 s, probe every
     * 500 ms, pauses up to 200 ms, 8 MiB in flight.
     *
     * @param randomSeed selects the copies to read from.
     * @return the configuration.
     */
    public static VolumeClientConfig of(final long randomSeed) {
        return new VolumeClientConfig(
                200_000_000L,
                2_000_000_000L,
                5_000_000L,
                1_000_000_000L,
                500_000_000L,
                200_000_000L,
                8 << 20,
                randomSeed);
    }

    private static void require(
            final boolean holds, final String field, final long value, final String range) {
        if (!holds) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "client: " + field + " is " + value + ", and must be " + range);
        }
    }
}
