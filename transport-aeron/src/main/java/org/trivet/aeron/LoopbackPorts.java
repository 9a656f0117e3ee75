package org.trivet.aeron;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds UDP ports of this machine for endpoints that keep theirs as long as there is a cluster,
 * also while they do not run. So none is taken that the system gives to whoever asks for any: a
 * client that came while a node was down would have it, and the node could not start again.
 *
 * <p>May be used from any thread.
 */
public final class LoopbackPorts {
    private static final System.Logger LOG = System.getLogger(LoopbackPorts.class.getName());
    private static final String LOOPBACK = "127.0.0.1";
    private static final Path GIVEN_TO_ANYONE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final String USUALLY_GIVEN = "32768 60999"; // Linux, Documentation/networking

    /** Below are those of well-known services. */
    private static final int LOWEST = 10_000;

    private static final int HIGHEST = 65_535;
    private static final int TRIES_PER_PORT = 1_000;

    /** With fewer ports than this that the system keeps, others are taken, too. */
    private static final int MIN_KEPT = 1_000;

    private LoopbackPorts() {}

    /**
     * Chooses ports, at random, that nobody has at present.
     *
     * @param count how many, from 1 on.
     * @return as many different ports.
     * @throws TrivetException IO if so many cannot be found.
     */
    public static List<Integer> choose(final int count) {
        final List<Integer> ports = new ArrayList<>();
        final String given = readGiven();
        final Range range = Range.keptFree(given);
        if (range.equals(Range.ALL)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the system gives away the ports "
                            + given
                            + ", which are nearly all: if it gives away that of a node while this"
                            + " is down, the node cannot start until it is free again");
        }
        for (int tries = count * TRIES_PER_PORT; ports.size() < count; tries--) {
            if (tries == 0) {
                throw new TrivetException(
                        ErrorCode.IO,
                        "cannot find "
                                + count
                                + " UDP ports that nobody has, from "
                                + range.first
                                + " to "
                                + range.last);
            }
            final int port = ThreadLocalRandom.current().nextInt(range.first, range.last + 1);
            if (!ports.contains(port) && isFree(port)) {
                ports.add(port);
            }
        }
        return ports;
    }

    private static String readGiven() {
        // A settings file of the kernel gives all or nothing: readString begins with one byte.
        try (BufferedReader file = Files.newBufferedReader(GIVEN_TO_ANYONE)) {
            return file.readLine();
        } catch (final IOException e) {
            return USUALLY_GIVEN; // another system
        }
    }

    static boolean isFree(final int port) {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(LOOPBACK, port))) {
            return socket.isBound();
        } catch (final SocketException e) {
            return false;
        }
    }

    /** Ports from the first to the last. */
    record Range(int first, int last) {
        static final Range ALL = new Range(LOWEST, HIGHEST);

        /**
         * The ports that the system does not give away by itself.
         *
         * @param given the first and the last that it does, as Linux writes them.
         * @return those below or above, whichever are more; all, if there are hardly any.
         */
        static Range keptFree(final String given) {
            final String[] ends = given.trim().split("\\s+");
            final Range below = new Range(LOWEST, Integer.parseInt(ends[0]) - 1);
            final Range above = new Range(Integer.parseInt(ends[1]) + 1, HIGHEST);
            final Range larger = below.size() >= above.size() ? below : above;
            return larger.size() >= MIN_KEPT ? larger : ALL;
        }

        private int size() {
            return last - first + 1;
        }
    }
}
