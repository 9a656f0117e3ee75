package org.trivet.aeron;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.trivet.IdleMode;
import org.trivet.transport.TransportContract;
import org.trivet.transport.TransportFactory;

import java.nio.file.Path;

/** The contract over shared memory, between two clients of one driver. */
class AeronIpcBetweenProcessesTest extends TransportContract {
    private static Path parent;
    private static AeronDriver here;

    @BeforeAll
    static void startDriver() {
        parent = TestPlaces.newDirectory();
        here = AeronDriver.start(parent.resolve("here"), IdleMode.BALANCED, TestPlaces.PATIENT);
    }

    @AfterAll
    static void stopDriver() {
        here.close();
        TestPlaces.remove(parent);
    }

    @Override
    protected TransportFactory newFactory() {
        final AeronConfig config = AeronConfig.ipc(here.directory());
        return new TwoNetworks(
                new AeronNetwork(config, TestPlaces.PATIENT),
                new AeronNetwork(config, TestPlaces.PATIENT));
    }
}
