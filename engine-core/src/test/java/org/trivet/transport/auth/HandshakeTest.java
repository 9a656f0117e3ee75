package org.trivet.transport.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.trivet.transport.auth.AuthTestBed.A;
import static org.trivet.transport.auth.AuthTestBed.B;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.transport.Transport;
import org.trivet.transport.auth.AuthTestBed.Node;
import org.trivet.transport.auth.FakeNetwork.Packet;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** How sessions begin, and begin again. */
class HandshakeTest {
    private static final long MS = 1_000_000;

    private final AuthTestBed bed = new AuthTestBed();

    @Test
    void theFirstMessageWaitsForTheSessionAndOthersAreToComeAgain() {
        final Node a = bed.open(A);
        final Node b = bed.open(B);
        assertEquals(0, a.send(B, "first"));
        assertEquals(Transport.BACK_PRESSURED, a.send(B, "second"));
        assertEquals(Transport.BACK_PRESSURED, a.send(B, "x".repeat(10_000)));
        bed.run();
        assertEquals(List.of("first"), b.received);
        assertTrue(a.send(B, "second") >= 0);
        assertTrue(b.send(A, "reply") >= 0);
        bed.run();
        assertEquals(List.of("first", "second"), b.received);
        assertEquals(List.of("reply"), a.received);
        assertEquals(2, bed.cluster.counters().sessions());
        assertEquals(1, bed.cluster.counters().handshakes());
        assertEquals(0, bed.cluster.counters().refused());
        bed.pass(1);
        assertEquals(0, a.transport.handshakeCount());
    }

    @Test
    void fourMessagesMakeASession() {
        bed.open(A);
        bed.open(B);
        bed.node(A).send(B, "x");
        bed.run();
        assertEquals(
                List.of(
                        AuthHeader.HELLO,
                        AuthHeader.ANSWER,
                        AuthHeader.CONFIRM,
                        AuthHeader.DONE,
                        AuthHeader.DATA),
                bed.network.seen.stream().map(Packet::kind).toList());
        assertFalse(
                bed.network.seen.stream()
                        .anyMatch(packet -> new String(packet.bytes()).contains("first")));
    }

    @Test
    void aMessageTooLongToWaitIsNotKept() {
        final Node a = bed.open(A);
        final Node b = bed.open(B);
        final String text = "x".repeat(AuthenticatedTransport.MAX_HELD_LENGTH + 1);
        assertEquals(Transport.BACK_PRESSURED, a.send(B, text));
        bed.run();
        assertEquals(0, a.send(B, text));
        bed.run();
        assertEquals(List.of(text), b.received);
    }

    @Test
    void sessionsOfBothEndsThatBeginAtOnceLoseNothing() {
        final Node a = bed.open(A);
        final Node b = bed.open(B);
        a.send(B, "a1");
        b.send(A, "b1");
        bed.run();
        for (int i = 2; i < 5; i++) {
            assertEquals(0, a.send(B, "a" + i));
            assertEquals(0, b.send(A, "b" + i));
            bed.run();
        }
        assertEquals(List.of("b1", "b2", "b3", "b4"), a.received);
        assertEquals(List.of("a1", "a2", "a3", "a4"), b.received);
        assertEquals(0, bed.cluster.counters().refused());
        assertEquals(0, bed.cluster.counters().lost());
    }

    @ParameterizedTest
    @ValueSource(bytes = {AuthHeader.HELLO, AuthHeader.ANSWER, AuthHeader.CONFIRM, AuthHeader.DONE})
    void aLostMessageIsSentAgain(final byte kind) {
        final Node a = bed.open(A);
        final Node b = bed.open(B);
        a.send(B, "first");
        int lost = 0;
        for (int i = 0; i < 100; i++) {
            bed.clock.advance(MS);
            a.poll();
            b.poll();
            while (!bed.network.wire.isEmpty()) {
                if (bed.network.wire.getFirst().kind() == kind && lost < 4) {
                    bed.network.wire.removeFirst();
                    lost++;
                } else {
                    bed.step();
                }
            }
        }
        assertEquals(List.of("first"), b.received);
        assertEquals(4, lost);
        assertEquals(1, bed.cluster.counters().handshakes());
    }

