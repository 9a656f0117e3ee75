package org.trivet.client;

import org.agrona.collections.Long2ObjectHashMap;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.Placement;
import org.trivet.wire.BlockAnswerHandler.ReadAnswer;
import org.trivet.wire.sbe.Refusal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;

/**
 * Reads under way. Each part asks a copy picked at random; another one after a short delay without
 * an answer, or at once when a copy refuses or returns something bad. When all were asked in vain
 * it pauses, and goes round again, for ever.
 */
final class Reads {
    private static final int MAX_POOLED = 4096;
    private static final int MAX_REPAIRS = 256;
    private static final long NOT_ASKED = 0;

    private record Repair(int node, int group, long dataId, long firstUnit, int unitCount) {}

    private final Exchange exchange;
    private final ReadAssembly assembly;
    private final int nodeCount;
    private final int replicaCount;
    private final ArrayList<ReadPart> parts = new ArrayList<>();
    private final ArrayList<ReadPart> free = new ArrayList<>();
    private final Long2ObjectHashMap<ReadPart> byCorrelation = new Long2ObjectHashMap<>();
    private final ArrayDeque<Repair> repairs = new ArrayDeque<>();
    private long nextCorrelation = 1;
    private final Hedging hedging;

    Reads(final Exchange exchange) {
        this.exchange = exchange;
        assembly = new ReadAssembly(exchange);
        hedging = new Hedging(exchange.config.hedgeNs(), exchange.config.resendNs());
        nodeCount = exchange.volume.nodeCount();
        replicaCount = exchange.volume.replicaCount();
    }

    void start(final Operation operation) {
        final long end = operation.fileOffset + operation.length;
        final int blockLength = exchange.volume.blockLength();
        final long blocks =
                (end + blockLength - 1) / blockLength - operation.fileOffset / blockLength;
        final int groups = (int) Math.min(blocks, nodeCount);
        for (int i = 0; i < groups; i++) {
            final long block = operation.fileOffset / blockLength + i;
            final int group = Placement.group(operation.file.startGroup(), block, nodeCount);
            final int firstBlock =
                    Placement.firstBlock(operation.file.startGroup(), group, nodeCount);
            final long to = Placement.stripLengthBefore(end, firstBlock, nodeCount, blockLength);
            long from =
                    Placement.stripLengthBefore(
                            operation.fileOffset, firstBlock, nodeCount, blockLength);
            while (from < to) {
                final long next = Math.min(to, cutAt(from));
                addPart(operation, group, firstBlock, from, next);
                from = next;
            }
        }
    }

    /** Makes the parts of a map: one for each group. */
    void startMap(final Operation operation) {
        final int blockLength = exchange.volume.blockLength();
        for (int group = 0; group < nodeCount; group++) {
            final int firstBlock =
                    Placement.firstBlock(operation.file.startGroup(), group, nodeCount);
            final long from =
                    Placement.stripLengthBefore(
                            operation.fileOffset, firstBlock, nodeCount, blockLength);
            addPart(operation, group, firstBlock, from, from + 1);
        }
    }

    /**
     * Where a message that begins at a strip offset ends at the latest: between blocks, if they are
     * small enough.
     */
    private long cutAt(final long from) {
        final long end = from / exchange.unitLength + exchange.maxReadUnits;
        final int perBlock = exchange.volume.unitsPerBlock();
        final long atBlock = end / perBlock * perBlock;
        return (atBlock * exchange.unitLength > from ? atBlock : end) * exchange.unitLength;
    }

    private void addPart(
            final Operation operation,
            final int group,
            final int firstBlock,
            final long from,
            final long to) {
        final ReadPart part = free.isEmpty() ? new ReadPart(replicaCount) : free.removeLast();
        part.reset();
        part.operation = operation;
        part.group = group;
        part.firstBlock = firstBlock;
        part.dataId = operation.file.dataId();
        part.from = from;
        part.to = to;
        part.firstUnit = from / exchange.unitLength;
        part.unitCount =
                (int) ((to + exchange.unitLength - 1) / exchange.unitLength - part.firstUnit);
        part.firstCopy = exchange.random(replicaCount);
        part.timeoutNs = exchange.config.resendNs();
        part.index = parts.size();
        parts.add(part);
        operation.openParts++;
        hedging.asked();
        ask(part);
    }

    int doWork() {
        int workCount = sendRepairs();
        for (int i = parts.size() - 1; i >= 0; i--) {
            if (i < parts.size()) {
                final ReadPart part = parts.get(i);
                if (exchange.nowNs - part.dueNs >= 0) {
                    final boolean isLate = exchange.nowNs - part.askedNs >= part.timeoutNs;
                    if (part.paused) {
                        repairBadCopies(part); // if all are bad, let them find out that it is lost
                        newRound(part);
                    } else if (part.outstanding != 0
                            && untriedUpCopy(part) >= 0
                            && (isLate || waitsForSilent(part) || hedging.take())) {
                        if (isLate) {
                            exchange.counters.failovers++;
                        } else {
                            exchange.counters.hedges++;
                        }
                    } else if (part.outstanding != 0 && !isLate) {
                        part.dueNs =
                                Math.min(
                                        part.askedNs + part.timeoutNs,
                                        exchange.nowNs + exchange.health.silentAfterNs());
                        continue;
                    } else {
                        part.timeoutNs = exchange.nextTimeout(part.timeoutNs);
                        part.outstanding = 0;
                        exchange.counters.resends++;
                        newRound(part);
                    }
                    ask(part);
                    workCount++;
                }
            }
        }
        return workCount;
    }

