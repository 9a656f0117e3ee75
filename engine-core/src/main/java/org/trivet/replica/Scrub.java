package org.trivet.replica;

import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;

import java.util.function.Function;

/**
 * Reads all that a node stores, slowly, group after group in the order of keys, and verifies it:
 * what nobody reads would otherwise go bad unseen, in one copy after the other. What is bad is
 * unknown from then on, and pulled from another member. What is unknown is passed over: it is
 * verified when it comes, and if no member has it, it never does. What it has verified of the group
 * that the node leads is compared with what the other members have ({@link ReplicaCheck}).
 *
 * <p>It reads so many bytes a second, and only in duty cycles that had nothing else to do. A pass
 * begins some time after the one before it began. How far it has come, and what it has found, is
 * part of each group's state now and then, so that a restart loses little of it.
 */
final class Scrub {
    private static final int SCANNED_AT_ONCE = 16;
    private static final long EXTENT_OVERHEAD = 512;
    private static final long SAVED_EVERY_BYTES = 64L << 20;
    private static final long MS_NS = 1_000_000L;
    private static final long LOOK_INTERVAL_NS = 100_000_000L;

    private final NodeContext node;
    private final Group[] groups;
    private final GroupPrimary primary;
    private final ExtentList extents = new ExtentList();
    private final Extent damaged = new Extent();
    private final Pace pace = new Pace();
    private int next;
    private int at;
    private boolean wanted;
    private long sinceSaved;
    private long lookedNs;

    // What has been scanned reaches up to this key; so much of it has been read.
    private long endDataId;
    private long endUnit;
    private long bytesRead;
    private long unitsRead;

    /** Of what is being read, a record that has been found whole; -1 for none. */
    private long wholePosition = -1;

    /** Of the groups of a node, the one that it leads among them. */
    Scrub(final NodeContext node, final Group[] groups, final GroupPrimary primary) {
        this.node = node;
        this.groups = groups;
        this.primary = primary;
        this.at = groups.length;
    }

    /** Begins a pass as soon as there is none. */
    void want() {
        wanted = true;
    }

    /** How far it is, and what it has found. */
    NodeStatus.ScrubStatus status() {
        long bytes = 0;
        long done = 0;
        long total = 0;
        long endedMs = Long.MAX_VALUE;
        int unknownRanges = 0;
        for (int i = 0; i < groups.length; i++) {
            final Group group = groups[i];
            final long stored = node.store.unitCount(group.group);
            total += stored;
            bytes += group.scrub.bytes();
            if (!isUnderWay() || i < at) {
                done += stored;
            } else if (i == at) {
                done += Math.min(stored, group.scrub.units());
            }
            endedMs = Math.min(endedMs, group.scrub.endedMs());
            unknownRanges += group.coverage.rangeCount();
        }
        return new NodeStatus.ScrubStatus(
                isUnderWay(),
                bytes,
                done * node.unitLength,
                total * node.unitLength,
                node.config.scrubBytesPerSecond(),
                millisLeft((total - done) * node.unitLength),
                endedMs,
                node.config.scrubIntervalNs() / MS_NS,
                unknownRanges,
                found(group -> group.scrub.findings),
                found(group -> group.scrub.findingsBefore));
    }

    /** In all groups. */
    private NodeStatus.ScrubFound found(final Function<Group, ScrubFindings> ofGroup) {
        long damaged = 0;
        long differing = 0;
        long repaired = 0;
        long notCompared = 0;
        for (final Group group : groups) {
            final ScrubFindings findings = ofGroup.apply(group);
            damaged += findings.damaged();
            differing += findings.differing();
            repaired += findings.repaired();
            notCompared += findings.notCompared();
        }
        return new NodeStatus.ScrubFound(damaged, differing, repaired, notCompared);
    }

    /** At the pace of late; while that is not known, at the one that it may have. */
    private long millisLeft(final long bytesLeft) {
        final long mayRead = node.config.scrubBytesPerSecond();
        if (!isUnderWay() || mayRead == 0) {
            return isUnderWay() ? -1 : 0;
        }
        final double measured = pace.unitsPerSecond(node.nowNs) * node.unitLength;
        return Math.round(bytesLeft * 1000.0 / (measured > 0 ? measured : mayRead));
    }