    @Test
    void messagesAreSentAgainAfterLongerAndLongerPausesAndThenNoMore() {
        final Node a = bed.open(A);
        bed.open(B);
        bed.nodes.removeIf(node -> node.id() == B); // stands still
        a.send(B, "first");
        bed.pass(1000);
        final long inFirstSecond = bed.network.seen.size();
        assertTrue(inFirstSecond >= 14 && inFirstSecond <= 18, "sent " + inFirstSecond);
        bed.pass(3000);
        final long inAll = bed.network.seen.size();
        assertTrue(inAll <= inFirstSecond + 11, "sent " + inAll);
        assertEquals(0, a.transport.handshakeCount());
        assertEquals(0, a.transport.peerCount());
        assertEquals(1, bed.cluster.counters().unanswered());
    }

    @Test
    void aCallerIsHeldOffForAShortTimeOnly() {
        final Node a = bed.open(A);
        bed.open(B);
        bed.nodes.removeIf(node -> node.id() == B);
        assertEquals(0, a.send(B, "kept"));
        for (int i = 0; i < 49; i++) {
            bed.clock.advance(MS);
            bed.nodes.forEach(Node::poll);
            assertEquals(Transport.BACK_PRESSURED, a.send(B, "x"));
        }
        for (int i = 0; i < 5000; i++) {
            bed.clock.advance(MS);
            bed.nodes.forEach(Node::poll);
            assertEquals(Transport.NOT_CONNECTED, a.send(B, "x"));
        }
        assertTrue(bed.network.seen.size() < 65, "sent " + bed.network.seen.size());
    }

    @Test
    void whatTheTransportSaysReachesTheCaller() {
        final Node a = bed.open(A);
        assertEquals(Transport.NOT_CONNECTED, a.send(B, "x"));
        bed.open(B);
        bed.network.refusing.put(B, Transport.BACK_PRESSURED);
        assertEquals(Transport.BACK_PRESSURED, a.send(B, "x"));
        bed.network.refusing.clear();
        assertEquals(0, a.send(B, "first")); // at once, without a pause
        bed.run();
        bed.network.refusing.put(B, Transport.NOT_CONNECTED);
        assertEquals(Transport.NOT_CONNECTED, a.send(B, "x"));
        bed.network.refusing.put(B, Transport.BACK_PRESSURED);
        assertEquals(Transport.BACK_PRESSURED, a.send(B, "x"));
        bed.network.refusing.clear();
        assertEquals(0, a.send(B, "second".repeat(1000)));
        bed.run();
        assertEquals(List.of("first", "second".repeat(1000)), bed.node(B).received);
    }

    @Test
    void aLongMessageThatWasPushedBackIsNotSealedAgainAtOnce() {
        final AuthTestBed connected = AuthTestBed.connected();
        final Node a = connected.node(A);
        final String text = "x".repeat(100_000);
        connected.network.refusing.put(B, Transport.BACK_PRESSURED);
        assertEquals(Transport.BACK_PRESSURED, a.send(B, text));
        connected.network.refusing.clear();
        assertEquals(Transport.BACK_PRESSURED, a.send(B, text));
        connected.clock.advance(100_000);
        assertEquals(0, a.send(B, text));
        connected.run();
        assertEquals(List.of(text), connected.node(B).received);
    }

    @Test
    void aReceiverThatStartsAgainGetsASessionWithTheNextMessage() {
        final AuthTestBed connected = AuthTestBed.connected();
        connected.open(B);
        assertEquals(0, connected.node(A).send(B, "lost"));
        connected.run(); // no time passes
        assertEquals(0, connected.node(A).send(B, "kept"));
        connected.run();
        assertEquals(List.of("kept"), connected.node(B).received);
        assertEquals(1, connected.cluster.counters().lost());
    }

