package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.aeron.AeronCounters;
import org.trivet.aeron.AeronNetwork;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportFactory;
import org.trivet.transport.auth.AuthCounters;
import org.trivet.transport.auth.AuthenticatedNetwork;
import org.trivet.transport.auth.ClusterKey;
import org.trivet.transport.auth.RefusalCause;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The network that a cluster file describes: Aeron, and on top of it, unless the file says
 * otherwise, authentication. Safe for use by several threads.
 */
final class ClusterNetwork implements TransportFactory {
    private final AeronNetwork aeron;
    private final AuthenticatedNetwork authenticated;

    private ClusterNetwork(final AeronNetwork aeron, final AuthenticatedNetwork authenticated) {
        this.aeron = aeron;
        this.authenticated = authenticated;
    }

    /** For the process of a node, whose address the file knows. */
    static ClusterNetwork open(final ClusterFile cluster) {
        return open(cluster, "127.0.0.1");
    }

    /**
     * For the process of a client.
     *
     * @param cluster the cluster.
     * @param host over UDP, under which nodes reach this machine; null for the address from which
     *     it reaches the metadata node.
     */
    static ClusterNetwork openForClient(final ClusterFile cluster, final String host) {
        return open(
                cluster, host != null || cluster.media() == Media.IPC ? host : ownHost(cluster));
    }

    private static ClusterNetwork open(final ClusterFile cluster, final String host) {
        final ClusterKey key =
                cluster.keyFile() == null ? null : ClusterKeyFile.read(cluster.keyFile());
        final AeronNetwork network = new AeronNetwork(cluster.aeron(host));
        return new ClusterNetwork(
                network,
                key == null
                        ? null
                        : new AuthenticatedNetwork(network, key, cluster.volume().volumeId()));
    }

    @Override
    public Transport open(final int endpointId) {
        return (authenticated == null ? aeron : authenticated).open(endpointId);
    }

    @Override
    public void close() {
        (authenticated == null ? aeron : authenticated).close();
    }

    /** What has been counted, by name. */
    Map<String, Long> counters() {
        final Map<String, Long> all = new LinkedHashMap<>();
        final AeronCounters counts = aeron.snapshot();
        all.put("driver_connects", counts.connects());
        all.put("transport_back_pressured", counts.backPressured());
        all.put("announcements_refused", counts.announcementsRefused());
        all.put("messages_unannounced", counts.messagesUnannounced());
        all.put("messages_too_long", counts.messagesTooLong());
        all.put("aeron_errors", counts.errors());
        if (authenticated != null) {
            final AuthCounters auth = authenticated.counters();
            all.put("auth_sessions", auth.sessions());
            all.put("auth_handshakes", auth.handshakes());
            all.put("auth_unanswered", auth.unanswered());
            all.put("auth_sessions_lost", auth.lost());
            all.put("auth_peers_evicted", auth.evicted());
            for (final RefusalCause cause : RefusalCause.values()) {
                all.put(
                        "auth_refused_" + cause.name().toLowerCase(Locale.ROOT),
                        auth.refused(cause));
            }
        }
        return all;
    }

    /** Connecting a datagram socket sends nothing, but has the system choose the way. */
    private static String ownHost(final ClusterFile cluster) {
        final String address = cluster.addresses().get(EndpointId.METADATA);
        final int colon = address.lastIndexOf(':');
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(
                    new InetSocketAddress(
                            address.substring(0, colon),
                            Integer.parseInt(address.substring(colon + 1))));
            final String host = socket.getLocalAddress().getHostAddress();
            return host.contains(":") ? "[" + host.replaceFirst("%.*", "") + "]" : host;
        } catch (final IOException | RuntimeException e) {
            throw new TrivetException(
                    ErrorCode.IO,
                    "cannot tell from which address this machine reaches the metadata node at "
                            + address
                            + ": "
                            + e
                            + "; say so with --host",
                    e);
        }
    }
}
