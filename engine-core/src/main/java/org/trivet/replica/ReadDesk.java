package org.trivet.replica;

import org.agrona.MutableDirectBuffer;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.wire.sbe.Refusal;

import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;

/**
 * Answers reads of one group at one member. A read of blocks without a pending entry is answered
 * from the index at once; one with a pending entry waits here until it is known which entries are
 * committed.
 */
final class ReadDesk {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int MAX_WAITING = 4096;
    private static final int EXTENT_LENGTH = 20;
    private static final int INCARNATION_SHIFT = 24;

    /** Rows that are looked at for one map of a strip. */
    private static final int MAX_MAPPED = 1024;

    private static final class Waiting {
        int client;
        long correlation;
        long dataId;
        long firstUnit;
        long endUnit;
        boolean isMap;

        /** The question whose answer counts; 0 if none has been asked since the read arrived. */
        long query;

        /** When it was last asked. */
        long askedNs;
    }

    private final Group group;
    private final NodeContext node;
    private final ArrayDeque<Waiting> pool = new ArrayDeque<>();
    private final ArrayList<Waiting> waiting = new ArrayList<>();
    private final ExtentList mapped = new ExtentList();
    private long lastQuery;

    // The question to the other members, the primary being gone (rule 4).
    private long endQuery;
    private long endQueryNs;
    private long smallestEnd;
    private long answeredBy;

    ReadDesk(final Group group) {
        this.group = group;
        this.node = group.node;
    }

    void onRead(
            final int client,
            final long correlation,
            final long dataId,
            final long firstUnit,
            final int unitCount) {
        if (isRun(firstUnit, unitCount)) {
            take(client, correlation, dataId, firstUnit, firstUnit + unitCount, false);
        } else {
            node.counters.increment(Counter.INVALID);
            node.publisher.readRefused(client, group.group, correlation, Refusal.INVALID);
        }
    }

    /** Whether there can be so many units there, and not more than one message holds. */
    boolean isRun(final long firstUnit, final int unitCount) {
        final int maxUnits =
                node.publisher.maxMessageLength() / (node.unitLength + node.checksumLength);
        return unitCount >= 1
                && unitCount <= maxUnits
                && firstUnit >= 0
                && firstUnit <= Long.MAX_VALUE - unitCount;
    }

    /** Asks which units are stored, from one on; so many rows are looked at. */
    void onReadMap(
            final int client, final long correlation, final long dataId, final long firstUnit) {
        if (firstUnit < 0 || firstUnit == Long.MAX_VALUE) {
            node.counters.increment(Counter.INVALID);
            node.publisher.readRefused(client, group.group, correlation, Refusal.INVALID);
            return;
        }
        node.store.scan(group.group, dataId, firstUnit, MAX_MAPPED, mapped);
        final Extent last = mapped.size() < MAX_MAPPED ? null : mapped.get(MAX_MAPPED - 1);
        final boolean isCut = last != null && last.dataId == dataId;
        final long endUnit = isCut ? last.endUnit : Long.MAX_VALUE;
        take(client, correlation, dataId, firstUnit, endUnit, true);
    }

