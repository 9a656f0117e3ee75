package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.trivet.VolumeConfig.Durability;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.Refusal;

/** The group of which this node is the primary: orders writes, replicates and commits them. */
final class GroupPrimary extends Group {
    private static final long WAITING_NOTICE_NS = 250_000_000L;
    private static final int MAX_NOTICES = 64;
    private static final int EPOCH_SHIFT = 32;

    final LogMending mending;
    final LossAcceptance losses;
    final ReplicaCheck check;
    final SyncRequests syncs = new SyncRequests(this);
    private final Member[] members;
    private final PrimaryRecovery recovery;
    private final Lease lease;
    private final EntryWriter writer = new EntryWriter(this);
    private final LogSender sender;
    private final Admission admission;
    private final EntryView appendedEntry = new EntryView();
    private boolean active;
    private long recoveryEnd;

    /** Entries up to here are in doubt: others may have shown them, or not. */
    private long doubtEnd;

    private long noDoubtNs;
    private long allSynced;
    private long lastNoticeNs;

    GroupPrimary(final NodeContext node, final int group, final EntryBatch batch) {
        super(node, group);
        members = new Member[node.volume.replicaCount() - 1];
        for (int i = 0; i < members.length; i++) {
            members[i] = new Member(i + 1, nodeOf(i + 1));
        }
        recovery = new PrimaryRecovery(this, members);
        lease = new Lease(node.config.leaseNs());
        sender = new LogSender(this, members, batch);
        mending = new LogMending(this, members);
        losses = new LossAcceptance(this, members);
        check = new ReplicaCheck(this);
        admission = new Admission(this, members);
    }

    boolean isActive() {
        return active;
    }

    private Member member(final int nodeId) {
        for (final Member member : members) {
            if (member.nodeId == nodeId) {
                return member;
            }
        }
        return null;
    }

    // ---- recovery

    /** The metadata node has given this start of the process a number: it is the epoch, too. */
    void start(final long newEpoch) {
        epoch = newEpoch;
        noDoubtNs = node.nowNs;
        touchState();
    }

    /**
     * Takes over a log that begins later than this one ends: what the index holds proves nothing.
     */
    void adopt(final long low, final long lowEpoch) {
        rebuild.abandon();
        resetTo(low, lowEpoch);
        uncoverAll();
        hasLog = true;
        suspect = true; // it answers for nothing before it holds the whole of the log
        adopting = true;
        saveState();
    }

    void activate() {
        active = true;
        suspect = false;
        adopting = false;
        recoveryEnd = log.end();
        doubtEnd = recoveryEnd;
        lease.end();
        long highest = watermark;
        for (final Member member : members) {
            if (member.hasLog) {
                highest = Math.max(highest, member.watermark);
                // One that ends before what is kept here has to join: it says so in its first
                // acknowledgement.
                final long match = member.end < log.low() ? -1 : member.end;
                member.restart(member.incarnation, match, 0, node.nowNs);
            } else {
                member.restart(member.incarnation, -1, 0, node.nowNs);
            }
            member.lastAckNs = node.nowNs;
            member.resendNs = node.config.resendTimeoutNs();
        }
        commitTo(log.settled(Math.min(highest, log.end())));
        results.forgetPending();
        for (long sequence = watermark + 1; sequence <= log.end(); sequence++) {
            final LogEntry entry = log.get(sequence);
            if (entry.session != 0) {
                results.notePending(entry.session, entry.request, entry.lowestOpen);
            }
        }
        saveState();
    }

    void onTestimony(
            final int from,
            final long forEpoch,
            final long incarnation,
            final boolean memberHasLog,
            final boolean memberIsSuspect,
            final long low,
            final long lowEpoch,
            final long end,
            final long memberWatermark,
            final long freeBytes,
            final long roomBytes,
            final DirectBuffer buffer,
            final int resultsOffset,
            final int resultsLength) {
        final Member member = member(from);
        if (active || member == null || forEpoch != epoch) {
            return;
        }
        if (incarnation < member.incarnation) {
            node.counters.increment(Counter.OLD_INCARNATION);
            return;
        }
        final boolean isAnew = member.testified && incarnation > member.incarnation;
        member.testified = true;
        member.heard = true;
        member.incarnation = incarnation;
        member.hasLog = memberHasLog;
        member.suspect = memberIsSuspect;
        member.low = low;
        member.lowEpoch = lowEpoch;
        member.end = end;
        member.watermark = memberWatermark;
        member.freeBytes = freeBytes;
        member.roomBytes = roomBytes;
        if (memberHasLog) {
            results.merge(buffer, resultsOffset, resultsLength);
        }
        recovery.onTestimony(isAnew);
    }

