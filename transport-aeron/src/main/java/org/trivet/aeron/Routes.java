package org.trivet.aeron;

import org.agrona.collections.Int2ObjectHashMap;
import org.trivet.aeron.AeronConfig.Media;

/** How one endpoint reaches the others. For the endpoint's thread. */
final class Routes {
    /** Endpoints whose announcements are remembered; beyond, one that is gone is forgotten. */
    static final int MAX_PEERS = 4_096;

    private final AeronNetwork network;
    private final AeronConfig config;
    private final Int2ObjectHashMap<Inbound> peers = new Int2ObjectHashMap<>();

    Routes(final AeronNetwork network) {
        this.network = network;
        this.config = network.config();
    }

    /** Where an endpoint is; null if nobody knows. */
    Route find(final AeronLink link, final int endpointId) {
        final AeronTransport local = network.find(endpointId);
        final Attachment place = local == null ? null : local.attachment();
        if (place != null && place.link() == link) {
            return new Route(channel(place.address()), place.streamId(), local, place, -1, 0);
        }
        if (config.media() == Media.IPC) {
            final EndpointRegistry registry = link.registry();
            final int counterId = registry.find(endpointId);
            return counterId < 0
                    ? null
                    : new Route(
                            channel(""),
                            registry.streamId(counterId),
                            null,
                            null,
                            counterId,
                            registry.registrationId(counterId));
        }
        final String address = address(endpointId);
        return address == null
                ? null
                : new Route(channel(address), Channels.UDP_STREAM_ID, null, null, -1, 0);
    }

    private String address(final int endpointId) {
        final String configured = config.address(endpointId);
        if (configured != null) {
            return configured;
        }
        final Inbound peer = peers.get(endpointId);
        return peer == null || peer.announcement().address().isEmpty()
                ? null
                : peer.announcement().address();
    }

    private String channel(final String address) {
        return config.media() == Media.IPC
                ? Channels.ipcPublication()
                : Channels.udpPublication(address);
    }

    /**
     * Takes note of who announced itself. An announcement of an earlier life, that comes late, does
     * not replace a later one whose session lasts.
     *
     * @return whether the endpoint was known before, and has been opened anew since.
     */
    boolean learn(final Inbound session) {
        final Announcement news = session.announcement();
        final Inbound known = peers.get(news.endpointId());
        if (known != null
                && !known.image().isClosed()
                && known.announcement().incarnation() > news.incarnation()) {
            return false;
        }
        if (known == null && peers.size() >= MAX_PEERS) {
            peers.values().removeIf(peer -> peer.image().isClosed());
            if (peers.size() >= MAX_PEERS) {
                network.counters().announcementsRefused.increment();
                return false;
            }
        }
        peers.put(news.endpointId(), session);
        return known != null && known.announcement().incarnation() != news.incarnation();
    }

    void clear() {
        peers.clear();
    }
}