    /** Whether all that it waits for have answered nobody for a while. */
    private boolean waitsForSilent(final ReadPart part) {
        for (int copy = 0; copy < replicaCount; copy++) {
            if ((part.outstanding & 1 << copy) != 0
                    && !exchange.health.isSilent(node(part, copy), exchange.nowNs)) {
                return false;
            }
        }
        return true;
    }

    private static void newRound(final ReadPart part) {
        part.paused = false;
        part.tried = 0;
        part.round++;
    }

    /**
     * Asks the next copy that is not known to be down; with none left and no answer to wait for,
     * all others.
     */
    private void ask(final ReadPart part) {
        for (int copy = untriedUpCopy(part); copy >= 0; copy = untriedUpCopy(part)) {
            part.tried |= 1 << copy;
            if (send(part, copy)) {
                probeDownCopies(part);
                part.askedNs = exchange.nowNs;
                part.dueNs = exchange.nowNs + hedging.delayNs();
                return;
            }
        }
        if (part.outstanding == 0) {
            for (int copy = 0; copy < replicaCount; copy++) {
                if ((part.tried & 1 << copy) == 0) {
                    part.tried |= 1 << copy;
                    send(part, copy);
                    part.askedNs = exchange.nowNs;
                }
            }
        }
        if (part.outstanding == 0) {
            part.paused = true;
            part.pauseNs = exchange.nextPause(part.pauseNs);
            part.dueNs = exchange.nowNs + part.pauseNs;
        } else {
            part.dueNs = part.askedNs + part.timeoutNs;
        }
    }

    private int untriedUpCopy(final ReadPart part) {
        for (int i = 0; i < replicaCount; i++) {
            final int copy = (part.firstCopy + i) % replicaCount;
            if ((part.tried & 1 << copy) == 0
                    && !exchange.health.isDown(node(part, copy), exchange.nowNs)) {
                return copy;
            }
        }
        return -1;
    }

    /**
     * A copy that is down is asked besides one that is up, now and then, to learn whether it is
     * back.
     */
    private void probeDownCopies(final ReadPart part) {
        for (int copy = 0; copy < replicaCount; copy++) {
            final int node = node(part, copy);
            if ((part.tried & 1 << copy) == 0
                    && exchange.health.isDown(node, exchange.nowNs)
                    && exchange.health.probe(node, exchange.nowNs)) {
                part.tried |= 1 << copy;
                send(part, copy);
            }
        }
    }

    private boolean send(final ReadPart part, final int copy) {
        final int node = node(part, copy);
        final long first =
                part.partial ? part.firstUnit + part.missing.nextSetBit(0) : part.firstUnit;
        final int count =
                part.partial
                        ? (int) (part.firstUnit + part.missing.length() - first)
                        : part.unitCount;
        final long correlation = nextCorrelation++;
        final long result =
                part.operation.kind == Operation.Kind.MAP
                        ? exchange.publisher.sendReadMap(
                                node, part.group, correlation, part.dataId, first)
                        : exchange.publisher.sendRead(
                                node, part.group, correlation, part.dataId, first, count);
        if (!exchange.offered(node, result)) {
            return false;
        }
        forgetAsk(part, copy);
        part.correlations[copy] = correlation;
        part.askFirst[copy] = first;
        part.askCount[copy] = count;
        part.copyAskedNs[copy] = exchange.nowNs;
        part.outstanding |= 1 << copy;
        byCorrelation.put(correlation, part);
        return true;
    }

    private void forgetAsk(final ReadPart part, final int copy) {
        if (part.correlations[copy] != NOT_ASKED) {
            byCorrelation.remove(part.correlations[copy]);
            part.correlations[copy] = NOT_ASKED;
        }
        part.outstanding &= ~(1 << copy);
    }

    void onOk(final ReadAnswer answer) {
        final ReadPart part = byCorrelation.get(answer.correlation());
        final int copy = part == null ? -1 : copyOf(part, answer.correlation());
        if (copy < 0
                || part.operation.kind != Operation.Kind.READ
                || answer.group() != part.group
                || answer.dataId() != part.dataId) {
            return;
        }
        hedging.answered(exchange.nowNs - part.copyAskedNs[copy]);
        forgetAsk(part, copy);
        if (!assembly.accept(part, copy, answer)) {
            exchange.counters.damagedMessages++;
            goOn(part);
            return;
        }
        if (answer.degraded()) {
            // Also if other answers are needed, too: what is put together is as good as its worst.
            exchange.counters.degradedReads++;
            part.operation.degraded = true;
        }
        if (part.partial && !part.missing.isEmpty()) {
            goOn(part);
        } else {
            repairBadCopies(part);
            final Operation operation = part.operation;
            remove(part);
            exchange.operations.partDone(operation);
        }
    }

