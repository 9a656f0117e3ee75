package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.fs.FileLock;
import org.trivet.store.KeyValueStore;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.MessageShapes;
import org.trivet.wire.sbe.CancelRequestDecoder;
import org.trivet.wire.sbe.InvalidateAckDecoder;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.OpenSessionDecoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.RegisterDecoder;
import org.trivet.wire.sbe.SessionsQueryDecoder;
import org.trivet.wire.sbe.SetLockDecoder;
import org.trivet.wire.sbe.SyncNamespaceDecoder;

/**
 * The metadata node: an agent around the namespace.
 *
 * <p>Commands go into the journal and through the namespace in one step; their replies, and those
 * to queries, leave when the journal is durable up to there. The store is committed from time to
 * time, and what it has not is replayed from the journal at start.
 */
public final class MetadataNode implements Agent {
    private static final int POLL_LIMIT = 64;

    private final MetadataConfig config;
    private final Transport transport;
    private final KeyValueStore store;
    private final NanoClock clock;
    private final Namespace namespace;
    private final CommandJournal journal;
    private final EpochNanoClock epochClock;
    private final CommandLog log;
    private final ReplyQueue replies;
    private final Invalidations invalidations;
    private final HeldReplies heldReplies;
    private final Announcements announcements;
    private final IntentRunner intents;
    private final LockWaiters waiters;
    private final Leases leases;
    private final LongArrayList ending = new LongArrayList();
    private final LongArrayList former = new LongArrayList();
    private final Transport.Handler handler = this::onMessage;
    private final LockWaiters.Granter granter = this::onGrant;

    private final UnsafeBuffer message = new UnsafeBuffer();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final RegisterDecoder register = new RegisterDecoder();
    private final SessionsQueryDecoder sessionsQuery = new SessionsQueryDecoder();
    private final CancelRequestDecoder cancelRequest = new CancelRequestDecoder();
    private final SetLockDecoder setLock = new SetLockDecoder();
    private final InvalidateAckDecoder invalidateAck = new InvalidateAckDecoder();

    private boolean endsFormerSessions;
    private boolean started;
    private long nowNs;
    private long malformed;
    private long outdated;
    private long answeredAgain;
    private long full;

    private final class NodeEffects implements Effects {
        @Override
        public void inodeChanged(final long inode, final boolean contents) {
            invalidations.inodeChanged(inode, contents);
        }

        @Override
        public void entryChanged(final long parent, final DirectBuffer name) {
            invalidations.entryChanged(parent, name);
        }

        @Override
        public void opened(final long inode) {
            invalidations.opened(inode);
        }

        @Override
        public void locksReleased(final long inode) {
            waiters.onReleased(inode);
        }

        @Override
        public void sessionOpened(final long session, final int source) {
            leases.touch(session, nowNs);
            announcements.onChange();
        }

        @Override
        public void sessionEnding(final long session) {
            leases.remove(session);
            waiters.cancelAll(session);
            invalidations.remove(session);
            heldReplies.remove(session);
            ending.addLong(session);
            announcements.onChange();
        }
    }

    /**
     * A metadata node, which begins its work with its first duty cycle.
     *
     * @param config how it works.
     * @param transport its endpoint, {@link EndpointId#METADATA}; closed with the node.
     * @param store holds the namespace, and nothing else; closed with the node.
     * @param journal holds the commands; closed with the node.
     * @param trims how data are removed.
     * @param epochClock time of commands.
     * @param clock time for leases and pauses.
     */
    public MetadataNode(
            final MetadataConfig config,
            final Transport transport,
            final KeyValueStore store,
            final CommandJournal journal,
            final TrimPort trims,
            final EpochNanoClock epochClock,
            final NanoClock clock) {
        this.config = config;
        this.transport = transport;
        this.store = store;
        this.journal = journal;
        this.epochClock = epochClock;
        this.clock = clock;
        namespace = new Namespace(store, config.volume().volumeId());
        log = new CommandLog(config, namespace, journal, epochClock, new NodeEffects());
        replies = new ReplyQueue(transport, log);
        invalidations = new Invalidations(config.volume().volumeId(), transport, namespace);
        heldReplies = new HeldReplies(invalidations, replies);
        announcements = new Announcements(config, transport, namespace, log);
        intents = new IntentRunner(config, namespace, log, trims);
        waiters = new LockWaiters(namespace);
        leases = new Leases(config.leaseNs());
    }

