package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.Attributes;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.CancelRequestEncoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.OpenSessionEncoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.RenewSessionEncoder;

import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A client's requests under way: numbers them, sends them until they are answered, and keeps the
 * session.
 */
final class RequestQueue {
    /** What is to be done about a request that is given up after it was sent. */
    enum Undo {
        /** Nothing: it may take effect or not. */
        NONE,
        /** If it succeeds, the inode is to be released. */
        RELEASE,
        /** It is cancelled at the metadata node, and undone if it was done. */
        CANCEL
    }

    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int MAX_LAG = SessionTable.MAX_WINDOW / 2;
    private static final int SURE_RENEWALS = 2;

    /** What is refused as BUSY often waits only for what is about to come from another client. */
    private static final long FIRST_BUSY_PAUSE_NS = 1_000_000L;

    private final MetadataClientConfig config;
    private final Transport transport;
    private final Long2ObjectHashMap<Pending> pending = new Long2ObjectHashMap<>();
    private final ArrayDeque<Pending> toSend = new ArrayDeque<>();
    private final ArrayDeque<Pending> granted = new ArrayDeque<>();
    private final InvalidationAcks acks;
    private final ReplyDecoding decoding = new ReplyDecoding();
    private final UnsafeBuffer open = new UnsafeBuffer(new byte[128]);
    private final UnsafeBuffer small = new UnsafeBuffer(new byte[128]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final OpenSessionEncoder openSession = new OpenSessionEncoder();
    private final RenewSessionEncoder renewSession = new RenewSessionEncoder();
    private final CancelRequestEncoder cancelRequest = new CancelRequestEncoder();
    private final int openLength;

    private final LongConsumer releaser;

    private LongConsumer sessionListener;
    private long session;
    private long lastSession;
    private long nextNumber = 1;
    private long lowestOpen = 1;
    private long nowNs;
    private long openDeadlineNs;
    private long scanDeadlineNs;
    private long lastSentNs;
    private long heardNs;
    private boolean heard;
    private boolean begun;
    private boolean renewing;
    private boolean lagging;
    private boolean closed;

    /** A request that is not answered yet. */
    final class Pending implements Cancellable {
        private final UnsafeBuffer message;
        private final ReplyDecoding.Kind kind;
        private final Undo undo;
        private final Runnable undoing;
        private Completion<Object> done;
        private long number;
        private long firstSentNs;
        private long deadlineNs;
        private long pauseNs;
        private long busyPauseNs = FIRST_BUSY_PAUSE_NS;
        private boolean sent;
        private boolean silent;
        private boolean ended;

        /** The metadata node is known to have done it. */
        private boolean isDone;

        /** It means nothing in another session. */
        private boolean ofThisSession;

        /** What the caches must have obeyed before it is told that it was granted. */
        private long obeyedUpTo;

        private Pending(
                final UnsafeBuffer message,
                final ReplyDecoding.Kind kind,
                final Undo undo,
                final Runnable undoing,
                final Completion<Object> done) {
            this.message = message;
            this.kind = kind;
            this.undo = undo;
            this.undoing = undoing;
            this.done = done;
            pauseNs = config.resendNs();
        }

        @Override
        public void cancel() {
            final boolean isGranted = granted.remove(this);
            if (isGranted || !ended && done != null) {
                final Completion<Object> told = done;
                done = null;
                if (isGranted) {
                    undoing.run();
                } else {
                    giveUp(this);
                }
                told.failed(
                        new TrivetException(ErrorCode.INTERRUPTED, "metadata request given up"));
            }
        }
    }

    /** {@code releaser} releases an inode that was opened for nobody. */
    RequestQueue(
            final MetadataClientConfig config,
            final Transport transport,
            final InvalidationAcks acks,
            final LongConsumer releaser) {
        this.acks = acks;
        this.releaser = releaser;
        this.config = config;
        this.transport = transport;
        openSession
                .wrapAndApplyHeader(open, 0, header)
                .volumeId(config.volumeId())
                .source(transport.endpointId())
                .session(0)
                .request(0)
                .lowestOpen(0)
                .clientId(config.clientId());
        openLength = MessageHeaderEncoder.ENCODED_LENGTH + openSession.encodedLength();
    }

    long session() {
        return session;
    }

    void onSession(final LongConsumer listener) {
        sessionListener = listener;
    }

    int size() {
        return pending.size();
    }

    boolean isClosed() {
        return closed;
    }

    ReplyDecoding decoding() {
        return decoding;
    }

    /**
     * Submits a request, which is copied; {@code undoing} is for Undo.CANCEL, and otherwise null.
     */
    @SuppressWarnings("unchecked")
    <T> Cancellable submit(
            final DirectBuffer buffer,
            final int length,
            final ReplyDecoding.Kind kind,
            final Undo undo,
            final Runnable undoing,
            final Completion<T> done) {
        if (closed) {
            done.failed(new TrivetException(ErrorCode.CLOSED, "metadata client is closed"));
            return Cancellable.NONE;
        }
        if (pending.size() >= config.maxPending()) {
            done.failed(
                    new TrivetException(
                            ErrorCode.BUSY,
                            "metadata client: " + pending.size() + " requests are under way"));
            return Cancellable.NONE;
        }
        return enqueue(buffer, length, kind, undo, undoing, (Completion<Object>) done);
    }

    /**
     * Submits a request that nobody gives up, and that the limit does not hold up. It is about what
     * the present session has, and forgotten when that ends.
     */
    @SuppressWarnings("unchecked")
    <T> void insist(
            final DirectBuffer buffer,
            final int length,
            final ReplyDecoding.Kind kind,
            final Completion<T> done) {
        if (closed) {
            done.failed(new TrivetException(ErrorCode.CLOSED, "metadata client is closed"));
        } else if (session == 0) {
            done.failed(sessionEnded());
        } else {
            enqueue(buffer, length, kind, Undo.NONE, null, (Completion<Object>) done)
                            .ofThisSession =
                    true;
        }
    }

    private static TrivetException sessionEnded() {
        return new TrivetException(
                ErrorCode.IO, "the session ended while a metadata request was under way");
    }

    private Pending enqueue(
            final DirectBuffer buffer,
            final int length,
            final ReplyDecoding.Kind kind,
            final Undo undo,
            final Runnable undoing,
            final Completion<Object> done) {
        final byte[] copy = new byte[length];
        buffer.getBytes(0, copy);
        final Pending request = new Pending(new UnsafeBuffer(copy), kind, undo, undoing, done);
        request.message.putLong(Verbs.VOLUME_OFFSET, config.volumeId(), LE);
        request.message.putInt(Verbs.SOURCE_OFFSET, transport.endpointId(), LE);
        number(request);
        toSend.add(request);
        if (session != 0 && toSend.size() == 1) {
            send();
        }
        return request;
    }

    private void number(final Pending request) {
        request.number = nextNumber++;
        pending.put(request.number, request);
    }

    private void end(final Pending request) {
        request.ended = true;
        pending.remove(request.number);
        while (lowestOpen < nextNumber && !pending.containsKey(lowestOpen)) {
            lowestOpen++;
        }
    }

    int doWork(final long now) {
        nowNs = now;
        if (!begun) {
            begun = true;
            openDeadlineNs = now;
            lastSentNs = now;
            scanDeadlineNs = now;
        }
        if (session == 0) {
            return closed ? 0 : open();
        }
        int workCount = tellGranted() + send();
        if (scanDeadlineNs - now <= 0) {
            workCount += resend();
        }
        if (nextNumber - lowestOpen > MAX_LAG && !lagging) {
            renumber(pending.get(lowestOpen));
        }
        if (now - lastSentNs >= config.renewNs() && !renewing && !closed) {
            renew();
        }
        return workCount;
    }

    private int open() {
        if (openDeadlineNs - nowNs > 0) {
            return 0;
        }
        openDeadlineNs = nowNs + config.resendNs();
        transport.offer(EndpointId.METADATA, open, 0, openLength);
        return 1;
    }

    private int send() {
        int workCount = 0;
        while (!toSend.isEmpty()) {
            final Pending request = toSend.peek();
            if (!request.ended && !send(request)) {
                break;
            }
            toSend.poll();
            workCount++;
        }
        return workCount;
    }

    private boolean send(final Pending request) {
        request.message.putLong(Verbs.SESSION_OFFSET, session, LE);
        request.message.putLong(Verbs.REQUEST_OFFSET, request.number, LE);
        request.message.putLong(Verbs.LOWEST_OPEN_OFFSET, lowestOpen, LE);
        final long result =
                transport.offer(
                        EndpointId.METADATA, request.message, 0, request.message.capacity());
        if (result == Transport.BACK_PRESSURED) {
            return false;
        }
        if (result >= 0) {
            if (!request.sent) {
                request.firstSentNs = nowNs;
            }
            request.sent = true;
            lastSentNs = nowNs;
        }
        request.deadlineNs = nowNs + request.pauseNs;
        request.pauseNs = Math.min(2 * request.pauseNs, config.maxResendNs());
        return true;
    }

    private int resend() {
        scanDeadlineNs = nowNs + Math.max(1, config.resendNs() / 4);
        int workCount = 0;
        if (toSend.isEmpty()) {
            for (final Pending request : pending.values()) {
                if (!request.silent && request.deadlineNs - nowNs <= 0) {
                    toSend.add(request);
                    workCount++;
                } else if (!request.silent) {
                    scanBy(request.deadlineNs);
                }
            }
        }
        return workCount;
    }

    private void scanBy(final long deadlineNs) {
        if (deadlineNs - scanDeadlineNs < 0) {
            scanDeadlineNs = deadlineNs;
        }
    }

    /** It was refused for now: is sent again after a pause that begins short, and grows. */
    private void backOff(final Pending request) {
        request.deadlineNs = nowNs + request.busyPauseNs;
        request.busyPauseNs = Math.min(2 * request.busyPauseNs, config.resendNs());
        request.pauseNs = config.resendNs();
        scanBy(request.deadlineNs);
    }

    private void renew() {
        renewing = true;
        renewSession.wrapAndApplyHeader(small, 0, header);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + renewSession.encodedLength();
        enqueue(
                small,
                length,
                ReplyDecoding.Kind.NOTHING,
                Undo.NONE,
                null,
                whatever(ignored -> renewing = false));
    }

    /**
     * One request waits for so long that the window is full: it gets a new number, if it was not
     * done.
     */
    private void renumber(final Pending request) {
        if (request.isDone) {
            return; // only its answer is missing, and is asked for as ever
        }
        if (request.silent
                || !request.sent
                || Verbs.isQuery(Verbs.templateId(request.message, 0))) {
            if (!request.silent) {
                again(request);
            }
            return;
        }
        lagging = true;
        request.silent = true;
        cancel(
                request,
                wasDone -> {
                    lagging = false;
                    if (!request.ended) {
                        request.silent = false;
                        request.isDone = wasDone;
                        if (wasDone) {
                            toSend.add(request);
                        } else {
                            again(request);
                        }
                    }
                });
    }

    private void again(final Pending request) {
        final long old = request.number;
        number(request);
        pending.remove(old);
        while (lowestOpen < nextNumber && !pending.containsKey(lowestOpen)) {
            lowestOpen++;
        }
        toSend.add(request);
    }

    private interface Outcome {
        void onOutcome(boolean wasDone);
    }

    private static Completion<Object> whatever(final Outcome outcome) {
        return new Completion<>() {
            @Override
            public void succeeded(final Object value) {
                outcome.onOutcome(value instanceof Long number && number == 1);
            }

            @Override
            public void failed(final TrivetException error) {
                outcome.onOutcome(false);
            }
        };
    }

    private void cancel(final Pending request, final Outcome outcome) {
        cancelRequest.wrapAndApplyHeader(small, 0, header).given(request.number);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + cancelRequest.encodedLength();
        enqueue(small, length, ReplyDecoding.Kind.NUMBER, Undo.NONE, null, whatever(outcome));
    }

    private void giveUp(final Pending request) {
        if (!request.sent || request.undo == Undo.NONE) {
            end(request);
        } else if (request.undo == Undo.CANCEL) {
            request.silent =
                    true; // its number stays taken until the metadata node will not do it any more
            cancel(
                    request,
                    wasDone -> {
                        if (!request.ended) {
                            end(request);
                        }
                        if (wasDone && !closed) {
                            request.undoing.run();
                        }
                    });
        }
    }

    /**
     * A reply, perhaps to a request that waits for it.
     *
     * @return whether it could be decoded.
     */
    boolean onReply(
            final int templateId,
            final long ofSession,
            final long number,
            final DirectBuffer buffer,
            final int offset) {
        final Pending request = ofSession == session ? pending.get(number) : null;
        if (request == null || request.kind.templateId != templateId || request.silent) {
            return true;
        }
        final Object value;
        try {
            value = decoding.decode(request.kind, buffer, offset);
        } catch (final IndexOutOfBoundsException
                | IllegalStateException
                | NegativeArraySizeException damaged) {
            return false;
        }
        heard(request);
        end(request);
        if (request.kind == ReplyDecoding.Kind.GRANT && !acks.hasObeyed(acks.position())) {
            request.obeyedUpTo = acks.position();
            granted.add(request);
        } else if (request.done != null) {
            request.done.succeeded(value);
        } else if (request.undo == Undo.RELEASE && value instanceof Attributes attributes) {
            releaser.accept(attributes.inode());
        }
        return true;
    }

    /** Tells of what was granted when the caches have obeyed what came before. */
    private int tellGranted() {
        int workCount = 0;
        while (!granted.isEmpty() && acks.hasObeyed(granted.peek().obeyedUpTo)) {
            granted.remove().done.succeeded(null);
            workCount++;
        }
        return workCount;
    }

    /** The metadata node has heard of the session when a request was sent, or later. */
    private void heard(final Pending request) {
        if (!heard || request.firstSentNs - heardNs > 0) {
            heard = true;
            heardNs = request.firstSentNs;
        }
    }

    /** Whether the session lives for certain at an instant: not long before it was heard of. */
    boolean isSessionSure(final long instantNs) {
        return session != 0 && heard && instantNs - heardNs < SURE_RENEWALS * config.renewNs();
    }

    /** A refusal. */
    void onError(final long ofSession, final long number, final int errno, final Refusal refusal) {
        if (ofSession != session || session == 0) {
            return;
        }
        if (refusal == Refusal.SESSION_EXPIRED) {
            loseSession();
            return;
        }
        final Pending request = pending.get(number);
        if (request == null || request.silent) {
            return;
        }
        if (refusal == Refusal.BUSY || refusal == Refusal.RETRY) {
            backOff(request);
            return;
        }
        end(request);
        if (request.done != null) {
            request.done.failed(
                    TrivetException.answered(
                            ReplyDecoding.code(errno), "refused by the metadata node"));
        }
    }

    void onSessionOpened(final long newSession, final long clientId) {
        if (session == 0 && clientId == config.clientId() && newSession > lastSession && !closed) {
            session = newSession;
            lastSentNs = nowNs;
            if (sessionListener != null) {
                sessionListener.accept(session);
            }
            send();
        }
    }

    /** Nobody knows whether what was sent took effect; openings and locks are gone. */
    private void loseSession() {
        lastSession = session;
        session = 0;
        heard = false;
        openDeadlineNs = nowNs;
        lagging = false;
        toSend.clear();
        final List<Pending> kept = new ArrayList<>();
        final List<Pending> lost = new ArrayList<>(granted);
        granted.clear();
        for (final Pending request : new ArrayList<>(pending.values())) {
            final boolean query = Verbs.isQuery(Verbs.templateId(request.message, 0));
            if (request.done != null && (query || !request.sent && !request.ofThisSession)) {
                kept.add(request);
            } else {
                end(request);
                lost.add(request);
            }
        }
        kept.sort((a, b) -> Long.compare(a.number, b.number));
        toSend.addAll(kept);
        for (final Pending request : lost) {
            if (request.done != null) {
                request.done.failed(sessionEnded());
            }
        }
    }

    /** Fails everything, and takes no more. */
    void close() {
        closed = true;
        toSend.clear();
        final List<Pending> left = new ArrayList<>(pending.values());
        for (final Pending request : left) {
            end(request);
        }
        left.addAll(granted);
        granted.clear();
        for (final Pending request : left) {
            if (request.done != null) {
                request.done.failed(
                        new TrivetException(ErrorCode.CLOSED, "metadata client is closed"));
            }
        }
    }

    /** Submits what ends the session, after {@link #close}. */
    Cancellable submitLast(
            final DirectBuffer buffer, final int length, final Completion<Void> done) {
        if (session == 0) {
            done.succeeded(null);
            return Cancellable.NONE;
        }
        return enqueue(
                buffer,
                length,
                ReplyDecoding.Kind.NOTHING,
                Undo.NONE,
                null,
                new Completion<>() {
                    @Override
                    public void succeeded(final Object value) {
                        done.succeeded(null);
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        if (error.code() == ErrorCode.INTERRUPTED) {
                            done.failed(error);
                        } else {
                            done.succeeded(null);
                        }
                    }
                });
    }
}
