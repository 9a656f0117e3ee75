package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;

/**
 * How a primary that has started becomes active: it asks all backups for a promise and a testimony,
 * adopts the longest log, and takes everything above the watermark to be in doubt.
 */
final class PrimaryRecovery {
    private static final int PATIENCE = 3;

    private final GroupPrimary group;
    private final NodeContext node;
    private final Member[] members;
    private long lastAskedNs;
    private boolean asked;
    private boolean lossAccepted;
    private Member best;
    private int vain;

    /** Copies that have said that the next entry cannot be read there. */
    private long unreadable;

    PrimaryRecovery(final GroupPrimary group, final Member[] members) {
        this.group = group;
        this.node = group.node;
        this.members = members;
    }

    int doWork() {
        if (asked && node.nowNs - lastAskedNs < node.config.resendTimeoutNs()) {
            return 0;
        }
        asked = true;
        lastAskedNs = node.nowNs;
        if (best != null) {
            vain++; // it is down, or cannot read the entry, or what it has is damaged
            if (vain <= PATIENCE * members.length) {
                fetch();
                return 1;
            }
            askAnew();
        }
        if (waitingFor() == 0) {
            decide();
        }
        if (!group.isActive() && best == null) {
            // Also those that have testified that they have no log: it may be put back.
            final boolean all = waitingFor() == 0;
            for (final Member member : members) {
                if (all || !member.testified) {
                    node.publisher.hello(member.nodeId, group.group, group.epoch);
                }
            }
        }
        return 1;
    }

    /** Who testified has lost it since, or is down. */
    private void askAnew() {
        best = null;
        vain = 0;
        unreadable = 0;
        for (final Member member : members) {
            member.testified = false;
        }
    }

    /** If all say once more that they have no log, it may begin anew. */
    void acceptLoss() {
        lossAccepted = true;
        if (best == null) {
            askAnew();
        }
    }

    /** Copies that have not testified, as a bit set. */
    long waitingFor() {
        long copies = 0;
        for (final Member member : members) {
            if (!member.testified) {
                copies |= 1L << member.copy;
            }
        }
        return copies;
    }

    /**
     * Whether a backup has testified to a log that is sound, and not longer than the primary's: it
     * takes nothing any more that was sent before.
     */
    boolean isNoLongerElsewhere() {
        for (final Member member : members) {
            if (member.testified
                    && member.hasLog
                    && !member.suspect
                    && member.end <= group.log.end()) {
                return true;
            }
        }
        return false;
    }

    /** Whether a backup has testified to a log that is longer than the primary's. */
    boolean isLongerElsewhere() {
        for (final Member member : members) {
            if (member.testified && member.hasLog && member.end > group.log.end()) {
                return true;
            }
        }
        return false;
    }

    /**
     * A member has testified.
     *
     * @param isAnew whether it has started again since an earlier testimony: what was decided by
     *     that may be wrong.
     */
    void onTestimony(final boolean isAnew) {
        for (final Member member : members) {
            if (!member.testified) {
                return;
            }
        }
        if (isAnew) {
            best = null;
            vain = 0;
            unreadable = 0;
            if (lossAccepted) {
                askAnew(); // only if all say so now may it begin anew
                return;
            }
        }
        if (best == null) {
            decide();
        }
    }

    private void decide() {
        // A part of a log that has been lost since is no log.
        long end = group.hasLog && !group.adopting ? group.log.end() : -1;
        for (final Member member : members) {
            if (member.hasLog && member.end > end) {
                end = member.end;
                best = member;
            }
        }
        if (end < 0) {
            if (lossAccepted) {
                group.beginAnew();
            }
            return; // nobody has a log: wait
        }
        if (best == null) {
            group.activate();
            return;
        }
        node.counters.increment(Counter.LOGS_ADOPTED);
        if (!group.hasLog) {
            group.adopt(best.low, best.lowEpoch);
        }
        fetch();
    }

    /** The log is as long as the longest was: it is enough if no longer one was told of since. */
    private void longestIsHad() {
        if (isLongerElsewhere()) {
            best = null;
            vain = 0;
            unreadable = 0;
            decide();
        } else {
            group.activate();
        }
    }

    private void fetch() {
        final Member source = source();
        if (source.low > group.log.end()) {
            group.adopt(source.low, source.lowEpoch);
            vain = 0;
            unreadable = 0;
        }
        if (group.log.end() >= best.end) {
            longestIsHad();
        } else {
            node.publisher.fetchLog(
                    source.nodeId,
                    group.group,
                    group.epoch,
                    group.log.end() + 1,
                    best.end,
                    node.nowNs);
        }
    }

    /**
     * Whom to ask: the one with the longest log, or, in turn, another that has the next entry. If
     * all of them have been asked in vain, one that has let go of it: what it did is in that one's
     * index, and will be pulled.
     */
    private Member source() {
        for (int i = 0; i < members.length; i++) {
            final Member member = members[(best.copy - 1 + vain + i) % members.length];
            if (member.hasLog
                    && member.end > group.log.end()
                    && (member.low <= group.log.end() || vain > members.length)) {
                return member;
            }
        }
        return best;
    }

    void onLogEntries(
            final Member member,
            final long from,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (best == null) {
            return;
        }
        final long before = group.log.end();
        EntryBatch.visit(buffer, offset, length, node.entry, this::take);
        if (group.log.end() > before) {
            vain = 0;
            unreadable = 0;
            fetch();
        } else if (from == before + 1) {
            unreadable |= 1L << member.copy;
            voidIfNobodyHasIt(from);
        }
    }

    /**
     * Makes the rest of the longest log void if its next entry can be read nowhere, and some backup
     * never had it: then it was not committed, and nobody has seen it.
     */
    private void voidIfNobodyHasIt(final long sequence) {
        boolean neverComplete = false;
        for (final Member member : members) {
            final boolean had = member.hasLog && member.end >= sequence;
            if (had && (unreadable & 1L << member.copy) == 0
                    || member.hasLog && (member.low >= sequence || member.watermark >= sequence)) {
                return;
            }
            neverComplete |= member.hasLog && !member.suspect && !had;
        }
        if (neverComplete && group.voidUpTo(best.end)) {
            longestIsHad();
        }
    }

    private boolean take(final EntryView entry) {
        if (entry.sequence() <= group.log.end()) {
            return true;
        }
        if (!group.follows(entry)) {
            return false;
        }
        if (group.isAgainstCommitted(entry)) {
            group.disagrees();
            return false;
        }
        if (!node.isSound(entry)) {
            node.counters.increment(Counter.DAMAGED_ON_ARRIVAL);
            return false;
        }
        return group.append(entry);
    }
}