    /**
     * All clients of earlier are gone, as when they were in the process that served them: their
     * sessions end at once, before anything is asked of this node. May be called before the first
     * duty cycle.
     */
    public void endFormerSessions() {
        endsFormerSessions = true;
    }

    @Override
    public String roleName() {
        return "metadata";
    }

    @Override
    public int doWork() {
        nowNs = clock.nanoTime();
        invalidations.newCycle(nowNs);
        if (!started) {
            start();
        }
        int workCount = announcements.doWork(nowNs);
        if (!log.isCheckpointing()) {
            if (replies.hasRoom() && isRidOfFormerSessions()) {
                workCount += transport.poll(handler, POLL_LIMIT);
            }
            invalidations.origin(0);
            workCount += expire();
            if (invalidations.takeCaughtUp()) {
                waiters.tryAll();
            }
            workCount += waiters.grant(granter);
            workCount += intents.doWork(nowNs);
        }
        workCount += invalidations.doWork();
        workCount += heldReplies.release();
        workCount += log.doWork(nowNs); // writes all these commands at once
        workCount += replies.send();
        return workCount;
    }

    /** Closes the journal, the store and the transport; nothing is committed that was not. */
    @Override
    public void onClose() {
        journal.close();
        store.close();
        transport.close();
    }

    private void start() {
        started = true;
        log.start(nowNs);
        invalidations.start(epochClock.nanoTime(), nowNs);
        leases.start(nowNs);
        for (final SessionTable.Session session : namespace.sessions().all().values()) {
            if (session.ending) {
                ending.addLong(session.id);
            } else {
                leases.touch(session.id, endsFormerSessions ? nowNs - config.leaseNs() : nowNs);
            }
            if (endsFormerSessions) {
                former.addLong(session.id);
            }
        }
    }

    private boolean isRidOfFormerSessions() {
        while (!former.isEmpty()
                && namespace.sessions().get(former.getLong(former.size() - 1)) == null) {
            former.removeAt(former.size() - 1);
        }
        return former.isEmpty();
    }

    private int expire() {
        final int expired = leases.scan(nowNs, transport.isConnected() && replies.hasRoom());
        for (int i = 0; i < expired; i++) {
            log.endSession(leases.expired(i));
        }
        if (ending.isEmpty()) {
            return expired;
        }
        final long session = ending.getLong(ending.size() - 1);
        if (log.endSession(session) && namespace.sessions().get(session) == null) {
            ending.removeLong(session);
            announcements.onChange();
        }
        return expired + 1;
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int length) {
        if (!MessageShapes.isWhole(buffer, offset, length, config.volume().volumeId())) {
            malformed++;
            return;
        }
        final int templateId = Verbs.templateId(buffer, offset);
        if (Verbs.isRequest(templateId)) {
            message.wrap(buffer, offset, length);
            onRequest(templateId, length);
        } else if (templateId == RegisterDecoder.TEMPLATE_ID) {
            message.wrap(buffer, offset, length);
            onRegister(length);
        } else if (templateId == SessionsQueryDecoder.TEMPLATE_ID) {
            message.wrap(buffer, offset, length);
            onSessionsQuery();
        } else if (templateId == InvalidateAckDecoder.TEMPLATE_ID) {
            invalidateAck.wrapAndApplyHeader(buffer, offset, header);
            invalidations.onAck(
                    invalidateAck.source(),
                    invalidateAck.session(),
                    invalidateAck.life(),
                    invalidateAck.upTo());
        } else {
            malformed++; // what is for others, or only for the journal
        }
    }

