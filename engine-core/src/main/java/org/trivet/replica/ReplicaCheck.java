package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;
import org.trivet.replica.KeyRanges.Range;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.wire.sbe.Refusal;

/**
 * At a primary: compares what all members store of a range of keys, while clients write, and has
 * mended what differs though each copy is good by itself.
 *
 * <p>Each member gives a digest of the range; if they are equal, so are the copies. If not, each
 * lists its units, with versions and digests of their checksums. A member's index is what the log
 * makes of it up to some entry, so a unit that differs counts only if no entry behind the point of
 * the member that has got least far changes it; otherwise it is looked at again. Who has a unit as
 * it should be, {@link #right} tells; the others fetch it from there, and the range is compared
 * again.
 *
 * <p>A member that does not answer, or lacks a part of the range, is waited for a while. Then the
 * range is passed over; and the next ones are, at once, until all answer again.
 */
final class ReplicaCheck {
    private static final int MAX_TRIES = 20;
    private static final int MAX_ROUNDS = 20;
    private static final int MAX_MENDED_AT_ONCE = 32;
    private static final int OWN = 0;

    /** What a member has told of a range. */
    private static final class Copy {
        private final ExpandableDirectByteBuffer list = new ExpandableDirectByteBuffer(0);
        private int listLength;
        private boolean isHere;
        private Refusal refusal;
        private long applied;
        private Range range;
        private long digest;

        /** Where in its list it is. */
        private int at;

        /** Units, one after the other, that it has otherwise than the right copy. */
        private long dataId;

        private long firstUnit;
        private long endUnit;
        private long runDigest;
        private int right;

        /** What has been counted of it. */
        private final KeyRanges found = new KeyRanges();

        void set(
                final long newApplied,
                final Refusal newRefusal,
                final Range newRange,
                final long newDigest,
                final DirectBuffer buffer,
                final int offset,
                final int length) {
            isHere = true;
            applied = newApplied;
            refusal = newRefusal;
            range = newRange;
            digest = newDigest;
            list.putBytes(0, buffer, offset, length);
            listLength = length;
        }

        boolean isAtEnd(final Range of) {
            return at == listLength
                    || KeyRanges.compare(
                                    RangeDigest.dataId(list, at),
                                    RangeDigest.unit(list, at),
                                    of.toDataId(),
                                    of.toUnit())
                            >= 0;
        }

        boolean isAt(final long otherDataId, final long unit, final Range of) {
            return !isAtEnd(of)
                    && RangeDigest.dataId(list, at) == otherDataId
                    && RangeDigest.unit(list, at) == unit;
        }

        long version() {
            return RangeDigest.version(list, at);
        }

        long ofChecksum() {
            return RangeDigest.ofChecksumAt(list, at);
        }
    }

    private final GroupPrimary group;
    private final NodeContext node;
    private final Copy[] copies;
    private final boolean[] isThere;

    /** What has still to be compared; null for nothing. */
    private Range left;

    /** What is being compared of it. */
    private Range current;

    private boolean isListed;
    private boolean isAsked;
    private long queries;
    private long query;
    private long askedNs;
    private int tries;
    private int rounds;
    private boolean isImpatient;
    private boolean hasFoundMore;
    private int mended;
    private long foundCount;
    private long differing;
    private long repaired;
    private long notCompared;

    ReplicaCheck(final GroupPrimary group) {
        this.group = group;
        this.node = group.node;
        copies = new Copy[node.volume.replicaCount()];
        for (int i = 0; i < copies.length; i++) {
            copies[i] = new Copy();
        }
        isThere = new boolean[copies.length];
    }

    boolean isUnderWay() {
        return left != null;
    }

    /** Begins with a range that has something in it; what was under way is given up. */
    void begin(final Range range) {
        left = range;
        current = range;
        differing = 0;
        repaired = 0;
        notCompared = 0;
        beginCurrent();
        ask();
    }

    private void beginCurrent() {
        isListed = false;
        tries = 0;
        rounds = 0;
        foundCount = 0;
        for (final Copy copy : copies) {
            copy.found.clear();
        }
    }

    /** What was found in the range that is done. */
    void report(final ScrubFindings findings) {
        findings.foundDiffering(repaired, true);
        findings.foundDiffering(differing - repaired, false);
        for (long i = 0; i < notCompared; i++) {
            findings.couldNotCompare();
        }
    }

    int doWork() {
        if (!isUnderWay()) {
            return 0;
        }
        if (isAsked && areAllHere()) {
            isAsked = false;
            evaluate();
            return 1;
        }
        if (node.nowNs - askedNs < node.config.resendTimeoutNs()) {
            return 0;
        }
        if (!isAsked || !hasFailed()) {
            ask();
        }
        return 1;
    }

