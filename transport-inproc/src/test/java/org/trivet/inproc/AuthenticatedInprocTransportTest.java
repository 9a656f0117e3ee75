package org.trivet.inproc;

import org.trivet.transport.TransportFactory;
import org.trivet.transport.auth.AuthenticatedContract;

/** The contract with authentication above the transport within one JVM. */
class AuthenticatedInprocTransportTest extends AuthenticatedContract {
    @Override
    protected TransportFactory newCarrier() {
        return new InprocNetwork();
    }
}
