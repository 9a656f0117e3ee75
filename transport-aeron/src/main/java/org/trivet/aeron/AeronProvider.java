package org.trivet.aeron;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.transport.EndpointId;
import org.trivet.transport.TransportFactory;
import org.trivet.transport.TransportProvider;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Networks over an Aeron media driver, which somebody else runs in the directory {@code dir}.
 *
 * <pre>
 * aeron:ipc?dir=/dev/shm/volume
 * aeron:udp?dir=/dev/shm/volume&amp;host=127.0.0.1&amp;port=9000
 * aeron:udp?dir=/dev/shm/volume&amp;host=10.0.0.1&amp;meta=10.0.0.1:9000&amp;nodes=10.0.0.1:9001,10.0.0.2:9001
 * </pre>
 *
 * <p>{@code host} is the address of this machine, {@code port} that of the metadata node, which the
 * data nodes' follow; {@code nodes} lists the addresses of data nodes 0, 1, 2, ... instead, and
 * {@code meta} is the metadata node's. A value may have characters as %XX. See {@link AeronConfig}.
 */
public final class AeronProvider implements TransportProvider {
    private static final String FORM =
            "; it must look like aeron:ipc?dir=/dev/shm/volume or"
                    + " aeron:udp?dir=/dev/shm/volume&host=127.0.0.1&port=9000"
                    + "[&meta=HOST:PORT][&nodes=HOST:PORT,HOST:PORT,...]";

    private static final Set<String> NAMES = Set.of("dir", "host", "port", "meta", "nodes");

    /** For {@link java.util.ServiceLoader}. */
    public AeronProvider() {}

    @Override
    public String scheme() {
        return "aeron";
    }

    /**
     * {@inheritDoc}
     *
     * @throws TrivetException INVALID if the URI cannot be understood; the message says what is
     *     wrong with it.
     */
    @Override
    public TransportFactory create(final URI uri) {
        return new AeronNetwork(parse(uri));
    }

    static AeronConfig parse(final URI uri) {
        if (!"aeron".equals(uri.getScheme())) {
            throw invalid(uri, "the scheme is not aeron");
        }
        final String[] parts = uri.getRawSchemeSpecificPart().split("\\?", 2);
        final Media media =
                switch (parts[0]) {
                    case "ipc" -> Media.IPC;
                    case "udp" -> Media.UDP;
                    default -> throw invalid(uri, "'" + parts[0] + "' is neither ipc nor udp");
                };
        final Map<String, String> values = values(uri, parts.length == 1 ? "" : parts[1]);
        if (!values.containsKey("dir")) {
            throw invalid(uri, "dir is missing");
        }
        if (media == Media.UDP && !values.containsKey("host")) {
            throw invalid(uri, "host is missing");
        }
        try {
            return new AeronConfig(
                    media,
                    Path.of(values.get("dir")),
                    values.getOrDefault("host", ""),
                    port(uri, values.get("port")),
                    addresses(values));
        } catch (final TrivetException | InvalidPathException e) {
            throw invalid(uri, e.getMessage());
        }
    }

    private static Map<String, String> values(final URI uri, final String query) {
        final Map<String, String> values = new LinkedHashMap<>();
        for (final String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
            final int end = pair.indexOf('=');
            final String name = end < 0 ? pair : pair.substring(0, end);
            if (!NAMES.contains(name)) {
                throw invalid(uri, "'" + name + "' is not known");
            }
            if (end < 0 || end == pair.length() - 1) {
                throw invalid(uri, name + " has no value");
            }
            if (values.put(name, decode(uri, pair.substring(end + 1))) != null) {
                throw invalid(uri, name + " is there twice");
            }
        }
        return values;
    }

    private static String decode(final URI uri, final String value) {
        try {
            return new URI("x:" + value).getSchemeSpecificPart();
        } catch (final URISyntaxException e) {
            throw invalid(uri, "'" + value + "' cannot be decoded");
        }
    }

    private static int port(final URI uri, final String port) {
        if (port == null) {
            return 0;
        }
        if (!port.matches("[1-9][0-9]{0,4}")) {
            throw invalid(uri, "port is '" + port + "', and must be 1 to 65535");
        }
        return Integer.parseInt(port);
    }

    private static Map<Integer, String> addresses(final Map<String, String> values) {
        final Map<Integer, String> addresses = new HashMap<>();
        if (values.containsKey("meta")) {
            addresses.put(EndpointId.METADATA, values.get("meta"));
        }
        if (values.containsKey("nodes")) {
            for (final String address : values.get("nodes").split(",", -1)) {
                addresses.put(addresses.size() - (values.containsKey("meta") ? 1 : 0), address);
            }
        }
        return addresses;
    }

    private static TrivetException invalid(final URI uri, final String what) {
        return new TrivetException(ErrorCode.INVALID, "transport '" + uri + "': " + what + FORM);
    }
}
