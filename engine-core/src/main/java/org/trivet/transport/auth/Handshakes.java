package org.trivet.transport.auth;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Transport;
import org.trivet.transport.auth.KeySchedule.Party;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Begins handshakes, answers those of others, and sends what is not answered again. For the
 * endpoint's thread.
 *
 * <p>Who answers remembers nothing of it: a peer is entered, and a session replaced, only by a
 * confirmation, which proves that its sender has the key and has read the answer.
 */
final class Handshakes {
    /** The pause before a message is sent again; doubled each time. */
    static final long MIN_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    static final long MAX_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /**
     * For so long a caller is told to try again in the next cycle, since the session will be there
     * in no time; from then on, that there is no such receiver.
     */
    static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /** A handshake is given up when nobody has wanted to send to the peer for so long. */
    static final long UNWANTED_NS = TimeUnit.SECONDS.toNanos(2);

    /** How often the list of handshakes is gone through. */
    private static final long TEND_INTERVAL_NS = TimeUnit.MICROSECONDS.toNanos(500);

    private static final int MAX_RESENDS_AT_ONCE = 32;

    /** Sent so often, over about 10 s, a peer is said not to answer: it may just be starting. */
    private static final int UNANSWERED_COUNT = 100;

    /** Messages of handshakes that are looked at, in the name of each sender. */
    static final int BURST = 16;

    static final long ADMIT_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Transport transport;
    private final Party self;
    private final KeySchedule keys;
    private final HandshakeCodec codec;
    private final Challenges challenges;
    private final Peers peers;
    private final SealedPublisher publisher;
    private final Refusals refusals;
    private final AuthCounters counters;
    private final NanoClock clock;
    private final SecureRandom random;
    private final int maxHandshakes;
    private final RateBound admitted;
    private final RateBound lostTold;

    /** Peers with a handshake, or a message that waits. */
    private final List<Peer> busy = new ArrayList<>();

    private final UnsafeBuffer out = new UnsafeBuffer(0, 0);
    private long tendNextNs;

    Handshakes(
            final Transport transport,
            final Party self,
            final KeySchedule keys,
            final Peers peers,
            final SealedPublisher publisher,
            final Refusals refusals,
            final AuthCounters counters,
            final NanoClock clock,
            final SecureRandom random,
            final int maxHandshakes) {
        this.transport = transport;
        this.self = self;
        this.keys = keys;
        this.peers = peers;
        this.publisher = publisher;
        this.refusals = refusals;
        this.counters = counters;
        this.clock = clock;
        this.random = random;
        this.maxHandshakes = maxHandshakes;
        codec = new HandshakeCodec(keys, self);
        challenges = new Challenges(random);
        tendNextNs = clock.nanoTime();
        admitted = new RateBound(BURST, ADMIT_INTERVAL_NS, tendNextNs);
        lostTold = new RateBound(1, ADMIT_INTERVAL_NS, tendNextNs);
    }

    // ---- what this endpoint begins

    /**
     * Somebody wants to send to an endpoint with which there is no session that can be used.
     *
     * @return what to tell the caller: BACK_PRESSURED while a handshake is likely to end soon,
     *     NOT_CONNECTED, CLOSED.
     */
    long want(final int destination) {
        final long nowNs = clock.nanoTime();
        final Peer peer = peers.get(destination);
        if (peer != null && peer.handshake != null) {
            peer.handshake.wantedNs = nowNs;
            return proceed(peer.handshake, peer, nowNs);
        }
        if (busy.size() >= maxHandshakes) {
            return Transport.NOT_CONNECTED;
        }
        final Peer begun = peer == null ? peers.add(destination) : peer;
        return begun == null ? Transport.NOT_CONNECTED : proceed(begin(begun, nowNs), begun, nowNs);
    }

    private long proceed(final Handshake handshake, final Peer peer, final long nowNs) {
        if (!handshake.isUnderWay) {
            final long result = transmit(peer, nowNs);
            if (result < 0) {
                return result;
            }
        }
        return nowNs - handshake.firstSentNs < PATIENCE_NS
                ? Transport.BACK_PRESSURED
                : Transport.NOT_CONNECTED;
    }

    /** Begins a handshake with a peer, whose session is used meanwhile, unless there is one. */
    void renew(final Peer peer) {
        if (peer.handshake == null && busy.size() < maxHandshakes) {
            final long nowNs = clock.nanoTime();
            begin(peer, nowNs);
            transmit(peer, nowNs);
        }
    }