    void onLogEntries(
            final int from,
            final long forEpoch,
            final long incarnation,
            final long fromSequence,
            final long askedNs,
            final long end,
            final boolean sound,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        final Member member = member(from);
        if (member == null || forEpoch != epoch || incarnation < member.incarnation) {
            return;
        }
        if (active) {
            mending.onLogEntries(member, fromSequence, askedNs, end, sound, buffer, offset, length);
        } else {
            recovery.onLogEntries(member, fromSequence, buffer, offset, length);
        }
    }

    // ---- loss

    /**
     * An operator has what is lost of these keys given up, and, if no member has a log any more,
     * the log.
     */
    void acceptLoss(final KeyRanges ranges, final long firstUnusedDataId) {
        losses.accept(ranges, firstUnusedDataId);
        if (!active && ranges.isAll()) {
            recovery.acceptLoss();
        }
    }

    /**
     * Begins a log where there is none any more, with numbers that no entry of an earlier one had:
     * a copy of it may turn up again.
     */
    void beginAnew() {
        adopt(epoch << EPOCH_SHIFT, epoch);
        activate();
    }

    /** Appends what is settled of a range of keys. False if there is no room now. */
    boolean settle(final EntryKind kind, final KeyRanges.Range range) {
        return writer.settle(kind, range);
    }

    void onLackReply(
            final int from,
            final long forEpoch,
            final long query,
            final long incarnation,
            final long installed,
            final KeyRanges lacking) {
        final Member member = member(from);
        if (active && member != null && forEpoch == epoch) {
            losses.onLackReply(member, query, incarnation, installed, lacking);
        }
    }

    // ---- clients

    void onWrite(
            final int client,
            final long session,
            final long request,
            final long lowestOpen,
            final long dataId,
            final long cut,
            final long firstUnit,
            final int byteOffset,
            final DirectBuffer buffer,
            final int cutsAt,
            final int cutsLength,
            final int checksumsAt,
            final int checksumsLength,
            final int dataAt,
            final int dataLength) {
        Refusal refusal =
                admission.admit(client, session, request, lowestOpen, checksumsLength + dataLength);
        if (refusal == null) {
            return;
        }
        if (refusal == Refusal.NONE) {
            refusal = admission.bringCutTo(writer, dataId, cut, buffer, cutsAt, cutsLength);
        }
        if (refusal == Refusal.NONE) {
            refusal =
                    writer.write(
                            client,
                            session,
                            request,
                            lowestOpen,
                            dataId,
                            cut,
                            firstUnit,
                            byteOffset,
                            buffer,
                            checksumsAt,
                            checksumsLength,
                            dataAt,
                            dataLength);
        }
        admission.answerIfRefused(client, session, request, refusal);
    }

    void onTrim(
            final int client,
            final long session,
            final long request,
            final long lowestOpen,
            final long dataId,
            final long cut,
            final long firstUnit,
            final long endUnit,
            final DirectBuffer buffer,
            final int cutsAt,
            final int cutsLength) {
        Refusal refusal = admission.admit(client, session, request, lowestOpen, 0);
        if (refusal == null) {
            return;
        }
        if (refusal == Refusal.NONE) {
            refusal = admission.bringCutTo(writer, dataId, cut, buffer, cutsAt, cutsLength);
        }
        if (refusal == Refusal.NONE) {
            refusal =
                    writer.trim(
                            client, session, request, lowestOpen, dataId, cut, firstUnit, endUnit);
        }
        admission.answerIfRefused(client, session, request, refusal);
    }

    /** The entry in the node's claim is in the journal now. */
    void appended(final long position, final int client) {
        final boolean wellFormed =
                appendedEntry.wrap(node.claim.buffer(), node.claim.offset(), node.claim.length());
        assert wellFormed;
        final LogEntry entry = appendToLog(appendedEntry, position);
        entry.client = client;
        if (entry.session != 0) {
            results.notePending(entry.session, entry.request, entry.lowestOpen);
        }
        if (active) {
            sender.appended(entry);
        }
    }

