package org.trivet.client;

import org.trivet.VolumeConfig;
import org.trivet.meta.MetadataClientConfig;

import java.util.Objects;

/**
 * What a client is made of.
 *
 * @param volume the volume.
 * @param blocks how it talks to data nodes.
 * @param metadata how it talks to the metadata node.
 */
public record ClientConfig(
        VolumeConfig volume, VolumeClientConfig blocks, MetadataClientConfig metadata) {
    /** Refuses what is missing. */
    public ClientConfig {
        Objects.requireNonNull(volume, "volume");
        Objects.requireNonNull(blocks, "blocks");
        Objects.requireNonNull(metadata, "metadata");
    }

    /**
     * The defaults.
     *
     * @param volume the volume.
     * @param clientId random, different for each client process.
     * @return the configuration.
     */
    public static ClientConfig of(final VolumeConfig volume, final long clientId) {
        return new ClientConfig(
                volume,
                VolumeClientConfig.of(clientId),
                MetadataClientConfig.of(volume.volumeId(), clientId));
    }
}