    private Handshake begin(final Peer peer, final long nowNs) {
        final byte[] nonce = new byte[HandshakeCodec.NONCE_LENGTH];
        random.nextBytes(nonce);
        peer.handshake = new Handshake(nonce, codec.hello(peer.id(), nonce), nowNs);
        counters.onHandshake();
        enlist(peer);
        return peer.handshake;
    }

    /** Keeps a message until there is a session. The peer must have none that waits. */
    void hold(final Peer peer, final byte[] message) {
        peer.held = message;
        enlist(peer);
    }

    private void enlist(final Peer peer) {
        if (!busy.contains(peer)) {
            busy.add(peer);
        }
    }

    private long transmit(final Peer peer, final long nowNs) {
        final Handshake handshake = peer.handshake;
        final long result = send(peer.id(), handshake.message);
        handshake.isUnderWay = result >= 0;
        handshake.nextNs = nowNs + handshake.pauseNs;
        if (handshake.isUnderWay) {
            if (handshake.sent++ == 0) {
                handshake.firstSentNs = nowNs;
            }
            handshake.pauseNs = Math.min(2 * handshake.pauseNs, MAX_PAUSE_NS);
            if (handshake.sent == UNANSWERED_COUNT) {
                refusals.tellUnanswered(peer.id());
            }
        }
        return result;
    }

    private long send(final int receiver, final byte[] message) {
        out.wrap(message);
        return transport.offer(receiver, out, 0, message.length);
    }

    /** Sends again what is due, and gives up what nobody wants. Called in each duty cycle. */
    void tend() {
        if (busy.isEmpty()) {
            return;
        }
        final long nowNs = clock.nanoTime();
        if (tendNextNs - nowNs > 0) {
            return;
        }
        tendNextNs = nowNs + TEND_INTERVAL_NS;
        int resends = 0;
        for (int i = busy.size() - 1; i >= 0; i--) {
            final Peer peer = busy.get(i);
            final Handshake handshake = peer.handshake;
            if (handshake == null) {
                if (publisher.flush(peer) != Transport.BACK_PRESSURED) {
                    peer.held = null; // it has left, or there is no way any more
                }
            } else if (nowNs - handshake.wantedNs > UNWANTED_NS) {
                giveUp(peer);
            } else if (handshake.nextNs - nowNs <= 0 && resends < MAX_RESENDS_AT_ONCE) {
                resends++;
                transmit(peer, nowNs);
            }
            if (!peer.isBusy()) {
                busy.remove(i);
            }
        }
    }

    private void giveUp(final Peer peer) {
        counters.onUnanswered();
        peer.handshake = null;
        peer.held = null;
        if (peer.current() == null) {
            peers.remove(peer);
        }
    }

    /** What is under way. */
    int size() {
        return busy.size();
    }

    // ---- what comes

    /** A message of a handshake has come, whose sender is not this endpoint. */
    void onMessage(
            final byte kind,
            final int sender,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (length != HandshakeCodec.lengthOf(kind)) {
            refusals.refuse(RefusalCause.MALFORMED, sender);
            return;
        }
        final Peer peer = peers.get(sender);
        if (kind == AuthHeader.ANSWER && (peer == null || peer.handshake == null)
                || kind == AuthHeader.LOST && (peer == null || peer.current() == null)) {
            refusals.refuse(RefusalCause.STALE, sender);
            return;
        }
        final long nowNs = clock.nanoTime();
        if (!admitted.admit(sender, nowNs)) {
            refusals.refuse(RefusalCause.RATE, sender);
            return;
        }
        final byte[] message = new byte[length];
        buffer.getBytes(offset, message);
        RefusalCause cause = codec.verify(message);
        if (cause == null) {
            cause =
                    switch (kind) {
                        case AuthHeader.HELLO -> onHello(message);
                        case AuthHeader.ANSWER -> onAnswer(peer, message, nowNs);
                        case AuthHeader.CONFIRM -> onConfirm(message);
                        default -> onLost(peer, message);
                    };
        }
        if (cause != null) {
            refusals.refuse(cause, sender);
        }
    }

    private RefusalCause onHello(final byte[] message) {
        final int sender = HandshakeCodec.sender(message).endpointId();
        answer(sender, HandshakeCodec.initiatorNonce(message), challenge(sender));
        return null;
    }

