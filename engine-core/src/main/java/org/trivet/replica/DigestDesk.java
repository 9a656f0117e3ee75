package org.trivet.replica;

import org.trivet.replica.KeyRanges.Range;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.Extent;
import org.trivet.wire.sbe.Refusal;

/**
 * Tells the primary of a group, which compares all copies, what this member stores of a range of
 * keys; and has that fetched anew which the primary has found to differ.
 */
final class DigestDesk {
    private final Group group;
    private final NodeContext node;
    private final RangeDigest digest;
    private final Extent damaged = new Extent();

    DigestDesk(final Group group) {
        this.group = group;
        this.node = group.node;
        this.digest = new RangeDigest(group);
    }

    /** What was taken last. */
    RangeDigest digest() {
        return digest;
    }

    /** Takes what is stored, as the index tells now; NONE if that could be done. */
    Refusal take(final Range wanted, final boolean isListed) {
        if (!group.isSound() || group.lacksEnd()) {
            return Refusal.RETRY;
        }
        if (!group.coverage.covers(wanted)) {
            return Refusal.UNKNOWN;
        }
        if (!node.store.check(
                group.group,
                wanted.fromDataId(),
                wanted.fromUnit(),
                wanted.toDataId(),
                wanted.toUnit(),
                damaged)) {
            group.mendRowsFound(damaged);
            return Refusal.DAMAGED;
        }
        final boolean isGood = digest.take(wanted, isListed);
        if (node.config.scrubBytesPerSecond() > 0) {
            node.scrubLimit.pay(digest.cost(), node.nowNs);
        }
        return isGood ? Refusal.NONE : Refusal.DAMAGED;
    }

    void onQuery(final int to, final long query, final Range wanted, final boolean isListed) {
        final Refusal refusal = take(wanted, isListed);
        final boolean isTaken = refusal == Refusal.NONE;
        node.publisher.digestReply(
                to,
                group.group,
                query,
                group.applied,
                isTaken ? digest.range() : wanted,
                refusal,
                isTaken ? digest.digest() : RangeDigest.begin(),
                digest.list(),
                isTaken ? digest.listLength() : 0);
    }

    /**
     * The primary has compared what this member has told, and another one has it as it should be.
     * If it is here still as it was told, it is unknown from now on, and fetched; a late message
     * speaks of something else.
     */
    void onDiffers(
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final long told,
            final int rightCopy) {
        final Range run = Range.ofStrip(dataId, firstUnit, endUnit);
        if (take(run, true) != Refusal.NONE
                || !digest.range().equals(run)
                || digest.digest() != told) {
            node.counters.increment(Counter.OLD_NONCE);
            return;
        }
        group.rebuild.prefer(rightCopy);
        group.repair(dataId, firstUnit, endUnit);
    }
}