    @Test
    void aSenderThatStartsAgainGetsASessionAtOnce() {
        final AuthTestBed connected = AuthTestBed.connected();
        connected.node(A).send(B, "of the former life");
        final Packet old = connected.network.wire.removeFirst();
        connected.open(A);
        assertEquals(0, connected.node(A).send(B, "new"));
        connected.run();
        connected.deliver(old);
        connected.run();
        assertEquals(List.of("new"), connected.node(B).received);
        assertEquals(0, connected.node(B).send(A, "reply"));
        connected.run();
        assertEquals(List.of("reply"), connected.node(A).received);
        assertEquals(1, connected.refused(RefusalCause.SESSION));
        assertEquals(0, connected.cluster.counters().lost());
    }

    @Test
    void bothCanStartAgain() {
        final AuthTestBed connected = AuthTestBed.connected();
        connected.open(A);
        connected.open(B);
        connected.node(B).send(A, "one");
        connected.node(A).send(B, "two");
        connected.run();
        assertEquals(List.of("one"), connected.node(A).received);
        assertEquals(List.of("two"), connected.node(B).received);
    }

    @Test
    void onlyProofReplacesASession() {
        final AuthTestBed connected = AuthTestBed.connected();
        connected.open(A);
        final Node b = connected.node(B);
        connected.node(A).send(B, "new");
        connected.step(); // the hello; the answer waits
        connected.network.wire.clear();
        final long sessions = connected.cluster.counters().sessions();
        assertEquals(0, b.send(A, "in the old session"));
        assertEquals(AuthHeader.DATA, connected.network.wire.getFirst().kind());
        assertEquals(sessions, connected.cluster.counters().sessions());
    }

    @Test
    void aSessionThatHasSealedMuchIsReplacedWithoutAGap() {
        final AuthTestBed few = new AuthTestBed(1, AuthTestBed.FEW);
        final Node a = few.open(A);
        final Node b = few.open(B);
        a.send(B, "0");
        few.run();
        for (int i = 1; i < 5000; i++) {
            assertEquals(0, a.send(B, "" + i));
            assertEquals(0, b.send(A, "" + i));
            if (i % 10 == 0) {
                few.run();
            }
        }
        few.run();
        assertEquals(5000, b.received.size());
        assertEquals(4999, a.received.size());
        assertTrue(few.cluster.counters().sessions() >= 8);
        assertEquals(0, few.refused(RefusalCause.FORGED));
        assertEquals(0, few.refused(RefusalCause.SESSION));
    }

    @Test
    void aSessionIsReplacedForItsBytesToo() {
        final AuthTestBed few = new AuthTestBed(1, AuthTestBed.FEW);
        final Node a = few.open(A);
        few.open(B);
        a.send(B, "0");
        few.run();
        final String text = "x".repeat(100_000);
        for (int i = 0; i < 100; i++) {
            assertEquals(0, a.send(B, text));
            few.pass(10);
        }
        assertEquals(101, few.node(B).received.size());
        assertTrue(few.cluster.counters().sessions() >= 10);
    }

    @Test
    void aSessionThatCannotBeReplacedEnds() {
        final AuthTestBed few = new AuthTestBed(1, AuthTestBed.FEW);
        final Node a = few.open(A);
        few.open(B);
        a.send(B, "0");
        few.run();
        few.nodes.removeIf(node -> node.id() == B); // answers no more
        int accepted = 0;
        for (int i = 0; i < 5000; i++) {
            accepted += a.send(B, "x") >= 0 ? 1 : 0;
            few.clock.advance(MS);
            a.poll();
        }
        assertEquals(AuthTestBed.FEW.maxMessages() - 1, accepted);
    }