    private byte[] challenge(final int endpointId) {
        return challenges.nonce(endpointId, peers.generation(endpointId));
    }

    private void answer(
            final int receiver, final byte[] initiatorNonce, final byte[] responderNonce) {
        final byte[] nonces = Arrays.copyOf(initiatorNonce, 2 * HandshakeCodec.NONCE_LENGTH);
        System.arraycopy(
                responderNonce,
                0,
                nonces,
                HandshakeCodec.NONCE_LENGTH,
                HandshakeCodec.NONCE_LENGTH);
        send(receiver, codec.answer(receiver, nonces)); // if it gets lost, they ask again
    }

    private RefusalCause onAnswer(final Peer peer, final byte[] message, final long nowNs) {
        final Handshake handshake = peer.handshake;
        final byte[] code = HandshakeCodec.code(message);
        if (!Arrays.equals(handshake.nonce, HandshakeCodec.initiatorNonce(message))
                || handshake.pending != null && Arrays.equals(handshake.answerCode, code)) {
            return RefusalCause.STALE;
        }
        final byte[] nonces = HandshakeCodec.nonces(message);
        handshake.pending = keys.session(self, HandshakeCodec.sender(message), nonces, true);
        handshake.answerCode = code;
        handshake.proceed(codec.confirm(peer.id(), nonces), nowNs);
        transmit(peer, nowNs);
        return null;
    }

    private RefusalCause onConfirm(final byte[] message) {
        final Party sender = HandshakeCodec.sender(message);
        final int id = sender.endpointId();
        final byte[] challenge = challenge(id);
        if (MessageDigest.isEqual(challenge, HandshakeCodec.responderNonce(message))) {
            return onProved(sender, message);
        }
        final Peer peer = peers.get(id);
        if (peer != null
                && peer.confirmed != null
                && peer.confirmed == peer.current()
                && Arrays.equals(peer.confirmCode, HandshakeCodec.code(message))) {
            publisher.sendDone(peer); // the last one was lost, or is under way yet
        } else {
            // This endpoint has started again, or has begun another session with it meanwhile.
            answer(id, HandshakeCodec.initiatorNonce(message), challenge);
        }
        return RefusalCause.STALE;
    }

    /** The sender of a confirmation has the key, and has just read this endpoint's answer. */
    private RefusalCause onProved(final Party sender, final byte[] message) {
        final Peer known = peers.get(sender.endpointId());
        final Peer peer = known == null ? peers.add(sender.endpointId()) : known;
        if (peer == null) {
            return RefusalCause.RATE;
        }
        peer.confirmCode = HandshakeCodec.code(message);
        peer.confirmed = keys.session(sender, self, HandshakeCodec.nonces(message), false);
        if (peer.handshake != null && peer.handshake.pending == null) {
            peer.handshake = null; // begun from both sides: one is enough
        }
        establish(peer, peer.confirmed);
        publisher.sendDone(peer);
        publisher.flush(peer);
        return null;
    }

    private RefusalCause onLost(final Peer peer, final byte[] message) {
        final long sessionId = HandshakeCodec.lostSession(message);
        if (peer.find(sessionId) == null || peer.isPending(sessionId)) {
            return RefusalCause.STALE;
        }
        peer.onLost(sessionId);
        counters.onLost();
        if (peer.current() == null) {
            renew(peer);
        }
        return null;
    }

    /** The first genuine message of a session that this endpoint has asked for. */
    void onBegun(final Peer peer) {
        final Session session = peer.handshake.pending;
        peer.handshake = null;
        establish(peer, session);
        publisher.flush(peer);
    }

    /**
     * Whatever the peer's former life has sent is of no use from now on: its answers, and its
     * confirmations of answers of this endpoint.
     */
    private void establish(final Peer peer, final Session session) {
        peer.generation++;
        final Session pending = peer.handshake == null ? null : peer.handshake.pending;
        if (pending != null && pending.peerInstance() != session.peerInstance()) {
            peer.handshake = null;
        }
        peer.establish(session);
        peers.onUse(peer);
        counters.onSession();
    }

    /** A message of a session that is not known: whoever sends in it should begin another. */
    void onUnknownSession(final int sender, final long sessionId) {
        if (lostTold.admit(sender, clock.nanoTime())) {
            send(sender, codec.lost(sender, sessionId));
        }
    }
}
