package org.trivet.aeron;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.trivet.IdleMode;
import org.trivet.transport.TransportContract;
import org.trivet.transport.TransportFactory;

import java.nio.file.Path;

/** The contract over UDP, between two drivers. */
class AeronUdpBetweenProcessesTest extends TransportContract {
    private static Path parent;
    private static AeronDriver here;
    private static AeronDriver there;

    @BeforeAll
    static void startDriver() {
        parent = TestPlaces.newDirectory();
        here = AeronDriver.start(parent.resolve("here"), IdleMode.BALANCED, TestPlaces.PATIENT);
        there = AeronDriver.start(parent.resolve("there"), IdleMode.BALANCED, TestPlaces.PATIENT);
    }

    @AfterAll
    static void stopDriver() {
        here.close();
        there.close();
        TestPlaces.remove(parent);
    }

    @Override
    protected TransportFactory newFactory() {
        final AeronConfig config = TestPlaces.udp(here.directory(), 8);
        return new TwoNetworks(
                new AeronNetwork(config, TestPlaces.PATIENT),
                new AeronNetwork(TestPlaces.at(config, there.directory()), TestPlaces.PATIENT));
    }

    @Override
    protected boolean noticesReopeningAtOnce() {
        return false;
    }
}
