package org.trivet.fuzz;

import org.agrona.concurrent.Agent;
import org.trivet.fuzz.Scenes.ClientScene;
import org.trivet.fuzz.Scenes.NodeScene;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.transport.EndpointId;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * An agent that messages are thrown at.
 *
 * @param volume that it belongs to; nothing else of it runs.
 * @param refused how many messages it has refused, by its own counting.
 */
record Target(FuzzedVolume volume, Agent agent, Network.Endpoint endpoint, LongSupplier refused) {
    /** Where a target may be. */
    record Scene(String name, Function<Network.Listener, Target> maker) {}

    /** Makes targets of one kind, which take messages of the schema for one receiver. */
    record Kind(String receiver, int endpointId, List<Scene> scenes) {}

    static Kind dataNode() {
        final List<Scene> scenes = new ArrayList<>();
        for (final NodeScene scene : NodeScene.values()) {
            scenes.add(new Scene(scene.name(), listener -> dataNode(Scenes.node(scene, listener))));
        }
        return new Kind("node", 0, scenes);
    }

    private static Target dataNode(final FuzzedVolume volume) {
        return new Target(
                volume,
                volume.nodes[0],
                volume.nodeEndpoints[0],
                () -> volume.nodes[0].counters().get(Counter.MESSAGES_REFUSED));
    }

    static Kind metadataNode() {
        return new Kind(
                "metadata",
                EndpointId.METADATA,
                List.of(
                        new Scene(
                                "BUSY",
                                listener -> {
                                    final FuzzedVolume volume = Scenes.metadata(listener);
                                    return new Target(
                                            volume,
                                            volume.metadata,
                                            volume.metadataEndpoint,
                                            volume.metadata::malformed);
                                })));
    }

    static Kind client() {
        final List<Scene> scenes = new ArrayList<>();
        for (final ClientScene scene : ClientScene.values()) {
            scenes.add(new Scene(scene.name(), listener -> client(Scenes.client(scene, listener))));
        }
        return new Kind("client", EndpointId.FIRST_CLIENT, scenes);
    }

    private static Target client(final FuzzedVolume volume) {
        return new Target(
                volume,
                volume.clients[0],
                volume.clientEndpoints[0],
                () ->
                        volume.clients[0].metadata().malformed()
                                + volume.clients[0].blocks().counters().damagedMessages());
    }
}
