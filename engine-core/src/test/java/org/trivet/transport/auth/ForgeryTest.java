package org.trivet.transport.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.trivet.transport.auth.AuthTestBed.A;
import static org.trivet.transport.auth.AuthTestBed.B;
import static org.trivet.transport.auth.AuthTestBed.VOLUME;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.transport.auth.AuthTestBed.Node;
import org.trivet.transport.auth.FakeNetwork.Packet;

import java.util.Arrays;
import java.util.List;

/** What somebody can do who can read, change, repeat and invent messages, but lacks the key. */
class ForgeryTest {
    private static final long MS = 1_000_000;

    private final AuthTestBed bed = new AuthTestBed();

    @Test
    void anotherKeyGetsNothing() {
        final AuthenticatedNetwork strangers =
                bed.network(ClusterKey.random(bed.random), VOLUME, AuthLimits.DEFAULT);
        refusesBoth(strangers, RefusalCause.KEY);
    }

    @Test
    void anotherVolumeGetsNothing() {
        refusesBoth(bed.network(bed.key, VOLUME + 1, AuthLimits.DEFAULT), RefusalCause.VOLUME);
    }

    private void refusesBoth(final AuthenticatedNetwork strangers, final RefusalCause cause) {
        final Node member = bed.open(A);
        final Node stranger = bed.open(strangers, B);
        stranger.send(A, "let me in");
        bed.pass(100);
        assertEquals(0, member.transport.peerCount());
        assertTrue(bed.refused(cause) > 0);
        assertEquals(bed.cluster.counters().refused(), bed.refused(cause));
        assertTrue(
                bed.network.seen.stream().allMatch(packet -> packet.from() == B),
                "not even an answer");
        member.send(B, "hello?");
        bed.pass(100);
        assertTrue(strangers.counters().refused(cause) > 0);
        assertEquals(List.of(), member.received);
        assertEquals(List.of(), stranger.received);
        assertEquals(0, bed.cluster.counters().sessions());
        assertEquals(0, strangers.counters().sessions());
    }

    @Test
    void whatIsNotOfThisLayerIsRefused() {
        final AuthTestBed connected = AuthTestBed.connected();
        for (int length = 0; length < 200; length++) {
            connected.deliver(new Packet(A, B, new byte[length]));
        }
        assertEquals(200, connected.refused(RefusalCause.UNAUTHENTICATED));
        assertEquals(200, connected.cluster.counters().refused());
        assertEquals(List.of(), connected.node(B).received);
        assertEquals(List.of(), connected.network.wire);
    }

    @ParameterizedTest
    @ValueSource(
            bytes = {
                AuthHeader.HELLO,
                AuthHeader.ANSWER,
                AuthHeader.CONFIRM,
                AuthHeader.DONE,
                AuthHeader.DATA,
                AuthHeader.LOST
            })
    void aFlippedBitIsRefusedAndTheRestGoesOn(final byte kind) {
        final int bits = 8 * exchange(kind, -1).seen(kind).bytes().length;
        for (int bit = 0; bit < bits; bit++) {
            final AuthTestBed flipped = exchange(kind, bit);
            assertTrue(flipped.cluster.counters().refused() > 0, "bit " + bit);
            for (final Node node : flipped.nodes) {
                for (final String text : node.received) {
                    assertTrue(text.equals("first") || text.equals("second"), "bit " + bit);
                }
            }
            // Time passes, and they can talk again.
            flipped.pass(100);
            flipped.node(A).send(B, "last");
            flipped.pass(10);
            flipped.node(A).send(B, "very last");
            flipped.pass(10);
            assertEquals("very last", flipped.node(B).received.getLast(), "bit " + bit);
        }
    }

    /** Some messages, B's restart, more messages; of the first of a kind a bit may be flipped. */
    private static AuthTestBed exchange(final byte kind, final int bit) {
        final AuthTestBed bed = new AuthTestBed();
        bed.open(A);
        bed.open(B);
        boolean isDone = bit < 0;
        for (final String text : List.of("first", "second")) {
            bed.node(A).send(B, text);
            while (!bed.network.wire.isEmpty()) {
                final Packet packet = bed.network.wire.removeFirst();
                if (!isDone && packet.kind() == kind) {
                    isDone = true;
                    bed.deliver(packet.flipped(bit));
                } else {
                    bed.deliver(packet);
                }
            }
            bed.open(B);
        }
        bed.run();
        assertTrue(isDone);
        return bed;
    }