    private boolean areAllHere() {
        for (int copy = OWN + 1; copy < copies.length; copy++) {
            if (!copies[copy].isHere) {
                return false;
            }
        }
        return true;
    }

    private void ask() {
        askedNs = node.nowNs;
        isAsked = true;
        queries++;
        query = node.incarnation << 24 | queries & 0xFF_FFFF;
        for (int copy = OWN + 1; copy < copies.length; copy++) {
            copies[copy].isHere = false;
            node.publisher.digestQuery(group.nodeOf(copy), group.group, query, current, isListed);
        }
    }

    /** Has the same asked again after a pause. */
    private void pause() {
        isAsked = false;
        askedNs = node.nowNs;
    }

    /** Somebody cannot answer now. Whether that is so for too long. */
    private boolean hasFailed() {
        tries++;
        if (tries < MAX_TRIES && !isImpatient) {
            return false;
        }
        isImpatient = true;
        notCompared++;
        node.counters.increment(Counter.RANGES_NOT_COMPARED);
        current = left;
        advance(false);
        return true;
    }

    /**
     * What a member stores.
     *
     * @return false if that cannot be.
     */
    boolean onReply(
            final int copy,
            final long ofQuery,
            final long applied,
            final Refusal refusal,
            final Range range,
            final long digest,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!isAsked || ofQuery != query) {
            node.counters.increment(Counter.OLD_NONCE);
            return true;
        }
        final boolean isBeginning =
                range.fromDataId() == current.fromDataId()
                        && range.fromUnit() == current.fromUnit()
                        && range.upToEndOf(current).equals(range);
        if (copy <= OWN || !isBeginning || length > 0 && !isListed || applied > group.log.end()) {
            return false;
        }
        copies[copy].set(applied, refusal, range, digest, buffer, offset, length);
        return true;
    }

    private void evaluate() {
        final Refusal own =
                group.hasRecovered() ? group.digests.take(current, isListed) : Refusal.RETRY;
        final RangeDigest digest = group.digests.digest();
        if (own == Refusal.NONE) {
            copies[OWN].set(
                    group.applied,
                    own,
                    digest.range(),
                    digest.digest(),
                    digest.list(),
                    0,
                    digest.listLength());
        }
        boolean isRefused = own != Refusal.NONE;
        for (int copy = OWN + 1; copy < copies.length; copy++) {
            isRefused |= copies[copy].refusal != Refusal.NONE;
        }
        if (isRefused) {
            if (!hasFailed()) {
                pause();
            }
            return;
        }
        isImpatient = false;
        final Range common = common();
        if (isListed) {
            current = common;
            compareLists();
        } else if (!common.equals(current)) {
            current = common;
            ask();
        } else if (areDigestsEqual()) {
            advance(true);
        } else {
            isListed = true;
            ask();
        }
    }

    /** What all have told of. */
    private Range common() {
        Range common = current;
        for (final Copy copy : copies) {
            common = common.upToEndOf(copy.range);
        }
        return common;
    }

    private boolean areDigestsEqual() {
        for (final Copy copy : copies) {
            if (copy.digest != copies[OWN].digest) {
                return false;
            }
        }
        return true;
    }

    /** The present range is done, and equal on all members, or not. */
    private void advance(final boolean isEqual) {
        differing += foundCount;
        repaired += isEqual ? foundCount : 0;
        left = left.from(current.toDataId(), current.toUnit());
        isAsked = false;
        beginCurrent();
        if (left.isEmpty()) {
            left = null;
            node.counters.increment(Counter.RANGES_COMPARED);
        } else {
            current = left;
            ask();
        }
    }

    // ---- unit by unit

    private void compareLists() {
        hasFoundMore = false;
        mended = 0;
        int unsettled = 0;
        int differingUnits = 0;
        for (final Copy copy : copies) {
            copy.at = 0;
            copy.endUnit = copy.firstUnit;
        }
        for (Copy first = first(); first != null; first = first()) {
            final long dataId = RangeDigest.dataId(first.list, first.at);
            final long unit = RangeDigest.unit(first.list, first.at);
            for (int copy = 0; copy < copies.length; copy++) {
                isThere[copy] = copies[copy].isAt(dataId, unit, current);
            }
            if (!areAllSame(first)) {
                if (isCommitted(dataId, unit)) {
                    differingUnits++;
                    differ(dataId, unit, right());
                } else {
                    unsettled++;
                }
            }
            for (int copy = 0; copy < copies.length; copy++) {
                copies[copy].at += isThere[copy] ? RangeDigest.LISTED_LENGTH : 0;
            }
        }
        for (int copy = 0; copy < copies.length; copy++) {
            endRun(copy);
        }
        goOn(differingUnits, unsettled);
    }

    private void goOn(final int differingUnits, final int unsettled) {
        rounds = hasFoundMore ? 0 : rounds + 1;
        isListed = false;
        if (differingUnits + unsettled == 0) {
            advance(true);
        } else if (rounds < MAX_ROUNDS) {
            pause();
        } else {
            if (differingUnits == 0) {
                notCompared++; // it is written all the time
                node.counters.increment(Counter.RANGES_NOT_COMPARED);
            }
            advance(differingUnits == 0);
        }
    }

    /** The copy whose next unit is the first of all; null if there is none. */
    private Copy first() {
        Copy first = null;
        for (final Copy copy : copies) {
            if (!copy.isAtEnd(current)
                    && (first == null
                            || KeyRanges.compare(
                                            RangeDigest.dataId(copy.list, copy.at),
                                            RangeDigest.unit(copy.list, copy.at),
                                            RangeDigest.dataId(first.list, first.at),
                                            RangeDigest.unit(first.list, first.at))
                                    < 0)) {
                first = copy;
            }
        }
        return first;
    }

    private boolean areAllSame(final Copy first) {
        for (int copy = 0; copy < copies.length; copy++) {
            if (!isThere[copy] || !isSame(copies[copy], first)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSame(final Copy copy, final Copy other) {
        return copy.version() == other.version() && copy.ofChecksum() == other.ofChecksum();
    }

    /**
     * Whether all members had, of a unit, what is committed. An index may be further than it is
     * told to be, after a start: so all of the log counts that is behind the one that is told to
     * have got least far.
     */
    private boolean isCommitted(final long dataId, final long unit) {
        long least = copies[OWN].applied;
        for (final Copy copy : copies) {
            least = Math.min(least, copy.applied);
        }
        return least >= group.log.low() && !group.isChanged(dataId, unit, least);
    }

    /**
     * The copy that has the present unit as it should be. The newest version that any member has
     * wins, for it was committed; if members have that with other contents, what most of them have,
     * and else the first. That it is a hole counts only if more than half of all members say so: a
     * row may get lost, or fail to be removed.
     */
    private int right() {
        int holes = 0;
        int firstHole = OWN;
        long newest = 0;
        for (int copy = copies.length - 1; copy >= 0; copy--) {
            if (isThere[copy]) {
                newest = Math.max(newest, copies[copy].version());
            } else {
                holes++;
                firstHole = copy;
            }
        }
        if (2 * holes > copies.length) {
            return firstHole;
        }
        int right = OWN;
        int most = 0;
        for (int copy = 0; copy < copies.length; copy++) {
            if (isThere[copy] && copies[copy].version() == newest) {
                int same = 0;
                for (int other = 0; other < copies.length; other++) {
                    same += isThere[other] && isSame(copies[other], copies[copy]) ? 1 : 0;
                }
                if (same > most) {
                    most = same;
                    right = copy;
                }
            }
        }
        return right;
    }

    private void differ(final long dataId, final long unit, final int right) {
        for (int i = 0; i < copies.length; i++) {
            final Copy copy = copies[i];
            final boolean isRight =
                    isThere[i] == isThere[right] && (!isThere[i] || isSame(copy, copies[right]));
            if (isRight) {
                continue;
            }
            if (copy.endUnit == copy.firstUnit
                    || copy.dataId != dataId
                    || copy.endUnit != unit
                    || copy.right != right) {
                endRun(i);
                copy.dataId = dataId;
                copy.firstUnit = unit;
                copy.runDigest = RangeDigest.begin();
                copy.right = right;
            }
            copy.endUnit = unit + 1;
            if (isThere[i]) {
                copy.runDigest =
                        RangeDigest.combine(
                                copy.runDigest, dataId, unit, copy.version(), copy.ofChecksum());
            }
        }
    }

    /** Has a member fetch units that it has otherwise than it should. */
    private void endRun(final int index) {
        final Copy copy = copies[index];
        if (copy.endUnit == copy.firstUnit) {
            return;
        }
        if (!copy.found.overlaps(copy.dataId, copy.firstUnit, copy.endUnit)) {
            foundCount++;
            hasFoundMore = true;
            node.counters.increment(Counter.FOUND_DIFFERING);
        }
        copy.found.add(Range.ofStrip(copy.dataId, copy.firstUnit, copy.endUnit));
        if (mended++ < MAX_MENDED_AT_ONCE) {
            if (index == OWN) {
                group.rebuild.prefer(copy.right);
                group.repair(copy.dataId, copy.firstUnit, copy.endUnit);
            } else {
                node.publisher.differs(
                        group.nodeOf(index),
                        group.group,
                        copy.dataId,
                        copy.firstUnit,
                        copy.endUnit,
                        copy.runDigest,
                        copy.right);
            }
        }
        copy.endUnit = copy.firstUnit;
    }
}
