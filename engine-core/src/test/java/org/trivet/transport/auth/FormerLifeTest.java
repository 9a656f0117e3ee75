package org.trivet.transport.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.trivet.transport.auth.AuthTestBed.A;
import static org.trivet.transport.auth.AuthTestBed.B;

import org.junit.jupiter.api.Test;
import org.trivet.transport.auth.FakeNetwork.Packet;

import java.util.List;

/** What an endpoint has sent before it started again, and what arrives only afterwards. */
class FormerLifeTest {
    private final AuthTestBed bed = new AuthTestBed();

    /** The next message, which must be of that kind. */
    private Packet take(final byte kind) {
        final Packet packet = bed.network.wire.removeFirst();
        assertEquals(kind, packet.kind());
        return packet;
    }

    @Test
    void aMessageIsRefusedOnceTheNextLifeHasASession() {
        bed.open(A);
        bed.open(B);
        bed.node(A).send(B, "first");
        bed.run();
        bed.node(A).send(B, "former");
        final Packet former = take(AuthHeader.DATA);
        bed.open(A);
        bed.node(A).send(B, "next");
        bed.run();
        bed.deliver(former);
        assertEquals(List.of("first", "next"), bed.node(B).received);
        assertEquals(1, bed.refused(RefusalCause.SESSION));
    }

    @Test
    void aConfirmationIsRefusedOnceTheReceiverHasBegunASessionWithTheNextLife() {
        bed.open(A);
        bed.open(B);
        bed.node(A).send(B, "never");
        bed.deliver(take(AuthHeader.HELLO));
        bed.deliver(take(AuthHeader.ANSWER));
        final Packet confirmation = take(AuthHeader.CONFIRM);
        bed.open(A);
        bed.node(B).send(A, "to the next life");
        bed.run();
        final long sessions = bed.cluster.counters().sessions();

        bed.deliver(confirmation);
        bed.run();
        assertEquals(sessions, bed.cluster.counters().sessions());
        assertEquals(0, bed.node(B).send(A, "still"));
        bed.run();
        assertEquals(List.of("to the next life", "still"), bed.node(A).received);
        assertEquals(List.of(), bed.node(B).received);
    }

    @Test
    void anAnswerIsOfNoUseOnceTheNextLifeHasASession() {
        bed.open(A);
        bed.open(B);
        bed.node(B).send(A, "kept");
        bed.deliver(take(AuthHeader.HELLO));
        bed.deliver(take(AuthHeader.ANSWER));
        bed.deliver(take(AuthHeader.CONFIRM));
        final Packet done = take(AuthHeader.DONE);
        bed.node(A).send(B, "former");
        final Packet former = take(AuthHeader.DATA);
        bed.open(A);
        bed.node(A).send(B, "next");
        bed.run();

        bed.deliver(former);
        bed.deliver(done);
        bed.run();
        assertEquals(List.of("next"), bed.node(B).received);
        assertEquals(2, bed.refused(RefusalCause.SESSION));
        assertEquals(0, bed.node(B).send(A, "still"));
        bed.run();
        assertEquals(List.of("kept", "still"), bed.node(A).received);
    }
}
