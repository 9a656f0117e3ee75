package org.trivet.aeron;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.transport.EndpointId;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which driver an {@link AeronNetwork} uses, by which way, and where endpoints are. Immutable, and
 * valid once made.
 *
 * <p>Over UDP the address of the metadata node and of each data node is known to all from their
 * configuration: what {@code addresses} says; or else, if {@code port} is not 0, port {@code port}
 * of {@code host} is the metadata node's, and {@code port + 1 + n} that of data node n. A client
 * takes a free port of {@code host}, and tells it to those whom it sends to.
 *
 * @param media how messages travel.
 * @param directory of the driver, absolute.
 * @param host over UDP, under which others reach the endpoints that are opened here, unless their
 *     addresses are listed; empty over IPC.
 * @param port over UDP, the first of the ports that follow from the id; 0 for none.
 * @param addresses over UDP, host:port by endpoint id; not of clients.
 */
public record AeronConfig(
        Media media, Path directory, String host, int port, Map<Integer, String> addresses) {
    /** How messages travel. */
    public enum Media {
        /** Shared memory: all who use one driver's directory. */
        IPC,
        /** UDP: each machine has a driver, or several. */
        UDP
    }

    private static final int MAX_PORT = 65_535;
    private static final Set<String> WILDCARDS = Set.of("0.0.0.0", "[::]");

    /**
     * A configuration.
     *
     * @throws TrivetException INVALID, naming what is wrong.
     */
    public AeronConfig {
        if (!directory.isAbsolute()) {
            throw invalid("directory is '" + directory + "', and must be an absolute path");
        }
        directory = directory.normalize();
        addresses = Map.copyOf(addresses);
        if (media == Media.IPC) {
            if (!host.isEmpty() || port != 0 || !addresses.isEmpty()) {
                throw invalid("ipc has neither hosts nor ports: all share the driver's directory");
            }
        } else {
            checkUdp(host, port, addresses);
        }
    }

    private static void checkUdp(
            final String host, final int port, final Map<Integer, String> addresses) {
        if (!Address.isHost(host)) {
            throw invalid("host is '" + host + "', and must be a name, an IPv4, or an [IPv6]");
        }
        if (WILDCARDS.contains(host)) {
            throw invalid("host is '" + host + "', which others cannot send to");
        }
        if (port != 0 && !Address.isPort(port)) {
            throw invalid("port is " + port + ", and must be 1 to 65535, or 0 for none");
        }
        addresses.forEach(
                (id, address) -> {
                    if (id < 0 || id >= EndpointId.FIRST_CLIENT) {
                        throw invalid("endpoint " + id + " has an address, and is no node");
                    }
                    if (!Address.isValid(address)) {
                        throw invalid(
                                "address of endpoint "
                                        + id
                                        + " is '"
                                        + address
                                        + "', and must look like "
                                        + Address.FORM);
                    }
                });
    }

    /**
     * Shared memory.
     *
     * @param directory of the driver, absolute.
     * @return the configuration.
     */
    public static AeronConfig ipc(final Path directory) {
        return new AeronConfig(Media.IPC, directory, "", 0, Map.of());
    }

    /**
     * UDP, with the ports of nodes following from their ids.
     *
     * @param directory of the driver, absolute.
     * @param host under which others reach the endpoints opened here.
     * @param port that of the metadata node; data node n has port + 1 + n. 0 for none: then each
     *     node must be listed, see {@link #with}.
     * @return the configuration.
     */
    public static AeronConfig udp(final Path directory, final String host, final int port) {
        return new AeronConfig(Media.UDP, directory, host, port, Map.of());
    }

    /**
     * The same with a node's address.
     *
     * @param endpointId of a data node, or the metadata node's.
     * @param address host:port.
     * @return another configuration.
     */
    public AeronConfig with(final int endpointId, final String address) {
        final Map<Integer, String> changed = new HashMap<>(addresses);
        changed.put(endpointId, address);
        return new AeronConfig(media, directory, host, port, changed);
    }

    /** Host:port of a node over UDP; null if it is not known from the configuration. */
    String address(final int endpointId) {
        final String listed = addresses.get(endpointId);
        if (listed != null) {
            return listed;
        }
        if (port == 0 || endpointId >= EndpointId.FIRST_CLIENT) {
            return null;
        }
        final long itsPort =
                endpointId == EndpointId.METADATA ? port : (long) port + 1 + endpointId;
        return itsPort <= MAX_PORT ? host + ":" + itsPort : null;
    }

    private static TrivetException invalid(final String what) {
        return new TrivetException(ErrorCode.INVALID, "aeron: " + what);
    }
}
