package org.trivet.replica;

import org.agrona.DirectBuffer;

/**
 * At a primary: sends the entries of the log to the backups, each from where it is known to be, and
 * heartbeats when there are none. Entries that have just been appended go out from memory; others
 * are read back.
 */
final class LogSender {
    private static final long MAX_RESEND_NS = 2_000_000_000L;
    private static final long QUIET_NS = 1_000_000_000L;
    private static final int QUIET_FACTOR = 4;
    private static final long MAX_UNACKNOWLEDGED = 4096;
    private static final int AT_ONCE_LENGTH = 32 * 1024;
    private static final long WATERMARK_DELAY_NS = 5_000_000L;
    private static final long NOWHERE = -1;

    private final GroupPrimary group;
    private final NodeContext node;
    private final ReplicaLog log;
    private final Member[] members;
    private final EntryBatch batch;
    private long batchFrom;
    private long batchLast;
    private final EntryBatch fresh;
    private long freshFrom;
    private long lastAppendNs;

    LogSender(final GroupPrimary group, final Member[] members, final EntryBatch batch) {
        this.group = group;
        this.node = group.node;
        this.log = group.log;
        this.members = members;
        this.batch = batch;
        this.fresh = new EntryBatch(node.publisher.maxMessageLength() - 1024);
    }

    /** The entry in the node's claim has been appended. */
    void appended(final LogEntry entry) {
        if (members.length > 0 && !sendAtOnce(entry)) {
            keepFresh(entry);
        }
        for (final Member member : members) {
            member.freeBytes -= entry.length + 64;
            member.roomBytes -= entry.length + 64;
        }
        lastAppendNs = node.nowNs;
    }

    /** What is at hand of entries just appended counts no more. */
    void forgetFresh() {
        fresh.clear();
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
            if (prepare(member, node.claim.buffer(), node.claim.offset(), entry.length, true)) {
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

    int send() {
        int workCount = 0;
        batchFrom = NOWHERE;
        for (final Member member : members) {
            if (isOverdue(member)) {
                if (isDamaged(log.get(member.match + 1))) {
                    group.onUnreadable(member, member.match + 1);
                } else {
                    member.next = member.match + 1;
                    member.resendNs = Math.min(member.resendNs * 2, MAX_RESEND_NS);
                }
            }
            final boolean isBehind =
                    member.match >= 0
                            && member.next <= log.end()
                            && member.next - member.match <= MAX_UNACKNOWLEDGED
                            && !group.mending.isLookingFor(member.next);
            if (isBehind && sendEntries(member)) {
                workCount++;
            } else if (isHeartbeatDue(member)) {
                prepare(member, batch.buffer(), 0, 0, false);
                workCount++;
            }
        }
        fresh.clear();
        return workCount;
    }

    private boolean isOverdue(final Member member) {
        return member.match >= 0
                && member.match + 1 < member.next
                && node.nowNs - member.lastProgressNs > member.resendNs
                && node.nowNs - member.lastSentNs > member.resendNs;
    }

    /** Sends entries from the next one on, those just appended if they are next, else read back. */
    private boolean sendEntries(final Member member) {
        if (member.next == freshFrom && fresh.count() > 0) {
            if (prepare(member, fresh.buffer(), 0, fresh.length(), false)) {
                member.next += fresh.count();
                return true;
            }
            return false;
        }
        if (member.next != batchFrom) {
            if (isDamaged(log.get(member.next))) {
                group.onUnreadable(member, member.next); // nobody would take it, ever
                return false;
            }
            batch.clear();
            batchFrom = member.next;
            batchLast = group.addEntries(batch, batchFrom, log.end());
        }
        if (batch.count() == 0) {
            group.onUnreadable(member, member.next);
            return false;
        }
        if (prepare(member, batch.buffer(), 0, batch.length(), false)) {
            member.next = batchLast + 1;
            return true;
        }
        return false;
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
                        && !group.syncs.areWanted();
        final long interval = node.config.heartbeatIntervalNs() * (quiet ? QUIET_FACTOR : 1);
        return node.nowNs - member.lastSentNs >= interval
                || member.sentSyncWanted < group.syncs.wanted()
                || member.sentWatermark < group.watermark
                        && node.nowNs - member.lastSentNs >= WATERMARK_DELAY_NS;
    }

    private boolean prepare(
            final Member member,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final boolean single) {
        final long previous = log.settled(member.match >= 0 ? member.next - 1 : log.end());
        if (node.publisher.prepare(
                member.nodeId,
                group.group,
                group.epoch,
                member.incarnation,
                previous,
                log.epochOf(previous),
                group.watermark,
                group.allSynced(),
                group.syncs.wanted(),
                group.joinBound(),
                node.nowNs,
                buffer,
                offset,
                length,
                single)) {
            member.lastSentNs = node.nowNs;
            member.sentWatermark = group.watermark;
            member.sentSyncWanted = group.syncs.wanted();
            return true;
        }
        member.lastSentNs = node.nowNs - node.config.heartbeatIntervalNs() / 2;
        return false;
    }
}
