package org.trivet.inproc;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.transport.TransportFactory;
import org.trivet.transport.TransportProvider;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Networks by name: {@code inproc:name}, or {@code inproc:name?queue=16m}. Who joins the same name
 * in the same JVM joins the same network, which lasts until the last has left.
 */
public final class InprocProvider implements TransportProvider {
    private static final Pattern SPECIFIC_PART =
            Pattern.compile("([^?/]+)(?:\\?queue=(\\d{1,9})([kKmM]?))?");

    /** Guarded by itself. */
    private static final Map<String, SharedNetwork> NETWORKS = new HashMap<>();

    /** For {@link java.util.ServiceLoader}. */
    public InprocProvider() {}

    @Override
    public String scheme() {
        return "inproc";
    }

    @Override
    public TransportFactory create(final URI uri) {
        final Matcher parts = SPECIFIC_PART.matcher(uri.getSchemeSpecificPart());
        if (!scheme().equals(uri.getScheme()) || !parts.matches()) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "transport '" + uri + "' must look like inproc:name or inproc:name?queue=16m");
        }
        final int queueLength =
                parts.group(2) == null ? 0 : queueLength(parts.group(2), parts.group(3));
        final String name = parts.group(1);
        synchronized (NETWORKS) {
            SharedNetwork shared = NETWORKS.get(name);
            if (shared == null) {
                final int length =
                        queueLength == 0 ? InprocNetwork.DEFAULT_QUEUE_LENGTH : queueLength;
                shared = new SharedNetwork(name, new InprocNetwork(length));
                NETWORKS.put(name, shared);
            } else if (queueLength != 0 && queueLength != shared.network.queueLength()) {
                throw new TrivetException(
                        ErrorCode.INVALID,
                        "transport '"
                                + uri
                                + "': this network has queues of "
                                + shared.network.queueLength()
                                + " bytes");
            }
            shared.members++;
            return new InprocMembership(shared.network, shared::leave);
        }
    }

    private static int queueLength(final String digits, final String suffix) {
        final int shift = suffix.isEmpty() ? 0 : suffix.equalsIgnoreCase("k") ? 10 : 20;
        return (int) Math.min(Long.parseLong(digits) << shift, Integer.MAX_VALUE);
    }

    private static final class SharedNetwork {
        private final String name;
        private final InprocNetwork network;
        private int members;

        SharedNetwork(final String name, final InprocNetwork network) {
            this.name = name;
            this.network = network;
        }

        void leave() {
            synchronized (NETWORKS) {
                if (--members == 0) {
                    NETWORKS.remove(name);
                    network.close();
                }
            }
        }
    }
}
