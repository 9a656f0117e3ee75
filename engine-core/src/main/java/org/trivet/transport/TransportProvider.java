package org.trivet.transport;

import java.net.URI;

/**
 * Found by {@link java.util.ServiceLoader}: a kind of transport, selected by the scheme of a URI.
 */
public interface TransportProvider {
    /**
     * The scheme.
     *
     * @return for example "inproc".
     */
    String scheme();

    /**
     * Joins the network that a URI names.
     *
     * @param uri of this provider's scheme.
     * @return opens endpoints on it.
     */
    TransportFactory create(URI uri);
}
