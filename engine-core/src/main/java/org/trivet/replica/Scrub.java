package org.trivet.replica;

import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

/**
 * Reads all that a node stores, slowly, group after group in the order of keys, and verifies it:
 * what nobody reads would otherwise go bad unseen, in one copy after the other. What is bad is
 * unknown from then on, and pulled from another member.
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
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long MS_NS = 1_000_000L;

    private final NodeContext node;
    private final Group[] groups;
    private final ExtentList extents = new ExtentList();
    private final Extent damaged = new Extent();
    private int next;
    private int at;
    private long nextNs;
    private boolean begun;
    private boolean wanted;
    private long sinceSaved;
    private long passBytes;

    Scrub(final NodeContext node, final Group[] groups) {
        this.node = node;
        this.groups = groups;
        this.at = groups.length;
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
            nextNs = node.nowNs;
            resume();
        }
        if (node.config.scrubBytesPerSecond() == 0
                || node.nowNs - nextNs < 0
                || !isUnderWay() && !begin()) {
            return 0;
        }
        final Group group = groups[at];
        final ScrubProgress progress = group.scrub;
        if (!group.canBeRead()) {
            return 0; // what it lacks is being fetched; then it goes on
        }
        if (next == extents.size() && !scan(group)) {
            return 1;
        }
        final Extent extent = extents.get(next++);
        verify(group, extent);
        progress.moveTo(extent.dataId, extent.endUnit);
        final long cost = extent.dataLength + EXTENT_OVERHEAD;
        pay(cost);
        passBytes += extent.dataLength;
        sinceSaved += cost;
        node.counters.add(Counter.BYTES_SCRUBBED, extent.dataLength);
        if (sinceSaved > SAVED_EVERY_BYTES) {
            save();
        }
        return 1;
    }

    /** Puts off the next read by the time that these bytes take at the pace allowed. */
    private void pay(final long bytes) {
        final long unusedNs = Math.min(node.nowNs - nextNs, BURST_NS);
        nextNs = node.nowNs - unusedNs + bytes * SECOND_NS / node.config.scrubBytesPerSecond();
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
        final long nowMs = node.epochClock.time();
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

    /** Looks for what is stored next. False if that is all of the group: on with the next one. */
    private boolean scan(final Group group) {
        final ScrubProgress progress = group.scrub;
        clear();
        node.store.scan(group.group, progress.dataId(), progress.unit(), SCANNED_AT_ONCE, extents);
        final boolean isLast = extents.size() < SCANNED_AT_ONCE;
        final Extent last = isLast ? null : extents.get(extents.size() - 1);
        if (!node.store.check(
                group.group,
                progress.dataId(),
                progress.unit(),
                isLast ? Coverage.END_DATA_ID : last.dataId,
                isLast ? Coverage.END_UNIT : last.endUnit,
                damaged)) {
            node.counters.increment(Counter.FOUND_BY_SCRUB);
            group.mendRows(damaged);
            clear();
            return false;
        }
        pay(EXTENT_OVERHEAD);
        if (extents.size() > 0) {
            return true;
        }
        progress.finish();
        group.touchState();
        node.counters.increment(Counter.GROUPS_SCRUBBED);
        at++;
        if (!isUnderWay()) {
            end();
        }
        return false;
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
            if (!group.isGood(extent)) {
                node.counters.increment(Counter.DAMAGED_IN_STORE);
                node.counters.increment(Counter.FOUND_BY_SCRUB);
                group.repair(extent.dataId, extent.firstUnit, extent.endUnit);
            }
        }
    }
}