    void onSync(final int client, final long session, final long request) {
        syncs.onSync(client, session, request);
    }

    private boolean hasLease() {
        return members.length == 0 || lease.isHeld(node.nowNs);
    }

    /** Whether its watermark tells what reads may show. */
    private boolean isSure() {
        return active && hasLease() && watermark >= doubtEnd;
    }

    // ---- backups

    void onAck(
            final int from,
            final long forEpoch,
            final long incarnation,
            final long memberWritten,
            final long memberSynced,
            final long freeBytes,
            final long roomBytes,
            final boolean mismatch,
            final long heardNs) {
        final Member member = member(from);
        if (!active || member == null || forEpoch != epoch) {
            return;
        }
        if (incarnation < member.incarnation) {
            node.counters.increment(Counter.OLD_INCARNATION);
            return;
        }
        if (memberWritten > log.end()
                || memberSynced > log.end()
                || heardNs != GroupBackup.NOT_HEARD && heardNs - node.nowNs > 0) {
            disagrees(); // nobody can hold what was never sent
            return;
        }
        member.heard = true;
        member.lastAckNs = node.nowNs;
        member.freeBytes = freeBytes;
        member.roomBytes = roomBytes;
        if (heardNs != GroupBackup.NOT_HEARD) {
            if (!hasLease()) {
                doubtEnd = log.end();
            }
            lease.heard(heardNs);
        }
        if (incarnation > member.incarnation) {
            member.restart(incarnation, memberWritten, memberSynced, node.nowNs);
        } else if (mismatch) {
            // Within an incarnation a log never gets shorter: a late message must not make it seem
            // so.
            final long match = Math.max(member.match, memberWritten);
            member.restart(incarnation, match, Math.max(member.synced, memberSynced), node.nowNs);
        } else {
            member.acknowledged(
                    node.nowNs, memberWritten, memberSynced, node.config.resendTimeoutNs());
        }
        if (member.match < log.low()) {
            offerJoin(member);
        }
    }

    void onJoin(final int from, final long incarnation) {
        final Member member = member(from);
        if (!active || member == null) {
            return;
        }
        if (incarnation < member.incarnation) {
            node.counters.increment(Counter.OLD_INCARNATION);
            return;
        }
        if (incarnation > member.incarnation) {
            member.restart(incarnation, -1, 0, node.nowNs);
        } else if (member.match >= 0) {
            return; // it has joined since, and is further than that
        }
        offerJoin(member);
    }

    private void offerJoin(final Member member) {
        member.match = -1;
        node.publisher.joinOk(
                member.nodeId,
                this,
                member.incarnation,
                watermark,
                log.epochOf(watermark),
                joinBound());
    }

    /**
     * A member that joins has to hold the log up to here before it is as good as it ever was: what
     * may have been committed, or shown to readers, with an earlier log of it.
     */
    long joinBound() {
        return Math.max(inDoubtEnd(), watermark);
    }

    long allSynced() {
        return allSynced;
    }

    void onWatermarkQuery(final int from, final long query) {
        if (isSure()) {
            node.publisher.watermarkReply(from, group, query, epoch, watermark);
        }
    }

    void onPull(
            final int from,
            final long nonce,
            final long asOf,
            final KeyRanges.Range range,
            final int maxBytes) {
        pulls.onPull(from, nonce, asOf, range, maxBytes, hasRecovered());
    }

    /** Whether nothing of its recovery is in doubt any more. */
    boolean hasRecovered() {
        return active && watermark >= recoveryEnd;
    }

    @Override
    void onCommitted(final LogEntry entry) {
        if (entry.kind == EntryKind.TRIM) {
            admission.onSpaceFreed();
        }
        if (entry.client >= 0) {
            node.counters.increment(Counter.COMMITTED);
            node.publisher.writeOk(
                    entry.client, group, entry.session, entry.request, epoch, entry.sequence);
            entry.client = -1;
        }
    }

    @Override
    boolean hearsPrimary() {
        return true;
    }

    /**
     * The backups may have shown what it had sent to them, and not written, when it died: they do
     * not ask it. They went by the shortest of their logs.
     */
    @Override
    boolean mayLackEnd() {
        return !active && members.length > 0 && !recovery.isNoLongerElsewhere();
    }

    @Override
    boolean lacksEnd() {
        return mayLackEnd() && recovery.isLongerElsewhere();
    }