    @Test
    void anEndpointSendsToItselfWithoutAHandshake() {
        final Node a = bed.open(A);
        assertEquals(0, a.send(A, "to myself"));
        assertEquals(AuthHeader.DATA, bed.network.wire.getFirst().kind());
        bed.run();
        assertEquals(List.of("to myself"), a.received);
    }

    @Test
    void anEndpointRemembersAFixedNumberOfOthers() {
        final AuthTestBed few = new AuthTestBed(1, AuthTestBed.FEW);
        final Node server = few.open(A);
        for (int round = 0; round < 2; round++) {
            for (int id = 10; id < 20; id++) {
                few.open(id).send(A, "" + id);
                few.run();
                assertTrue(server.transport.peerCount() <= AuthTestBed.FEW.maxPeers());
            }
        }
        assertEquals(20, server.received.size());
        assertEquals(16, few.cluster.counters().evicted());
        // One that was forgotten is told so, and begins again.
        few.node(12).send(A, "lost");
        few.run();
        few.node(12).send(A, "again");
        few.run();
        assertEquals("again", server.received.getLast());
    }

    @Test
    void anEndpointBeginsAFixedNumberOfHandshakes() {
        final AuthTestBed few = new AuthTestBed(1, AuthTestBed.FEW);
        final Node a = few.open(A);
        for (int id = 10; id < 20; id++) {
            few.open(id);
        }
        few.nodes.removeIf(node -> node.id() >= 10);
        int accepted = 0;
        for (int id = 10; id < 20; id++) {
            accepted += a.send(id, "x") >= 0 ? 1 : 0;
        }
        assertEquals(AuthTestBed.FEW.maxHandshakes(), accepted);
        assertEquals(AuthTestBed.FEW.maxHandshakes(), a.transport.peerCount());
        few.pass(2100);
        assertEquals(0, a.send(19, "x"));
    }

    @Test
    void arrivalsWakeTheReceiverAndAFullPollAsksForAnother() {
        final Node a = bed.open(A);
        final AtomicInteger woken = new AtomicInteger();
        assertTrue(a.transport.onArrival(woken::incrementAndGet));
        final int count = AuthenticatedTransport.MAX_OWN_MESSAGES + 100;
        for (int i = 0; i < count; i++) {
            bed.network.deliver(new Packet(B, A, new byte[20]));
        }
        assertEquals(count, woken.get());
        assertEquals(0, a.transport.poll((buffer, offset, length) -> {}, 10));
        assertEquals(count + 1, woken.get());
        assertEquals(0, a.transport.poll((buffer, offset, length) -> {}, 10));
        assertEquals(count + 1, woken.get());
        assertEquals(count, bed.refused(RefusalCause.UNAUTHENTICATED));
    }

    @Test
    void aHandlerCannotPollAgainAndMayThrow() {
        final AuthTestBed connected = AuthTestBed.connected();
        final Transport b = connected.node(B).transport;
        connected.node(A).send(B, "one");
        connected.network.deliver(connected.network.wire.removeFirst());
        assertThrows(
                IllegalStateException.class,
                () -> b.poll((buffer, offset, length) -> b.poll((x, o, l) -> {}, 1), 1));
        connected.node(A).send(B, "two");
        connected.run();
        assertEquals(List.of("two"), connected.node(B).received);
    }

    @Test
    void messagesAreShorterByWhatIsAddedToThem() {
        final AuthTestBed connected = AuthTestBed.connected();
        final Node a = connected.node(A);
        final int max = a.transport.maxMessageLength();
        assertEquals(FakeNetwork.MAX_MESSAGE_LENGTH - 48, max);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[max + 1]);
        assertEquals(Transport.TOO_LONG, a.transport.offer(B, buffer, 0, max + 1));
        assertEquals(0, a.transport.offer(B, buffer, 0, max));
        connected.run();
        assertEquals(max, connected.node(B).received.getFirst().length());
    }
}
