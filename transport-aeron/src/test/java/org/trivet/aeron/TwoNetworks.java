package org.trivet.aeron;

import org.trivet.transport.Transport;
import org.trivet.transport.TransportFactory;

/** Opens endpoints of even ids at one network and those of odd ids at another. */
record TwoNetworks(AeronNetwork even, AeronNetwork odd) implements TransportFactory {
    @Override
    public Transport open(final int endpointId) {
        return (endpointId % 2 == 0 ? even : odd).open(endpointId);
    }

    @Override
    public void close() {
        even.close();
        odd.close();
    }
}