    /** Takes the map of a strip. */
    void onMap(
            final int group,
            final long correlation,
            final long dataId,
            final long cut,
            final long endUnit,
            final long[] ranges) {
        final ReadPart part = byCorrelation.get(correlation);
        final int copy = part == null ? -1 : copyOf(part, correlation);
        if (copy < 0
                || part.operation.kind != Operation.Kind.MAP
                || group != part.group
                || dataId != part.dataId) {
            return;
        }
        if (endUnit <= part.firstUnit) { // it would be asked again, for ever
            exchange.counters.damagedMessages++;
            forgetAsk(part, copy);
            goOn(part);
            return;
        }
        final Operation operation = part.operation;
        final long kept = assembly.mask(part, cut);
        final long limit = kept / exchange.unitLength + (kept % exchange.unitLength == 0 ? 0 : 1);
        operation.map.take(group, part.firstBlock, endUnit, ranges, limit);
        remove(part);
        exchange.operations.partDone(operation);
    }

    /** Takes a refusal; the error that ends the operation, or null if it goes on. */
    TrivetException onRefused(
            final ReadPart part, final long correlation, final Refusal refusal, final long unit) {
        final int copy = copyOf(part, correlation);
        if (copy < 0) {
            return null;
        }
        exchange.counters.refusals++;
        forgetAsk(part, copy);
        if (refusal == Refusal.INVALID) {
            return new TrivetException(
                    ErrorCode.INVALID,
                    part.operation.describe()
                            + ": node "
                            + node(part, copy)
                            + " found the request out of range");
        }
        if (refusal == Refusal.GIVEN_UP) {
            final long block = part.firstBlock + unit / exchange.volume.unitsPerBlock() * nodeCount;
            return new TrivetException(
                    ErrorCode.LOST,
                    part.operation.describe()
                            + ": block "
                            + block
                            + " is lost, no good copy of it was left, and it was given up");
        }
        if (refusal == Refusal.DAMAGED) {
            part.noteBad(copy, part.firstUnit, part.firstUnit + part.unitCount);
        }
        goOn(part);
        return null;
    }

    ReadPart find(final long correlation) {
        return byCorrelation.get(correlation);
    }

    private void goOn(final ReadPart part) {
        if (part.paused) {
            return;
        }
        if (untriedUpCopy(part) >= 0) {
            exchange.counters.failovers++;
            ask(part);
        } else if (part.outstanding == 0) {
            ask(part);
        }
    }

    private int copyOf(final ReadPart part, final long correlation) {
        for (int copy = 0; copy < replicaCount; copy++) {
            if (part.correlations[copy] == correlation) {
                return copy;
            }
        }
        return -1;
    }

    private void repairBadCopies(final ReadPart part) {
        for (int copy = 0; copy < replicaCount; copy++) {
            if ((part.bad & 1 << copy) != 0 && repairs.size() < MAX_REPAIRS) {
                repairs.add(
                        new Repair(
                                node(part, copy),
                                part.group,
                                part.dataId,
                                part.badFirst[copy],
                                (int) (part.badEnd[copy] - part.badFirst[copy])));
            }
        }
        sendRepairs();
    }

    private int sendRepairs() {
        int workCount = 0;
        while (!repairs.isEmpty() && !exchange.isBlocked(repairs.peek().node())) {
            final Repair repair = repairs.peek();
            final long result =
                    exchange.publisher.sendRepair(
                            repair.node(),
                            repair.group(),
                            repair.dataId(),
                            repair.firstUnit(),
                            repair.unitCount());
            if (result == org.trivet.transport.Transport.BACK_PRESSURED) {
                exchange.offered(repair.node(), result);
                break;
            }
            exchange.counters.repairs++;
            repairs.poll();
            workCount++;
        }
        return workCount;
    }

    /** Forgets the parts of an operation. */
    void drop(final Operation operation) {
        for (int i = parts.size() - 1; i >= 0 && operation.openParts > 0; i--) {
            final ReadPart part = parts.get(i);
            if (part.operation == operation) {
                operation.openParts--;
                remove(part);
            }
        }
    }

    private void remove(final ReadPart part) {
        for (int copy = 0; copy < replicaCount; copy++) {
            forgetAsk(part, copy);
        }
        final ReadPart last = parts.removeLast();
        if (last != part) {
            parts.set(part.index, last);
            last.index = part.index;
        }
        part.operation = null;
        if (free.size() < MAX_POOLED) {
            free.add(part);
        }
    }

    boolean isIdle() {
        return parts.isEmpty() && repairs.isEmpty();
    }

    void waitingFor(final Operation operation, final BitSet nodes) {
        for (int i = 0; i < parts.size(); i++) {
            final ReadPart part = parts.get(i);
            if (operation == null || part.operation == operation) {
                for (int copy = 0; copy < replicaCount; copy++) {
                    nodes.set(node(part, copy));
                }
            }
        }
    }

    private int node(final ReadPart part, final int copy) {
        return Placement.node(part.group, copy, nodeCount);
    }
}