    @Override
    void onEndElsewhere(final long end) {
        // it will be in a testimony
    }

    @Override
    long inDoubtEnd() {
        return active && hasLease() ? doubtEnd : log.end();
    }

    // ---- duty cycle

    @Override
    int doWork() {
        int workCount = track() + apply();
        if (epoch == 0 || node.incarnation == 0) {
            return workCount;
        }
        workCount += confirm();
        if (isSure()) {
            noDoubtNs = node.nowNs;
        } else if (node.nowNs - noDoubtNs > node.config.primaryGoneNs()) {
            workCount += reads.ask(-1, true); // it may take long: some backup is down
        }
        if (!active) {
            return workCount + recovery.doWork();
        }
        workCount += sender.send() + mending.doWork() + losses.doWork() + commit() + syncs.finish();
        workCount += rebuild.doWork();
        if (!reads.isEmpty()) {
            workCount += reads.answerUpTo(inDoubtEnd());
        }
        if (node.nowNs - lastNoticeNs > WAITING_NOTICE_NS) {
            lastNoticeNs = node.nowNs;
            notifyWaiting();
        }
        return workCount;
    }

    /** An entry cannot be sent to a backup that needs it, since it cannot be read. */
    void onUnreadable(final Member member, final long sequence) {
        if (sequence <= watermark) {
            offerJoin(member); // it gets the content instead
        } else {
            final long marker = log.get(sequence).voidedBy;
            mending.begin(marker == 0 ? sequence : marker);
        }
    }

    /**
     * Takes back all entries from one on: nobody was told that they are done, and nobody has seen
     * them. False if there is no room to say so now.
     */
    boolean voidFrom(final long sequence) {
        if (!hasLogRoom(1) || !writer.claimMarker()) {
            return false;
        }
        final LogEntry entry = log.get(sequence);
        final long from = entry.kind == EntryKind.VOID ? entry.voidFrom() : sequence;
        for (long each = from; each <= log.end(); each++) {
            final LogEntry taken = log.get(each);
            results.forgetPending(taken.session, taken.request);
            if (taken.client >= 0) {
                node.publisher.writeRefused(
                        taken.client, group, taken.session, taken.request, Refusal.RETRY, -1);
            }
        }
        sender.forgetFresh();
        writer.appendMarker(from, log.end() + 1);
        return true;
    }

    /** Takes back what follows this log up to the end of another member's. */
    boolean voidUpTo(final long end) {
        if (!hasLogRoom(end + 1 - log.end()) || !writer.claimMarker()) {
            return false;
        }
        writer.appendMarker(log.end() + 1, end + 1);
        return true;
    }

    private int commit() {
        final boolean disk = node.volume.durability() == Durability.DISK;
        long held = disk ? synced : written;
        long everywhere = synced;
        for (final Member member : members) {
            held =
                    Math.min(
                            held,
                            member.match < 0
                                    ? -1
                                    : disk ? Math.min(member.synced, member.match) : member.match);
            everywhere = Math.min(everywhere, member.match < 0 ? -1 : member.synced);
        }
        allSynced = Math.max(allSynced, log.settled(everywhere));
        final long before = watermark;
        commitTo(Math.max(watermark, log.settled(held)));
        release(allSynced);
        return (int) (watermark - before);
    }

    private void notifyWaiting() {
        if (watermark == log.end()
                || node.nowNs - log.get(watermark + 1).appendedNs < WAITING_NOTICE_NS) {
            return;
        }
        final long copies = waitingFor();
        final long last = Math.min(log.end(), watermark + MAX_NOTICES);
        for (long sequence = watermark + 1; sequence <= last; sequence++) {
            final LogEntry entry = log.get(sequence);
            if (entry.client >= 0) {
                node.publisher.writeWaiting(
                        entry.client, group, entry.session, entry.request, copies);
            }
        }
    }

    /**
     * The copies that the oldest entry, or the recovery, waits for, as a bit set; bit 0 is this
     * node.
     */
    long waitingFor() {
        if (!active) {
            return recovery.waitingFor();
        }
        if (watermark == log.end()) {
            return 0;
        }
        long copies = written <= watermark ? 1 : 0;
        for (final Member member : members) {
            if (member.match <= watermark) {
                copies |= 1L << member.copy;
            }
        }
        return copies;
    }
}