    @ParameterizedTest
    @ValueSource(
            bytes = {
                AuthHeader.HELLO,
                AuthHeader.ANSWER,
                AuthHeader.CONFIRM,
                AuthHeader.DONE,
                AuthHeader.DATA,
                AuthHeader.LOST
            })
    void aMessageCutShortOrLengthenedIsRefused(final byte kind) {
        final Packet whole = exchange(kind, -1).seen(kind);
        for (int length = 0; length < whole.bytes().length + 20; length++) {
            if (length != whole.bytes().length) {
                final AuthTestBed other = AuthTestBed.connected();
                other.deliver(
                        new Packet(whole.from(), whole.to(), Arrays.copyOf(whole.bytes(), length)));
                assertEquals(1, other.cluster.counters().refused(), "length " + length);
                assertEquals(List.of(), other.node(whole.to()).received);
            }
        }
    }

    @Test
    void repeatedMessagesOfAllKindsChangeNothing() {
        final AuthTestBed connected = AuthTestBed.connected();
        connected.open(B);
        connected.node(A).send(B, "lost");
        connected.run();
        connected.node(A).send(B, "one");
        connected.node(B).send(A, "two");
        connected.run();
        final List<Packet> all = List.copyOf(connected.network.seen);
        for (int round = 0; round < 3; round++) {
            for (final Packet packet : all) {
                connected.clock.advance(100 * MS);
                connected.deliver(packet);
                connected.network.wire.clear(); // answers do not even arrive
            }
        }
        assertTrue(all.stream().map(Packet::kind).distinct().count() == 6);
        assertEquals(List.of("one"), connected.node(B).received);
        assertEquals(List.of("two"), connected.node(A).received);
        final long sessions = connected.cluster.counters().sessions();
        assertEquals(0, connected.node(A).send(B, "three"));
        assertEquals(0, connected.node(B).send(A, "four"));
        connected.run();
        assertEquals(List.of("one", "three"), connected.node(B).received);
        assertEquals(List.of("two", "four"), connected.node(A).received);
        assertEquals(sessions, connected.cluster.counters().sessions());
    }

    @Test
    void repeatedMessagesOfFormerLivesChangeNothing() {
        final AuthTestBed connected = AuthTestBed.connected();
        connected.node(A).send(B, "x");
        connected.run();
        final List<Packet> all = List.copyOf(connected.network.seen);
        connected.open(A);
        connected.open(B);
        connected.node(A).send(B, "new");
        connected.run();
        for (final Packet packet : all) {
            connected.clock.advance(100 * MS);
            connected.deliver(packet);
        }
        connected.run();
        assertEquals(List.of("new"), connected.node(B).received);
        assertEquals(List.of(), connected.node(A).received);
        assertEquals(0, connected.cluster.counters().lost());
        assertEquals(0, connected.node(A).send(B, "still"));
        connected.run();
        assertEquals(List.of("new", "still"), connected.node(B).received);
    }

    @Test
    void whatComesBackToItsSenderIsRefused() {
        bed.open(A);
        bed.open(B);
        bed.node(A).send(B, "one");
        bed.run();
        bed.node(B).send(A, "two");
        bed.run();
        final List<Packet> all = List.copyOf(bed.network.seen);
        for (final Packet packet : all) {
            bed.deliver(new Packet(packet.to(), packet.from(), packet.bytes()));
        }
        assertEquals(all.size(), bed.refused(RefusalCause.RECEIVER));
        // The same with the ids exchanged, as if the other had sent it.
        bed.clock.advance(1000 * MS);
        for (final Packet packet : all) {
            final byte[] bytes = packet.bytes().clone();
            final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
            buffer.putInt(AuthHeader.SENDER_OFFSET, packet.to(), AuthHeader.LE);
            buffer.putInt(AuthHeader.RECEIVER_OFFSET, packet.from(), AuthHeader.LE);
            bed.deliver(new Packet(packet.to(), packet.from(), bytes));
            assertEquals(List.of(), bed.network.wire);
        }
        assertEquals(List.of("one"), bed.node(B).received);
        assertEquals(List.of("two"), bed.node(A).received);
        assertEquals(2 * all.size(), bed.cluster.counters().refused());
    }

