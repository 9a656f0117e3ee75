package org.trivet.transport.auth;

import org.agrona.concurrent.CachedNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.auth.FakeNetwork.Packet;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Endpoints with authentication on a {@link FakeNetwork}, a clock that stands, and no chance. */
final class AuthTestBed {
    /** Refusals are what these tests are about: the log is spared them. */
    private static final Logger LOG = Logger.getLogger(Refusals.class.getName());

    static {
        LOG.setLevel(Level.OFF);
    }

    static final long VOLUME = 42;
    static final int A = 0;
    static final int B = 1;
    static final AuthLimits FEW = new AuthLimits(4, 3, 1000, 1 << 20);

    final FakeNetwork network = new FakeNetwork();
    final CachedNanoClock clock = new CachedNanoClock();
    final SecureRandom random;
    final ClusterKey key;
    final AuthenticatedNetwork cluster;
    final List<Node> nodes = new ArrayList<>();

    AuthTestBed() {
        this(1, AuthLimits.DEFAULT);
    }

    AuthTestBed(final long seed, final AuthLimits limits) {
        random = new SeededRandom(seed);
        key = ClusterKey.random(random);
        clock.update(random.nextLong());
        cluster = network(key, VOLUME, limits);
    }

    AuthenticatedNetwork network(
            final ClusterKey itsKey, final long volumeId, final AuthLimits limits) {
        return new AuthenticatedNetwork(network, itsKey, volumeId, clock, random, limits);
    }

    Node open(final int id) {
        return open(cluster, id);
    }

    /** Opens an endpoint, after closing the one that has the id. */
    Node open(final AuthenticatedNetwork in, final int id) {
        nodes.removeIf(
                node -> {
                    if (node.id() == id) {
                        node.transport.close();
                    }
                    return node.id() == id;
                });
        final Node node = new Node((AuthenticatedTransport) in.open(id));
        nodes.add(node);
        return node;
    }

    /** Two endpoints with a session that A has begun, and nothing on the wire. */
    static AuthTestBed connected() {
        final AuthTestBed bed = new AuthTestBed();
        bed.open(A);
        bed.open(B);
        bed.node(A).send(B, "first");
        bed.run();
        bed.node(B).received.clear();
        bed.network.seen.clear();
        return bed;
    }

    Node node(final int id) {
        return nodes.stream().filter(node -> node.id() == id).findAny().orElseThrow();
    }

    /** Delivers all, in order, and what follows from it. */
    void run() {
        int turns = 0;
        nodes.forEach(Node::poll);
        while (!network.wire.isEmpty()) {
            step();
            if (++turns > 10_000) {
                throw new AssertionError("it does not come to rest");
            }
        }
    }

    /** Delivers the first message, and has its receiver take it. */
    void step() {
        final Packet packet = network.wire.removeFirst();
        deliver(packet);
    }

    void deliver(final Packet packet) {
        network.deliver(packet);
        nodes.stream().filter(node -> node.id() == packet.to()).forEach(Node::poll);
    }

    /** Lets time pass in small steps; all poll at each, and all is delivered. */
    void pass(final long ms) {
        for (long i = 0; i < ms; i++) {
            clock.advance(TimeUnit.MILLISECONDS.toNanos(1));
            run();
        }
    }

    long refused(final RefusalCause cause) {
        return cluster.counters().refused(cause);
    }

    /** The only message of a kind that was sent. */
    Packet seen(final byte kind) {
        return network.seen.stream().filter(p -> p.kind() == kind).findFirst().orElseThrow();
    }

    /** An endpoint and what it has received, as text. */
    static final class Node {
        final AuthenticatedTransport transport;
        final List<String> received = new ArrayList<>();

        Node(final AuthenticatedTransport transport) {
            this.transport = transport;
        }

        int id() {
            return transport.endpointId();
        }

        long send(final int to, final String text) {
            final UnsafeBuffer message =
                    new UnsafeBuffer(text.getBytes(StandardCharsets.ISO_8859_1));
            final int half = message.capacity() / 2;
            return transport.offer(to, message, 0, half, message, half, message.capacity() - half);
        }

        int poll() {
            return transport.poll(
                    (buffer, offset, length) -> {
                        final byte[] bytes = new byte[length];
                        buffer.getBytes(offset, bytes);
                        received.add(new String(bytes, StandardCharsets.ISO_8859_1));
                    },
                    1000);
        }
    }

    /** The same bytes for the same seed. */
    static final class SeededRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final transient Random source;

        SeededRandom(final long seed) {
            source = new Random(seed);
        }

        @Override
        public void nextBytes(final byte[] bytes) {
            source.nextBytes(bytes);
        }
    }
}
