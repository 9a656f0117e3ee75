package org.trivet.replica;

import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

/**
 * Reads all that a node stores, slowly, group after group in the order of keys, and verifies it:
 * what nobody reads would otherwise go bad unseen, in one copy after the other. What is bad is
 * unknown from then on, and pulled from another member. What is unknown is passed over: it is
 * verified when it comes, and if no member has it, it never does.
 *
 * <p>It reads so many bytes a second, and only in duty cycles that had nothing else to do. A pass
 * begins some time after the one before it began. How far it has come is part of each group's state
 * now and then, so that a restart loses little of it.
 */
final class Scrub {
    private static final int SCANNED_AT_ONCE = 64;
    private static final long EXTENT_OVERHEAD = 512;
    private static final long SAVED_EVERY_BYTES = 64L << 20;
    private static final long BURST_NS = 500_000_000L;
    private static final long MS_NS = 1_000_000L;

    private final NodeContext node;
    private final Group[] groups;
    private final ExtentList extents = new ExtentList();
    private final Extent damaged = new Extent();
    private int next;
    private int at;
    private final RateLimit limit;
    private boolean begun;
    private boolean wanted;
    private long sinceSaved;
    private long passBytes;

    Scrub(final NodeContext node, final Group[] groups) {
        this.node = node;
        this.groups = groups;
        this.at = groups.length;
        this.limit = new RateLimit(Math.max(1, node.config.scrubBytesPerSecond()), BURST_NS);
    }

    /** Begins a pass as soon as there is none. */
    void want() {
        wanted = true;
    }

    /** Bytes read in this pass, or in the last. */
    long passBytes() {
        return passBytes;
    }

    /** Does some of it; to be called when there is nothing else to do. */
    int doWork() {
        if (!begun) {
            begun = true;
            resume();
        }
        if (node.config.scrubBytesPerSecond() == 0
                || !limit.isOpen(node.nowNs)
                || !isUnderWay() && !begin()) {
            return 0;
        }
        final Group group = groups[at];
        if (next == extents.size() && !scan(group)) {
            return 1;
        }
        final Extent extent = extents.get(next++);
        if (!group.coverage.covers(extent.dataId, extent.firstUnit, extent.endUnit)) {
            clear(); // somebody else has found it bad meanwhile
            return 1;
        }
        verify(group, extent);
        group.scrub.moveTo(extent.dataId, extent.endUnit);
        final long cost = extent.dataLength + EXTENT_OVERHEAD;
        limit.pay(cost, node.nowNs);
        passBytes += extent.dataLength;
        sinceSaved += cost;
        node.counters.add(Counter.BYTES_SCRUBBED, extent.dataLength);
        if (sinceSaved > SAVED_EVERY_BYTES) {
            save();
        }
        return 1;
    }

    /** Goes on where the process before this one was. */
    private void resume() {
        for (int i = 0; i < groups.length && at == groups.length; i++) {
            if (groups[i].scrub.isUnderWay()) {
                at = i;
            }
        }
    }

    /** Has its progress saved with the groups' states. */
    void save() {
        sinceSaved = 0;
        for (final Group group : groups) {
            if (group.scrub.isUnderWay()) {
                group.touchState();
            }
        }
    }

    boolean isUnderWay() {
        return at < groups.length;
    }

    private boolean begin() {
        final long nowMs = Math.max(1, node.epochClock.time()); // 0 is never
        final long begunMs = groups[0].scrub.begunMs();
        final boolean isDue =
                begunMs == 0
                        || begunMs > nowMs // the clock was wrong then, or is now
                        || nowMs - begunMs >= node.config.scrubIntervalNs() / MS_NS;
        if (!isDue && !wanted) {
            return false;
        }
        wanted = false;
        passBytes = 0;
        for (final Group group : groups) {
            group.scrub.begin(nowMs);
            group.touchState();
        }
        at = 0;
        clear();
        return true;
    }

    /** Looks for what is stored next. False if there is nothing to be read now. */
    private boolean scan(final Group group) {
        final ScrubProgress progress = group.scrub;
        clear();
        if (progress.isAtEnd()) {
            finish(group);
            return false;
        }
        final KeyRanges.Range unknown =
                group.coverage.firstFrom(progress.dataId(), progress.unit());
        if (unknown != null && !isAfter(progress, unknown.fromDataId(), unknown.fromUnit())) {
            progress.moveTo(unknown.toDataId(), unknown.toUnit());
            return false;
        }
        node.store.scan(group.group, progress.dataId(), progress.unit(), SCANNED_AT_ONCE, extents);
        final boolean isLast = extents.size() < SCANNED_AT_ONCE;
        long endDataId = KeyRanges.END_DATA_ID;
        long endUnit = KeyRanges.END_UNIT;
        if (!isLast) {
            final Extent last = extents.get(extents.size() - 1);
            endDataId = last.dataId;
            endUnit = last.endUnit;
        }
        if (unknown != null
                && KeyRanges.compare(unknown.fromDataId(), unknown.fromUnit(), endDataId, endUnit)
                        < 0) {
            endDataId = unknown.fromDataId();
            endUnit = unknown.fromUnit();
            cutOff(endDataId, endUnit);
        }
        if (!node.store.check(
                group.group, progress.dataId(), progress.unit(), endDataId, endUnit, damaged)) {
            node.counters.increment(Counter.FOUND_BY_SCRUB);
            if (!group.mendRows(damaged)) {
                progress.moveTo(damaged.dataId, damaged.endUnit); // nothing is known there now
            }
            clear();
            return false;
        }
        limit.pay(EXTENT_OVERHEAD, node.nowNs);
        if (extents.size() == 0) {
            progress.moveTo(endDataId, endUnit);
        }
        return extents.size() > 0;
    }

    private static boolean isAfter(
            final ScrubProgress progress, final long dataId, final long unit) {
        return KeyRanges.compare(progress.dataId(), progress.unit(), dataId, unit) < 0;
    }

    /** Leaves out, of what was scanned, all that does not lie before a key. */
    private void cutOff(final long dataId, final long unit) {
        while (extents.size() > 0) {
            final Extent last = extents.get(extents.size() - 1);
            if (KeyRanges.compare(last.dataId, last.endUnit, dataId, unit) <= 0) {
                return;
            }
            if (KeyRanges.compare(last.dataId, last.firstUnit, dataId, unit) < 0) {
                last.clip(last.firstUnit, unit, node.unitLength);
                return;
            }
            extents.removeLast();
        }
    }

    /** A group's copy has been read to its end: on with the next one. */
    private void finish(final Group group) {
        group.scrub.finish();
        group.touchState();
        node.counters.increment(Counter.GROUPS_SCRUBBED);
        at++;
        if (!isUnderWay()) {
            end();
        }
    }

    private void end() {
        final long nowMs = node.epochClock.time();
        for (final Group group : groups) {
            group.scrub.end(nowMs);
            group.touchState();
        }
    }

    private void clear() {
        extents.clear();
        next = 0;
    }

    /**
     * Verifies what the index names now: what was scanned may have been overwritten, or moved,
     * meanwhile.
     */
    private void verify(final Group group, final Extent scanned) {
        if (group.isGood(scanned)) {
            return;
        }
        final ExtentList present = group.view.extents();
        node.store.find(group.group, scanned.dataId, scanned.firstUnit, scanned.endUnit, present);
        for (int i = 0; i < present.size(); i++) {
            final Extent extent = present.get(i);
            if (!group.mend(extent)) {
                node.counters.increment(Counter.FOUND_BY_SCRUB);
            }
        }
    }
}