    private void onSessionsQuery() {
        sessionsQuery.wrapAndApplyHeader(message, 0, header);
        final int source = sessionsQuery.source();
        if (EndpointId.isNode(source, config.volume().nodeCount())) {
            announcements.onQuery(source, sessionsQuery.start());
        } else {
            malformed++;
        }
    }

    private void onRegister(final int length) {
        register.wrapAndApplyHeader(message, 0, header);
        final int source = register.source();
        if (!EndpointId.isNode(source, config.volume().nodeCount()) || register.node() != source) {
            malformed++;
            return;
        }
        final int replyLength = log.execute(message, 0, length);
        if (replyLength > 0) {
            replies.add(source, namespace.reply(), replyLength);
        }
    }

    private void onRequest(final int templateId, final int length) {
        final int source = Verbs.source(message, 0);
        if (templateId == OpenSessionDecoder.TEMPLATE_ID) {
            run(source, length);
            return;
        }
        final long id = Verbs.session(message, 0);
        final long request = Verbs.request(message, 0);
        final long lowestOpen = Verbs.lowestOpen(message, 0);
        final SessionTable.Session session = namespace.sessions().get(id);
        if (session == null || session.ending) {
            refuse(source, id, request, ErrorCode.STALE, Refusal.SESSION_EXPIRED);
        } else if (request <= 0 || lowestOpen > request || lowestOpen < 0) {
            malformed++;
        } else if (templateId == CancelRequestDecoder.TEMPLATE_ID && !cancelsOpen(lowestOpen)) {
            malformed++;
        } else if (request < session.lowestOpen) {
            outdated++;
        } else if (request - Math.max(lowestOpen, session.lowestOpen) > SessionTable.MAX_WINDOW) {
            leases.touch(id, nowNs);
            refuse(source, id, request, ErrorCode.BUSY, Refusal.BUSY);
        } else {
            leases.touch(id, nowNs);
            admit(templateId, source, id, request, length);
        }
    }

    /** What is given up is waited for, and was asked before: it leaves a reply. */
    private boolean cancelsOpen(final long lowestOpen) {
        cancelRequest.wrapAndApplyHeader(message, 0, header);
        final long given = cancelRequest.given();
        return given >= Math.max(1, lowestOpen) && given < cancelRequest.request();
    }

    private void admit(
            final int templateId,
            final int source,
            final long session,
            final long request,
            final int length) {
        if (Verbs.isQuery(templateId)) {
            final int replyLength = namespace.apply(0, message, 0, Effects.NONE);
            invalidations.told(session);
            if (templateId == SyncNamespaceDecoder.TEMPLATE_ID) {
                log.requestSync();
                replies.addSynced(source, namespace.reply(), replyLength);
            } else {
                replies.add(source, namespace.reply(), replyLength);
            }
            return;
        }
        final int recalled = namespace.recall(session, request);
        if (recalled > 0) {
            answeredAgain++;
            answer(
                    goesByCaches(templateId),
                    source,
                    session,
                    request,
                    invalidations.position(),
                    recalled);
            return;
        }
        if (templateId == SetLockDecoder.TEMPLATE_ID) {
            if (invalidations.mayHaveBeenPassedOver(session)) {
                // Others went on without it, and it does not know yet what it must tell them.
                refuse(source, session, request, ErrorCode.BUSY, Refusal.BUSY);
                return;
            }
            final LockWaiters.Verdict verdict = waiters.offer(message, 0, length);
            if (verdict == LockWaiters.Verdict.TOO_MANY) {
                refuse(source, session, request, ErrorCode.BUSY, Refusal.BUSY);
            }
            if (verdict != LockWaiters.Verdict.RUN) {
                return;
            }
            waiters.cancel(session, request);
        } else if (templateId == CancelRequestDecoder.TEMPLATE_ID) {
            cancelRequest.wrapAndApplyHeader(message, 0, header);
            waiters.cancel(session, cancelRequest.given());
        }
        run(source, length);
    }

