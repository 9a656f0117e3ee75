package org.trivet.transport;

/** Opens endpoints of one transport: a network of its own. Safe for use by several threads. */
public interface TransportFactory extends AutoCloseable {
    /**
     * Opens an endpoint.
     *
     * @param endpointId its id; must not be open.
     * @return the endpoint.
     */
    Transport open(int endpointId);

    @Override
    void close();
}
