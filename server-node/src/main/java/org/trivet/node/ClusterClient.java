package org.trivet.node;

import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.trivet.IdleMode;
import org.trivet.VolumeConfig;
import org.trivet.client.ClientAgent;
import org.trivet.client.ClientConfig;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.transport.EndpointId;
import org.trivet.transport.TransportFactory;

import java.security.SecureRandom;

/**
 * A client of a cluster whose nodes run in other processes: one thread of its own. Any number of
 * clients may use a cluster at once. May be used from any thread.
 */
public final class ClusterClient implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ClusterClient.class.getName());

    /** Endpoints of clients are drawn at random from all there are, but for the first few. */
    private static final int RESERVED = 16;

    private final VolumeConfig volume;
    private final EngineThread engine;
    private final TransportFactory network;
    private ClientAgent agent;

    private ClusterClient(final ClusterFile cluster, final String host, final IdleMode idleMode) {
        final NanoClock clock = SystemNanoClock.INSTANCE;
        volume = cluster.volume();
        network = ClusterNetwork.openForClient(cluster, host);
        engine =
                new EngineThread(
                        "trivet-client",
                        clock,
                        (failed, error) -> {}, // told in the log; what waits for it is told, too
                        () -> agent == null ? Long.MAX_VALUE : agent.idleNs(),
                        idleMode);
    }

    /**
     * Starts a client. Does not wait for the nodes: operations do.
     *
     * @param cluster says where they are.
     * @param host over UDP, the name or address under which they reach this machine; null for the
     *     one from which it reaches the metadata node.
     * @param idleMode how it waits for messages.
     * @return the client.
     * @throws InterruptedException if interrupted; nothing runs then.
     */
    public static ClusterClient start(
            final ClusterFile cluster, final String host, final IdleMode idleMode)
            throws InterruptedException {
        final ClusterClient client = new ClusterClient(cluster, host, idleMode);
        boolean isStarted = false;
        try {
            client.run();
            isStarted = true;
            return client;
        } finally {
            if (!isStarted) {
                client.close();
            }
        }
    }

    private void run() throws InterruptedException {
        final SecureRandom random = new SecureRandom();
        final int endpointId =
                random.nextInt(EndpointId.FIRST_CLIENT + RESERVED, Integer.MAX_VALUE);
        agent =
                engine.call(
                        () -> {
                            final ClientAgent made =
                                    new ClientAgent(
                                            ClientConfig.of(volume, random.nextLong()),
                                            network.open(endpointId),
                                            SystemNanoClock.INSTANCE,
                                            engine.idleStrategy(),
                                            error ->
                                                    LOG.log(
                                                            System.Logger.Level.ERROR,
                                                            "an operation has failed: " + error,
                                                            error));
                            engine.add(made);
                            return made;
                        });
    }

    /**
     * The agent, which is also the executor of its thread.
     *
     * @return open until this is closed.
     */
    public ClientAgent agent() {
        return agent;
    }

    /**
     * The volume's files, for any thread.
     *
     * @return not to be closed by the caller, but with this.
     */
    public TrivetFileSystem files() {
        return new TrivetFileSystem(agent, Caller.ROOT, () -> {});
    }

    /** Ends the client; operations under way fail with CLOSED. */
    @Override
    public void close() {
        try {
            if (agent != null) {
                engine.call(
                        () -> {
                            engine.remove(agent);
                            agent.onClose();
                            return null;
                        });
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            engine.close();
            network.close();
        }
    }
}
