package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.aeron.AeronNetwork;
import org.trivet.transport.EndpointId;
import org.trivet.transport.TransportFactory;
import org.trivet.transport.auth.AuthenticatedNetwork;
import org.trivet.transport.auth.ClusterKey;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;

/** Opens the network that a cluster file describes. */
final class ClusterNetwork {
    private ClusterNetwork() {}

    /** For the process of a node, whose address the file knows. */
    static TransportFactory open(final ClusterFile cluster) {
        return open(cluster, "127.0.0.1");
    }

    /**
     * For the process of a client.
     *
     * @param cluster the cluster.
     * @param host over UDP, under which nodes reach this machine; null for the address from which
     *     it reaches the metadata node.
     */
    static TransportFactory openForClient(final ClusterFile cluster, final String host) {
        return open(
                cluster, host != null || cluster.media() == Media.IPC ? host : ownHost(cluster));
    }

    private static TransportFactory open(final ClusterFile cluster, final String host) {
        final ClusterKey key =
                cluster.keyFile() == null ? null : ClusterKeyFile.read(cluster.keyFile());
        final TransportFactory network = new AeronNetwork(cluster.aeron(host));
        return key == null
                ? network
                : new AuthenticatedNetwork(network, key, cluster.volume().volumeId());
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
