package org.trivet.inproc;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportFactory;

import java.util.ArrayList;
import java.util.List;

/**
 * One of those who joined a named network: closing it closes only the endpoints that were opened
 * through it.
 */
final class InprocMembership implements TransportFactory {
    private final InprocNetwork network;
    private final Runnable onLeave;
    private final List<InprocTransport> opened = new ArrayList<>();
    private boolean isClosed;

    InprocMembership(final InprocNetwork network, final Runnable onLeave) {
        this.network = network;
        this.onLeave = onLeave;
    }

    @Override
    public synchronized Transport open(final int endpointId) {
        if (isClosed) {
            throw new TrivetException(
                    ErrorCode.CLOSED,
                    "inproc: the network is closed, endpoint " + endpointId + " cannot be opened");
        }
        opened.removeIf(endpoint -> network.find(endpoint.endpointId()) != endpoint);
        final InprocTransport endpoint = (InprocTransport) network.open(endpointId);
        opened.add(endpoint);
        return endpoint;
    }

    @Override
    public synchronized void close() {
        if (!isClosed) {
            isClosed = true;
            opened.forEach(InprocTransport::disconnect);
            onLeave.run();
        }
    }
}
