package org.trivet.replica;

import org.trivet.replica.NodeCounters.Counter;
import org.trivet.wire.sbe.EntryKind;

import java.util.ArrayList;
import java.util.List;

/**
 * At a primary: when an operator asks for it, finds out what of the group is lost, and gives that
 * up.
 *
 * <p>Lost is what no member has, and none is about to get. All members are asked, and when all have
 * answered, all of them again. What a member lacks in both answers, having installed no pull
 * between them, it lacked all the time between them; so when the last of the first answers came,
 * nobody had it. Nothing that was sent to a member before it answered counts there any more (see
 * {@link Group#lacking}). From then on only a write can bring it, and writes have their places in
 * the log: what an entry brings that is not applied yet is not lost.
 *
 * <p>A member that is down may have all of it, so it is waited for.
 */
final class LossAcceptance {
    private static final int INCARNATION_SHIFT = 24;

    private final GroupPrimary group;
    private final NodeContext node;
    private final Member[] members;
    private final KeyRanges wanted = new KeyRanges();
    private final List<LostRange> givenUp = new ArrayList<>();
    private final long[] incarnations;
    private final long[] pulls;
    private long unusedFrom = KeyRanges.END_DATA_ID;
    private long asked;
    private long query;
    private long askedNs;
    private long answered;
    private boolean isSecond;

    /** Something has changed while the members were asked: they will be asked anew. */
    private boolean isPaused;

    private boolean hasChanged;

    /** What all that have answered lack. */
    private KeyRanges lost = new KeyRanges();

    private long ownPulls;

    /** The last entry that says what is given up. */
    private long settledAt;

    LossAcceptance(final GroupPrimary group, final Member[] members) {
        this.group = group;
        this.node = group.node;
        this.members = members;
        incarnations = new long[members.length];
        pulls = new long[members.length];
    }

    /**
     * Has what is lost of these keys given up.
     *
     * @param ranges the keys.
     * @param firstUnusedDataId from this data id on none has been used: there is nothing.
     */
    void accept(final KeyRanges ranges, final long firstUnusedDataId) {
        if (wanted.isEmpty()) {
            givenUp.clear();
        }
        wanted.addAll(ranges);
        unusedFrom = firstUnusedDataId;
        isPaused = true; // whatever has been answered until now was asked before
        askedNs = node.nowNs - node.config.resendTimeoutNs();
    }

    /** Whether what has been asked for is not found out yet, or not in the index here. */
    boolean isUnderWay() {
        return !wanted.isEmpty() || group.applied < settledAt;
    }

    /** What has been given up of what was asked for last. */
    List<LostRange> givenUp() {
        return List.copyOf(givenUp);
    }

    /** Copies that have not said what they lack, as a bit set. */
    long waitingFor() {
        return wanted.isEmpty() ? 0 : (1L << members.length + 1) - 2 & ~answered;
    }

    private void begin() {
        isPaused = false;
        isSecond = false;
        hasChanged = false;
        ask();
    }

    private void ask() {
        asked++;
        query = node.incarnation << INCARNATION_SHIFT | asked & (1L << INCARNATION_SHIFT) - 1;
        answered = 0;
        send();
    }

    private void send() {
        askedNs = node.nowNs;
        for (final Member member : members) {
            if ((answered & 1L << member.copy) == 0) {
                node.publisher.lackQuery(member.nodeId, group.group, group.epoch, query);
            }
        }
    }

    int doWork() {
        if (wanted.isEmpty() || !group.isActive()) {
            return 0;
        }
        if (isPaused) {
            if (node.nowNs - askedNs < node.config.resendTimeoutNs()) {
                return 0;
            }
            begin();
            return 1;
        }
        if (Long.bitCount(answered) == members.length) {
            conclude();
            return 1;
        }
        if (node.nowNs - askedNs < node.config.resendTimeoutNs()) {
            return 0;
        }
        send();
        return 1;
    }

    void onLackReply(
            final Member member,
            final long forQuery,
            final long incarnation,
            final long installed,
            final KeyRanges lacking) {
        final long bit = 1L << member.copy;
        if (wanted.isEmpty() || forQuery != query || (answered & bit) != 0) {
            return;
        }
        final int at = member.copy - 1;
        if (isSecond) {
            hasChanged |= incarnations[at] != incarnation || pulls[at] != installed;
        }
        incarnations[at] = incarnation;
        pulls[at] = installed;
        lost = isSecond || answered != 0 ? lost.within(lacking) : lacking;
        answered |= bit;
    }

    private void conclude() {
        final KeyRanges own = group.lacking();
        lost = isSecond || members.length > 0 ? lost.within(own) : own;
        hasChanged |= isSecond && ownPulls != group.rebuild.installedCount();
        ownPulls = group.rebuild.installedCount();
        if (!isSecond) {
            isSecond = true;
            ask();
        } else if (hasChanged || !giveUp()) {
            isPaused = true;
        }
    }

    /** Appends that what was asked for and is lost is given up. False if there is no room now. */
    private boolean giveUp() {
        lost = lost.within(wanted);
        for (long sequence = group.applied + 1; sequence <= group.log.end(); sequence++) {
            lost.remove(group.log.get(sequence).range(node.unitLength));
        }
        for (final KeyRanges.Range range : lost.list()) {
            final KeyRanges.Range used = range.upTo(unusedFrom, 0);
            if (!used.isEmpty() && !settle(EntryKind.GIVE_UP, used)) {
                return false;
            }
            final KeyRanges.Range unused = range.from(unusedFrom, 0);
            if (!unused.isEmpty() && !settle(EntryKind.EMPTY, unused)) {
                return false;
            }
        }
        wanted.clear();
        return true;
    }

    private boolean settle(final EntryKind kind, final KeyRanges.Range range) {
        if (!group.hasLogRoom(1)
                || group.givenUp.count() >= Group.MAX_GIVEN_UP
                || !group.settle(kind, range)) {
            return false;
        }
        settledAt = group.log.end();
        if (kind == EntryKind.GIVE_UP) {
            node.counters.increment(Counter.GIVEN_UP);
            givenUp.add(LostRange.of(group.group, range));
        }
        return true;
    }
}
