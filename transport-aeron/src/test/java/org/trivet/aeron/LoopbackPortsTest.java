package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.trivet.aeron.LoopbackPorts.Range;

import java.io.BufferedReader;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;

class LoopbackPortsTest {
    /** Whoever asked for any while a node was down might have got its port. */
    @Test
    void theyAreNotAmongThoseThatTheSystemGivesAway() throws Exception {
        final Path given = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
        assumeTrue(Files.isReadable(given), "another system");
        final String[] ends;
        try (BufferedReader file = Files.newBufferedReader(given)) {
            ends = file.readLine().split("\\s+");
        }
        assumeTrue(
                !Range.keptFree(String.join(" ", ends)).equals(Range.ALL), "it keeps hardly any");
        final List<Integer> ports = LoopbackPorts.choose(200);
        assertEquals(200, new HashSet<>(ports).size());
        for (final int port : ports) {
            assertTrue(
                    port < Integer.parseInt(ends[0]) || port > Integer.parseInt(ends[1]),
                    () -> port + " is one of " + String.join(" to ", ends));
        }
    }

    @Test
    void whatIsInUseIsNotFree() throws Exception {
        final int port = LoopbackPorts.choose(1).getFirst();
        assertTrue(LoopbackPorts.isFree(port));
        try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress("127.0.0.1", port))) {
            assertEquals(port, taken.getLocalPort());
            assertFalse(LoopbackPorts.isFree(port));
        }
    }

    @Test
    void theLargerPartIsTaken() {
        assertEquals(new Range(10_000, 32_767), Range.keptFree("32768\t60999\n"));
        assertEquals(new Range(40_001, 65_535), Range.keptFree("10500 40000"));
        assertEquals(Range.ALL, Range.keptFree("1024 65535"));
    }
}
