package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;

/**
 * How a primary that has started becomes active: it asks all backups for a promise and a testimony,
 * adopts the longest log, and takes everything above the watermark to be in doubt.
 */
final class PrimaryRecovery {
    private static final int MAX_UNANSWERED = 5;

    private final GroupPrimary group;
    private final NodeContext node;
    private final Member[] members;
    private long lastAskedNs;
    private boolean asked;
    private Member best;
    private int vain;
    private int unanswered;

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
        if (best != null && unanswered++ < MAX_UNANSWERED) {
            fetch();
            return 1;
        }
        if (best != null) {
            askAnew();
        }
        boolean all = true;
        for (final Member member : members) {
            if (!member.testified) {
                all = false;
                node.publisher.hello(member.nodeId, group.group, group.epoch);
            }
        }
        if (all) {
            decide();
        }
        return 1;
    }

    /** Who had the longest log has lost it since it said so, or is down. */
    private void askAnew() {
        best = null;
        for (final Member member : members) {
            member.testified = false;
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

    void onTestimony(final Member member) {
        for (final Member other : members) {
            if (!other.testified) {
                return;
            }
        }
        if (best == null) {
            decide();
        }
    }

    private void decide() {
        long end = group.hasLog ? group.log.end() : -1;
        for (final Member member : members) {
            if (member.hasLog && member.end > end) {
                end = member.end;
                best = member;
            }
        }
        if (end < 0) {
            return; // nobody has a log: wait
        }
        if (best == null) {
            group.activate();
            return;
        }
        node.counters.increment(Counter.LOGS_ADOPTED);
        unanswered = 0;
        if (!group.hasLog || best.low > group.log.end()) {
            group.adopt(best.low, best.lowEpoch);
        }
        if (best.end == group.log.end()) {
            group.activate();
        } else {
            fetch();
        }
    }

    private void fetch() {
        node.publisher.fetchLog(
                source().nodeId, group.group, group.epoch, group.log.end() + 1, best.end);
    }

    /** Whom to ask: the one with the longest log, or, in turn, another that has the next entry. */
    private Member source() {
        for (int i = 0; i < members.length; i++) {
            final Member member = members[(vain + i) % members.length];
            if (vain > 0
                    && member.hasLog
                    && member.end > group.log.end()
                    && member.low <= group.log.end()) {
                return member;
            }
        }
        return best;
    }

    void onLogEntries(
            final long epoch, final DirectBuffer buffer, final int offset, final int length) {
        if (best == null || epoch != group.epoch) {
            return;
        }
        final long before = group.log.end();
        if (!EntryBatch.visit(buffer, offset, length, node.entry, this::take)) {
            node.counters.increment(Counter.MESSAGES_REFUSED);
        }
        if (group.log.end() == before) {
            vain++; // what this one has is damaged: the next time another is asked
            return;
        }
        vain = 0;
        unanswered = 0;
        if (group.log.end() >= best.end) {
            group.activate();
        } else {
            fetch();
        }
    }

    private boolean take(final EntryView entry) {
        if (entry.group() != group.group || entry.sequence() > group.log.end() + 1) {
            return false;
        }
        if (entry.sequence() <= group.log.end()) {
            return true;
        }
        if (!node.isSound(entry)) {
            node.counters.increment(Counter.DAMAGED_ON_ARRIVAL);
            return false;
        }
        return group.append(entry);
    }
}