    /** Does some of it; to be called when there is nothing else to do. */
    int doWork() {
        if (node.nowNs - lookedNs >= LOOK_INTERVAL_NS) {
            lookedNs = node.nowNs;
            lookForRepairs();
        }
        if (primary.check.isUnderWay()) {
            return compare();
        }
        if (node.config.scrubBytesPerSecond() == 0
                || !node.scrubLimit.isOpen(node.nowNs)
                || !isUnderWay() && !begin()) {
            return 0;
        }
        final Group group = groups[at];
        if (next == extents.size()) {
            scan(group);
            return 1;
        }
        final Extent extent = extents.get(next++);
        if (!group.coverage.covers(extent.dataId, extent.firstUnit, extent.endUnit)) {
            clear(); // somebody else has found it bad meanwhile
            return 1;
        }
        verify(group, extent);
        final long cost = extent.dataLength + EXTENT_OVERHEAD;
        node.scrubLimit.pay(cost, node.nowNs);
        bytesRead += extent.dataLength;
        unitsRead += extent.unitCount();
        sinceSaved += cost;
        node.counters.add(Counter.BYTES_SCRUBBED, extent.dataLength);
        if (next == extents.size()) {
            complete(group);
        }
        return 1;
    }

    /** All that was scanned has been read. */
    private void complete(final Group group) {
        if (group == primary && node.volume.replicaCount() > 1) {
            primary.check.begin(
                    new KeyRanges.Range(
                            group.scrub.dataId(), group.scrub.unit(), endDataId, endUnit));
        } else {
            pass(group);
        }
    }

    private int compare() {
        final int workCount = primary.check.doWork();
        if (!primary.check.isUnderWay()) {
            primary.check.report(primary.scrub.findings);
            pass(primary);
        }
        return workCount;
    }

    /** All that was scanned has been read, and compared: on to what lies behind it. */
    private void pass(final Group group) {
        group.scrub.moveTo(endDataId, endUnit);
        group.scrub.haveRead(bytesRead, unitsRead);
        pace.advanced(unitsRead, node.nowNs);
        clear();
        if (sinceSaved > SAVED_EVERY_BYTES) {
            save();
        }
    }

    private void lookForRepairs() {
        for (final Group group : groups) {
            if (group.scrub.findings.look(group.coverage)) {
                group.touchState();
            }
        }
    }

    /** Goes on where the process before this one was, as the groups' states tell. */
    void resume() {
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
        for (final Group group : groups) {
            group.scrub.begin(nowMs);
            group.touchState();
        }
        at = 0;
        clear();
        return true;
    }

    /** Looks for what is stored next. */
    private void scan(final Group group) {
        final ScrubProgress progress = group.scrub;
        clear();
        if (progress.isAtEnd()) {
            finish(group);
            return;
        }
        final KeyRanges.Range unknown =
                group.coverage.firstFrom(progress.dataId(), progress.unit());
        if (unknown != null && !isAfter(progress, unknown.fromDataId(), unknown.fromUnit())) {
            progress.moveTo(unknown.toDataId(), unknown.toUnit());
            return;
        }
        node.store.scan(group.group, progress.dataId(), progress.unit(), SCANNED_AT_ONCE, extents);
        final boolean isLast = extents.size() < SCANNED_AT_ONCE;
        endDataId = KeyRanges.END_DATA_ID;
        endUnit = KeyRanges.END_UNIT;
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
        if (!node.store.recheck(
                group.group, progress.dataId(), progress.unit(), endDataId, endUnit, damaged)) {
            if (!group.mendRowsFound(damaged)) {
                progress.moveTo(damaged.dataId, damaged.endUnit); // nothing is known there now
            }
            clear();
            return;
        }
        node.scrubLimit.pay(EXTENT_OVERHEAD, node.nowNs);
        if (extents.size() == 0) {
            complete(group);
        }
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
        bytesRead = 0;
        unitsRead = 0;
        wholePosition = -1;
    }

    /**
     * Verifies what the index names now: what was scanned may have been overwritten, or moved,
     * meanwhile.
     */
    private void verify(final Group group, final Extent scanned) {
        if (group.isGood(scanned) && isWhole(scanned)) {
            return;
        }
        final ExtentList present = group.view.extents();
        node.store.find(group.group, scanned.dataId, scanned.firstUnit, scanned.endUnit, present);
        for (int i = 0; i < present.size(); i++) {
            final Extent extent = present.get(i);
            if (!group.isGood(extent)) {
                group.mendFound(extent);
            } else if (!isWhole(extent)) {
                group.replaceFound(extent);
            }
        }
    }

    /** Whether its record is whole; of those that are scanned together some have the same. */
    private boolean isWhole(final Extent extent) {
        if (extent.position == wholePosition) {
            return true;
        }
        if (!node.store.isWhole(extent, node.recordBuffer)) {
            return false;
        }
        wholePosition = extent.position;
        return true;
    }
}
