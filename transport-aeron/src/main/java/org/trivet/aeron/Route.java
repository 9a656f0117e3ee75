package org.trivet.aeron;

/**
 * Where an endpoint was when it was looked for.
 *
 * @param channel to publish to.
 * @param streamId to publish to.
 * @param local the endpoint, if it is one of this network object's, otherwise null.
 * @param localPlace its place then.
 * @param counterId over IPC, of an endpoint of another one, its counter; otherwise -1.
 * @param counterRegistrationId that of the counter.
 */
record Route(
        String channel,
        int streamId,
        AeronTransport local,
        Attachment localPlace,
        int counterId,
        long counterRegistrationId) {
    /** Whether the endpoint is still there, as far as is known without asking. */
    boolean isCurrent(final EndpointRegistry registry) {
        return local != null
                ? local.attachment() == localPlace
                : counterId < 0 || registry.isLive(counterId, counterRegistrationId);
    }
}
