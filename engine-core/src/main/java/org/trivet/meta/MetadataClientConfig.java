package org.trivet.meta;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/**
 * How a client talks to the metadata node.
 *
 * @param volumeId the volume.
 * @param clientId random, different for each client process: makes opening a session repeatable.
 * @param resendNs a request that is not answered is sent again after this, and then after growing
 *     pauses.
 * @param maxResendNs the longest such pause.
 * @param renewNs the session is renewed when nothing was sent for this long; less than a third of
 *     the time for which it lives without being heard of.
 * @param maxPending most requests under way; beyond that a request fails with BUSY.
 */
public record MetadataClientConfig(
        long volumeId,
        long clientId,
        long resendNs,
        long maxResendNs,
        long renewNs,
        int maxPending) {
    /** Refuses values out of range, naming them. */
    public MetadataClientConfig {
        require(resendNs > 0, "resendNs", resendNs, "above 0");
        require(maxResendNs >= resendNs, "maxResendNs", maxResendNs, "at least resendNs");
        require(renewNs > 0, "renewNs", renewNs, "above 0");
        require(maxPending >= 1 && maxPending <= 32768, "maxPending", maxPending, "1 to 32768");
    }

    /**
     * The defaults: resend after 250 ms up to 2 s, renew every 5 s, 16,384 requests.
     *
     * @param volumeId the volume.
     * @param clientId random.
     * @return the configuration.
     */
    public static MetadataClientConfig of(final long volumeId, final long clientId) {
        return new MetadataClientConfig(
                volumeId, clientId, 250_000_000L, 2_000_000_000L, 5_000_000_000L, 16_384);
    }

    private static void require(
            final boolean holds, final String field, final long value, final String range) {
        if (!holds) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "metadata client: " + field + " is " + value + ", and must be " + range);
        }
    }
}