    private void take(
            final int client,
            final long correlation,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final boolean isMap) {
        if (!group.canServe(dataId, firstUnit, endUnit)) {
            node.publisher.readRefused(client, group.group, correlation, Refusal.UNKNOWN);
        } else if (!group.isTouched(
                dataId, firstUnit, endUnit, group.watermark, group.inDoubtEnd())) {
            final long asOf = group.watermark;
            answer(client, correlation, dataId, firstUnit, endUnit, isMap, asOf, false);
        } else if (waiting.size() == MAX_WAITING) {
            node.publisher.readRefused(client, group.group, correlation, Refusal.BUSY);
        } else {
            final Waiting read = pool.isEmpty() ? new Waiting() : pool.removeLast();
            read.client = client;
            read.correlation = correlation;
            read.dataId = dataId;
            read.firstUnit = firstUnit;
            read.endUnit = endUnit;
            read.isMap = isMap;
            read.query = 0;
            read.askedNs = node.nowNs;
            waiting.add(read);
            node.counters.increment(Counter.READS_ASKED);
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /**
     * At a backup: asks the primary for its watermark on behalf of all reads that came since the
     * last question.
     */
    int ask(final int primary, final boolean primaryIsGone) {
        if (waiting.isEmpty()) {
            return 0;
        }
        if (primaryIsGone) {
            return askOthers();
        }
        boolean due = false;
        for (int i = 0; i < waiting.size() && !due; i++) {
            final Waiting read = waiting.get(i);
            due = read.query == 0 || node.nowNs - read.askedNs > node.config.resendTimeoutNs();
        }
        if (due && node.publisher.watermarkQuery(primary, group.group, nextQuery())) {
            lastQuery = nextQuery();
            for (int i = 0; i < waiting.size(); i++) {
                final Waiting read = waiting.get(i);
                if (read.query == 0) {
                    read.query = lastQuery;
                }
                read.askedNs = node.nowNs;
            }
            return 1;
        }
        return 0;
    }

    /**
     * The number of the next question. It contains the incarnation: the answer to a question of an
     * earlier start of this node, come late, says what was before.
     */
    private long nextQuery() {
        return Math.max(lastQuery, node.incarnation << INCARNATION_SHIFT) + 1;
    }

    /** The primary's watermark, asked by question {@code query}; the group knows it already. */
    void onWatermark(final long query) {
        for (int i = waiting.size() - 1; i >= 0; i--) {
            final Waiting read = waiting.get(i);
            if (read.query != 0 && read.query <= query) {
                finish(i, group.watermark, false);
            }
        }
    }

    /** At the primary: answers reads that waited for entries in doubt, as of the watermark. */
    int answerUpTo(final long inDoubtEnd) {
        int count = 0;
        for (int i = waiting.size() - 1; i >= 0; i--) {
            final Waiting read = waiting.get(i);
            if (!group.isTouched(
                    read.dataId, read.firstUnit, read.endUnit, group.watermark, inDoubtEnd)) {
                finish(i, group.watermark, false);
                count++;
            }
        }
        return count;
    }

    private int askOthers() {
        final int backups = node.volume.replicaCount() - 1;
        // All but the primary; a primary that recovers needs all.
        final int needed = group.copy() == 0 ? backups + 1 : backups;
        if (endQuery == 0 || node.nowNs - endQueryNs > node.config.resendTimeoutNs()) {
            if (endQuery != 0) {
                // A second member is gone, too: answer with the newest held.
                answerAll(group.log.end(), true, endQuery);
            }
            lastQuery = nextQuery();
            endQuery = lastQuery;
            endQueryNs = node.nowNs;
            smallestEnd = group.shownEnd();
            answeredBy = 1L << group.copy();
            for (final Waiting read : waiting) {
                read.query = endQuery;
            }
            for (int copy = 1; copy <= backups; copy++) {
                if (copy != group.copy()) {
                    node.publisher.logEndQuery(
                            group.nodeOf(copy),
                            group.group,
                            endQuery,
                            node.incarnation,
                            group.log.end());
                }
            }
        }
        if (Long.bitCount(answeredBy) == needed) {
            answerAll(smallestEnd, false, endQuery);
            endQuery = 0;
            return 1;
        }
        return 0;
    }

    void onLogEnd(
            final int copy,
            final long query,
            final long end,
            final boolean hasLog,
            final boolean hearsPrimary) {
        if (query == endQuery && query != 0 && hearsPrimary && group.copy() != 0) {
            // The primary may be answering: nobody else may for what is pending.
            endQuery = 0;
            refuseAll();
        } else if (query == endQuery && hasLog && query != 0) {
            smallestEnd = Math.min(smallestEnd, end);
            answeredBy |= 1L << copy;
        }
    }

    private void answerAll(final long asOf, final boolean degraded, final long query) {
        for (int i = waiting.size() - 1; i >= 0; i--) {
            final Waiting read = waiting.get(i);
            if (read.query == query) {
                if (!degraded) {
                    node.counters.increment(Counter.READS_WITHOUT_PRIMARY);
                }
                finish(i, Math.max(asOf, group.applied), degraded);
            }
        }
    }

    private void finish(final int index, final long asOf, final boolean degraded) {
        final Waiting read = waiting.get(index);
        waiting.set(index, waiting.getLast());
        waiting.removeLast();
        if (group.canServe(read.dataId, read.firstUnit, read.endUnit)) {
            answer(
                    read.client,
                    read.correlation,
                    read.dataId,
                    read.firstUnit,
                    read.endUnit,
                    read.isMap,
                    asOf,
                    degraded);
        } else {
            node.publisher.readRefused(read.client, group.group, read.correlation, Refusal.UNKNOWN);
        }
        pool.addLast(read);
    }

    /** Refuses everything that waits. */
    void refuseAll() {
        while (!waiting.isEmpty()) {
            final Waiting read = waiting.removeLast();
            node.publisher.readRefused(read.client, group.group, read.correlation, Refusal.RETRY);
            pool.addLast(read);
        }
    }

    private void answer(
            final int client,
            final long correlation,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final boolean isMap,
            final long asOf,
            final boolean degraded) {
        group.view.find(group, dataId, firstUnit, endUnit, asOf);
        final ExtentList extents = group.view.extents();
        if (isMap) {
            node.counters.increment(Counter.READS);
            final KeyRanges stored = group.givenUpOf(dataId, firstUnit, endUnit, asOf);
            for (int i = 0; i < extents.size(); i++) {
                final Extent extent = extents.get(i);
                stored.add(KeyRanges.Range.ofStrip(dataId, extent.firstUnit, extent.endUnit));
            }
            node.publisher.stripMap(
                    client,
                    group.group,
                    correlation,
                    group.cutAsOf(dataId, asOf),
                    dataId,
                    endUnit,
                    stored);
            return;
        }
        final KeyRanges givenUp = group.givenUpOf(dataId, firstUnit, endUnit, asOf);
        if (!givenUp.isEmpty()) {
            final long unit = givenUp.firstFrom(0, 0).fromUnit();
            node.publisher.readGivenUp(client, group.group, correlation, unit);
            return;
        }
        final boolean isUncertain = degraded || group.mayLackEnd();
        int units = 0;
        int dataLength = 0;
        for (int i = 0; i < extents.size(); i++) {
            units += extents.get(i).unitCount();
            dataLength += extents.get(i).dataLength;
        }
        final int checksumsLength = units * node.checksumLength;
        final MutableDirectBuffer buffer = node.publisher.buffer();
        int at =
                node.publisher.beginReadOk(
                        group.group, correlation, isUncertain, group.cutAsOf(dataId, asOf), dataId);
        if (at + 12L + (long) extents.size() * EXTENT_LENGTH + checksumsLength + dataLength
                > buffer.capacity()) {
            node.publisher.readRefused(client, group.group, correlation, Refusal.INVALID);
            return;
        }
        buffer.putInt(at, extents.size() * EXTENT_LENGTH, LE);
        at += 4;
        for (int i = 0; i < extents.size(); i++) {
            final Extent extent = extents.get(i);
            buffer.putInt(at, (int) (extent.firstUnit - firstUnit), LE);
            buffer.putInt(at + 4, extent.unitCount(), LE);
            buffer.putInt(at + 8, extent.dataLength, LE);
            buffer.putLong(at + 12, extent.version, LE);
            at += EXTENT_LENGTH;
        }
        buffer.putInt(at, checksumsLength, LE);
        int checksumsAt = at + 4;
        int dataAt = checksumsAt + checksumsLength + 4;
        buffer.putInt(dataAt - 4, dataLength, LE);
        for (int i = 0; i < extents.size(); i++) {
            final Extent extent = extents.get(i);
            if (!node.store.read(extent, buffer, checksumsAt, dataAt)) {
                group.mend(extent); // which looks once more
                node.publisher.readRefused(client, group.group, correlation, Refusal.DAMAGED);
                return;
            }
            checksumsAt += extent.unitCount() * node.checksumLength;
            dataAt += extent.dataLength;
        }
        node.counters.increment(Counter.READS);
        if (isUncertain) {
            node.counters.increment(Counter.READS_DEGRADED);
        }
        node.publisher.sendReadOk(client, dataAt);
    }
}
