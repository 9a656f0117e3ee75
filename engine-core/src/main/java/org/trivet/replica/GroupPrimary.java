package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.trivet.VolumeConfig.Durability;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.Refusal;

import java.util.ArrayList;

/** The group of which this node is the primary: orders writes, replicates and commits them. */
final class GroupPrimary extends Group {
    private static final long WAITING_NOTICE_NS = 250_000_000L;
    private static final int MAX_NOTICES = 64;
    private static final int MAX_SYNCS = 4096;

    /** A cut that its client brings along, and what it asks for. */
    private static final int MAX_ENTRIES_OF_REQUEST = 2;

    private static final long MAX_RESEND_NS = 2_000_000_000L;
    private static final long QUIET_NS = 1_000_000_000L;
    private static final long SPACE_PATIENCE_NS = 3_000_000_000L;
    private static final int QUIET_FACTOR = 4;
    private static final long MAX_UNACKNOWLEDGED = 4096;
    private static final int AT_ONCE_LENGTH = 32 * 1024;
    private static final long WATERMARK_DELAY_NS = 5_000_000L;

    private record PendingSync(int client, long session, long request, long target) {}

    private final Member[] members;
    private final PrimaryRecovery recovery;
    private final Lease lease;
    private final EntryWriter writer = new EntryWriter(this);
    private final EntryBatch batch;
    private final EntryBatch fresh;
    private long batchFrom;
    private long freshFrom;
    private final EntryView appendedEntry = new EntryView();
    private final ArrayList<PendingSync> syncs = new ArrayList<>();
    private boolean active;
    private long recoveryEnd;

    /** Entries up to here are in doubt: others may have shown them, or not. */
    private long doubtEnd;

    private long noDoubtNs;
    private long allSynced;
    private long syncWanted;
    private long lastNoticeNs;
    private long lastAppendNs;
    private long spaceExpectedNs;

    /** What was granted when a write was last refused, if none was taken since. */
    private long refusedAtBytes = Long.MAX_VALUE;

    GroupPrimary(final NodeContext node, final int group, final EntryBatch batch) {
        super(node, group);
        this.batch = batch;
        this.fresh = new EntryBatch(node.publisher.maxMessageLength() - 1024);
        members = new Member[node.volume.replicaCount() - 1];
        for (int i = 0; i < members.length; i++) {
            members[i] = new Member(i + 1, nodeOf(i + 1));
        }
        recovery = new PrimaryRecovery(this, members);
        lease = new Lease(node.config.leaseNs());
        spaceExpectedNs = node.nowNs;
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
        coverage.uncoverAll();
        hasLog = true;
        suspect =
                true; // until it is active: it answers for nothing before it holds the whole of the
        // log
        saveState();
    }

    void activate() {
        active = true;
        suspect = false;
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
        commitTo(Math.min(highest, log.end()));
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
            final long low,
            final long lowEpoch,
            final long end,
            final long memberWatermark,
            final long freeBytes,
            final DirectBuffer buffer,
            final int resultsOffset,
            final int resultsLength) {
        final Member member = member(from);
        if (active || member == null || forEpoch != epoch) {
            return;
        }
        member.testified = true;
        member.heard = true;
        member.incarnation = incarnation;
        member.hasLog = memberHasLog;
        member.low = low;
        member.lowEpoch = lowEpoch;
        member.end = end;
        member.watermark = memberWatermark;
        member.freeBytes = freeBytes;
        if (memberHasLog) {
            results.merge(buffer, resultsOffset, resultsLength);
        }
        recovery.onTestimony(member);
    }

