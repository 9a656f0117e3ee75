package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.Refusal;

/** At a primary: whether a request of a client may be appended to the log. */
final class Admission {
    /** A cut that its client brings along, and what it asks for. */
    private static final int MAX_ENTRIES_OF_REQUEST = 2;

    private static final long SPACE_PATIENCE_NS = 3_000_000_000L;

    /** As long as cleaning would make enough room, if only it got on. */
    private static final long CLEANING_PATIENCE_NS = 20_000_000_000L;

    /** Behind all that is stored of a strip: who has pulled that knows where it was cut. */
    private static final long LAST_UNIT = KeyRanges.END_UNIT - 1;

    private final GroupPrimary group;
    private final NodeContext node;
    private final Member[] members;
    private long spaceExpectedNs;
    private long refusedNs;

    /** The most that was granted when a write was refused, since one was last taken. */
    private long refusedAtBytes;

    Admission(final GroupPrimary group, final Member[] members) {
        this.group = group;
        this.node = group.node;
        this.members = members;
        spaceExpectedNs = node.nowNs;
        refusedNs = node.nowNs;
    }

    /**
     * NONE to go on, null if the request has been answered or is under way, otherwise why it is
     * refused.
     *
     * @param length bytes that it brings; 0 for one that takes no space.
     */
    Refusal admit(
            final int client,
            final long session,
            final long request,
            final long lowestOpen,
            final int length) {
        if (!group.isActive()) {
            return Refusal.RETRY;
        }
        if (ResultTable.isBeyondWindow(request, lowestOpen)) {
            return Refusal.INVALID;
        }
        if (group.results.isCommitted(session, request)) {
            node.counters.increment(Counter.ANSWERED_AGAIN);
            node.publisher.writeOk(client, group.group, session, request, group.epoch, 0);
            return null;
        }
        if (group.results.isPending(session, request)) {
            remember(client, session, request);
            return null;
        }
        // Though there are results of it: what was in the log when it ended has left some again.
        final Refusal refusal = node.sessions.check(session);
        if (refusal != Refusal.NONE) {
            return refusal;
        }
        if (!group.hasLogRoom(MAX_ENTRIES_OF_REQUEST)
                || group.log.end() - group.watermark >= node.config.maxPendingEntries()
                || group.log.bytes() > node.config.maxPendingBytes()) {
            node.counters.increment(Counter.BUSY);
            return Refusal.BUSY;
        }
        return length > 0 ? spaceFor(length) : Refusal.NONE;
    }

    /** Something has been removed: there will be space. */
    void onSpaceFreed() {
        spaceExpectedNs = node.nowNs;
    }

    /**
     * Where there was space just now, or there gets more, or something has been removed, there will
     * be again: what was overwritten is being cleaned away. So a client is told of a full disk only
     * after a while, and a longer one while all members say that there is enough that can be
     * cleaned; and so is the first that asks after a pause, since it is not known what has become
     * of the space meanwhile.
     */
    private Refusal spaceFor(final int length) {
        final long needed = EntryView.encodedLength(0, length) + 3L * node.unitLength;
        final long granted = grantedBytes();
        final boolean suffices = granted >= needed;
        final boolean paused = node.nowNs - refusedNs >= SPACE_PATIENCE_NS;
        if (suffices || paused || granted > refusedAtBytes) {
            spaceExpectedNs = node.nowNs;
        }
        if (suffices) {
            refusedAtBytes = 0;
            return Refusal.NONE;
        }
        refusedAtBytes = Math.max(refusedAtBytes, granted);
        refusedNs = node.nowNs;
        final long patienceNs = roomBytes() >= needed ? CLEANING_PATIENCE_NS : SPACE_PATIENCE_NS;
        if (node.nowNs - spaceExpectedNs < patienceNs) {
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

    /** What every member will have granted when it has cleaned all. */
    private long roomBytes() {
        long least = node.store.roomBytes() / node.volume.replicaCount();
        for (final Member member : members) {
            if (member.heard && member.match >= 0) {
                least = Math.min(least, member.roomBytes);
            }
        }
        return least;
    }

    /** Whom to answer when a pending request is committed. */
    private void remember(final int client, final long session, final long request) {
        for (long sequence = group.watermark + 1; sequence <= group.log.end(); sequence++) {
            final LogEntry entry = group.log.get(sequence);
            if (entry.session == session && entry.request == request) {
                entry.client = client;
                return;
            }
        }
    }

    /** Has the strip cut as the client's list says. NONE to go on. */
    Refusal bringCutTo(
            final EntryWriter writer,
            final long dataId,
            final long cut,
            final DirectBuffer buffer,
            final int cutsAt,
            final int cutsLength) {
        if (!group.coverage.covers(dataId, LAST_UNIT, LAST_UNIT + 1)) {
            group.rebuild.want(dataId, LAST_UNIT, LAST_UNIT + 1);
            return Refusal.RETRY; // the number of its last cut may be lost: pulls bring it
        }
        final long known = group.cutOf(dataId);
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

    void answerIfRefused(
            final int client, final long session, final long request, final Refusal refusal) {
        if (refusal != Refusal.NONE) {
            if (refusal == Refusal.NO_SPACE) {
                node.counters.increment(Counter.NO_SPACE);
            } else if (refusal == Refusal.INVALID) {
                node.counters.increment(Counter.INVALID);
            }
            node.publisher.writeRefused(client, group.group, session, request, refusal, -1);
        }
    }
}
