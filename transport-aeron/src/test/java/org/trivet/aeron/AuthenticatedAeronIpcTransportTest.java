package org.trivet.aeron;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.trivet.IdleMode;
import org.trivet.transport.TransportFactory;
import org.trivet.transport.auth.AuthenticatedContract;

import java.nio.file.Path;

/** The contract with authentication above shared memory. */
class AuthenticatedAeronIpcTransportTest extends AuthenticatedContract {
    private static Path parent;
    private static AeronDriver driver;

    @BeforeAll
    static void startDriver() {
        parent = TestPlaces.newDirectory();
        driver = AeronDriver.start(parent.resolve("ipc"), IdleMode.BALANCED, TestPlaces.PATIENT);
    }

    @AfterAll
    static void stopDriver() {
        driver.close();
        TestPlaces.remove(parent);
    }

    @Override
    protected TransportFactory newCarrier() {
        return new AeronNetwork(AeronConfig.ipc(driver.directory()), TestPlaces.PATIENT);
    }
}