    private void run(final int source, final int length) {
        final long session = Verbs.session(message, 0);
        invalidations.origin(session);
        final long before = invalidations.position();
        final int replyLength = log.execute(message, 0, length);
        if (replyLength > 0) {
            invalidations.told(session);
            final long position = invalidations.position();
            answer(
                    goesByCaches(Verbs.templateId(message, 0)),
                    source,
                    session,
                    Verbs.request(message, 0),
                    position == before ? 0 : position,
                    replyLength);
        } else if (replyLength == CommandJournal.FULL) {
            full++;
            refuse(
                    source,
                    session,
                    Verbs.request(message, 0),
                    ErrorCode.NO_SPACE,
                    Refusal.NO_SPACE);
        } else {
            refuse(source, session, Verbs.request(message, 0), ErrorCode.BUSY, Refusal.BUSY);
        }
    }

    /**
     * Whether who hears that the message at hand was done goes by its caches: not who releases a
     * lock.
     */
    private boolean goesByCaches(final int templateId) {
        if (templateId != SetLockDecoder.TEMPLATE_ID) {
            return Verbs.needsVoidCaches(templateId);
        }
        setLock.wrapAndApplyHeader(message, 0, header);
        return setLock.lockType() != FileLock.UNLOCK;
    }

    /** Answers a command as the namespace replied, when caches hold nothing any more of before. */
    private void answer(
            final boolean goesByCaches,
            final int source,
            final long session,
            final long request,
            final long others,
            final int length) {
        final long own = goesByCaches ? invalidations.position() : 0;
        heldReplies.add(source, session, request, others, own, namespace.reply(), length);
    }

    private boolean onGrant(final LockWaiters.Waiter waiter) {
        if (namespace.recall(waiter.session, waiter.request) > 0) {
            return true; // answered already
        }
        if (invalidations.mayHaveBeenPassedOver(waiter.session)) {
            return false; // it may be dead; if not, it is asked again when it has caught up
        }
        final int replyLength = log.execute(waiter.command, 0, waiter.command.capacity());
        if (replyLength > 0) {
            answer(true, waiter.source, waiter.session, waiter.request, 0, replyLength);
        }
        return replyLength > 0;
    }

    private void refuse(
            final int source,
            final long session,
            final long request,
            final ErrorCode code,
            final Refusal refusal) {
        final int length = namespace.refuse(session, request, code, refusal);
        replies.add(source, namespace.reply(), length);
    }

    /**
     * Messages that were not whole, or not for this node.
     *
     * @return how many since the start.
     */
    public long malformed() {
        return malformed;
    }

    /**
     * Requests that came after their client had stopped waiting for them.
     *
     * @return how many since the start.
     */
    public long outdated() {
        return outdated;
    }

    /**
     * Commands that came again, and were answered as before.
     *
     * @return how many since the start.
     */
    public long answeredAgain() {
        return answeredAgain;
    }

    /**
     * Commands that were refused because the journal had no room.
     *
     * @return how many since the start.
     */
    public long refusedFull() {
        return full;
    }

    /**
     * Replies and invalidations that could not be sent.
     *
     * @return how many since the start.
     */
    public long dropped() {
        return replies.dropped() + heldReplies.dropped() + invalidations.dropped();
    }

    /**
     * Inodes in use.
     *
     * @return the number.
     */
    public long inodeCount() {
        return namespace.inodeCount();
    }

    /**
     * The data id that the next file will have: no file has ever had it, or one above it.
     *
     * @return the data id.
     */
    public long firstUnusedDataId() {
        return namespace.firstUnusedDataId();
    }

    /**
     * Sessions that live or are ending.
     *
     * @return the number.
     */
    public int sessionCount() {
        return namespace.sessions().all().size();
    }

    /**
     * Removals and trims under way at the data nodes.
     *
     * @return the number of files and cuts.
     */
    public int activeIntents() {
        return intents.active();
    }

    /**
     * Whether all removals and trims are done, those included that have not been begun yet.
     *
     * @return true if nothing is left to be done at the data nodes.
     */
    public boolean hasNoIntents() {
        return intents.isIdle();
    }

    /**
     * Requests that wait for a lock.
     *
     * @return the number.
     */
    public int waitingLocks() {
        return waiters.size();
    }
}