    void onLogEntries(
            final long forEpoch, final DirectBuffer buffer, final int offset, final int length) {
        if (!active) {
            recovery.onLogEntries(forEpoch, buffer, offset, length);
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
        Refusal refusal = admit(client, session, request, lowestOpen, checksumsLength + dataLength);
        if (refusal == null) {
            return;
        }
        if (refusal == Refusal.NONE) {
            refusal = bringCutTo(dataId, cut, buffer, cutsAt, cutsLength);
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
        answerIfRefused(client, session, request, refusal);
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
        Refusal refusal = admit(client, session, request, lowestOpen, 0);
        if (refusal == null) {
            return;
        }
        if (refusal == Refusal.NONE) {
            refusal = bringCutTo(dataId, cut, buffer, cutsAt, cutsLength);
        }
        if (refusal == Refusal.NONE) {
            refusal =
                    writer.trim(
                            client, session, request, lowestOpen, dataId, cut, firstUnit, endUnit);
        }
        answerIfRefused(client, session, request, refusal);
    }

    /**
     * NONE to go on, null if the request has been answered or is under way, otherwise why it is
     * refused.
     */
    private Refusal admit(
            final int client,
            final long session,
            final long request,
            final long lowestOpen,
            final int length) {
        if (!active) {
            return Refusal.RETRY;
        }
        if (ResultTable.isBeyondWindow(request, lowestOpen)) {
            return Refusal.INVALID;
        }
        if (results.isCommitted(session, request)) {
            node.counters.increment(Counter.ANSWERED_AGAIN);
            node.publisher.writeOk(client, group, session, request, epoch, 0);
            return null;
        }
        if (results.isPending(session, request)) {
            remember(client, session, request);
            return null;
        }
        if (!results.knows(session)) {
            final Refusal refusal = node.sessions.check(session);
            if (refusal != Refusal.NONE) {
                return refusal;
            }
        }
        if (!hasLogRoom(MAX_ENTRIES_OF_REQUEST)
                || log.end() - watermark >= node.config.maxPendingEntries()
                || log.bytes() > node.config.maxPendingBytes()) {
            node.counters.increment(Counter.BUSY);
            return Refusal.BUSY;
        }
        return length > 0 ? spaceFor(length) : Refusal.NONE;
    }

    /**
     * Where there was space just now, or there gets more, or something has been removed, there will
     * be again: what was overwritten is being cleaned away. So a client is told of a full disk only
     * after a while.
     */
    private Refusal spaceFor(final int length) {
        final long needed = EntryView.encodedLength(0, length) + 3L * node.unitLength;
        final long granted = grantedBytes();
        final boolean suffices = granted >= needed;
        if (suffices || granted > refusedAtBytes) {
            spaceExpectedNs = node.nowNs;
        }
        refusedAtBytes = suffices ? Long.MAX_VALUE : granted;
        if (suffices) {
            return Refusal.NONE;
        }
        if (node.nowNs - spaceExpectedNs < SPACE_PATIENCE_NS) {
            node.counters.increment(Counter.BUSY);
            return Refusal.BUSY;
        }
        return Refusal.NO_SPACE;
    }

    /** A write is taken only against space that every member has granted. */
    private long grantedBytes() {
        long least = node.store.freeBytes() / node.volume.replicaCount();
        for (final Member member : members) {
            if (member.heard && member.match >= 0) {
                least = Math.min(least, member.freeBytes);
            }
        }
        return least;
    }

    private void remember(final int client, final long session, final long request) {
        for (long sequence = watermark + 1; sequence <= log.end(); sequence++) {
            final LogEntry entry = log.get(sequence);
            if (entry.session == session && entry.request == request) {
                entry.client = client;
                return;
            }
        }
    }

    private Refusal bringCutTo(
            final long dataId,
            final long cut,
            final DirectBuffer buffer,
            final int cutsAt,
            final int cutsLength) {
        final long known = cutOf(dataId);
        if (cut < known) {
            return Refusal.OLD_CUT;
        }
        if (cut == known) {
            return Refusal.NONE;
        }
        final long stripLength =
                writer.stripLengthAfterCuts(dataId, known, buffer, cutsAt, cutsLength);
        // All cuts up to this one are confirmed by all groups, this one included, if none is
        // listed.
        return stripLength == Long.MAX_VALUE ? Refusal.NONE : writer.cut(dataId, cut, stripLength);
    }

    private void answerIfRefused(
            final int client, final long session, final long request, final Refusal refusal) {
        if (refusal != Refusal.NONE) {
            if (refusal == Refusal.NO_SPACE) {
                node.counters.increment(Counter.NO_SPACE);
            }
            node.publisher.writeRefused(client, group, session, request, refusal, -1);
        }
    }

    /** The entry in the node's claim is in the journal now. */
    void appended(final long position, final int client) {
        final boolean wellFormed =
                appendedEntry.wrap(node.claim.buffer(), node.claim.offset(), node.claim.length());
        assert wellFormed;
        final LogEntry entry = log.append(appendedEntry.length());
        entry.set(appendedEntry, position, node.nowNs);
        entry.client = client;
        noteAppended(entry);
        if (entry.session != 0) {
            results.notePending(entry.session, entry.request, entry.lowestOpen);
        }
        if (members.length > 0 && !sendAtOnce(entry)) {
            keepFresh(entry);
        }
        for (final Member member : members) {
            member.freeBytes -= entry.length + 64;
        }
        lastAppendNs = node.nowNs;
    }

    /** Sends a long entry from where it stands in the journal's memory, if it is next for all. */
    private boolean sendAtOnce(final LogEntry entry) {
        if (entry.length < AT_ONCE_LENGTH || fresh.count() > 0) {
            return false;
        }
        for (final Member member : members) {
            if (member.match < 0
                    || member.next != entry.sequence
                    || member.next - member.match > MAX_UNACKNOWLEDGED) {
                return false;
            }
        }
        for (final Member member : members) {
            if (prepare(
                    member,
                    entry.sequence - 1,
                    node.claim.buffer(),
                    node.claim.offset(),
                    entry.length,
                    true)) {
                member.next++;
            }
        }
        return true;
    }

    /** Keeps the bytes of an entry at hand, so that they need not be read back to be sent. */
    private void keepFresh(final LogEntry entry) {
        if (fresh.count() == 0) {
            freshFrom = entry.sequence;
        }
        if (freshFrom + fresh.count() == entry.sequence && fresh.hasRoom(entry.length)) {
            fresh.add(node.claim.buffer(), node.claim.offset(), entry.length);
        }
    }

    void onSync(final int client, final long session, final long request) {
        if (!active) {
            node.publisher.writeRefused(client, group, session, request, Refusal.RETRY, -1);
        } else if (log.end() <= allSynced) {
            node.publisher.syncOk(client, group, session, request);
        } else if (syncs.size() >= MAX_SYNCS) {
            node.publisher.writeRefused(client, group, session, request, Refusal.BUSY, -1);
        } else {
            syncs.add(new PendingSync(client, session, request, log.end()));
            if (log.end() > syncWanted) {
                syncWanted = log.end();
                node.store.requestSync(node.store.endPosition());
            }
        }
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
        if (memberWritten > log.end()) {
            throw new IllegalStateException(
                    "group "
                            + group
                            + ": node "
                            + from
                            + " holds entry "
                            + memberWritten
                            + ", and the primary's log ends at "
                            + log.end());
        }
        member.heard = true;
        member.lastAckNs = node.nowNs;
        member.freeBytes = freeBytes;
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
        member.incarnation = incarnation;
        member.match = -1;
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
                Math.max(recoveryEnd, watermark));
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
            final Coverage.Range range,
            final int maxBytes) {
        pulls.onPull(from, nonce, asOf, range, maxBytes, active && watermark >= recoveryEnd);
    }

    @Override
    void onCommitted(final LogEntry entry) {
        if (entry.kind == EntryKind.TRIM) {
            spaceExpectedNs = node.nowNs;
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
        workCount += send() + commit() + finishSyncs() + rebuild.doWork();
        if (!reads.isEmpty()) {
            workCount += reads.answerUpTo(inDoubtEnd());
        }
        if (node.nowNs - lastNoticeNs > WAITING_NOTICE_NS) {
            lastNoticeNs = node.nowNs;
            notifyWaiting();
        }
        return workCount;
    }

    private int send() {
        int workCount = 0;
        batchFrom = -1;
        for (final Member member : members) {
            if (member.match >= 0
                    && member.match + 1 < member.next
                    && node.nowNs - member.lastProgressNs > member.resendNs
                    && node.nowNs - member.lastSentNs > member.resendNs) {
                if (member.match < applied && isDamaged(log.get(member.match + 1))) {
                    offerJoin(member); // it gets the content instead of the entry
                    continue;
                }
                member.next = member.match + 1;
                member.resendNs = Math.min(member.resendNs * 2, MAX_RESEND_NS);
            }
            final boolean isBehind =
                    member.match >= 0
                            && member.next <= log.end()
                            && member.next - member.match <= MAX_UNACKNOWLEDGED;
            if (isBehind && batchFrom(member.next).count() > 0) {
                final EntryBatch entries = batchFrom(member.next);
                if (prepare(member, member.next - 1, entries)) {
                    member.next += entries.count();
                    workCount++;
                }
            } else if (isBehind && member.next <= applied) {
                offerJoin(member); // the entry cannot be read: it gets the content instead
            } else if (isHeartbeatDue(member)) {
                final long previous = member.match >= 0 ? member.next - 1 : log.end();
                batch.clear();
                batchFrom = -1;
                prepare(member, previous, batch);
                workCount++;
            }
        }
        fresh.clear();
        return workCount;
    }

    private boolean isDamaged(final LogEntry entry) {
        final int length =
                node.store.readRecord(
                        entry.position, node.recordBuffer, 0, node.recordBuffer.capacity());
        return length < 0
                || !node.entry.wrap(node.recordBuffer, 0, length)
                || !node.isSound(node.entry);
    }

    private boolean isHeartbeatDue(final Member member) {
        final boolean quiet =
                node.nowNs - lastAppendNs > QUIET_NS
                        && node.nowNs - member.lastAckNs < QUIET_NS
                        && syncs.isEmpty();
        final long interval = node.config.heartbeatIntervalNs() * (quiet ? QUIET_FACTOR : 1);
        return node.nowNs - member.lastSentNs >= interval
                || member.sentSyncWanted < syncWanted
                || member.sentWatermark < watermark
                        && node.nowNs - member.lastSentNs >= WATERMARK_DELAY_NS;
    }

    private boolean prepare(final Member member, final long previous, final EntryBatch entries) {
        return prepare(member, previous, entries.buffer(), 0, entries.length(), false);
    }

    private boolean prepare(
            final Member member,
            final long previous,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final boolean single) {
        if (node.publisher.prepare(
                member.nodeId,
                group,
                epoch,
                member.incarnation,
                previous,
                log.epochOf(previous),
                watermark,
                allSynced,
                syncWanted,
                Math.max(recoveryEnd, watermark),
                node.nowNs,
                buffer,
                offset,
                length,
                single)) {
            member.lastSentNs = node.nowNs;
            member.sentWatermark = watermark;
            member.sentSyncWanted = syncWanted;
            return true;
        }
        member.lastSentNs = node.nowNs - node.config.heartbeatIntervalNs() / 2;
        return false;
    }

    /** The batch that begins with an entry: of those just appended if it does, else read back. */
    private EntryBatch batchFrom(final long from) {
        if (from == freshFrom && fresh.count() > 0) {
            return fresh;
        }
        if (from != batchFrom) {
            batch.clear();
            for (long sequence = from; sequence <= log.end(); sequence++) {
                final LogEntry entry = log.get(sequence);
                if (!batch.add(node.store, entry.position, entry.length)) {
                    break;
                }
            }
            batchFrom = from;
        }
        return batch;
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
        allSynced = Math.max(allSynced, everywhere);
        final long before = watermark;
        commitTo(Math.max(watermark, held));
        release(allSynced);
        return (int) (watermark - before);
    }

    private int finishSyncs() {
        int count = 0;
        for (int i = syncs.size() - 1; i >= 0; i--) {
            final PendingSync sync = syncs.get(i);
            if (sync.target <= allSynced) {
                node.publisher.syncOk(sync.client, group, sync.session, sync.request);
                syncs.set(i, syncs.getLast());
                syncs.removeLast();
                count++;
            }
        }
        return count;
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
