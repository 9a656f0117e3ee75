package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;

/**
 * At a primary: looks for the bytes of an entry that is not committed and cannot be read here any
 * more, though some backup still needs it.
 *
 * <p>All backups are asked, and all have to answer: a write needs all of them anyway. If one has
 * it, it is put into the journal again. If none has, and one backup whose log is sound never had
 * it, no client was ever told that it is done, and no reader has seen it: a commit needs all
 * members, and a reader without the primary all backups. Then the log is made void from that entry
 * on; nothing that was sent before the question is taken by a backup after its answer. Clients send
 * what was not done again.
 */
final class LogMending {
    private static final long NONE = 0;
    private static final int IN_VAIN_FACTOR = 10;

    private final GroupPrimary group;
    private final NodeContext node;
    private final Member[] members;
    private long sequence = NONE;
    private long begunNs;
    private long askedNs;
    private long pauseNs;
    private long without;
    private boolean neverComplete;
    private boolean inVain;

    LogMending(final GroupPrimary group, final Member[] members) {
        this.group = group;
        this.node = group.node;
        this.members = members;
    }

    /** Whether the log from this entry on has to wait. */
    boolean isLookingFor(final long entry) {
        return sequence != NONE && entry >= sequence;
    }

    /** The entry that nobody has, though it may be committed; 0 for none. */
    long missing() {
        return inVain ? sequence : NONE;
    }

    /** When the search for it began. */
    long begunNs() {
        return begunNs;
    }

    /** An entry cannot be read here. */
    void begin(final long unreadable) {
        if (sequence == NONE || unreadable < sequence) {
            sequence = unreadable;
            begunNs = node.nowNs;
            inVain = false;
            ask();
        }
    }

    int doWork() {
        if (sequence == NONE || node.nowNs - askedNs < pauseNs) {
            return 0;
        }
        if (sequence <= group.watermark) {
            end();
        } else {
            ask();
        }
        return 1;
    }

    private void ask() {
        askedNs = node.nowNs;
        pauseNs = node.config.resendTimeoutNs() * (inVain ? IN_VAIN_FACTOR : 1);
        without = 0;
        neverComplete = false;
        for (final Member member : members) {
            node.publisher.fetchLog(
                    member.nodeId, group.group, group.epoch, sequence, sequence, askedNs);
        }
    }

    private void end() {
        sequence = NONE;
        inVain = false;
    }

    void onLogEntries(
            final Member member,
            final long from,
            final long forAskedNs,
            final long end,
            final boolean sound,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (sequence == NONE || from != sequence || forAskedNs != askedNs) {
            return;
        }
        if (sequence <= group.watermark) {
            end(); // who needed it had it after all, and the log may have let go of it
            return;
        }
        EntryBatch.visit(buffer, offset, length, node.entry, this::take);
        if (sequence == NONE) {
            return;
        }
        without |= 1L << member.copy;
        neverComplete |= sound && end < sequence;
        if (Long.bitCount(without) < members.length) {
            return;
        }
        if (neverComplete) {
            if (group.voidFrom(sequence)) {
                end();
            }
        } else {
            inVain = true; // it may be committed: only who is asked to accept the loss can go on
        }
    }

    private boolean take(final EntryView entry) {
        final LogEntry wanted = group.log.get(sequence);
        if (entry.sequence() == sequence
                && entry.epoch() == wanted.epoch
                && entry.kind() == wanted.kind
                && entry.length() == wanted.length
                && node.isSound(entry)) {
            if (group.restore(entry)) {
                node.counters.increment(Counter.ENTRIES_RESTORED);
                end();
            }
        }
        return false;
    }
}