    @Test
    void aMessageForAnotherEndpointOrFromItselfIsRefused() {
        final AuthTestBed connected = AuthTestBed.connected();
        final Node third = connected.open(2);
        third.send(2, "to myself");
        final Packet own = connected.network.wire.getFirst();
        connected.run();
        connected.node(A).send(B, "for B");
        final Packet packet = connected.network.wire.removeFirst();
        connected.deliver(new Packet(A, 2, packet.bytes()));
        assertEquals(1, connected.refused(RefusalCause.RECEIVER));
        connected.deliver(own);
        assertEquals(1, connected.refused(RefusalCause.REPLAYED));
        assertEquals(List.of("to myself"), third.received);
    }

    @Test
    void aFloodOfHellosIsAnsweredAtABoundedRateAndRememberedNowhere() {
        final AuthTestBed connected = AuthTestBed.connected();
        connected.open(2).send(B, "x");
        final Packet hello = connected.network.wire.removeFirst();
        connected.network.seen.clear();
        final Node b = connected.node(B);
        for (int i = 0; i < 10_000; i++) {
            connected.network.deliver(hello);
        }
        while (b.transport.poll((buffer, offset, length) -> {}, 1000) > 0) {
            b.poll();
        }
        for (int i = 0; i < 100; i++) {
            b.poll();
        }
        assertEquals(Handshakes.BURST, connected.network.seen.size());
        assertEquals(10_000 - Handshakes.BURST, connected.refused(RefusalCause.RATE));
        assertEquals(1, b.transport.peerCount());
        assertEquals(0, b.transport.handshakeCount());
        // The session with A is as it was.
        connected.network.wire.clear();
        assertEquals(0, connected.node(A).send(B, "still here"));
        assertEquals(0, b.send(A, "me too"));
        connected.run();
        assertTrue(b.received.contains("still here"));
    }

    @Test
    void aFloodInManyNamesCostsAFixedNumberOfLooks() {
        final AuthTestBed connected = AuthTestBed.connected();
        connected.open(2).send(B, "x");
        final byte[] hello = connected.network.wire.removeFirst().bytes();
        final Node b = connected.node(B);
        for (int i = 0; i < 100_000; i++) {
            new UnsafeBuffer(hello).putInt(AuthHeader.SENDER_OFFSET, 100 + i, AuthHeader.LE);
            connected.network.deliver(new Packet(100 + i, B, hello.clone()));
            b.poll();
        }
        assertTrue(connected.refused(RefusalCause.FORGED) <= RateBound.SLOTS * Handshakes.BURST);
        assertEquals(
                100_000,
                connected.refused(RefusalCause.FORGED) + connected.refused(RefusalCause.RATE));
        assertEquals(1, b.transport.peerCount());
        assertEquals(List.of(), connected.network.wire);
    }

    @Test
    void aFloodOfUnknownSessionsIsToldSoAtABoundedRate() {
        final AuthTestBed connected = AuthTestBed.connected();
        connected.node(A).send(B, "x");
        final Packet data = connected.network.wire.removeFirst();
        final byte[] unknown = data.bytes().clone();
        unknown[AuthHeader.SESSION_OFFSET] ^= 1;
        connected.network.seen.clear();
        for (int i = 0; i < 1000; i++) {
            connected.deliver(new Packet(A, B, unknown));
        }
        assertEquals(1, connected.network.seen.size());
        connected.run();
        assertEquals(0, connected.cluster.counters().lost());
        assertFalse(connected.network.seen.stream().anyMatch(p -> p.kind() == AuthHeader.HELLO));
    }

    @Test
    void everyCauseIsTold() {
        final Refusals refusals = new Refusals(3, new AuthCounters(), bed.clock);
        for (final RefusalCause cause : RefusalCause.values()) {
            assertTrue(refusals.text(cause, 5).startsWith("endpoint 3: "));
        }
        assertTrue(
                refusals.text(RefusalCause.KEY, 5)
                        .startsWith("endpoint 3: endpoint 5 has another cluster key"));
    }
}
