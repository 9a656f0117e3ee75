package org.trivet.transport.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.transport.Transport;
import org.trivet.transport.auth.AuthTestBed.Node;
import org.trivet.transport.auth.FakeNetwork.Packet;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Endpoints that start again at any time, on a network that loses, repeats, delays, reorders,
 * misleads and damages messages, and repeats old ones much later. The seed replays it.
 */
class BadNetworkTest {
    private static final int ENDPOINTS = 3;
    private static final int STEPS = 4000;

    static LongStream seeds() {
        final String seed = System.getProperty("trivet.auth.seed");
        return seed != null ? LongStream.of(Long.parseLong(seed)) : LongStream.rangeClosed(1, 40);
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void whatIsDeliveredWasSentToThatReceiverAndComesOnce(final long seed) {
        new Run(seed).run();
    }

    private static final class Run {
        private final Random random;
        private final AuthTestBed bed;
        private final boolean isPeaceful;
        private final Set<String> offered = new HashSet<>();
        private final Set<String> delivered = new HashSet<>();

        /** The life of a sender of which a receiver's life has heard last. */
        private final Map<String, Integer> lastLife = new HashMap<>();

        private final int[] lives = new int[ENDPOINTS];
        private int number;

        Run(final long seed) {
            random = new Random(seed);
            bed = new AuthTestBed(seed, AuthTestBed.FEW);
            isPeaceful = seed % 4 == 0;
            for (int id = 0; id < ENDPOINTS; id++) {
                bed.open(id);
            }
        }

        void run() {
            for (int i = 0; i < STEPS; i++) {
                step();
                if (bed.network.seen.size() > 3000) {
                    bed.network.seen.subList(0, 1000).clear();
                }
            }
            check();
            heal();
        }

        private void step() {
            final int id = random.nextInt(ENDPOINTS);
            switch (random.nextInt(isPeaceful ? 12 : 13)) {
                case 0, 1, 2, 3 -> {
                    if (random.nextInt(10) == 0) {
                        bed.network.refusing.put(
                                random.nextInt(ENDPOINTS),
                                random.nextBoolean() ? Transport.BACK_PRESSURED : 0L);
                    }
                    offer(id, random.nextInt(ENDPOINTS));
                }
                case 4, 5, 6 -> move();
                case 7, 8, 9 -> {
                    bed.node(id).poll();
                    check();
                }
                case 10 -> bed.clock.advance(random.nextInt(3_000_000));
                case 11 -> repeatOld();
                default -> {
                    if (random.nextInt(20) == 0) {
                        bed.node(id).poll();
                        check();
                        lives[id]++;
                        bed.open(id);
                    } else if (random.nextInt(10) == 0) {
                        bed.clock.advance(random.nextInt(2_000_000_000));
                    }
                }
            }
        }

        private void offer(final int from, final int to) {
            final String text =
                    "%d.%d>%d:%d:%s"
                            .formatted(
                                    from,
                                    lives[from],
                                    to,
                                    number++,
                                    "x".repeat(random.nextInt(50)));
            if (bed.node(from).send(to, text) >= 0) {
                offered.add(text);
            }
        }

        /** Any message under way is delivered, lost, repeated, misled or damaged. */
        private void move() {
            final List<Packet> wire = bed.network.wire;
            while (wire.size() > 100) {
                wire.remove(random.nextInt(wire.size()));
            }
            if (!wire.isEmpty()) {
                final int index = random.nextInt(Math.min(wire.size(), 10));
                final Packet packet =
                        random.nextInt(10) == 0 ? wire.get(index) : wire.remove(index);
                switch (random.nextInt(12)) {
                    case 0 -> {}
                    case 1 ->
                            bed.network.deliver(
                                    packet.flipped(random.nextInt(8 * packet.bytes().length)));
                    case 2 ->
                            bed.network.deliver(
                                    new Packet(
                                            packet.from(),
                                            random.nextInt(ENDPOINTS),
                                            packet.bytes()));
                    default -> bed.network.deliver(packet);
                }
            }
        }

        private void repeatOld() {
            final List<Packet> seen = bed.network.seen;
            if (!seen.isEmpty()) {
                bed.network.deliver(seen.get(random.nextInt(seen.size())));
            }
        }

        private void check() {
            for (final Node node : bed.nodes) {
                for (final String text : node.received) {
                    assertTrue(offered.contains(text), () -> "nobody sent " + text);
                    assertTrue(delivered.add(text), () -> "came twice: " + text);
                    final String[] parts = text.split("[.>:]");
                    assertEquals(node.id(), Integer.parseInt(parts[2]), text);
                    final String way = parts[0] + ">" + node.id() + "." + lives[node.id()];
                    final int life = Integer.parseInt(parts[1]);
                    final Integer before = lastLife.put(way, life);
                    assertTrue(before == null || before <= life, () -> "of a former life: " + text);
                }
                node.received.clear();
            }
        }

        /** With a network that is good again, all can soon talk to all. */
        private void heal() {
            bed.network.refusing.clear();
            bed.network.wire.clear();
            bed.pass(120); // longer than the longest pause of a handshake
            check();
            for (int from = 0; from < ENDPOINTS; from++) {
                for (int to = 0; to < ENDPOINTS; to++) {
                    // The first may go to a life that is over.
                    for (int i = 0; i < 3; i++) {
                        offer(from, to);
                        bed.pass(20);
                        check();
                    }
                    final String last = "%d.%d>%d:%d:".formatted(from, lives[from], to, number - 1);
                    assertTrue(
                            delivered.stream().anyMatch(text -> text.startsWith(last)),
                            () -> last + " does not arrive; " + bed.cluster.counters());
                }
            }
        }
    }
}
